"""The people: who they are, what they may, and the hash of their password."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role, Scope
from storage.errors import Missing, Taken
from storage.groups import require_groups
from storage.models.people import GroupMember, GroupSupervisor, Member
from storage.sessions import revoke_sessions
from storage.tenants import directory_changes


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as administrators list them; `groups` and `supervises` as they were given."""

    id: int
    login: str
    name: str
    role: Role
    locale: str
    disabled: bool
    groups: tuple[int, ...] = ()
    supervises: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    member: int
    password_hash: str


def login_key(login: str) -> str:
    """One spelling of a login: width and case do not make another person (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


async def add_member(
    conn: AsyncConnection,
    tenant_id: int,
    *,
    login: str,
    name: str,
    role: Role,
    password_hash: str | None,
    now: datetime,
    groups: Sequence[int] = (),
    supervises: Sequence[int] = (),
    locale: str = "ja",
) -> int:
    """Raise Taken if the login is somebody's already, Missing for a group of nobody here."""
    await directory_changes(conn, tenant_id)
    await require_groups(conn, tenant_id, [*groups, *supervises])
    spelled = login_key(login)
    if await member_by_login(conn, tenant_id, spelled) is not None:
        raise Taken("login", spelled)
    row = insert(Member).values(
        tenant_id=tenant_id,
        login=spelled,
        name=name,
        role=role,
        locale=locale,
        password_hash=password_hash,
        created_at=now,
    )
    member = (await conn.execute(row.returning(Member.id))).scalar_one()
    for table, ids in ((GroupMember, groups), (GroupSupervisor, supervises)):
        if ids:
            links = [{"group_id": group, "member_id": member} for group in dict.fromkeys(ids)]
            await conn.execute(insert(table), links)
    return member


async def members(conn: AsyncConnection, scope: Scope) -> list[MemberRow]:
    """Everybody in the scope, disabled ones too, by login."""
    rows = (await conn.execute(_MEMBER.where(in_scope(scope)).order_by(Member.login))).all()
    inside = Member.tenant_id == scope.tenant
    member_of = await _links(conn, select(GroupMember).join(Member).where(inside))
    supervises = await _links(conn, select(GroupSupervisor).join(Member).where(inside))
    return [
        MemberRow(
            id=row.id,
            login=row.login,
            name=row.name,
            role=Role(row.role),
            locale=row.locale,
            disabled=row.disabled_at is not None,
            groups=tuple(member_of[row.id]),
            supervises=tuple(supervises[row.id]),
        )
        for row in rows
    ]


async def member_by_login(conn: AsyncConnection, tenant_id: int, login: str) -> int | None:
    wanted = select(Member.id).where(
        Member.tenant_id == tenant_id, Member.login == login_key(login)
    )
    return (await conn.execute(wanted)).scalar_one_or_none()


async def credentials(conn: AsyncConnection, tenant_id: int, login: str) -> Credentials | None:
    """What a sign-in is checked against; nothing for a disabled member or one without password."""
    wanted = select(Member.id, Member.password_hash).where(
        Member.tenant_id == tenant_id,
        Member.login == login_key(login),
        Member.disabled_at.is_(None),
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None or row.password_hash is None:
        return None
    return Credentials(row.id, row.password_hash)


async def disable_member(
    conn: AsyncConnection, tenant_id: int, member_id: int, now: datetime
) -> None:
    """From now on neither the person nor their devices get in; what they did stays."""
    await directory_changes(conn, tenant_id)
    await _change(conn, tenant_id, member_id, disabled_at=now)
    await revoke_sessions(conn, member_id, now)


async def set_password(
    conn: AsyncConnection, tenant_id: int, member_id: int, password_hash: str, now: datetime
) -> None:
    """Whoever was signed in with the old password is not any more."""
    await directory_changes(conn, tenant_id)
    await _change(conn, tenant_id, member_id, password_hash=password_hash)
    await revoke_sessions(conn, member_id, now)


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """`Scope.holds` as SQL, over Member joined with whatever is asked for."""
    mine = Member.tenant_id == scope.tenant
    if scope.everybody:
        return mine
    own = Member.id == scope.member if scope.member is not None else false()
    grouped = exists().where(
        GroupMember.member_id == Member.id, GroupMember.group_id.in_(scope.groups)
    )
    return mine & or_(own, grouped if scope.groups else false())


async def _change(conn: AsyncConnection, tenant_id: int, member_id: int, **values: object) -> None:
    one = update(Member).where(Member.tenant_id == tenant_id, Member.id == member_id)
    if (await conn.execute(one.values(**values))).rowcount != 1:
        raise Missing("member", str(member_id))


async def _links(conn: AsyncConnection, wanted: Select[Any]) -> defaultdict[int, list[int]]:
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for row in await conn.execute(wanted):
        groups[row.member_id].append(row.group_id)
    return groups


_MEMBER = select(
    Member.id, Member.login, Member.name, Member.role, Member.locale, Member.disabled_at
)

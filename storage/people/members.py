"""The people: who they are, what they may, and the hash of their password."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action, Reach, Role, Scope, reach
from storage.errors import Conflict, Missing, Rule, Taken
from storage.models.people import GroupMember, GroupSupervisor, Member
from storage.people.groups import require_groups
from storage.people.known_browsers import forget_browsers
from storage.people.password_links import void_links
from storage.people.sessions import revoke_sessions
from storage.people.tenants import directory_changes, require_seat, tenant


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as administrators list them; `groups` and `supervises` as they were given."""

    id: int
    login: str
    name: str
    role: Role
    locale: str
    disabled: bool
    email: str | None = None
    groups: tuple[int, ...] = ()
    supervises: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is narrowed to: part of a login or name, a role, a group, or active ones only."""

    words: str = ""
    role: Role | None = None
    group: int | None = None
    disabled: bool | None = None


EVERYBODY = Search()


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change of a member; None leaves it as it is, an empty `email` takes it away."""

    login: str | None = None
    name: str | None = None
    email: str | None = None
    role: Role | None = None
    locale: str | None = None
    groups: Sequence[int] | None = None
    supervises: Sequence[int] | None = None


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
    email: str | None = None,
    must_change: bool = False,
) -> int:
    """Raise Taken if the login is somebody's already, Missing for a group of nobody here.

    `must_change`: somebody else knows the password, so the member chooses another at first.
    Raise Conflict if the contract has no seat left, or the role has no place in this tenant.
    """
    await directory_changes(conn, tenant_id)
    await require_groups(conn, tenant_id, [*groups, *supervises])
    await _require_home(conn, tenant_id, role)
    spelled = login_key(login)
    await _require_free(conn, tenant_id, spelled)
    row = insert(Member).values(
        tenant_id=tenant_id,
        login=spelled,
        name=name,
        role=role,
        locale=locale,
        email=email,
        password_hash=password_hash,
        must_change=must_change,
        created_at=now,
    )
    member = (await conn.execute(row.returning(Member.id))).scalar_one()
    await _link(conn, GroupMember, member, groups)
    await _link(conn, GroupSupervisor, member, supervises)
    await require_seat(conn, tenant_id)
    return member


async def add_people(
    conn: AsyncConnection, tenant_id: int, people: Sequence[Edit], now: datetime
) -> list[int]:
    """Many at once, without passwords; their logins are free and their groups are the tenant's.

    Raise Conflict if the contract has not so many seats left.
    """
    await directory_changes(conn, tenant_id)
    if not people:
        return []
    rows = [
        {
            "tenant_id": tenant_id,
            "login": one.login,
            "name": one.name,
            "role": one.role or Role.WORKER,
            "locale": one.locale or "ja",
            "email": one.email,
            "created_at": now,
        }
        for one in people
    ]
    made = await conn.execute(
        insert(Member).returning(Member.id, sort_by_parameter_order=True), rows
    )
    ids = list(made.scalars())
    for table, of in (
        (GroupMember, [one.groups for one in people]),
        (GroupSupervisor, [one.supervises for one in people]),
    ):
        links = [
            {"group_id": group, "member_id": id}
            for id, groups in zip(ids, of, strict=True)
            for group in groups or ()
        ]
        if links:
            await conn.execute(insert(table), links)
    await require_seat(conn, tenant_id)
    return ids


async def members(
    conn: AsyncConnection,
    scope: Scope,
    search: Search = EVERYBODY,
    *,
    after: str = "",
    limit: int | None = None,
) -> list[MemberRow]:
    """Those in the scope whom a search finds, disabled ones too, by login from `after` on."""
    found = (in_scope(scope), *_found(search))
    wanted = _MEMBER.where(*found, Member.login > after).order_by(Member.login).limit(limit)
    rows = (await conn.execute(wanted)).all()
    inside = [Member.tenant_id == scope.tenant]
    if limit is not None:
        inside.append(Member.id.in_([row.id for row in rows]))
    member_of = await _links(conn, select(GroupMember).join(Member).where(*inside))
    supervises = await _links(conn, select(GroupSupervisor).join(Member).where(*inside))
    return [_row(row, member_of, supervises) for row in rows]


async def count_members(conn: AsyncConnection, scope: Scope, search: Search = EVERYBODY) -> int:
    wanted = select(func.count()).select_from(Member).where(in_scope(scope), *_found(search))
    return int((await conn.execute(wanted)).scalar_one())


async def member(conn: AsyncConnection, scope: Scope, member_id: int) -> MemberRow:
    """One of the scope; raise Missing if there is none of that id in it."""
    row = (await conn.execute(_MEMBER.where(in_scope(scope), Member.id == member_id))).one_or_none()
    if row is None:
        raise Missing("member", str(member_id))
    one = Member.id == member_id
    of = await _links(conn, select(GroupMember).join(Member).where(one))
    over = await _links(conn, select(GroupSupervisor).join(Member).where(one))
    return _row(row, of, over)


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


async def edit_member(conn: AsyncConnection, tenant_id: int, member_id: int, edit: Edit) -> None:
    """Change what is given; who is no supervisor any more supervises nothing.

    Raise Taken for somebody's login, Missing for a member or a group of nobody here, Conflict if
    the role has no place in this tenant.
    """
    await directory_changes(conn, tenant_id)
    await require_groups(conn, tenant_id, [*(edit.groups or ()), *(edit.supervises or ())])
    values: dict[str, object] = {
        "name": edit.name, "locale": edit.locale, "role": edit.role, "email": edit.email,
    }  # fmt: skip
    if edit.login is not None:
        values["login"] = login_key(edit.login)
        await _require_free(conn, tenant_id, login_key(edit.login), member_id)
    if edit.role is not None:
        await _require_home(conn, tenant_id, edit.role)
    given = {column: value or None for column, value in values.items() if value is not None}
    await _change(conn, tenant_id, member_id, **(given or {"disabled_at": Member.disabled_at}))
    if edit.groups is not None:
        await _link(conn, GroupMember, member_id, edit.groups)
    if edit.supervises is not None:
        await _link(conn, GroupSupervisor, member_id, edit.supervises)
    no_supervisor = exists().where(Member.id == member_id, Member.role != Role.SUPERVISOR)
    await conn.execute(
        delete(GroupSupervisor).where(GroupSupervisor.member_id == member_id, no_supervisor)
    )


async def disable_member(
    conn: AsyncConnection, tenant_id: int, member_id: int, now: datetime
) -> None:
    """From now on neither the person nor their devices get in; what they did stays."""
    await directory_changes(conn, tenant_id)
    await _change(conn, tenant_id, member_id, disabled_at=now)
    await revoke_sessions(conn, member_id, now)


async def enable_member(conn: AsyncConnection, tenant_id: int, member_id: int) -> None:
    """Let somebody in again; raise Conflict if the contract has no seat left."""
    await directory_changes(conn, tenant_id)
    await _change(conn, tenant_id, member_id, disabled_at=None)
    await require_seat(conn, tenant_id)


async def require_managed(conn: AsyncConnection, tenant_id: int) -> None:
    """Raise Conflict if nobody is left who may manage the members; call it after the change."""
    managers = [role for role in Role if Reach.TENANT in reach(role, Action.MANAGE_MEMBERS)]
    left = exists().where(
        Member.tenant_id == tenant_id, Member.disabled_at.is_(None), Member.role.in_(managers)
    )
    if not (await conn.execute(select(left))).scalar_one():
        raise Conflict(Rule.LAST_ADMINISTRATOR)


async def set_password(
    conn: AsyncConnection,
    tenant_id: int,
    member_id: int,
    password_hash: str,
    now: datetime,
    *,
    must_change: bool = False,
    but: int | None = None,
) -> None:
    """Whoever was signed in with the old password is not any more, but for the session `but`.

    Links that would set another are void, and so are the known browsers: a thief may have one.
    """
    await directory_changes(conn, tenant_id)
    values = {"password_hash": password_hash, "must_change": must_change}
    await _change(conn, tenant_id, member_id, **values)
    await revoke_sessions(conn, member_id, now, but)
    await void_links(conn, member_id, now)
    await forget_browsers(conn, member_id)


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


def _found(search: Search) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if search.words:
        part = unicodedata.normalize("NFKC", search.words).strip()
        named = Member.name.icontains(search.words.strip(), autoescape=True)
        asked.append(named | Member.login.contains(part.casefold(), autoescape=True))
    if search.role is not None:
        asked.append(Member.role == search.role)
    if search.group is not None:
        inside = (GroupMember.member_id == Member.id, GroupMember.group_id == search.group)
        asked.append(exists().where(*inside))
    if search.disabled is not None:
        gone = Member.disabled_at.is_not(None)
        asked.append(gone if search.disabled else ~gone)
    return asked


async def _require_free(
    conn: AsyncConnection, tenant_id: int, login: str, but: int | None = None
) -> None:
    if await member_by_login(conn, tenant_id, login) not in (None, but):
        raise Taken("login", login)


async def _require_home(conn: AsyncConnection, tenant_id: int, role: Role) -> None:
    """Operators are at home in no customer's tenant, and nobody else is where they are."""
    if (await tenant(conn, tenant_id)).operators is not (role is Role.OPERATOR):
        raise Conflict(Rule.OTHER_HOME)


async def _link(
    conn: AsyncConnection,
    table: type[GroupMember] | type[GroupSupervisor],
    member_id: int,
    ids: Sequence[int],
) -> None:
    """These groups and no others."""
    await conn.execute(delete(table).where(table.member_id == member_id))
    if ids:
        links = [{"group_id": group, "member_id": member_id} for group in dict.fromkeys(ids)]
        await conn.execute(insert(table), links)


def _row(
    row: Row[*tuple[Any, ...]],
    member_of: Mapping[int, list[int]],
    supervises: Mapping[int, list[int]],
) -> MemberRow:
    return MemberRow(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        locale=row.locale,
        disabled=row.disabled_at is not None,
        email=row.email,
        groups=tuple(sorted(member_of.get(row.id, ()))),
        supervises=tuple(sorted(supervises.get(row.id, ()))),
    )


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
    Member.id,
    Member.login,
    Member.name,
    Member.role,
    Member.locale,
    Member.email,
    Member.disabled_at,
)

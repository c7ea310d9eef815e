"""Who is signed in: opaque tokens that can be taken back at any moment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Actor, Role, with_all_below
from storage import tokens
from storage.groups import groups
from storage.models.people import GroupSupervisor, Member, Session, Tenant

Kind = Literal["browser", "terminal"]

# NIST SP 800-63B 4.1.3: at the first assurance level, sign in again at least every 30 days.
# A browser may stand in a shared room, so it gets a week: no wall board asks every morning.
LIFE: dict[Kind, timedelta] = {"browser": timedelta(days=7), "terminal": timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person behind a valid token, and what they may."""

    session: int
    actor: Actor
    login: str
    name: str
    locale: str
    tenant_name: str
    system_id: str


async def open_session(
    conn: AsyncConnection, tenant_id: int, member_id: int, kind: Kind, now: datetime
) -> str:
    """Sign somebody in; the token is known to the caller only."""
    token = tokens.mint()
    row = insert(Session).values(
        tenant_id=tenant_id,
        member_id=member_id,
        token_hash=tokens.digest(token),
        kind=kind,
        created_at=now,
        expires_at=now + LIFE[kind],
    )
    await conn.execute(row)
    return token


async def actor_of(conn: AsyncConnection, token: str, now: datetime) -> SignedIn | None:
    """Who holds the token; nobody if it is unknown, expired, revoked or of a disabled member."""
    wanted = (
        select(
            Session.id,
            Session.tenant_id,
            Session.member_id,
            Member.role,
            Member.login,
            Member.name,
            Member.locale,
            Tenant.name.label("tenant_name"),
            Tenant.system_id,
        )
        .join(Member, Member.id == Session.member_id)
        .join(Tenant, Tenant.id == Session.tenant_id)
        .where(
            Session.token_hash == tokens.digest(token),
            Session.expires_at > now,
            Session.revoked_at.is_(None),
            Member.disabled_at.is_(None),
        )
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        return None
    role = Role(row.role)
    supervises = await _supervised(conn, row.tenant_id, row.member_id, role)
    return SignedIn(
        session=row.id,
        actor=Actor(row.tenant_id, row.member_id, role, supervises),
        login=row.login,
        name=row.name,
        locale=row.locale,
        tenant_name=row.tenant_name,
        system_id=row.system_id,
    )


async def alive(conn: AsyncConnection, sessions: Collection[int], now: datetime) -> frozenset[int]:
    """Those of the sessions that are still good; for connections that outlive a request."""
    wanted = (
        select(Session.id)
        .join(Member, Member.id == Session.member_id)
        .where(
            Session.id.in_(sessions),
            Session.expires_at > now,
            Session.revoked_at.is_(None),
            Member.disabled_at.is_(None),
        )
    )
    return frozenset((await conn.execute(wanted)).scalars())


async def close_session(conn: AsyncConnection, session: int, now: datetime) -> None:
    """Sign out: this token is worth nothing from now on."""
    one = update(Session).where(Session.id == session, Session.revoked_at.is_(None))
    await conn.execute(one.values(revoked_at=now))


async def revoke_sessions(conn: AsyncConnection, member_id: int, now: datetime) -> None:
    """Sign somebody out everywhere."""
    every = update(Session).where(Session.member_id == member_id, Session.revoked_at.is_(None))
    await conn.execute(every.values(revoked_at=now))


async def _supervised(
    conn: AsyncConnection, tenant_id: int, member_id: int, role: Role
) -> frozenset[int]:
    if role is not Role.SUPERVISOR:
        return frozenset()
    given = select(GroupSupervisor.group_id).where(GroupSupervisor.member_id == member_id)
    tree = await groups(conn, tenant_id)
    parents = {group.id: group.parent for group in tree.values()}
    return with_all_below((await conn.execute(given)).scalars(), parents)

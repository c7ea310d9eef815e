"""Who is signed in: opaque tokens that can be taken back at any moment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Actor, Role, Sharing, among, with_all_below
from hub.identity.scopes import Scopes, actions_of, scopes_of
from storage.models.machines import ApiToken
from storage.models.people import GroupMember, GroupSupervisor, Member, Session, Tenant
from storage.models.push import PushSubscription
from storage.people import tokens
from storage.people.groups import groups
from storage.people.tenants import OPEN_TO_PEOPLE

Kind = Literal["browser", "terminal", "api"]
SignInKind = Literal["browser", "terminal"]  # what people sign in with

# NIST SP 800-63B 4.1.3: at the first assurance level, sign in again at least every 30 days.
# A browser may stand in a shared room, so it gets a week: no wall board asks every morning.
# A program's token lives for as long as whoever made it said, which is a year at most.
LIFE: dict[Kind, timedelta] = {
    "browser": timedelta(days=7),
    "terminal": timedelta(days=30),
    "api": timedelta(days=366),
}

SEEN_EVERY = timedelta(seconds=60)  # how exact "last seen" is: not every request writes
CONFIRMED_FOR = timedelta(minutes=10)  # long enough to set up an app, short for a desk left open
KNOWN_FOR = timedelta(days=30)
ADDRESSES_MAX = 100
ADDRESS_LETTERS, AGENT_LETTERS = 64, 200


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person behind a valid token, and what they may; `scopes` narrow a program's token."""

    session: int
    actor: Actor
    login: str
    name: str
    locale: str
    tenant_name: str
    system_id: str
    kind: Kind = "browser"
    seen_at: datetime | None = None
    confirmed_at: datetime | None = None
    scopes: Scopes | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A sign-in that is good, as its owner lists it."""

    id: int
    kind: Kind
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


async def open_session(
    conn: AsyncConnection,
    tenant_id: int,
    member_id: int,
    kind: Kind,
    now: datetime,
    address: str = "",
    agent: str = "",
) -> str:
    """Sign somebody in; the token is known to the caller only."""
    token = tokens.mint()
    row = insert(Session).values(
        tenant_id=tenant_id,
        member_id=member_id,
        token_hash=tokens.digest(token),
        kind=kind,
        address=address[:ADDRESS_LETTERS],
        agent=agent[:AGENT_LETTERS],
        created_at=now,
        seen_at=now,
        confirmed_at=now,
        expires_at=now + LIFE[kind],
    )
    await conn.execute(row)
    return token


async def actor_of(conn: AsyncConnection, token: str, now: datetime) -> SignedIn | None:
    """Who holds the token; nobody if it is unknown, expired, revoked or of a disabled member.

    Nor of a tenant that is suspended or has ended.
    """
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
            Tenant.sharing,
            Session.kind,
            Session.seen_at,
            Session.confirmed_at,
            ApiToken.scopes,
        )
        .join(Member, Member.id == Session.member_id)
        .join(Tenant, Tenant.id == Session.tenant_id)
        .outerjoin(ApiToken, ApiToken.session_id == Session.id)
        .where(
            Session.token_hash == tokens.digest(token),
            Session.expires_at > now,
            Session.revoked_at.is_(None),
            Member.disabled_at.is_(None),
            OPEN_TO_PEOPLE,
        )
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        return None
    role = Role(row.role)
    supervises = await _supervised(conn, row.tenant_id, row.member_id, role)
    scopes = scopes_of(row.scopes)
    alone = Actor(row.tenant_id, row.member_id, role, supervises, actions_of(scopes))
    return SignedIn(
        session=row.id,
        actor=among(alone, Sharing(row.sharing), await _groups_of(conn, row.member_id)),
        login=row.login,
        name=row.name,
        locale=row.locale,
        tenant_name=row.tenant_name,
        system_id=row.system_id,
        kind=row.kind,
        seen_at=row.seen_at,
        confirmed_at=row.confirmed_at,
        scopes=scopes,
    )


async def alive(conn: AsyncConnection, sessions: Collection[int], now: datetime) -> frozenset[int]:
    """Those of the sessions that are still good; for connections that outlive a request."""
    wanted = (
        select(Session.id)
        .join(Member, Member.id == Session.member_id)
        .join(Tenant, Tenant.id == Session.tenant_id)
        .where(
            Session.id.in_(sessions),
            Session.expires_at > now,
            Session.revoked_at.is_(None),
            Member.disabled_at.is_(None),
            OPEN_TO_PEOPLE,
        )
    )
    return frozenset((await conn.execute(wanted)).scalars())


async def close_session(conn: AsyncConnection, session: int, now: datetime) -> None:
    """Sign out: this token is worth nothing from now on."""
    one = update(Session).where(Session.id == session, Session.revoked_at.is_(None))
    await conn.execute(one.values(revoked_at=now))
    await conn.execute(delete(PushSubscription).where(PushSubscription.session_id == session))


async def revoke_sessions(
    conn: AsyncConnection, member_id: int, now: datetime, but: int | None = None
) -> None:
    """Sign somebody out everywhere, or everywhere but in one session."""
    every = update(Session).where(Session.member_id == member_id, Session.revoked_at.is_(None))
    told = delete(PushSubscription).where(PushSubscription.member_id == member_id)
    if but is not None:
        every = every.where(Session.id != but)
        told = told.where(PushSubscription.session_id != but)
    await conn.execute(every.values(revoked_at=now))
    await conn.execute(told)


async def sessions_of(
    conn: AsyncConnection, tenant_id: int, member_id: int, now: datetime
) -> list[SessionRow]:
    """Where a member is signed in, the last seen first."""
    seen = func.coalesce(Session.seen_at, Session.created_at)
    wanted = (
        select(
            Session.id,
            Session.kind,
            Session.address,
            Session.agent,
            Session.created_at,
            Session.seen_at,
            Session.expires_at,
        )
        .where(
            Session.tenant_id == tenant_id,
            Session.member_id == member_id,
            Session.kind != "api",
            *_good(now),
        )
        .order_by(seen.desc(), Session.id.desc())
    )
    return [
        SessionRow(
            row.id,
            row.kind,
            row.address,
            row.agent,
            row.created_at,
            row.seen_at or row.created_at,
            row.expires_at,
        )
        for row in await conn.execute(wanted)
    ]


async def owner_of(
    conn: AsyncConnection, tenant_id: int, session: int, now: datetime
) -> int | None:
    """Whose session it is; nobody's if it is not of the tenant or not good any more."""
    wanted = select(Session.member_id).where(
        Session.id == session, Session.tenant_id == tenant_id, *_good(now)
    )
    return (await conn.execute(wanted)).scalar_one_or_none()


async def touch(
    conn: AsyncConnection, session: int, address: str, agent: str, now: datetime
) -> None:
    """Note that a session was used, and from where."""
    one = update(Session).where(Session.id == session)
    await conn.execute(
        one.values(seen_at=now, address=address[:ADDRESS_LETTERS], agent=agent[:AGENT_LETTERS])
    )


async def confirm(conn: AsyncConnection, session: int, now: datetime) -> None:
    """The person behind the session has just shown again who they are."""
    await conn.execute(update(Session).where(Session.id == session).values(confirmed_at=now))


async def recent_addresses(
    conn: AsyncConnection, tenant_id: int, login: str, now: datetime
) -> frozenset[str]:
    """From where somebody has signed in of late."""
    wanted = (
        select(Session.address)
        .distinct()
        .join(Member, Member.id == Session.member_id)
        .where(
            Member.tenant_id == tenant_id,
            Member.login == login,
            Session.kind != "api",
            Session.created_at > now - KNOWN_FOR,
        )
        .limit(ADDRESSES_MAX)
    )
    return frozenset((await conn.execute(wanted)).scalars())


def _good(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Session.expires_at > now, Session.revoked_at.is_(None))


async def _supervised(
    conn: AsyncConnection, tenant_id: int, member_id: int, role: Role
) -> frozenset[int]:
    if role is not Role.SUPERVISOR:
        return frozenset()
    given = select(GroupSupervisor.group_id).where(GroupSupervisor.member_id == member_id)
    tree = await groups(conn, tenant_id)
    parents = {group.id: group.parent for group in tree.values()}
    return with_all_below((await conn.execute(given)).scalars(), parents)


async def _groups_of(conn: AsyncConnection, member_id: int) -> frozenset[int]:
    wanted = select(GroupMember.group_id).where(GroupMember.member_id == member_id)
    return frozenset((await conn.execute(wanted)).scalars())

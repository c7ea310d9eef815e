"""Where people are signed in, and ending that: their own sessions, and an administrator's reach."""

from msgspec import Struct

from hub.access import Action, Subject, may
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Id, seconds
from hub.http.problems import Problem
from storage.people.members import member as member_in
from storage.people.sessions import (
    Kind,
    SessionRow,
    close_session,
    owner_of,
    revoke_sessions,
    sessions_of,
)
from storage.proof import log
from storage.proof.log import What


class SessionItem(Struct, frozen=True, omit_defaults=True):
    """`current` is the one that asks."""

    id: int
    kind: Kind
    address: str
    agent: str
    created_at: float
    seen_at: float
    expires_at: float
    current: bool = False


class Sessions(Struct, frozen=True):
    items: list[SessionItem]


class SessionsQuery(Struct, frozen=True):
    """Without `member`, one's own."""

    member: Id | None = None


class SessionPath(Struct, frozen=True):
    session: Id


class Revocation(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `member`, all of one's own but the one that asks."""

    member: Id | None = None


async def sessions(who: Caller, query: SessionsQuery) -> Sessions:
    """Where somebody is signed in, the last seen first."""
    member = await _member(who, Action.SEE_SESSIONS, query.member)
    async with who.engine.connect() as conn:
        rows = await sessions_of(conn, who.actor.tenant, member, who.now)
    return Sessions([_item(row, who.signed_in.session) for row in rows])


async def revoke_session(who: Caller, path: SessionPath) -> None:
    """End a session; its live connections end within seconds."""
    actor = who.actor
    async with who.engine.begin() as conn:
        owner = await owner_of(conn, actor.tenant, path.session, who.now)
        if owner is None or not may(actor, Action.REVOKE_SESSIONS, Subject(actor.tenant, owner)):
            raise Problem(problems.NOT_FOUND)
        await close_session(conn, path.session, who.now)
        subject = {"member": owner, "session": path.session}
        await log.write(conn, actor.tenant, What.SESSION_REVOKED, actor.member, subject, who.now)


async def revoke_all(who: Caller, body: Revocation) -> None:
    """Sign somebody out everywhere, oneself everywhere else."""
    actor = who.actor
    member = await _member(who, Action.REVOKE_SESSIONS, body.member)
    but = who.signed_in.session if member == actor.member else None
    async with who.engine.begin() as conn:
        await revoke_sessions(conn, member, who.now, but)
        subject = {"member": member, "session": "all"}
        await log.write(conn, actor.tenant, What.SESSION_REVOKED, actor.member, subject, who.now)


async def _member(who: Caller, action: Action, member: int | None) -> int:
    """Whose sessions; raise Missing for somebody who is beyond the caller's reach."""
    within = who.within(action)
    if member is None or member == who.actor.member:
        who.require_own(action)
        return who.actor.member
    async with who.engine.connect() as conn:
        return (await member_in(conn, within, member)).id


def _item(row: SessionRow, current: int) -> SessionItem:
    return SessionItem(
        id=row.id,
        kind=row.kind,
        address=row.address,
        agent=row.agent,
        created_at=seconds(row.created_at),
        seen_at=seconds(row.seen_at),
        expires_at=seconds(row.expires_at),
        current=row.id == current,
    )

"""Punches: marks in time that are written once and never changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.facts import Work
from hub.workforce.punching import PunchKind, PunchRefused, Refusal, Standing, punched
from storage.errors import Missing
from storage.models.people import Member
from storage.models.seats import Punch
from storage.proof.chain import Area, append, columns
from storage.webhooks.events import Event, PunchCreated
from storage.webhooks.outbox import enqueue

DOUBLE_TAP = timedelta(seconds=60)  # the same mark again within it is the same mark (R22)


@dataclass(frozen=True, slots=True)
class PunchRow:
    id: int
    kind: PunchKind
    at: datetime
    task: str | None


@dataclass(frozen=True, slots=True)
class Punched:
    """The mark that stands, where its owner stands by now, and whether this call wrote it."""

    punch: PunchRow
    standing: Standing
    written: bool


async def punch(
    conn: AsyncConnection,
    tenant_id: int,
    member_id: int,
    kind: PunchKind,
    *,
    request_id: str,
    source: str,
    now: datetime,
    task: str | None = None,
) -> Punched:
    """Write one mark, once: neither the same request nor a double tap writes another.

    Raise PunchRefused if it contradicts what was punched before, Missing for a disabled member.
    """
    await _one_at_a_time(conn, tenant_id, member_id)
    rows = await _since_start(conn, tenant_id, member_id)
    standing = _standing(rows)
    same = await _by_request(conn, tenant_id, member_id, request_id)
    if same is not None:
        if (same.kind, same.task) != (kind, task):
            raise PunchRefused(Refusal.REQUEST_ID_REUSED, standing.work)
        return Punched(same, standing, written=False)
    if rows and _is_double_tap(rows[-1], kind, task, now):
        return Punched(rows[-1], standing, written=False)
    after = punched(standing, kind, task)
    values = {"kind": kind, "at": now, "task": task, "source": source, "request_id": request_id}
    owner = {"tenant_id": tenant_id, "member_id": member_id, "created_at": now}
    row = insert(Punch).values(**values, **owner).returning(*columns(Area.PUNCH))
    written = (await conn.execute(row)).one()
    await append(conn, Area.PUNCH, [written])
    event = PunchCreated(written.id, member_id, kind, now, after.work)
    await enqueue(conn, tenant_id, [Event(str(written.id), now, event)], now)
    return Punched(PunchRow(written.id, kind, now, task), after, written=True)


async def standing(conn: AsyncConnection, tenant_id: int, member_id: int) -> Standing:
    """Where somebody stands by their punches."""
    return _standing(await _since_start(conn, tenant_id, member_id))


async def works(conn: AsyncConnection, tenant_id: int) -> dict[int, Work]:
    """Where everybody of a tenant stands by their punches; who never punched is left out."""
    last = (
        select(func.max(Punch.id))
        .where(Punch.tenant_id == tenant_id, Punch.kind.not_in(_TASKS))
        .group_by(Punch.member_id)
    )
    rows = await conn.execute(select(Punch.member_id, Punch.kind).where(Punch.id.in_(last)))
    return {row.member_id: _AFTER[PunchKind(row.kind)] for row in rows}


async def punches_between(
    conn: AsyncConnection, tenant_id: int, member_id: int, start: datetime, end: datetime
) -> list[PunchRow]:
    """One member's marks of start <= at < end, the oldest first."""
    wanted = _PUNCH.where(
        Punch.tenant_id == tenant_id,
        Punch.member_id == member_id,
        Punch.at >= start,
        Punch.at < end,
    )
    return await _rows(conn, wanted.order_by(Punch.id))


async def punches_so_far(
    conn: AsyncConnection, tenant_id: int, member_id: int, start: datetime, end: datetime
) -> tuple[list[PunchRow], Standing]:
    """A day's marks, before them those of work that began earlier and goes on; where one stands."""
    of_day = await punches_between(conn, tenant_id, member_id, start, end)
    of_work = await _since_start(conn, tenant_id, member_id)
    stands = _standing(of_work)
    earlier = [] if stands.work is Work.OFF else [row for row in of_work if row.at < start]
    return earlier + of_day, stands


async def _one_at_a_time(conn: AsyncConnection, tenant_id: int, member_id: int) -> None:
    """Writing first takes the member's lock (PostgreSQL) or the only writer's (SQLite)."""
    own = update(Member).where(
        Member.id == member_id, Member.tenant_id == tenant_id, Member.disabled_at.is_(None)
    )
    if (await conn.execute(own.values(locale=Member.locale))).rowcount != 1:
        raise Missing("member", str(member_id))


async def _since_start(conn: AsyncConnection, tenant_id: int, member_id: int) -> list[PunchRow]:
    """In the order of writing, not of the clock, which may have been set back."""
    own = (Punch.tenant_id == tenant_id, Punch.member_id == member_id)
    start = select(func.max(Punch.id)).where(*own, Punch.kind == PunchKind.START)
    return await _rows(
        conn, _PUNCH.where(*own, Punch.id >= start.scalar_subquery()).order_by(Punch.id)
    )


async def _by_request(
    conn: AsyncConnection, tenant_id: int, member_id: int, request_id: str
) -> PunchRow | None:
    wanted = _PUNCH.where(
        Punch.tenant_id == tenant_id,
        Punch.member_id == member_id,
        Punch.request_id == request_id,
    )
    found = await _rows(conn, wanted)
    return found[0] if found else None


async def _rows(
    conn: AsyncConnection, wanted: Select[int, str, datetime, str | None]
) -> list[PunchRow]:
    rows = await conn.execute(wanted)
    return [PunchRow(row.id, PunchKind(row.kind), row.at, row.task) for row in rows]


def _standing(rows: list[PunchRow]) -> Standing:
    at = Standing()
    for row in rows:
        at = punched(at, row.kind, row.task)
    return at


def _is_double_tap(last: PunchRow, kind: PunchKind, task: str | None, now: datetime) -> bool:
    return (last.kind, last.task) == (kind, task) and abs(now - last.at) <= DOUBLE_TAP


_PUNCH = select(Punch.id, Punch.kind, Punch.at, Punch.task)
_TASKS = (PunchKind.TASK_START, PunchKind.TASK_END)
_AFTER = {
    PunchKind.START: Work.WORKING,
    PunchKind.END: Work.OFF,
    PunchKind.BREAK_START: Work.BREAK,
    PunchKind.BREAK_END: Work.WORKING,
    PunchKind.OUT: Work.OUT,
    PunchKind.BACK: Work.WORKING,
}

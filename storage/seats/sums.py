"""What the days that are over add up to: kept, taken away when late words come, and added up.

A day of a member is added up once nothing in time can change it any more; for what comes later,
see storage.seats.belated. A sum that was being made when something came is not kept, for the
tenant's count of such words has moved on.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.history.days import DAY, day_of, midnight
from hub.history.facts import Mark
from hub.history.spans import Span, spans, totals
from hub.protocol.facts import Label
from storage.models.people import Member, Tenant
from storage.models.seats import DaySum
from storage.people.tenants import BY_PUNCH, TenantRow
from storage.seats.belated import LATE
from storage.seats.history import Who, members_of
from storage.seats.timelines import timelines
from storage.upsert import insert_new

OVER_AFTER = 2 * LATE  # of a day whose sum is kept, what comes is either there or comes late
BACK = timedelta(days=89)  # about as long as rows are kept
MICROSECONDS = 1_000_000

Sums = dict[Label, int]
COLUMNS = {label: DaySum.__table__.c[label] for label in Label}


def over_since(now: datetime) -> date:
    """The first day whose sum is not kept yet."""
    return day_of(now - OVER_AFTER)


async def sums_of_day(
    conn: AsyncConnection, home: TenantRow, members: Sequence[int], day: date, until: datetime
) -> dict[int, Sums]:
    """Each one's day, or as much of it as is over, added up from the rows."""
    begin, end = min(midnight(day), until), min(midnight(day + DAY), until)
    marks = await timelines(conn, home, members_of(home.id, members), begin, end)
    over = (begin.timestamp(), end.timestamp())
    return await asyncio.to_thread(_added, marks, members, over)


def _added(
    marks: Mapping[int, Sequence[Mark]], members: Iterable[int], over: tuple[float, float]
) -> dict[int, Sums]:
    return {one: _sums(spans(marks.get(one, ()), *over, why=False)) for one in members}


def _sums(found: Iterable[Span]) -> Sums:
    return {label: round(length * MICROSECONDS) for label, length in totals(found).of.items()}


async def keep_sums(
    conn: AsyncConnection, home: TenantRow, day: date, found: Mapping[int, Sums], seen: int
) -> bool:
    """Keep a day's sums, unless something has come late since `seen`; whether they are kept."""
    still = update(Tenant).where(Tenant.id == home.id, Tenant.belated == seen)
    if (await conn.execute(still.values(belated=seen))).rowcount != 1:
        return False
    by_punch = home.work_from == BY_PUNCH
    other = delete(DaySum).where(
        DaySum.tenant_id == home.id,
        DaySum.member_id.in_(found),
        DaySum.day == day,
        DaySum.by_punch.is_not(by_punch),
    )
    await conn.execute(other)
    start = {"tenant_id": home.id, "day": day, "by_punch": by_punch}
    rows = [{**start, "member_id": member, **sums} for member, sums in found.items()]
    await insert_new(conn, DaySum, rows)
    return True


async def missing(conn: AsyncConnection, home: TenantRow, day: date, limit: int) -> list[int]:
    """Active members whose sum of that day is not kept, or was made by another rule."""
    kept = and_(DaySum.member_id == Member.id, *_kept(home, day, day + DAY))
    wanted = (
        select(Member.id)
        .outerjoin(DaySum, kept)
        .where(Member.tenant_id == home.id, Member.disabled_at.is_(None), DaySum.id.is_(None))
        .order_by(Member.id)
        .limit(limit)
    )
    return list((await conn.execute(wanted)).scalars())


async def kept_sums(
    conn: AsyncConnection, home: TenantRow, who: Who, first: date, end: date
) -> dict[int, Sums]:
    """These days added up, of each of them of whom every one of the days is kept."""
    wanted = (
        select(DaySum.member_id, *(func.sum(one) for one in COLUMNS.values()))
        .where(*_kept(home, first, end), DaySum.member_id.in_(who))
        .group_by(DaySum.member_id)
        .having(func.count() == (end - first).days)
    )
    return {
        member: {label: int(sum) for label, sum in zip(COLUMNS, sums, strict=True)}
        for member, *sums in await conn.execute(wanted)
    }


def _kept(home: TenantRow, first: date, end: date) -> tuple[ColumnElement[bool], ...]:
    return (
        DaySum.tenant_id == home.id,
        DaySum.day >= first,
        DaySum.day < end,
        DaySum.by_punch.is_(home.work_from == BY_PUNCH),
    )

"""One person's time: strips, marks, and figures of days."""

from typing import Annotated

from msgspec import Meta, Struct, field
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.history.days import DAY, days, midnight, month
from hub.history.facts import As, Lost
from hub.history.spans import Span, spans, totals, within
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Id
from hub.http.history.reading import (
    Figures,
    Time,
    asked_of,
    between,
    by_punch,
    figures,
    timelines,
    today,
)
from hub.http.problems import Problem
from hub.http.punches import PunchItem, item_of
from hub.protocol.facts import IncidentKind, Label, Reason, Verdict
from storage.seats import history
from storage.seats.history import Opened, Person, Who
from storage.seats.punches import punches_between

RANGE_MAX = 35 * DAY  # a month, and days of the weeks around it
GOING_ON = 7 * DAY  # an incident that began before this is not looked for any more


class MemberPath(Struct, frozen=True):
    member: Id


class MonthPath(MemberPath, frozen=True):
    month: Annotated[str, Meta(pattern=r"^(19[789]|20\d)\d-(0[1-9]|1[0-2])$")]


class RangeQuery(Struct, frozen=True):
    """begin <= time < end, in seconds since 1970; `as`: what is known now, or was seen then."""

    begin: Time = field(name="from")
    end: Time = field(name="to")
    how: As = field(default=As.KNOWN, name="as")


class SpanItem(Struct, frozen=True, omit_defaults=True):
    """One word from `at` to `to`; `late` if only a later report says so."""

    at: float
    to: float
    label: Label
    late: bool = False
    reason: Reason | None = None
    task: str | None = None


class IncidentMark(Struct, frozen=True, omit_defaults=True):
    id: str
    kind: IncidentKind
    opened_at: float
    seen_at: float
    ended_at: float | None = None
    late: bool = False
    verdict: Verdict | None = None


class GapMark(Struct, frozen=True):
    """What a device had to overwrite while nobody listened."""

    device: int
    begin: float = field(name="from")
    end: float = field(name="to")
    count: int
    reason: str


class PresenceAnswer(Struct, frozen=True, omit_defaults=True):
    """The spans cover the range, which ends now at the latest, without holes and overlaps.

    `left_at` is when the member was disabled, if they are.
    """

    member: int
    name: str
    begin: float = field(name="from")
    end: float = field(name="to")
    how: As = field(name="as")
    spans: list[SpanItem]
    incidents: list[IncidentMark]
    punches: list[PunchItem]
    gaps: list[GapMark]
    figures: Figures
    left_at: float | None = None


class DayItem(Struct, frozen=True):
    day: str
    figures: Figures


class MonthAnswer(Struct, frozen=True):
    """The days that have begun, and what they add up to."""

    member: int
    month: str
    days: list[DayItem]
    total: Figures


async def presence(who: Caller, path: MemberPath, query: RangeQuery) -> PresenceAnswer:
    """What somebody's seat was over a time, with incidents, punches and gaps to mark on it."""
    begin, end = between(who, query.begin, query.end, RANGE_MAX)
    tenant = who.actor.tenant
    async with who.engine.connect() as conn:
        asked, person = await one(conn, who, path.member)
        found = await timelines(conn, who, asked, begin, end, query.how)
        marked = await history.opened(conn, tenant, asked, begin - GOING_ON, end)
        lost = await history.lost(conn, tenant, asked, begin, end)
        punched = await punches_between(conn, tenant, person.id, begin, end)
        punching = await by_punch(conn, who)
    start, stop = begin.timestamp(), end.timestamp()
    covered = spans(found.get(person.id, []), start, stop)
    touching = [one for one in marked if (one.ended_at or stop) >= start]
    return PresenceAnswer(
        person.id,
        person.name,
        start,
        stop,
        query.how,
        [span_item(one) for one in covered],
        [incident_mark(one) for one in touching],
        [item_of(row) for row in punched],
        [gap_mark(one) for one in lost.get(person.id, []) if one.end >= start],
        figures(totals(covered), punching, [one for one in marked if one.opened_at >= start]),
        person.disabled_at.timestamp() if person.disabled_at else None,
    )


async def presence_month(who: Caller, path: MonthPath) -> MonthAnswer:
    """A month's figures, day by day."""
    year, number = (int(part) for part in path.month.split("-"))
    first, last = month(year, number)
    begin, end = min(midnight(first), who.now), min(midnight(last), who.now)
    async with who.engine.connect() as conn:
        asked, person = await one(conn, who, path.member)
        found = await timelines(conn, who, asked, begin, end)
        marked = await history.opened(conn, who.actor.tenant, asked, begin, end)
        punching = await by_punch(conn, who)
    over = begin.timestamp(), end.timestamp()
    covered = spans(found.get(person.id, []), *over, why=False)
    begun = min(last, today(who) + DAY)
    listed = []
    for day in days(first, begun):
        start, stop = midnight(day).timestamp(), midnight(day + DAY).timestamp()
        on_day = [one for one in marked if start <= one.opened_at < stop]
        of_day = totals(within(covered, start, stop))
        listed.append(DayItem(day.isoformat(), figures(of_day, punching, on_day)))
    return MonthAnswer(person.id, path.month, listed, figures(totals(covered), punching, marked))


async def one(conn: AsyncConnection, who: Caller, member: int) -> tuple[Who, Person]:
    """The one member; raise the problem NOT_FOUND unless their history is the caller's to see."""
    asked = asked_of(who, [member])
    found = await history.people(conn, asked)
    if not found:
        raise Problem(problems.NOT_FOUND)
    return asked, found[0]


def span_item(one: Span) -> SpanItem:
    return SpanItem(one.begin, one.end, one.label, one.late, one.reason, one.task)


def incident_mark(one: Opened) -> IncidentMark:
    return IncidentMark(
        one.id, one.kind, one.opened_at, one.seen_at, one.ended_at, one.late, one.verdict
    )


def gap_mark(one: Lost) -> GapMark:
    return GapMark(one.device, one.begin, one.end, one.count, one.reason)

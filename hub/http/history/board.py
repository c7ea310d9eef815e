"""The time machine: the whole board at any minute, and what changed from there on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct, field

from hub.history.facts import As, Mark
from hub.history.timeline import at_moment
from hub.http import problems
from hub.http.callers import Caller
from hub.http.history.reading import Time, asked_of, between, timelines
from hub.http.problems import Problem
from hub.protocol.facts import IncidentKind, Label, Verdict
from hub.protocol.watchers import MemberCard, SeatView
from storage.seats import history, then
from storage.seats.history import Person
from storage.seats.then import Begun

PLAYED_MAX = timedelta(days=1)
CHANGES = 5_000
CHANGES_MAX = 10_000  # of some 300 bytes
SEAT_HOURS_MAX = 2_500.0  # some 20,000 rows: 10,000 people for a quarter of an hour
INSTANT = timedelta(microseconds=1)  # the record counts in them
KEPT = timedelta(days=93)  # the longest three months
KEPT_SAID = (
    f"さかのぼれるのは {KEPT.days} 日前までです。",
    f"The board can be shown again for {KEPT.days} days.",
)


class MomentQuery(Struct, frozen=True):
    """A time within the last three months; `as`: what is known now, or was seen then."""

    time: Time
    how: As = field(default=As.KNOWN, name="as")


class ChangesQuery(Struct, frozen=True):
    begin: Time = field(name="from")
    end: Time = field(name="to")
    how: As = field(default=As.KNOWN, name="as")
    limit: Annotated[int, Meta(ge=1, le=CHANGES_MAX)] = CHANGES


class IncidentThen(Struct, frozen=True, omit_defaults=True):
    """An incident that began at `at`; `late` if it was told later. With a verdict it is judged."""

    id: str
    member: int
    kind: IncidentKind
    at: float
    late: bool = False
    verdict: Verdict | None = None
    judged_by: str | None = None
    judged_at: float | None = None


class BoardThen(Struct, frozen=True):
    """Every seat that had ever been sat on, in the form of the live board.

    `late` names those whose state only a later report says; `left` are the people of them who have
    been disabled since, whom the live board does not know. `incidents` are those that the seats
    show, with what is known of them now; as seen there are none.
    """

    time: float
    how: As = field(name="as")
    seats: list[SeatView]
    late: list[int]
    left: list[MemberCard]
    incidents: list[IncidentThen]


class SeatChange(Struct, frozen=True, omit_defaults=True):
    """From `at` on the whole seat was so; `turned` if its word was another one before."""

    at: float
    seat: SeatView
    late: bool = False
    turned: bool = False


class BoardChanges(Struct, frozen=True, omit_defaults=True):
    """By time. With `next`, everything before it is here: go on from it, it may tell some twice.

    `incidents` began in this time; as seen, those that were told in time, and no verdicts.
    """

    begin: float = field(name="from")
    end: float = field(name="to")
    how: As = field(name="as")
    changes: list[SeatChange]
    incidents: list[IncidentThen] = []
    next: float | None = None


async def board_at(who: Caller, query: MomentQuery) -> BoardThen:
    """The whole board as it was at a moment."""
    kept(who, query.time)
    begin, _ = between(who, query.time, query.time, PLAYED_MAX)
    async with who.engine.connect() as conn:
        asked = asked_of(who)
        found = await timelines(conn, who, asked, begin, begin + INSTANT, query.how)
        left = {one.id: one for one in await history.left(conn, asked)}
        at = begin.timestamp()
        marks = {member: at_moment(marks, at) for member, marks in found.items()}
        gone = {id for id, one in left.items() if not was_there(one, begin)}
        shown = {id: mark for id, mark in marks.items() if mark and id not in gone}
        alerts = [mark.view.alert.id for mark in shown.values() if mark.view.alert]
        known = alerts if query.how is As.KNOWN else []
        told = await then.named(conn, who.actor.tenant, asked, known)
    return BoardThen(
        at,
        query.how,
        [mark.view for mark in shown.values()],
        [id for id, mark in shown.items() if mark.late],
        [MemberCard(one.id, one.name, one.groups) for id, one in left.items() if id in shown],
        [incident_then(one) for one in told],
    )


def incident_then(one: Begun) -> IncidentThen:
    return IncidentThen(
        one.id,
        one.member,
        one.kind,
        one.opened_at,
        one.late,
        one.verdict,
        one.judged_by,
        one.judged_at,
    )


def as_seen(one: Begun) -> IncidentThen:
    return IncidentThen(one.id, one.member, one.kind, one.opened_at)


def was_there(person: Person, time: datetime) -> bool:
    """Whoever has been disabled is on no board from then on."""
    return person.disabled_at is None or time < person.disabled_at


async def board_changes(who: Caller, query: ChangesQuery) -> BoardChanges:
    """What changed on the board over a time, so that it can be played."""
    kept(who, query.begin)
    begin, asked_end = between(who, query.begin, query.end, PLAYED_MAX)
    async with who.engine.connect() as conn:
        asked = asked_of(who)
        end = min(asked_end, begin + at_most(await history.count_people(conn, asked)))
        found = await timelines(conn, who, asked, begin, end, query.how)
        began = await then.begun(conn, who.actor.tenant, asked, begin, end)
    start, stop = begin.timestamp(), end.timestamp()
    changes = [one for marks in found.values() for one in changes_of(marks, start, stop)]
    changes.sort(key=lambda one: one.at)
    more = stop if end < asked_end else None
    shown = whole_moments(changes, query.limit)
    if len(shown) < len(changes):
        more = changes[len(shown)].at
    told = [one for one in began if more is None or one.opened_at < more]
    if query.how is As.KNOWN:
        incidents = [incident_then(one) for one in told]
    else:
        incidents = [as_seen(one) for one in told if not one.late]
    return BoardChanges(start, asked_end.timestamp(), query.how, shown, incidents, more)


def changes_of(marks: list[Mark], begin: float, end: float) -> Iterator[SeatChange]:
    """The marks in begin <= time < end; before its first one a seat is off."""
    before = Label.OFF
    for mark in marks:
        if begin <= mark.at < end:
            yield SeatChange(mark.at, mark.view, mark.late, mark.label is not before)
        before = mark.label


def at_most(people: int) -> timedelta:
    """How far one answer reaches, so that it holds up nobody else."""
    return timedelta(hours=SEAT_HOURS_MAX / max(people, 1))


def whole_moments(changes: list[SeatChange], limit: int) -> list[SeatChange]:
    """At most so many, without some of a moment and not the others: an answer goes on from one.

    If all that fit are of one moment, that whole moment.
    """
    if len(changes) <= limit:
        return changes
    end = changes[limit].at
    shown = [one for one in changes[:limit] if one.at < end]
    return shown or [one for one in changes if one.at == end]


def kept(who: Caller, time: float) -> None:
    """Raise the problem of a time that has not come yet, or is not kept any more."""
    now = who.now.timestamp()
    if time > now:
        raise Problem(problems.INVALID, what="time > now")
    if now - time > KEPT.total_seconds():
        raise Problem(problems.RANGE_TOO_LONG, detail=KEPT_SAID)

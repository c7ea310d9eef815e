"""Today at a glance: the strips of the tiles in view, and how many were there at each moment."""

import math
from collections.abc import Mapping
from itertools import accumulate
from typing import Annotated

from msgspec import Meta, Struct, field

from hub.history.facts import Mark
from hub.history.spans import spans
from hub.http import problems
from hub.http.callers import Caller
from hub.http.history.reading import Day, asked_of, the_day, timelines
from hub.http.problems import Problem
from hub.protocol.facts import IncidentKind, Label
from storage.seats import history
from storage.seats.counting import presence_changes

MEMBERS_MAX = 500
STEP_S = 300  # a sparkline of a day has 288 points


class StripsQuery(Struct, frozen=True):
    """`members` are ids with commas between."""

    day: Day
    members: Annotated[str, Meta(pattern=r"^[1-9]\d{0,17}(,[1-9]\d{0,17})*$", max_length=9_999)]


class DayQuery(Struct, frozen=True):
    day: Day


class Run(Struct, frozen=True, array_like=True, omit_defaults=True):
    """[s, label] or [s, label, true]: from s seconds after `from` on; late if a later word."""

    at: int
    label: Label
    late: bool = False


class StripMark(Struct, frozen=True, array_like=True):
    """[s, kind]: an incident began s seconds after `from`."""

    at: int
    kind: IncidentKind


class Strip(Struct, frozen=True):
    member: int
    runs: list[Run]
    incidents: list[StripMark]


class Strips(Struct, frozen=True):
    """Each run lasts until the next one, the last until `to`."""

    day: str
    begin: float = field(name="from")
    end: float = field(name="to")
    strips: list[Strip]


class Counts(Struct, frozen=True):
    """How many boards showed as present, `step_s` apart from `from` on, as far as it is past."""

    day: str
    begin: float = field(name="from")
    end: float = field(name="to")
    step_s: int
    people: int
    present: list[int]


async def strips(who: Caller, query: StripsQuery) -> Strips:
    """A day of each of these members whom the caller may see, as it is known now."""
    ids = [int(id) for id in query.members.split(",")]
    if len(ids) > MEMBERS_MAX:
        raise Problem(problems.INVALID, what=f"members: {len(ids)} > {MEMBERS_MAX}")
    begin, end = the_day(who, query.day)
    start, stop = begin.timestamp(), end.timestamp()
    async with who.engine.connect() as conn:
        asked = asked_of(who, ids)
        listed = await history.people(conn, asked)
        found = await timelines(conn, who, asked, begin, end)
        marked = await history.opened(conn, who.actor.tenant, asked, begin, end)
    marks: dict[int, list[StripMark]] = {}
    for one in marked:
        marks.setdefault(one.member, []).append(StripMark(int(one.opened_at - start), one.kind))
    return Strips(
        query.day,
        start,
        stop,
        [
            Strip(one.id, runs(found.get(one.id, []), start, stop), marks.get(one.id, []))
            for one in listed
        ],
    )


def runs(marks: list[Mark], begin: float, end: float) -> list[Run]:
    """Whole seconds; what is shorter than one is not drawn, and neighbours differ."""
    found: list[Run] = []
    for span in spans(marks, begin, end, why=False):
        run = Run(int(span.begin - begin), span.label, span.late)
        if found and found[-1].at == run.at:
            found.pop()
        if not found or (found[-1].label, found[-1].late) != (run.label, run.late):
            found.append(run)
    return found


async def counts(who: Caller, query: DayQuery) -> Counts:
    """How many of those whom the caller may see were present through a day, as boards had it."""
    begin, end = the_day(who, query.day)
    async with who.engine.connect() as conn:
        asked = asked_of(who)
        people = await history.count_people(conn, asked)
        changes = await presence_changes(conn, who.actor.tenant, asked, begin, end, STEP_S)
    start, stop = begin.timestamp(), end.timestamp()
    points = math.ceil((stop - start) / STEP_S)
    return Counts(query.day, start, stop, STEP_S, people, summed(changes, points))


def summed(changes: Mapping[int, int], points: int) -> list[int]:
    return list(accumulate(changes.get(point, 0) for point in range(points)))

"""What every question to the record begins with: whose history it is, and from when to when."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct, field
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action
from hub.history.days import day_of, midnight
from hub.history.facts import As, Mark
from hub.history.spans import Totals
from hub.http import problems
from hub.http.callers import Caller
from hub.http.problems import Problem
from hub.protocol.facts import LATEST, IncidentKind, Label, Verdict
from storage.people.tenants import BY_PUNCH, tenant
from storage.seats import history
from storage.seats.history import Opened, Who
from storage.seats.timelines import timelines as read

Time = Annotated[float, Meta(ge=0, le=LATEST)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Counted(Struct, frozen=True, omit_defaults=True):
    """Incidents of a kind with the same verdict; without one, nobody has judged them."""

    kind: IncidentKind
    count: int
    verdict: Verdict | None = None


class Figures(Struct, frozen=True):
    """Seconds of each word, which add up to the time asked for, and incidents that began in it.

    `worked` is the time at work and linked (present, away, paused, unknown), and offline too where
    work comes from punches alone.
    """

    present: float
    away: float
    break_: float = field(name="break")
    out: float
    paused: float
    unknown: float
    offline: float
    off: float
    worked: float
    incidents: list[Counted]


async def timelines(
    conn: AsyncConnection,
    who: Caller,
    asked: Who,
    begin: datetime,
    end: datetime,
    how: As = As.KNOWN,
) -> dict[int, list[Mark]]:
    """The marks of each of them that has any, as far as they say something of the range."""
    return await read(conn, await tenant(conn, who.actor.tenant), asked, begin, end, how)


async def by_punch(conn: AsyncConnection, who: Caller) -> bool:
    return (await tenant(conn, who.actor.tenant)).work_from == BY_PUNCH


def asked_of(who: Caller, members: Sequence[int] | None = None) -> Who:
    """Those of the members whose history the caller may see; None: all of them."""
    return history.whoever(who.within(Action.SEE_SEAT), members)


def between(who: Caller, begin: float, end: float, at_most: timedelta) -> tuple[datetime, datetime]:
    """The range, which ends now at the latest; raise the problem of one that cannot be answered."""
    if end < begin:
        raise Problem(problems.INVALID, what="from > to")
    if end - begin > at_most.total_seconds():
        raise too_long(at_most)
    now = who.now.timestamp()
    return moment(min(begin, now)), moment(min(end, now))


def too_long(at_most: timedelta) -> Problem:
    ja = f"一度に調べられるのは {at_most.days} 日までです。期間を短くしてください。"
    en = f"One answer covers at most {at_most.days} days. Choose a shorter time."
    return Problem(problems.RANGE_TOO_LONG, detail=(ja, en))


def the_day(who: Caller, day: str) -> tuple[datetime, datetime]:
    """A day in Tokyo, as far as it is over."""
    begin = midnight(date_of(day))
    end = midnight(date_of(day) + timedelta(days=1))
    return min(begin, who.now), min(end, who.now)


def date_of(day: str) -> date:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise Problem(problems.INVALID, what=day) from None
    if not 1971 <= found.year <= 2099:
        raise Problem(problems.INVALID, what=day)
    return found


def today(who: Caller) -> date:
    return day_of(who.now)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def figures(totals: Totals, by_punch: bool, begun: Sequence[Opened]) -> Figures:
    of = {label: round(seconds, 3) for label, seconds in totals.of.items()}
    return Figures(
        present=of[Label.PRESENT],
        away=of[Label.AWAY],
        break_=of[Label.BREAK],
        out=of[Label.OUT],
        paused=of[Label.PAUSED],
        unknown=of[Label.UNKNOWN],
        offline=of[Label.OFFLINE],
        off=of[Label.OFF],
        worked=round(totals.worked(by_punch), 3),
        incidents=counted(begun),
    )


def counted(begun: Sequence[Opened]) -> list[Counted]:
    """By gravity, and within a kind those that nobody has judged last."""
    number: dict[tuple[IncidentKind, Verdict | None], int] = {}
    for one in begun:
        key = one.kind, one.verdict
        number[key] = number.get(key, 0) + 1
    kinds, verdicts = list(IncidentKind), [*Verdict, None]
    return [
        Counted(kind, number[kind, verdict], verdict)
        for kind in kinds
        for verdict in verdicts
        if (kind, verdict) in number
    ]

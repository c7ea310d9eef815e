"""Business days of Asia/Tokyo, whatever zone the machine is in."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")  # Japan has had no summer time since 1951
DAY = timedelta(days=1)


class Step(StrEnum):
    """What a longer time is cut into; weeks begin on Monday (JIS X 0301)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    NONE = "none"


def midnight(day: date) -> datetime:
    """When a day begins in Tokyo."""
    return datetime.combine(day, time(), TOKYO)


def day_of(moment: datetime) -> date:
    return moment.astimezone(TOKYO).date()


def month(year: int, number: int) -> tuple[date, date]:
    """A month's first day, and the day after its last."""
    first = date(year, number, 1)
    return first, (first + 31 * DAY).replace(day=1)


def days(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += DAY


def periods(first: date, end: date, step: Step) -> Iterator[tuple[date, date]]:
    """first <= day < end in pieces [begin, end); the outer ones are cut to the range."""
    while first < end:
        last = min(following(first, step) or end, end)
        yield first, last
        first = last


def following(day: date, step: Step) -> date | None:
    """Where the piece ends that a day is in; None if there are no pieces."""
    match step:
        case Step.DAY:
            return day + DAY
        case Step.WEEK:
            return day + (7 - day.weekday()) * DAY
        case Step.MONTH:
            return month(day.year, day.month)[1]
        case Step.NONE:
            return None

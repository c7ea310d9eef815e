"""From marks to spans: a range of time without holes and overlaps, and what it adds up to."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from hub.history.facts import Mark
from hub.protocol.facts import Label, Reason

AT_WORK = (Label.PRESENT, Label.AWAY, Label.PAUSED, Label.UNKNOWN)  # and linked


class Span(Struct, frozen=True, gc=False):
    """One word for begin <= time < end; `late` if only a later report says so."""

    begin: float
    end: float
    label: Label
    late: bool = False
    reason: Reason | None = None
    task: str | None = None

    @property
    def seconds(self) -> float:
        return self.end - self.begin

    def says(self, other: "Span") -> bool:
        """Whether a strip shows both as one."""
        mine = (self.label, self.late, self.reason, self.task)
        return mine == (other.label, other.late, other.reason, other.task)


def spans(marks: Sequence[Mark], begin: float, end: float, *, why: bool = True) -> list[Span]:
    """What the marks say of begin <= time < end; before the first of them the seat is off.

    With `why` they tell reason and task, too, which takes three times as long.
    """
    if end <= begin:
        return []
    first = bisect_right(marks, begin, key=at)
    before = marks[first - 1] if first else None
    found = [span_of(before, begin, why)]
    for mark in marks[first:]:
        if mark.at >= end:
            break
        span = span_of(mark, mark.at, why)
        if not span.says(found[-1]):
            found[-1] = replace(found[-1], end=mark.at)
            found.append(span)
    found[-1] = replace(found[-1], end=end)
    return [one for one in found if one.seconds > 0]


def at(mark: Mark) -> float:
    return mark.at


def span_of(mark: Mark | None, begin: float, why: bool) -> Span:
    if mark is None:
        return Span(begin, begin, Label.OFF)
    if not why:
        return Span(begin, begin, mark.label, mark.late)
    return Span(begin, begin, mark.label, mark.late, mark.view.reason, mark.view.task)


def within(spans: Sequence[Span], begin: float, end: float) -> list[Span]:
    """The part of the spans that lies in a shorter range."""
    found: list[Span] = []
    for place in range(bisect_right(spans, begin, key=ending), len(spans)):
        one = spans[place]
        if one.begin >= end:
            break
        found.append(replace(one, begin=max(one.begin, begin), end=min(one.end, end)))
    return found


def ending(span: Span) -> float:
    return span.end


@dataclass(slots=True)
class Totals:
    """Seconds of each word."""

    of: dict[Label, float] = field(default_factory=lambda: dict.fromkeys(Label, 0.0))

    def add(self, spans: Iterable[Span]) -> None:
        for one in spans:
            self.of[one.label] += one.seconds

    def worked(self, by_punch: bool) -> float:
        """At work and linked. Where punches say who is at work, a PC that is off changes nothing.

        Where the device says it, one that is offline says nothing any more.
        """
        linked = sum(self.of[label] for label in AT_WORK)
        return linked + self.of[Label.OFFLINE] if by_punch else linked


def totals(spans: Iterable[Span]) -> Totals:
    found = Totals()
    found.add(spans)
    return found

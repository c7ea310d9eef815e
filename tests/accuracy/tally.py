"""Counts what was decided rightly, by what was expected and by how large it was; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.accuracy.story import INCIDENTS

PHONE = INCIDENTS["phone"]


@dataclass(frozen=True)
class Decided:
    """What the agent made of one case: the presence it settled on, and every incident it raised."""

    file: str
    expected: str
    height_px: int | None
    presence: str
    incidents: frozenset[str]
    bystander: bool = False

    @property
    def right(self) -> bool:
        """The expected incident was raised; or, where none is, the presence fits and none was.

        A second face may be told of where the label says that a bystander may be in the picture.
        """
        if self.expected in INCIDENTS:
            return INCIDENTS[self.expected] in self.incidents
        tolerated = {INCIDENTS["peeping"]} if self.bystander else set()
        return self.presence == self.expected and not self.incidents - tolerated

    @property
    def others(self) -> frozenset[str]:
        """Incidents beside the expected one."""
        return self.incidents - {INCIDENTS.get(self.expected, "")}


@dataclass
class Count:
    right: int = 0
    total: int = 0

    def add(self, right: bool) -> None:
        self.right += right
        self.total += 1

    def __str__(self) -> str:
        return f"{self.right} of {self.total}"


@dataclass
class Tally:
    """Counts by name, in the order in which the names came up."""

    counts: dict[Any, Count] = field(default_factory=dict)

    def add(self, name: object, right: bool) -> None:
        self.counts.setdefault(name, Count()).add(right)


def by_state(cases: Iterable[Decided]) -> Tally:
    tally = Tally()
    for case in cases:
        tally.add(case.expected, case.right)
    return tally


def by_height(cases: Iterable[Decided], state: str) -> Tally:
    """Of the pictures of one state whose second face or device has a known height, in px."""
    tally = Tally()
    known = [case for case in cases if case.expected == state and case.height_px is not None]
    for case in sorted(known, key=lambda case: case.height_px or 0):
        tally.add(case.height_px, case.right)
    return tally


def at_least(tally: Tally, height_px: int) -> Count:
    found = [count for height, count in tally.counts.items() if height >= height_px]
    return Count(sum(count.right for count in found), sum(count.total for count in found))


def phone_alarms(cases: Iterable[Decided]) -> Count:
    """Alarms on the pictures that show no phone; `total` is how many those are."""
    without = [case for case in cases if case.expected != "phone"]
    return Count(sum(PHONE in case.incidents for case in without), len(without))


def wrong(cases: Iterable[Decided]) -> list[str]:
    return [
        f"{case.file}: expected {case.expected}, decided "
        f"{', '.join([case.presence, *sorted(case.incidents)])}"
        for case in cases
        if not case.right
    ]


def beside(cases: Iterable[Decided]) -> list[str]:
    """Right cases with another alarm beside the expected one."""
    return [
        f"{case.file}: {case.expected}, and also {', '.join(sorted(case.others))}"
        for case in cases
        if case.right and case.others
    ]


def table(head: str, rows: Mapping[Any, object]) -> list[str]:
    """Two columns, aligned for a terminal."""
    width = max([len(str(name)) for name in rows], default=0)
    return [head, *(f"  {name!s:<{width}}  {value}" for name, value in rows.items())]

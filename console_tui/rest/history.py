"""The record's reading side: days as strips, counts of a day, and the board of another time."""

from collections.abc import Iterable

from msgspec import Struct

from console_tui.rest.calls import Hub
from hub.protocol.facts import IncidentKind, Label
from hub.protocol.watchers import MemberCard, SeatView

ASKED = 500  # members in one request, the hub's own bound


class Run(Struct, frozen=True, array_like=True):
    """From `s` seconds after the day's begin until the next run."""

    s: float
    label: Label
    late: bool = False


class Mark(Struct, frozen=True, array_like=True):
    """An incident that opened `s` seconds after the day's begin."""

    s: float
    kind: IncidentKind


class Strip(Struct, frozen=True):
    """One member's day."""

    member: int
    runs: tuple[Run, ...]
    incidents: tuple[Mark, ...] = ()


class Strips(Struct, frozen=True):
    strips: tuple[Strip, ...]


class Counts(Struct, frozen=True):
    """How many were present each `step_s` seconds since the day began."""

    step_s: float
    people: int
    present: tuple[int, ...]


class BoardAt(Struct, frozen=True):
    """The board as it was; `late` names those of whom it was told only later."""

    time: float
    seats: tuple[SeatView, ...]
    late: tuple[int, ...] = ()
    left: tuple[MemberCard, ...] = ()


class Change(Struct, frozen=True):
    at: float
    seat: SeatView
    late: bool = False


class Changes(Struct, frozen=True):
    """By time. With `next`, whatever is before it is here."""

    changes: tuple[Change, ...]
    next: float | None = None


async def strips(hub: Hub, day: str, members: Iterable[int]) -> tuple[Strip, ...]:
    wanted = ",".join(map(str, members))
    return (await hub.get(Strips, "/strips", day=day, members=wanted)).strips


async def counts(hub: Hub, day: str) -> Counts:
    return await hub.get(Counts, "/counts", day=day)


async def board_at(hub: Hub, at: float) -> BoardAt:
    return await hub.get(BoardAt, "/board/at", time=at)


async def changes(hub: Hub, begin: float, end: float) -> Changes:
    return await hub.get(Changes, "/board/changes", **{"from": begin, "to": end})

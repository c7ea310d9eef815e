"""A live view from its question to its end, without I/O: asked -> accepted -> connected -> ended.

The node that was asked and the agent each keep one of these for a view; what goes in are messages
and time, what comes out is the next state. `now` is a clock that nobody can set (monotonic).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from hub.protocol.live_view import ViewEnd

ANSWER_WITHIN_S = 30.0  # a question that stays unanswered is refused by itself
CONNECT_WITHIN_S = 20.0  # two machines that have not found a way by then have none
LONGEST_S = 900.0  # who wants to look on after a quarter of an hour asks again
VIEWERS_MAX = 3  # each is encoded separately: 6 % of a core at 640x480 and 15 frames a second


class Stage(StrEnum):
    ASKED = "asked"
    ACCEPTED = "accepted"
    CONNECTED = "connected"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Viewing:
    """One view. `until` is when its stage ends by itself, `end` why it ended."""

    view: str
    until: float
    stage: Stage = Stage.ASKED
    end: ViewEnd | None = None

    @property
    def over(self) -> bool:
        return self.stage is Stage.ENDED


def asked(view: str, now: float) -> Viewing:
    return Viewing(view, now + ANSWER_WITHIN_S)


def answered(viewing: Viewing, accepted: bool, now: float) -> Viewing:
    """An answer counts once; what comes after the end or a second time changes nothing."""
    if viewing.stage is not Stage.ASKED:
        return viewing
    if not accepted:
        return ended(viewing, ViewEnd.REFUSED)
    return replace(viewing, stage=Stage.ACCEPTED, until=now + CONNECT_WITHIN_S)


def connected(viewing: Viewing, now: float) -> Viewing:
    """Pictures flow: only after a yes."""
    if viewing.stage is not Stage.ACCEPTED:
        return viewing
    return replace(viewing, stage=Stage.CONNECTED, until=now + LONGEST_S)


def ended(viewing: Viewing, why: ViewEnd) -> Viewing:
    """The first reason stays."""
    return viewing if viewing.over else replace(viewing, stage=Stage.ENDED, end=why)


TIMED_OUT = {
    Stage.ASKED: ViewEnd.NO_ANSWER,
    Stage.ACCEPTED: ViewEnd.NO_WAY,
    Stage.CONNECTED: ViewEnd.LONG_ENOUGH,
}


def waited(viewing: Viewing, now: float) -> Viewing:
    """What time alone makes of it."""
    if viewing.over or now < viewing.until:
        return viewing
    return ended(viewing, TIMED_OUT[viewing.stage])


def admitted(viewings: Iterable[Viewing]) -> ViewEnd | None:
    """Whether one more may ask: no more than VIEWERS_MAX at once, those who wait included."""
    held = sum(not viewing.over for viewing in viewings)
    return ViewEnd.BUSY if held >= VIEWERS_MAX else None

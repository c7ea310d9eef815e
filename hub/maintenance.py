"""A maintenance window: while one runs the hub takes no reports and shows nobody a board. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

# Those who were refused come back spread over this long, and soon after a window that ends early.
RETRY_MIN_S, RETRY_MAX_S = 30, 600


class Stage(StrEnum):
    """A window begins and ends when an operator says so; what was planned is only a plan."""

    ANNOUNCED = "announced"
    RUNNING = "running"
    OVER = "over"


class Window(Struct, frozen=True):
    """`begins_at` and `ends_at` are planned, `begun_at` and `ended_at` what came of it.

    A window that has ended before it began was withdrawn.
    """

    id: int
    begins_at: datetime
    ends_at: datetime
    text_ja: str = ""
    text_en: str = ""
    begun_at: datetime | None = None
    ended_at: datetime | None = None

    def text(self, locale: str) -> str:
        """What the operator wrote, in that language or else in the other one."""
        own, other = (self.text_ja, self.text_en)[:: -1 if locale == "en" else 1]
        return own or other


def stage(window: Window, now: datetime) -> Stage:
    """A window that nobody began is over when its planned end has come; a running one is not."""
    if window.ended_at is not None:
        return Stage.OVER
    if window.begun_at is not None:
        return Stage.RUNNING
    return Stage.ANNOUNCED if now < window.ends_at else Stage.OVER


def shown(windows: Iterable[Window], now: datetime) -> Window | None:
    """The one that people must know of: that which runs, else the next that is announced."""
    stages = {stage(one, now): one for one in sorted(windows, key=_begins, reverse=True)}
    return stages.get(Stage.RUNNING) or stages.get(Stage.ANNOUNCED)


def _begins(window: Window) -> datetime:
    return window.begins_at


def retry_after_s(window: Window, now: datetime) -> int:
    """When to ask again: at the planned end, and never long after an end that came early."""
    left_s = (window.ends_at - now).total_seconds()
    return round(min(max(left_s, RETRY_MIN_S), RETRY_MAX_S))


def said(window: Window) -> str:
    """One line for an agent's log and a refused connection."""
    return f"maintenance, planned until {minute(window.ends_at)}; come back"


def minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

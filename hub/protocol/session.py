"""A client's side of a connection without I/O: connecting -> syncing -> live -> closed.

The caller moves frames and time; the session says what to send, what it learned, and when to try
again. One loop (`hub.client`) drives both kinds. `now` is a clock that nobody can set (monotonic);
`clock` is the time of day, for what is told to people and never for what is due.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import ldexp
from typing import Protocol

from msgspec import Struct

from hub.protocol import codec
from hub.protocol.agents import Ack, Heartbeat, Hello, PolicyChanged, Report, Welcome
from hub.protocol.closing import (
    BAD_MESSAGE,
    COME_BACK,
    GOING_AWAY,
    OLD_PROTOCOL,
    TOO_FAST,
    TRY_LATER,
    UNAUTHORIZED,
    Advice,
    Closing,
    advice,
)
from hub.protocol.facts import VERSION, Facts, Policy, Sighting
from hub.protocol.live_view import ViewAnswered, ViewAsked, ViewEnded, ViewOpened, ViewSignal
from hub.protocol.on_air import OnAir, Order, PauseAsked, ResumeAsked
from hub.protocol.replica import Change, Replica
from hub.protocol.watchers import Subscribe

LEASE_S = 40.0  # a hub that is set otherwise says so in Welcome
HEARTBEAT_S = 10.0
HEARTBEAT_JITTER = 0.2
NEAR_RETRY_S = 3.0  # while the lease runs, tries are at most this far apart
FAR_RETRY_S = 60.0
WAIT_S = 5.0  # the least delay when the hub said "later"
STEADY_S = 5.0  # a connection that stood for this long ends a row of failed tries
WELCOME_S = 10.0  # a hub that takes a Hello and does not answer for this long is of no use
SILENCE_S = 25.0  # a hub that pulses every 10 s and is silent for this long is gone
COUNTS_EVERY_S = 5.0  # how often images alone make the agent say anew what is on
ON_AIR_EVERY_S = 300.0  # unchanged, so that the hub has it again after it has lost everything
WINDOW = 256  # reports on the way: enough for a line with delay, little to send again


ViewNews = ViewAsked | ViewOpened | ViewAnswered | ViewSignal | ViewEnded


class State(StrEnum):
    CONNECTING = "connecting"
    SYNCING = "syncing"
    LIVE = "live"
    CLOSED = "closed"


def retry_after_s(attempt: int, lost_for_s: float, lease_s: float, chance: float) -> float:
    """Delay before try `attempt` (from 0); `chance` is a random number in 0..1.

    Within the lease the tries are near, so that no board notices; after it they spread out with
    the time that passes, so that a hub that comes back meets a stream and not a wall.
    """
    if lost_for_s < lease_s:
        longest = min(NEAR_RETRY_S, 0.2 * ldexp(1.0, min(attempt, 10)))
    else:
        longest = min(FAR_RETRY_S, NEAR_RETRY_S + (lost_for_s - lease_s) / 2)
    return longest * (0.5 + 0.5 * chance)


class Stopped(Exception):
    """The hub said that coming back is of no use; `code` is its close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ClientSession:
    """What both kinds share: the states, and when to come back."""

    def __init__(self) -> None:
        self.state = State.CONNECTING
        self.lease_s = LEASE_S
        self.attempts = 0
        self.lost_at: float | None = None
        self._opened_at = 0.0
        self._views: list[ViewNews] = []
        self._said: list[Struct] = []

    @property
    def greeted(self) -> bool:
        """Whether the hub has been told on this connection who we are."""
        return self.state in (State.SYNCING, State.LIVE)

    def opened(self, now: float, clock: float) -> list[Struct]:
        self.state, self._opened_at = State.SYNCING, now
        self._said.clear()
        return self.greet(now, clock)

    def say(self, message: Struct) -> None:
        """Of a live view: it is of this connection, so while there is none it is dropped."""
        if self.state is State.LIVE:
            self._said.append(message)

    def said(self) -> list[Struct]:
        """What `say` was told since, to be sent now."""
        said, self._said = self._said, []
        return said

    def take_views(self) -> list[ViewNews]:
        """What the hub has said of live views since this was last asked."""
        views, self._views = self._views, []
        return views

    def greet(self, now: float, clock: float) -> list[Struct]:
        raise TypeError("a session is of an agent or of a watcher")

    def received(self, frame: bytes | str, now: float, clock: float) -> list[Struct]:
        """Raise Closing when the hub says something that it may not say."""
        raise TypeError("a session is of an agent or of a watcher")

    def due(self, now: float, chance: float) -> list[Struct]:
        """What time alone makes us send; raise Closing when the hub has been silent too long."""
        return []

    def lost(self, code: int, reason: str, now: float, chance: float) -> float:
        """Return the delay before the next try; raise Stopped when there shall be none."""
        what = advice(code)
        if what is Advice.STOP:
            self.state = State.CLOSED
            raise Stopped(code, reason)
        if self.lost_at is None or self._stood(now):
            self.attempts, self.lost_at = 0, now
        self.state = State.CONNECTING
        delay = retry_after_s(self.attempts, now - self.lost_at, self.lease_s, chance)
        self.attempts += 1
        return max(delay, WAIT_S * (1 + chance)) if what is Advice.WAIT else delay

    def _stood(self, now: float) -> bool:
        """Taken and dropped at once, over and over, is a row of failed tries too."""
        return self.state is State.LIVE and now - self._opened_at >= STEADY_S


class Backlog(Protocol):
    """The agent's durable memory, as far as the session needs it."""

    device_epoch: str

    def next_seq(self) -> int: ...
    def facts(self) -> Facts: ...
    def sightings(self) -> tuple[Sighting, ...]: ...
    def unrecorded(self, after: int, limit: int) -> Sequence[Report]: ...
    def forget(self, upto: int) -> None: ...
    def renew(self) -> None:
        """Take a new device epoch and number in it, from 1, what is not recorded."""


class AgentSession(ClientSession):
    """One run of an agent: says hello, sends what is not recorded in order, forgets what is."""

    def __init__(self, name: str, backlog: Backlog, agent: str = "") -> None:
        super().__init__()
        self.name = name
        self.backlog = backlog
        self.agent = agent
        self.welcome: Welcome | None = None
        self.policy: Policy | None = None
        self._sent = 0
        self._recorded = 0
        self._heartbeat_s = HEARTBEAT_S
        self._next_heartbeat = 0.0
        self._on_air: OnAir | None = None
        self._told_on_air: OnAir | None = None
        self._told_at = 0.0
        self._orders: list[Order] = []

    def on_air(self, now_on: OnAir) -> None:
        """What the device has on; what is news does not wait for the next heartbeat."""
        self._on_air = now_on

    def take_orders(self) -> list[Order]:
        """What the worker has asked of this device on the hub's page since this was last asked."""
        orders, self._orders = self._orders, []
        return orders

    def greet(self, now: float, clock: float) -> list[Struct]:
        backlog = self.backlog
        hello = Hello(
            VERSION, self.name, backlog.device_epoch, backlog.next_seq(), clock, backlog.facts(),
            backlog.sightings(), self.agent,
        )  # fmt: skip
        return [hello]

    def received(self, frame: bytes | str, now: float, clock: float) -> list[Struct]:
        match codec.to_agent(frame):
            case Welcome() as welcome:
                self._welcomed(welcome, now)
            case Ack(device_epoch, seq):
                if device_epoch == self.backlog.device_epoch:
                    self._acknowledged(seq)
            case PolicyChanged(policy):
                self.policy = policy
            case ViewAsked() | ViewSignal() | ViewEnded() as news:
                self._views.append(news)
            case PauseAsked() | ResumeAsked() as order:
                self._orders.append(order)
        return self.pending()

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        if welcome.recorded >= self.backlog.next_seq():
            # The backlog is an older copy of itself: its next numbers are taken.
            self.backlog.renew()
            raise Closing(COME_BACK, "the agent's spool is an older copy, it takes a new epoch")
        self.welcome, self.policy = welcome, welcome.policy
        self.lease_s, self._heartbeat_s = welcome.lease_s, welcome.heartbeat_s
        self._next_heartbeat = now + self._heartbeat_s * (1 - HEARTBEAT_JITTER)
        self._sent = self._recorded = welcome.recorded
        self._told_on_air = None
        self.backlog.forget(welcome.recorded)
        self.state = State.LIVE

    def _acknowledged(self, seq: int) -> None:
        if seq >= self.backlog.next_seq():
            raise Closing(BAD_MESSAGE, f"report {seq} was acknowledged, but never made")
        self._recorded = max(self._recorded, seq)
        self._sent = max(self._sent, seq)
        self.backlog.forget(seq)

    def pending(self) -> list[Struct]:
        """The next reports in order, as many as the window takes; ask whenever one was added."""
        if self.state is not State.LIVE:
            return []
        room = WINDOW - (self._sent - self._recorded)
        reports = self.backlog.unrecorded(self._sent, room) if room > 0 else ()
        if reports:
            self._sent = reports[-1].seq
        return list(reports)

    def due(self, now: float, chance: float) -> list[Struct]:
        if self.state is State.SYNCING and now - self._opened_at > WELCOME_S:
            raise Closing(GOING_AWAY, f"the hub did not answer within {WELCOME_S:.0f} s")
        if self.state is not State.LIVE:
            return []
        on_air = self._news_on_air(now)
        if on_air is None and now < self._next_heartbeat:
            return []
        spread = 1 + HEARTBEAT_JITTER * (2 * chance - 1)
        self._next_heartbeat = now + self._heartbeat_s * spread
        return [Heartbeat(on_air)]

    def _news_on_air(self, now: float) -> OnAir | None:
        on, told = self._on_air, self._told_on_air
        if on is None:
            return None
        if told is not None:
            silent_s = ON_AIR_EVERY_S if on == told else COUNTS_EVERY_S
            if on.counts_alone(told) and now - self._told_at < silent_s:
                return None
        self._told_on_air, self._told_at = on, now
        return on


class WatcherSession(ClientSession):
    """One board: subscribes from where it stands, applies, and asks again when it missed one."""

    def __init__(self) -> None:
        super().__init__()
        self.replica = Replica()
        self.change = Change()
        self._heard = 0.0

    def greet(self, now: float, clock: float) -> list[Struct]:
        self.replica.restart()
        self._heard = now
        return [Subscribe(VERSION, self.replica.cursor)]

    def received(self, frame: bytes | str, now: float, clock: float) -> list[Struct]:
        """What changed stands in `change` until the next call."""
        self._heard = now
        match codec.to_watcher(frame):
            case ViewOpened() | ViewAnswered() | ViewSignal() | ViewEnded() as news:
                self.change = Change()
                self._views.append(news)
            case message:
                self.change = self.replica.apply(message, clock)
        if self.change.whole:
            self.state = State.LIVE
        return [self.change.resume] if self.change.resume else []

    def due(self, now: float, chance: float) -> list[Struct]:
        if now - self._heard > SILENCE_S:
            raise Closing(GOING_AWAY, f"nothing heard for {SILENCE_S:.0f} s")
        return []


STATUS = {
    400: BAD_MESSAGE,
    401: UNAUTHORIZED,
    403: UNAUTHORIZED,
    426: OLD_PROTOCOL,
    429: TOO_FAST,
    503: TRY_LATER,
}


def code_of_status(status: int) -> int:
    """A refused handshake says with its HTTP status what a close code says later."""
    return STATUS.get(status, GOING_AWAY)

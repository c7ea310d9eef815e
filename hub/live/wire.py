"""What a connection is to the hub, whichever server brought it; and the time limits of all."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hub.live.frames import Frame
from hub.protocol.closing import Closing

SWEEP_EVERY_S = 5.0
PING_AFTER_SWEEPS = 4
DROP_AFTER_SWEEPS = 8  # as long again for the answer: the 20 s and 20 s of common servers
CLOSE_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may send us, and what the kernel keeps of what we send.

    `burst` messages at once, `per_s` in the long run. Linux takes twice `kernel_bytes` (socket(7)).
    """

    message_bytes: int
    burst: int
    per_s: float
    kernel_bytes: int


class Wire(Protocol):
    """The writing end. Nothing waits: what is sent while it is `full` is queued all the same."""

    @property
    def full(self) -> bool:
        """The other side does not keep up: its `drained` will be called when there is room."""

    def send(self, frame: Frame) -> None: ...

    def size(self, frame: Frame) -> int:
        """The bytes that this frame takes here."""

    def close(self, why: Closing) -> None:
        """Once; nothing is sent or heard after it."""


class Peer(Protocol):
    """Who is at the other end, an agent or a board: told of everything that happens, in order."""

    limits: Limits

    def attached(self, wire: Wire) -> None:
        """The connection is open."""

    def received(self, message: bytes) -> None:
        """A text; raise Closing where the connection shall end for it."""

    def drained(self) -> None:
        """There is room again."""

    def lost(self) -> None:
        """The connection has ended, for whatever reason; this comes last, and once."""


class Swept(Protocol):
    def sweep(self) -> None: ...


class Wires:
    """All connections of a node, and their time limits: none of them has a task or a timer."""

    def __init__(self) -> None:
        self._open: set[Swept] = set()
        self._expected: dict[object, tuple[float, Callable[[], None]]] = {}
        self._swept_at = 0.0

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, wire: Swept) -> None:
        self._open.add(wire)

    def ended(self, wire: Swept) -> None:
        self._open.discard(wire)
        self._expected.pop(wire, None)

    def expect(self, what: object, within_s: float, otherwise: Callable[[], None]) -> None:
        """Call `otherwise` unless `met(what)` comes first; one expectation for each thing."""
        self._expected[what] = time.monotonic() + within_s, otherwise

    def met(self, what: object) -> None:
        self._expected.pop(what, None)

    async def sweep(self) -> None:
        self.look(time.monotonic())

    def look(self, now: float) -> None:
        due = [what for what, (at, _) in self._expected.items() if at <= now]
        for what in due:
            _, otherwise = self._expected.pop(what)
            otherwise()
        if now - self._swept_at >= SWEEP_EVERY_S:
            self._swept_at = now
            for wire in list(self._open):
                wire.sweep()


class Allowance:
    """How many messages one connection may still send; refilled by the sweep (a token bucket)."""

    __slots__ = ("_left",)

    def __init__(self, limits: Limits) -> None:
        self._left = float(limits.burst)

    def spend(self) -> bool:
        """Whether there was one left."""
        self._left -= 1
        return self._left >= 0

    def refill(self, limits: Limits) -> None:
        self._left = min(limits.burst, max(self._left, 0) + limits.per_s * SWEEP_EVERY_S)

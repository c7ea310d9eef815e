"""Many simulated devices on one loop: they connect, change as often as asked, and go home."""

import asyncio
import random
import resource
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.client import endpoint
from hub.protocol.closing import GOING_AWAY
from hub.protocol.session import AgentSession, State, Stopped
from hub.simulation import play
from hub.simulation.line import Line
from hub.simulation.seat import ENDS_AFTER_S, Memory

BEAT_S = 1.0  # each device is asked that often whether time alone makes it send
SLICES = 20  # and the devices take turns, so that they do not all send at once
AT_ONCE = 200  # handshakes on the way: an office that comes in, not a flood
CONNECT_S = 15.0
LEAVE_S = 3.0
FILES_BESIDE = 64  # open files that are no connection


class TooManyFiles(Exception):
    """The machine lets one process open fewer connections; the text says how many."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What happens a second, over all devices, and how far back their day goes (0: it begins)."""

    changes_per_s: float
    incidents_per_s: float = 0.0
    day_s: float = 0.0


@dataclass(slots=True)
class Done:
    changes: int = 0
    incidents: int = 0
    lost: int = 0
    refused: int = 0
    why: str = ""
    unanswered: int = 0


class Device:
    """One of the fleet: who it is, its memory, and the line while there is one."""

    def __init__(self, fleet: "Fleet", number: int, token: str) -> None:
        self.fleet = fleet
        self.name = f"sim-{number}"
        self.token = token
        self.memory = fleet.memory()
        self.session = AgentSession(self.name, self.memory)
        self.line: Line | None = None
        self.back: asyncio.TimerHandle | None = None

    @property
    def live(self) -> bool:
        return self.line is not None and self.session.state is State.LIVE

    @property
    def waits(self) -> bool:
        """Whether a report is on its way."""
        return self.live and self.memory.waiting

    def act(self) -> None:
        """One change; now and then the device ends instead, and comes back."""
        chance, now = self.fleet.chance, time.time()
        if self.live and chance.random() < play.LEAVES:
            self.leave()
            self.session = AgentSession(f"{self.name}-{now:.0f}", self.memory)
            self.come(chance.uniform(*play.AWAY_FOR_S))
        else:
            self.memory.change(chance, now)
            self.tell()

    def raise_incident(self) -> None:
        self.memory.raise_incident(self.fleet.chance, time.time())
        self.tell()
        asyncio.get_running_loop().call_later(ENDS_AFTER_S, self.calm)

    def calm(self) -> None:
        """Its incident is over, if there was one."""
        self.memory.end_incident(time.time())
        self.tell()

    def tell(self) -> None:
        if self.live and self.line:
            self.line.send(self.session.pending())

    def due(self, now: float) -> None:
        if self.line:
            self.line.due(now, self.fleet.chance.random())

    def come(self, delay_s: float) -> None:
        self.back = asyncio.get_running_loop().call_later(delay_s, self.fleet.connect, self)

    def leave(self) -> None:
        if self.back:
            self.back.cancel()
        if self.line:
            line, self.line = self.line, None
            line.leave()

    def ended(self, line: Line, code: int, reason: str) -> None:
        """The line is gone: come back as the protocol has it, unless we left ourselves."""
        if self.line is not line:
            return
        self.line = None
        self.fleet.done.lost += 1
        self.again(code, reason)

    def again(self, code: int, reason: str) -> None:
        try:
            delay = self.session.lost(code, reason, time.monotonic(), self.fleet.chance.random())
        except Stopped as stopped:
            self.fleet.done.refused += 1
            self.fleet.done.why = stopped.reason
            return
        self.come(delay)


class Fleet:
    """Raise BadAddress for a hub that cannot be meant, TooManyFiles on too small a machine."""

    def __init__(self, hub: str, tokens: Sequence[str], pace: Pace, chance: random.Random) -> None:
        self.url = endpoint(hub, "/ws/agent")
        self.pace = pace
        self.chance = chance
        self.done = Done()
        self._door = asyncio.Semaphore(AT_ONCE)
        self._coming: set[asyncio.Task[None]] = set()
        self._tls = ssl.create_default_context() if self.url.startswith("wss:") else None
        allow(len(tokens))
        self.devices = [Device(self, number, token) for number, token in enumerate(tokens)]

    @property
    def live(self) -> int:
        return sum(device.live for device in self.devices)

    @property
    def recorded(self) -> int:
        return sum(device.memory.recorded for device in self.devices)

    def memory(self) -> Memory:
        now = time.time()
        epoch = f"{self.chance.getrandbits(64):016x}"
        if self.pace.day_s == 0:
            return Memory(epoch, play.met(self.chance, now))
        past = list(play.day(self.chance, now - self.pace.day_s, now))
        return Memory(epoch, past[-1] if past else play.met(self.chance, now), past)

    async def come(self) -> None:
        """Until everybody is live, or cannot be."""
        for device in self.devices:
            self.connect(device)
        while self.live + self.done.refused < len(self.devices):
            await asyncio.sleep(BEAT_S / SLICES)
            self._beat(time.monotonic())

    async def act(self, seconds: float | None) -> None:
        """Change as often as asked, until then or for ever."""
        begun = at = time.monotonic()
        changes = incidents = 0.0
        while seconds is None or at < begun + seconds:
            await asyncio.sleep(BEAT_S / SLICES / 2)
            passed, at = time.monotonic() - at, time.monotonic()
            self._beat(at)
            changes += passed * self.pace.changes_per_s
            incidents += passed * self.pace.incidents_per_s
            while changes >= 1:
                changes -= 1
                self.chance.choice(self.devices).act()
                self.done.changes += 1
            while incidents >= 1:
                incidents -= 1
                self.chance.choice(self.devices).raise_incident()
                self.done.incidents += 1

    async def leave(self) -> None:
        """Everybody goes home in good order, within `LEAVE_S`, once what they did is recorded."""
        for device in self.devices:
            device.calm()
        await self._settled()
        lines = [device.line for device in self.devices if device.line]
        for task in self._coming:
            task.cancel()
        for device in self.devices:
            device.leave()
        try:
            async with asyncio.timeout(LEAVE_S):
                for line in lines:
                    await line.gone.wait()
        except TimeoutError:
            return

    async def _settled(self) -> None:
        """Or until `LEAVE_S` have passed: then the hub is slow or gone, and will not have it."""
        for _ in range(round(LEAVE_S / BEAT_S * SLICES)):
            if not any(device.waits for device in self.devices):
                return
            await asyncio.sleep(BEAT_S / SLICES)

    def connect(self, device: Device) -> None:
        device.back = None
        task = asyncio.create_task(self._connect(device))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    async def _connect(self, device: Device) -> None:
        where = urlsplit(self.url)
        port = where.port or (443 if self._tls else 80)
        line = Line(self.url, device.token, device.session, clocks, device.ended)
        async with self._door:
            try:
                async with asyncio.timeout(CONNECT_S):
                    loop = asyncio.get_running_loop()
                    device.line = line
                    await loop.create_connection(
                        lambda: line, where.hostname or "", port, ssl=self._tls
                    )
                    await line.answered.wait()
            except (OSError, TimeoutError) as failed:
                line.drop()
                self.done.unanswered += 1
                if device.line is line:
                    device.line = None
                    device.again(GOING_AWAY, f"no connection to the hub: {failed}")

    _turn = 0
    _turned_at = 0.0

    def _beat(self, now: float) -> None:
        """The next slice of the devices, a `SLICES`-th of a beat after the one before."""
        if now < self._turned_at + BEAT_S / SLICES:
            return
        self._turned_at = now
        for device in self.devices[self._turn :: SLICES]:
            device.due(now)
        self._turn = (self._turn + 1) % SLICES


def clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()


def allow(connections: int) -> None:
    """Let this process open so many connections, as far as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES_BESIDE
    if hard != resource.RLIM_INFINITY and wanted > hard:
        raise TooManyFiles(f"this machine lets a process open {hard} files; {wanted} are needed")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

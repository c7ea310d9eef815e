"""What a workload runs against: the hub as it is installed, or the floor, with a load on it."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import loader
from tests.bench.loader import Load, Offer, Plan, Seated
from tests.bench.machine import Cost, cost
from tests.bench.population import Crowd, populate
from tests.bench.profile import Profile
from tests.hubs import spawned

BROKER = "valkey-server"
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """How the hub runs: its database if not the embedded one, pace, and how it is looked at."""

    database: str | None = None
    pace: float = 1.0
    stalled: int = 0
    deflate: bool = False
    profile: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of the hub (the kernel's among them) and of its broker, over so many seconds."""

    hub_s: float
    system_s: float
    broker_s: float
    seconds: float

    @property
    def cpu_s(self) -> float:
        return self.hub_s + self.broker_s


@dataclass
class Meter:
    """What a block has cost: known when it has ended. `peak_kb` is of the hub's memory."""

    spent: Spent = field(default_factory=lambda: Spent(0, 0, 0, 0))
    peak_kb: float = 0


class Rig:
    """`hub` and `broker` are process ids; the hub listens at `port`."""

    def __init__(
        self, load: Load, port: int, hub: int, broker: int | None, profile: Profile | None
    ) -> None:
        self.load = load
        self.port = port
        self.hub = hub
        self.broker = broker
        self.profile = profile

    @property
    def rss_kb(self) -> float:
        return cost(self.hub).rss_mb * 1024

    @asynccontextmanager
    async def profiled(self) -> AsyncIterator[None]:
        """The part of a workload that a profile is of, where one was asked for."""
        if self.profile is None:
            yield
            return
        async with self.profile.taken(self.hub):
            yield

    @asynccontextmanager
    async def metered(self) -> AsyncIterator[Meter]:
        meter, begun = Meter(), time.monotonic()
        hub, broker = cost(self.hub), self._broker()
        looking = asyncio.create_task(self._look(meter))
        try:
            yield meter
        finally:
            looking.cancel()
        now, broker_now = cost(self.hub), self._broker()
        meter.spent = Spent(
            now.cpu_s - hub.cpu_s,
            now.system_s - hub.system_s,
            broker_now.cpu_s - broker.cpu_s,
            time.monotonic() - begun,
        )

    async def _look(self, meter: Meter) -> None:
        while True:
            meter.peak_kb = max(meter.peak_kb, self.rss_kb)
            await asyncio.sleep(LOOK_EVERY_S)

    def _broker(self) -> Cost:
        return cost(self.broker) if self.broker else Cost(0, 0, 0)


def queued_kb(port: int) -> float:
    """What the kernel holds for peers of this port that have not read it (proc_net_tcp(5))."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [row for row in rows if int(row[1].rpartition(":")[2], 16) == port]
    return sum(int(row[4].partition(":")[0], 16) for row in ours) / 1024


@asynccontextmanager
async def hub(crowd: Crowd, options: Options) -> AsyncIterator[Rig]:
    """`zaiseki up --empty` as a process, with its broker and its record, and this crowd in it."""
    with tempfile.TemporaryDirectory(prefix="zaiseki-bench-") as folder:
        state = Path(folder, "hub")
        profile = Profile(Path(folder)) if options.profile else None
        environ = profile.environ if profile else None
        async with spawned(
            state, database=options.database, pace=options.pace, environ=environ
        ) as running:
            assert running.process
            plan = await populate(running.engine, crowd)
            pid = running.process.pid
            offer: Offer = "deflate" if options.deflate else "plain"
            ask = (Path(folder), plan, running.port, options.stalled, offer)
            async with loader.load(*ask) as load:
                yield Rig(load, running.port, pid, child(pid, BROKER), profile)


@asynccontextmanager
async def floor(crowd: Crowd, tick_ms: int, stalled: int = 0) -> AsyncIterator[Rig]:
    """The same load on the floor."""
    plan = numbered(crowd)
    with tempfile.TemporaryDirectory(prefix="zaiseki-bench-") as folder:
        async with (
            loader.floor(tick_ms, crowd.devices) as (process, port),
            loader.load(Path(folder), plan, port, stalled) as load,
        ):
            yield Rig(load, port, process.pid, None, None)


def numbered(crowd: Crowd) -> Plan:
    """For a server that knows nobody; tokens are the members' numbers."""
    numbers = range(1, crowd.members + 1)
    agents = [
        Seated(number, place == 0, str(number))
        for number in numbers
        for place in range(crowd.devices)
    ]
    return Plan(agents, ["board"] * crowd.boards)


def child(pid: int, name: str) -> int | None:
    """The process of this name that another one has started."""
    found = [one for one in children(pid) if Path(f"/proc/{one}/comm").read_text().strip() == name]
    return found[0] if found else None


def children(pid: int) -> Iterable[int]:
    return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

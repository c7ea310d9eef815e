"""Webhooks: `python -m tests.bench.webhooks [--events N] [--seconds S]`.

Throughput: three dispatchers on one PostgreSQL empty an outbox of N events for four good receivers,
beside four that are slow, broken, flaky and silent. Then events come at a steady rate for S
seconds, one dispatcher is killed in the middle, and another is started: times are from the commit
of an event to a good receiver's 2xx. `lost` and `doubled` (sent again after its success was
recorded) are of all receivers that take anything.

Incidents: a hub with agents, a board and a webhook, in one run: from the moment at which an agent
reports an incident until the board shows it, and until the receiver has it.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.keyring import opened_keys
from hub.protocol.facts import IncidentKind
from storage.database import engine
from storage.webhooks.events import IncidentOpened, message_id
from storage.webhooks.outbox import enqueue
from tests.bench.machine import machine, percentile, result
from tests.clock import until
from tests.faults.dispatcher import Process
from tests.faults.receivers import Kind, Receiver, receivers
from tests.faults.servers import database
from tests.faults.webhooks import add_all, delivered, listening
from tests.hubs import spawned
from tests.links import link
from tests.outbox import incident
from tests.peers import ScriptedAgent, ScriptedBoard, agent
from tests.tables import with_tables

DISPATCHERS = 3
GOOD = 4
ILL = (Kind.SLOW, Kind.BROKEN, Kind.FLAKY, Kind.SILENT)
BATCH = 50  # events a transaction, as a recorder's group of incidents
PER_S = 20.0  # events in the steady part: 160 deliveries a second are wished for
AGENTS = 20
INCIDENTS_PER_S = 5.0
EMPTY_WITHIN_S = 600.0
LATE_S = 90.0  # what a killed dispatcher had claimed comes free after a minute


@dataclass
class Run:
    """An outbox, its dispatchers, and when each event was committed."""

    record: AsyncEngine
    tenant: int
    good: Sequence[Receiver]
    ill: Sequence[Receiver]
    dispatchers: list[Process]
    committed: dict[str, float] = field(default_factory=dict)

    async def tell(self, count: int) -> None:
        first = len(self.committed)
        batch = [incident(first + number) for number in range(count)]
        async with self.record.begin() as conn:
            await enqueue(conn, self.tenant, batch, datetime.now(UTC))
        now = asyncio.get_running_loop().time()
        for one in batch:
            self.committed[message_id(self.tenant, one.data.TYPE, one.key)] = now

    @property
    def taken(self) -> int:
        """What the good receivers have between them."""
        return sum(len(one.taken) for one in self.good)

    @property
    def whole(self) -> bool:
        return self.taken == len(self.committed) * len(self.good)

    async def emptied(self, events: int) -> float:
        """Deliveries a second to the good receivers, from a full outbox, by those who are up."""
        await asyncio.gather(*(one.start() for one in self.dispatchers))
        await self.tell(1)
        await until(lambda: self.whole, timeout_s=EMPTY_WITHIN_S)
        begun, before = time.monotonic(), self.taken
        for at in range(0, events, BATCH):
            await self.tell(min(BATCH, events - at))
        await until(lambda: self.whole, timeout_s=EMPTY_WITHIN_S)
        return (self.taken - before) / (time.monotonic() - begun)

    async def steady(self, seconds: float) -> list[float]:
        """The times in ms of events that come one by one while a dispatcher is killed."""
        before = set(self.committed)
        end = time.monotonic() + seconds
        killing = asyncio.create_task(self.kill_one(seconds / 2))
        while time.monotonic() < end:
            await self.tell(1)
            await asyncio.sleep(1 / PER_S)
        await killing
        await until(lambda: self.whole, timeout_s=LATE_S)
        return [
            1000 * (at - self.committed[id])
            for one in self.good
            for id, at in one.taken_at.items()
            if id not in before
        ]

    async def kill_one(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        victim = self.dispatchers[0]
        await victim.kill()
        await victim.start()

    async def lost(self) -> int:
        """What good and slow receivers have not got when there was time enough for everything."""
        takers = [*self.good, *(one for one in self.ill if one.kind is Kind.SLOW)]
        for one in takers:
            one.well = True
        with suppress(AssertionError):
            await until(lambda: self.missing(takers) == 0, timeout_s=LATE_S)
        return self.missing(takers)

    def missing(self, takers: Sequence[Receiver]) -> int:
        return sum(len(self.committed.keys() - one.taken.keys()) for one in takers)

    @property
    def doubled(self) -> int:
        return sum(len(one.doubled) for one in (*self.good, *self.ill))

    @property
    def repeated(self) -> int:
        return sum(one.repeated for one in (*self.good, *self.ill))


@asynccontextmanager
async def outbox() -> AsyncIterator[Run]:
    """On a PostgreSQL that commits before it says so, with dispatchers that are not started yet."""
    kinds = (*(Kind.GOOD,) * GOOD, *ILL)
    with database() as cluster, cluster.postgres.database() as url:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zaiseki-")))
            await with_tables(url)
            record = engine(url)
            stack.push_async_callback(record.dispose)
            done = partial(delivered, record)
            here = await stack.enter_async_context(receivers(kinds, Random(1), done))
            tenant = await listening(record, here)
            dispatchers = []
            for number in range(DISPATCHERS):
                line = await stack.enter_async_context(link(cluster.socket))
                log = folder / f"{number}.log"
                one = Process(cluster.over(url, line.port), line, log, whole=True)
                stack.push_async_callback(one.kill)
                dispatchers.append(one)
            yield Run(record, tenant, here[:GOOD], here[GOOD:], dispatchers)


class Wall(ScriptedBoard):
    """A board that notes when it shows an incident first."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self.shown_at: dict[str, float] = {}

    def _learn(self) -> None:
        super()._learn()
        now = asyncio.get_running_loop().time()
        for news in self.news[len(self.shown_at) :]:
            self.shown_at.setdefault(news.sighting.id, now)


@dataclass(frozen=True)
class Seen:
    """The times in ms from an agent's report until a board shows it, and a webhook has it."""

    board: list[float]
    webhook: list[float]


async def incidents(seconds: float) -> Seen:
    """Beside receivers that are ill; one incident at a time of each agent, in turn."""
    kinds = (Kind.GOOD, *ILL)
    environ = {"ZAISEKI_WEBHOOK_ALLOW": "127.0.0.0/8"}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zaiseki-")))
        hub = await stack.enter_async_context(spawned(folder / "hub", pace=1, environ=environ))
        office = await hub.office()
        done = partial(delivered, hub.engine)
        here = await stack.enter_async_context(receivers(kinds, Random(2), done))
        box = await (await opened_keys(hub.engine, hub.settings)).box(office.id)
        await add_all(hub.engine, box, here)
        wall = Wall(hub.url, await office.boss())
        wall.start()
        stack.push_async_callback(wall.leave)
        crowd = []
        for number in range(AGENTS):
            _, device = await office.worker(f"worker{number}")
            crowd.append(await stack.enter_async_context(agent(hub.url, device.token)))
        await until(lambda: wall.live)
        return await seen(crowd, wall, here[0], office.id, seconds)


async def seen(
    crowd: Sequence[ScriptedAgent], wall: Wall, here: Receiver, tenant: int, seconds: float
) -> Seen:
    loop, said = asyncio.get_running_loop(), dict[str, float]()
    began: dict[int, str] = {}
    for number in range(round(seconds * INCIDENTS_PER_S)):
        which, now = number % AGENTS, loop.time()
        if which in began:
            crowd[which].ends(began[which])
        began[which] = crowd[which].opens(IncidentKind.PEEPING)
        said[began[which]] = now
        await asyncio.sleep(1 / INCIDENTS_PER_S)
    ids = {id: message_id(tenant, IncidentOpened.TYPE, id) for id in said}
    await until(lambda: ids.keys() <= wall.shown_at.keys())
    await until(lambda: set(ids.values()) <= here.taken.keys(), timeout_s=LATE_S)
    return Seen(
        [1000 * (wall.shown_at[id] - at) for id, at in said.items()],
        [1000 * (here.taken_at[ids[id]] - at) for id, at in said.items()],
    )


async def measured(events: int, seconds: float) -> dict[str, object]:
    async with outbox() as run:
        per_s = await run.emptied(events)
        times = await run.steady(seconds)
        lost = await run.lost()
        doubled, repeated = run.doubled, run.repeated
    told = await incidents(seconds)
    print(f"{'ms from an incident until':<28}{'p50':>8}{'p99':>8}")
    for name, values in (("a board shows it", told.board), ("a webhook has it", told.webhook)):
        print(f"{name:<28}{percentile(values, 50):>8.0f}{percentile(values, 99):>8.0f}")
    return {
        "deliveries_per_s": per_s,
        "p50_ms": percentile(times, 50),
        "p99_ms": percentile(times, 99),
        "lost": lost,
        "doubled": doubled,
        "repeated": repeated,
        "incident_board_p50_ms": percentile(told.board, 50),
        "incident_board_p99_ms": percentile(told.board, 99),
        "incident_webhook_p50_ms": percentile(told.webhook, 50),
        "incident_webhook_p99_ms": percentile(told.webhook, 99),
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.webhooks", description=__doc__)
    options.add_argument("--events", type=int, default=1_000, help="in the full outbox")
    options.add_argument("--seconds", type=float, default=60, help="of each steady part")
    told = options.parse_args()
    print(machine())
    result(asyncio.run(measured(told.events, told.seconds)))


if __name__ == "__main__":
    main()

"""`python -m tests.faults.webhooks --seed N --seconds S`: what webhooks lose or send twice.

Three dispatchers deliver to nine receivers, each of which fails in a way of its own, while
dispatchers are killed and paused, and the database is killed, restarted and cut off. Then
everything heals (but for the receivers that are past hope), and every message is counted. The last
line is JSON; the exit code is 1 when one was lost, sent after its success was recorded, or never
true.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import FAULTS, engine
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.sealing.sealed import Box
from storage.webhooks.endpoints import Wishes, add_endpoint
from storage.webhooks.events import Event, message_id
from storage.webhooks.outbox import enqueue
from tests.clock import until
from tests.faults.dispatcher import SHORT, Process
from tests.faults.receivers import MORTAL, Kind, Receiver, receivers
from tests.faults.servers import Database, database
from tests.keys import keys
from tests.links import link
from tests.outbox import incident
from tests.record import company
from tests.tables import with_tables

DISPATCHERS = 3
EVERY_S = (0.05, 0.8)  # between faults
BATCH_EVERY_S = 0.1
BATCH_MAX = 6
WITHDRAWN = 0.1  # of the batches are rolled back: nobody may ever hear of them
AGAIN = 0.1  # of the batches are recorded twice, as after a commit that nobody heard of
QUIET_WITHIN_S = 60.0

Fault = Callable[[], Awaitable[None]]


class Fate(Struct):
    """What became of one endpoint's messages.

    `repeated` came again after a 2xx that was not recorded yet; `failed` were given up, and
    `waiting` are still tried: both only where the receiver never takes any. `lost` were neither
    delivered nor given up and written down as such. `untrue` were never committed, or are in the
    record as delivered while nobody took them.
    """

    enqueued: int = 0
    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    lost: int = 0
    doubled_after_success: int = 0
    repeated: int = 0
    unverified: int = 0
    untrue: int = 0


class Verdict(Fate):
    """All endpoints together, and how often each fault happened."""

    by_endpoint: dict[str, Fate] = {}
    faults: dict[str, int] = {}
    seed: int = 0

    @property
    def broken(self) -> bool:
        return bool(self.lost or self.doubled_after_success or self.unverified or self.untrue)


@dataclass
class Storm:
    """The servers, the receivers, and what is told meanwhile."""

    chance: Random
    cluster: Database
    record: AsyncEngine
    tenant: int
    dispatchers: list[Process]
    receivers: Sequence[Receiver]
    told: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    numbers: Any = field(default_factory=count)
    alone: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def blow(self, seconds: float) -> None:
        """Until each fault happened, too. Different kinds may meet; two of a kind do not."""
        until_at = time.monotonic() + seconds
        faults, self.counts = self.dealt(), Counter({named(one): 0 for one in self.faults})
        async with asyncio.TaskGroup() as blowing:
            telling = blowing.create_task(self.tell())
            while time.monotonic() < until_at or not all(self.counts.values()):
                blowing.create_task(self.happen(next(faults)))
                await asyncio.sleep(self.chance.uniform(*EVERY_S))
            telling.cancel()

    def dealt(self) -> Iterator[Fault]:
        """Every one comes up before any comes up again."""
        while True:
            yield from self.chance.sample(self.faults, len(self.faults))

    async def happen(self, fault: Fault) -> None:
        async with self.alone.setdefault(named(fault), asyncio.Lock()):
            self.counts[named(fault)] += 1
            await fault()

    # ---- faults

    @property
    def faults(self) -> list[Fault]:
        return [
            self.dispatcher_killed,
            self.dispatcher_killed,
            self.dispatcher_paused,
            self.database_restarted,
            self.line_cut,
            self.line_stalled,
            self.receiver_restarted,
        ]

    async def dispatcher_killed(self) -> None:
        async with self.taken() as one:
            await one.kill()
            await self.rest(0, 0.5)
            await one.start()

    async def dispatcher_paused(self) -> None:
        """For longer than a claim lasts or not: what it began by then may be another's."""
        async with self.taken() as one:
            await one.pause()
            await self.rest(0.1, 1.5 * SHORT.claim.total_seconds())
            one.go_on()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Process]:
        """One of the dispatchers that nothing else happens to."""
        one = self.chance.choice(self.dispatchers)
        async with self.alone.setdefault(str(one.log), asyncio.Lock()):
            yield one

    async def database_restarted(self) -> None:
        """On this thread: the server ends with the one that began it."""
        self.chance.choice([self.cluster.kill, self.cluster.stop])()
        self.cluster.start()

    async def line_cut(self) -> None:
        self.chance.choice(self.dispatchers).line.cut()

    async def line_stalled(self) -> None:
        line = self.chance.choice(self.dispatchers).line
        line.stall()
        await self.rest(0.2, 3)
        await line.resume()

    async def receiver_restarted(self) -> None:
        (one,) = (each for each in self.receivers if each.kind is Kind.RESTARTING)
        one.stop_listening()
        await self.rest(0.2, 2)
        await one.listen()

    async def rest(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.chance.uniform(least_s, most_s))

    # ---- what is told

    async def tell(self) -> None:
        while True:
            await self.tell_some()
            await asyncio.sleep(BATCH_EVERY_S)

    async def tell_some(self) -> None:
        """Record a batch as the hub does: until it is committed, and sometimes once more."""
        batch = [incident(next(self.numbers)) for _ in range(self.chance.randint(1, BATCH_MAX))]
        ids = {message_id(self.tenant, one.data.TYPE, one.key) for one in batch}
        if self.chance.random() < WITHDRAWN:
            self.withdrawn |= ids
            await self.recorded(batch, withdrawn=True)
            return
        await until(lambda: self.recorded(batch), timeout_s=QUIET_WITHIN_S)
        self.told |= ids
        if self.chance.random() < AGAIN:
            await self.recorded(batch)

    async def recorded(self, batch: Sequence[Event], *, withdrawn: bool = False) -> bool:
        try:
            async with self.record.connect() as conn:
                await enqueue(conn, self.tenant, batch, datetime.now(UTC))
                await (conn.rollback() if withdrawn else conn.commit())
        except FAULTS:
            return False
        return True

    # ---- when it is over

    async def quiet(self) -> None:
        for one in self.receivers:
            one.well = True
        await until(self.nothing_waits, timeout_s=QUIET_WITHIN_S)

    async def nothing_waits(self) -> bool:
        """For those past hope the ladder goes on; nobody else has anything to come."""
        mortal = [one.endpoint for one in self.receivers if one.kind in MORTAL]
        waiting = select(func.count()).where(
            Delivery.due_at.is_not(None), Delivery.endpoint_id.not_in(mortal)
        )
        try:
            async with self.record.connect() as conn:
                return (await conn.execute(waiting)).scalar_one() == 0
        except FAULTS:  # a connection from before the database was restarted
            return False

    async def complain(self) -> None:
        """What waits still, and what the dispatchers said last."""
        waiting = select(Delivery.endpoint_id, func.count()).where(Delivery.due_at.is_not(None))
        async with self.record.connect() as conn:
            rows = (await conn.execute(waiting.group_by(Delivery.endpoint_id))).all()
        held = dict((endpoint, count) for endpoint, count in rows)
        left = {one.kind.value: held.get(one.endpoint, 0) for one in self.receivers}
        print(f"not quiet: these wait: {left}", file=sys.stderr)
        for one in self.dispatchers:
            print(*one.log.read_text().splitlines()[-20:], sep="\n", file=sys.stderr)

    async def judged(self) -> Verdict:
        verdict = Verdict(faults=dict(sorted(self.counts.items())))
        for one in self.receivers:
            fate = await self.fate(one)
            verdict.by_endpoint[one.kind] = fate
            for name in Fate.__struct_fields__:
                setattr(verdict, name, getattr(verdict, name) + getattr(fate, name))
        return verdict

    async def fate(self, one: Receiver) -> Fate:
        mortal = one.kind in MORTAL
        wanted = select(
            Delivery.message_id, Delivery.delivered_at, Delivery.failed_at, Delivery.due_at
        )
        async with self.record.connect() as conn:
            rows = (await conn.execute(wanted.where(Delivery.endpoint_id == one.endpoint))).all()
        known = {row.message_id for row in rows}
        done = {row.message_id for row in rows if row.delivered_at}
        failed = {row.message_id for row in rows if row.failed_at}
        waiting = {row.message_id for row in rows if row.due_at}
        missing = set() if one.kind is Kind.GONE else self.told - known
        unfinished = known - done - failed
        return Fate(
            enqueued=len(known),
            delivered=len(done),
            failed=len(failed),
            waiting=len(waiting),
            lost=len(missing) + len(unfinished - waiting if mortal else unfinished | failed),
            doubled_after_success=len(one.doubled),
            repeated=one.repeated,
            unverified=one.unverified,
            untrue=len((one.taken.keys() | done) - (one.taken.keys() & known))
            + len(self.withdrawn & known),
        )


def named(fault: Fault) -> str:
    return getattr(fault, "__name__", "")


async def storm(seed: int, seconds: float) -> Verdict:
    chance = Random(seed)
    with database() as cluster, cluster.postgres.database() as url:
        async with AsyncExitStack() as stack:
            await with_tables(url)
            record = engine(url)
            stack.push_async_callback(record.dispose)
            kinds = tuple(Kind)
            made = receivers(kinds, chance, lambda id, message: delivered(record, id, message))
            here = await stack.enter_async_context(made)
            tenant = await listening(record, here)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zaiseki-")))
            dispatchers = [
                await dispatcher(stack, cluster, url, folder) for _ in range(DISPATCHERS)
            ]
            await asyncio.gather(*(one.start() for one in dispatchers))
            over = Storm(chance, cluster, record, tenant, dispatchers, here)
            await over.blow(seconds)
            try:
                await over.quiet()
            except AssertionError:
                await over.complain()
            verdict = await over.judged()
            verdict.seed = seed
            return verdict


async def delivered(record: AsyncEngine, endpoint: int, message: str) -> bool:
    """Whether the record has it as delivered; a database that is away has told nobody so."""
    wanted = select(Delivery.delivered_at).where(
        Delivery.endpoint_id == endpoint, Delivery.message_id == message
    )
    try:
        async with record.connect() as conn:
            return (await conn.execute(wanted)).scalar_one_or_none() is not None
    except FAULTS:
        return False


async def listening(record: AsyncEngine, here: Sequence[Receiver]) -> int:
    """A tenant whose every incident is told to each of them."""
    async with record.begin() as conn:
        tenant = (await company(conn)).id
    await add_all(record, await keys(record).box(tenant), here)
    return tenant


async def add_all(record: AsyncEngine, box: Box, here: Sequence[Receiver]) -> None:
    """Each as an endpoint of the box's tenant, with its secret."""
    async with record.begin() as conn:
        for one in here:
            shown = await add_endpoint(conn, box, Wishes(one.url), datetime.now(UTC))
            assert shown.secret
            one.endpoint, one.secret = shown.id, shown.secret


async def dispatcher(stack: AsyncExitStack, cluster: Database, url: str, folder: Path) -> Process:
    line = await stack.enter_async_context(link(cluster.socket))
    one = Process(cluster.over(url, line.port), line, folder / f"{line.port}.log")
    stack.push_async_callback(one.kill)
    return one


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.faults.webhooks", description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=60, help="how long the storm lasts")
    told = options.parse_args()
    verdict = asyncio.run(storm(told.seed, told.seconds))
    for kind, counted in verdict.faults.items():
        print(f"{kind:<24}{counted:>4}")
    print(msgspec.json.encode(verdict).decode())
    sys.exit(verdict.broken)


if __name__ == "__main__":
    main()

"""One hub process: its floors, and the few loops that keep them true."""

import asyncio
import logging
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.limits import CountryOf
from hub.live.bell import Bells
from hub.live.broker import PASSED_ON, Broker, EpochOver, Stand, key, told
from hub.live.floor import Floor
from hub.live.line import AgentLine
from hub.live.on_air import DeviceNow
from hub.live.reception import Reception
from hub.live.recorder import Entry, Recorder
from hub.live.servers import Servers
from hub.live.tasks import still_wanted
from hub.live.tenant import Change, decoded, owner_of
from hub.live.upkeep import LOOK_EVERY_S, Upkeep
from hub.live.views import Watcher
from hub.maintenance import said
from hub.presence.changes import Effect, News, Timing, judge, punch
from hub.presence.seat import Seat
from hub.protocol.closing import COME_BACK, TRY_LATER, UNAUTHORIZED, Closing
from hub.protocol.facts import Sighting, Verdict, Work
from hub.protocol.live_view import IceServer
from hub.protocol.on_air import Order
from hub.protocol.watchers import IncidentNews
from storage.database import FAULTS
from storage.people.directory import directory_versions
from storage.people.sessions import alive
from storage.seats.transitions import Moment

TELL_BROKER_EVERY_S = 0.5
DIRECTORY_EVERY_S = 2.0  # a disabled member is out everywhere within 5 s (R1)
PULSE_EVERY_S = 10.0
WIRES_EVERY_S = 1.0
LEFTOVERS_EVERY_S = 5.0
BLIND_AFTER_S = 2.0  # without the broker nothing that a board shows is surely true
AWAY_PER_S = 1_000  # those who are told to come back: a node takes 5,000 agents in about 1 s
AWAY_WITHIN_S = 5.0  # well within a lease, whose last renewal is at most two heartbeats old
AWAY_EVERY_S = 0.05
AGAIN_S = 0.5

log = logging.getLogger(__name__)

Leaving = TypeVar("Leaving")


class Node:
    """Keeps nothing that cannot be rebuilt from the broker, the record and its connections."""

    def __init__(
        self,
        engine: AsyncEngine,
        servers: Servers,
        timing: Timing,
        wake_webhooks: Callable[[], None],
        follow_all: bool = True,
        ice: tuple[IceServer, ...] = (),
        country_of: CountryOf | None = None,
    ) -> None:
        """`follow_all` where the jobs are done; others follow a tenant once somebody connects.

        `ice` is how a watcher's browser and an agent find a way to each other; `country_of` tells
        an address's country, where the hub has a file of them.
        """
        self.engine = engine
        self.timing = timing
        self.follow_all = follow_all
        self.ice = ice
        self.country_of = country_of
        self.leaving = False
        self.upkeep = Upkeep(engine)
        self.broker = Broker(servers)
        self.bells = Bells(servers, self._told, self._look_again)
        self.recorder = Recorder(engine, self._clear, wake_webhooks)
        self.reception = Reception(engine)
        self.floors: dict[int, Floor] = {}
        self._recorded: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
        self._seen_left: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
        self._opening: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def blind_since(self, floor: Floor) -> float | None:
        """Since when the tenant's server is not heard or does not answer, or cannot be followed."""
        tenant = floor.tenant
        known = (self.bells.deaf_since(tenant.id), floor.unanswered_since, tenant.astray_since)
        return min((at for at in known if at is not None), default=None)

    def blind(self, floor: Floor) -> bool:
        """For so long that nobody may be shown what we have."""
        since = self.blind_since(floor)
        # A clock that is set back meanwhile must not keep anybody's eyes open.
        return since is not None and abs(time.time() - since) > BLIND_AFTER_S

    async def run(self) -> None:
        """Until cancelled. A loop that meets a fault of a server says so and goes on."""
        loops: list[tuple[float, Callable[[], Coroutine[Any, Any, None]]]] = [
            (self.timing.renew_s, self.renew),
            (DIRECTORY_EVERY_S, self.watch_directory),
            (PULSE_EVERY_S, self.pulse),
            (AGAIN_S, self.close_eyes),
            (LOOK_EVERY_S, self.keep_up_maintenance),
            (WIRES_EVERY_S, self.reception.wires.sweep),
            (TELL_BROKER_EVERY_S, self.tell_broker),
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.recorder.run())
            tasks.create_task(self.bells.run())
            for seconds, step in loops:
                tasks.create_task(every(seconds, step))

    async def keep_up_maintenance(self) -> None:
        """Whoever is connected while it runs, or came in just then, comes back by themselves."""
        await self.upkeep.look()
        if window := self.upkeep.runs:
            await self.send_away(said(window))

    async def send_away(self, why: str = "this node stops; come back") -> None:
        """Tell everybody to come back, to another node or to the next start: a stream, no wall."""
        closing = Closing(COME_BACK, why)
        everybody = list(self._connected())
        random.shuffle(everybody)
        for some in parted(everybody):
            for one in some:
                one.close(closing)
            await asyncio.sleep(AWAY_EVERY_S)

    def _connected(self) -> Iterator[AgentLine | Watcher]:
        for floor in self.floors.values():
            yield from floor.agents.values()
            yield from floor.audience.watchers()

    async def stop(self) -> None:
        """Commit and record what is left; whoever came in the last moment comes back, too."""
        await self.send_away()
        for floor in self.floors.values():
            await floor.viewings.stop()
            await floor.tenant.stop()
        await self.recorder.stop()
        try:
            await self.tell_broker()
        except (RedisError, OSError) as failed:
            log.warning("the broker was not told what is recorded", extra={"error": str(failed)})
        await self.bells.aclose()

    # ---- floors

    async def floor(self, tenant: int) -> Floor:
        """The tenant's floor, opened when it is first asked for; raise RedisError if it cannot."""
        async with self._opening[tenant]:
            floor = self.floors.get(tenant)
            if floor is None:
                floor = Floor(
                    tenant, self.engine, self.broker, self.recorder, self.timing, self.ice,
                    self.country_of,
                )  # fmt: skip
                try:
                    await self.bells.hear(tenant)
                    await floor.tenant.open()
                except (RedisError, OSError):
                    still_wanted()
                    await self.broker.servers.learn()
                    raise
                self.floors[tenant] = floor
            return floor

    async def each_floor(self, step: Callable[[Floor], Awaitable[object]]) -> None:
        """Do it for every tenant, on all servers of the broker at once.

        A server's fault is raised at the end: it holds up its own tenants and no others.
        """
        by_shard: defaultdict[str, list[Floor]] = defaultdict(list)
        for floor in self.floors.values():
            by_shard[self.bells.shard_of(floor.tenant.id)].append(floor)

        async def on_shard(floors: list[Floor]) -> None:
            for floor in floors:
                await step(floor)

        ends = await asyncio.gather(*map(on_shard, by_shard.values()), return_exceptions=True)
        for failed in ends:
            if failed is not None:
                raise failed

    async def watch_directory(self) -> None:
        """New tenants get their floor; changes of people and rights are told to all nodes."""
        async with self.engine.connect() as conn:
            versions = await directory_versions(conn)
        for tenant, version in versions.items():
            if tenant in self.floors:
                await self._compare(self.floors[tenant], version)
        await self._end_sessions()
        if self.follow_all:
            await self._open_all(versions.keys() - self.floors.keys())

    async def _open_all(self, tenants: set[int]) -> None:
        """Those whose server does not answer are tried again with the next look."""
        failed: dict[str, Exception] = {}
        for tenant in tenants:
            shard = self.broker.servers.shard(key(tenant, "meta"))
            if shard in failed:
                continue
            try:
                await self.floor(tenant)
            except (RedisError, OSError) as fault:
                still_wanted()
                failed[shard] = fault
        for trouble in failed.values():
            raise trouble

    async def _compare(self, floor: Floor, version: int) -> None:
        """A tick tells of a change; where none can come or one could not be read, just look."""
        if version > floor.directory.version:
            floor.tenant.announce_directory(version)
            if self.blind_since(floor) is not None or floor.directory_told >= version:
                await floor.look_again()
        else:
            floor.enforce()

    async def _end_sessions(self) -> None:
        watchers = [one for floor in self.floors.values() for one in floor.audience.watchers()]
        if not watchers:
            return
        async with self.engine.connect() as conn:
            good = await alive(conn, {one.session for one in watchers}, datetime.now(UTC))
        for watcher in watchers:
            if watcher.session not in good:
                watcher.close(Closing(UNAUTHORIZED, "this sign-in is no longer valid"))

    async def punched(
        self, tenant: int, member: int, work: Work, task: str | None, at: float
    ) -> None:
        """A punch was recorded: move `work` and the task on every board."""
        floor = await self.floor(tenant)

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return punch(seat, work, task, at)

        floor.tenant.add(Change(member, decide, floor.record))

    async def judged(
        self,
        tenant: int,
        member: int,
        device: int,
        sighting: Sighting,
        verdict: Verdict | None,
        at: float,
    ) -> None:
        """A verdict was recorded, or taken back: badges and feeds follow on every board."""
        floor = await self.floor(tenant)

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return judge(seat, device, sighting, verdict, at)

        floor.tenant.add(Change(member, decide, floor.record))

    async def on_air(
        self, tenant: int, member: int, devices: Sequence[int]
    ) -> dict[int, DeviceNow]:
        """What these devices of a member have on now, as far as they have said."""
        floor = await self.floor(tenant)
        return await floor.on_air.of(floor.tenant.seat(member), devices, self.blind(floor))

    async def order(self, tenant: int, device: int, order: Order) -> None:
        floor = await self.floor(tenant)
        floor.viewings.order(device, order)

    async def tell(self, tenant: int, news: IncidentNews) -> None:
        """Something was done about an incident that moves no seat: every board hears it."""
        floor = await self.floor(tenant)

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return seat, [News(news)]

        floor.tenant.add(Change(news.member, decide))

    # ---- loops

    async def renew(self) -> None:
        """Renew what was heard, and find what the bell did not bring."""
        begun = time.time()
        asked = list(self.floors.values())  # one that is opened meanwhile owes no answer
        answered = set[Floor]()

        async def step(floor: Floor) -> None:
            await self.bells.follow(floor.tenant.id)
            stand = await floor.renew()
            answered.add(floor)
            await self._keep_up(floor, stand)

        try:
            await self.each_floor(step)
        except (RedisError, OSError):
            still_wanted()
            await self.broker.servers.learn()
            raise
        finally:
            for floor in asked:
                floor.unanswered_since = (
                    None if floor in answered else floor.unanswered_since or begun
                )

    async def _keep_up(self, floor: Floor, stand: Stand) -> None:
        tenant = floor.tenant
        try:
            if stand.epoch != tenant.epoch:
                tenant.follow_again()
            elif stand.offset > tenant.offset:
                await tenant.catch_up()
        except EpochOver:
            tenant.follow_again()

    async def pulse(self) -> None:
        for floor in self.floors.values():
            if self.blind_since(floor) is None:
                floor.audience.pulse(time.time())

    async def close_eyes(self) -> None:
        """Nobody looks at what may not be true; and whoever was shed may come back."""
        for floor in self.floors.values():
            if self.blind(floor):
                for watcher in floor.audience.watchers():
                    watcher.close(Closing(TRY_LATER, "the live path is down; try again"))
            if self.recorder.has_room:
                floor.let_come_back()

    async def _told(self, tenant: int, message: bytes) -> None:
        floor = self.floors.get(tenant)
        if floor is None:
            return
        if message.startswith(PASSED_ON):
            floor.viewings.heard(message.removeprefix(PASSED_ON))
            return
        try:
            await floor.tenant.advance(told(message))
        except EpochOver:
            floor.tenant.follow_again()

    def _look_again(self, tenant: int) -> None:
        if tenant in self.floors:
            self.floors[tenant].tenant.follow_again()

    # ---- the record

    def _clear(self, batch: list[Entry]) -> None:
        for entry in batch:
            for moment in entry.moments:
                self._recorded[entry.tenant].add(kept_as(moment))

    async def tell_broker(self) -> None:
        """Outcomes that SQL has need not be kept in the broker."""

        async def step(floor: Floor) -> None:
            names = self._recorded[floor.tenant.id]
            told = frozenset(names)
            await self.broker.recorded(floor.tenant.id, told)
            names -= told

        await self.each_floor(step)

    async def record_leftovers(self) -> None:
        """What a node committed and then died before recording: any other one records it.

        Left is what was there at the last look already: no clock of any node is asked.
        """
        if self.recorder.backlog:
            return  # ours may be among it, and SQL has enough to do

        async def step(floor: Floor) -> None:
            tenant = floor.tenant.id
            held = await self.broker.unrecorded(tenant, "hub")
            left = [decoded(*held[name]) for name in held if name in self._seen_left[tenant]]
            self._seen_left[tenant] = frozenset(held)
            if left:
                self.recorder.add(Entry(tenant, left))

        await self.each_floor(step)


def kept_as(moment: Moment) -> tuple[str, str]:
    """Under which owner and field the broker keeps an outcome, or kept that of another node."""
    owner, name = owner_of(moment)
    place = moment.place
    return owner, f"{place.epoch}/{place.offset}/{name}" if place and owner == "hub" else name


def parted(everybody: list[Leaving]) -> Iterator[list[Leaving]]:
    """So many at a time that all have gone within AWAY_WITHIN_S, and few ones at once."""
    steps = max(1, round(min(AWAY_WITHIN_S, len(everybody) / AWAY_PER_S) / AWAY_EVERY_S))
    size = max(1, -(-len(everybody) // steps))
    return (everybody[at : at + size] for at in range(0, len(everybody), size))


async def every(seconds: float, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await step()
        except (RedisError, *FAULTS) as failed:
            still_wanted()
            reason = (str(failed).splitlines() or [type(failed).__name__])[0]
            log.warning("%s failed", step.__name__, extra={"error": reason})
        await asyncio.sleep(seconds)

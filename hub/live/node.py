"""One hub process: its floors, and the few loops that keep them true."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.live.broker import Broker, EpochOver, key, told
from hub.live.floor import Floor
from hub.live.recorder import Entry, Recorder
from hub.live.tenant import Change, decoded, owner_of
from hub.presence.changes import Effect, Timing, punch
from hub.presence.seat import Seat
from hub.protocol.closing import COME_BACK, TRY_LATER, UNAUTHORIZED, Closing
from hub.protocol.messages import Work
from storage.directory import directory_versions
from storage.sessions import alive
from storage.tenants import tenants

DIRECTORY_EVERY_S = 1.0  # a disabled member is out everywhere within 5 s (R1)
PULSE_EVERY_S = 10.0
LEFTOVERS_EVERY_S = 5.0
BLIND_AFTER_S = 2.0  # without the broker nothing that a board shows is surely true
AGAIN_S = 0.5

log = logging.getLogger(__name__)


class Node:
    """Keeps nothing that cannot be rebuilt from the broker, the record and its connections."""

    def __init__(
        self,
        engine: AsyncEngine,
        redis: Redis,
        listener: Redis,
        timing: Timing,
        wake_webhooks: Callable[[], None],
    ) -> None:
        """`listener` is a client without a read timeout: quiet is no fault of the broker."""
        self.engine = engine
        self.listener = listener
        self.timing = timing
        self.broker = Broker(redis)
        self.recorder = Recorder(engine, self._clear, wake_webhooks)
        self.floors: dict[int, Floor] = {}
        self.blind_since: float | None = None
        self._recorded: list[Entry] = []
        self._opening = asyncio.Lock()
        self._bell = listener.pubsub()
        self._listening = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. A loop that meets a fault of a server says so and goes on."""
        loops: list[tuple[float, Callable[[], Coroutine[Any, Any, None]]]] = [
            (self.timing.renew_s, self.renew),
            (DIRECTORY_EVERY_S, self.watch_directory),
            (PULSE_EVERY_S, self.pulse),
            (LEFTOVERS_EVERY_S, self.record_leftovers),
            (0.2, self.tell_broker),
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.recorder.run())
            tasks.create_task(self.listen())
            for seconds, step in loops:
                tasks.create_task(every(seconds, step))

    async def stop(self) -> None:
        """Let everybody go in good order: come back, to another node or to the next start."""
        closing = Closing(COME_BACK, "this node stops; come back")
        for floor in self.floors.values():
            for line in list(floor.agents.values()):
                line.close(closing)
            for watcher in floor.watchers():
                watcher.close(closing)
            await floor.tenant.stop()
        await self.recorder.stop()
        await self.tell_broker()
        await self._bell.aclose()

    # ---- floors

    async def floor(self, tenant: int, by_punch: bool = False) -> Floor:
        """The tenant's floor, opened when it is first asked for; raise RedisError if it cannot."""
        async with self._opening:
            floor = self.floors.get(tenant)
            if floor is None:
                floor = Floor(
                    tenant, by_punch, self.engine, self.broker, self.recorder, self.timing
                )
                await self._bell.ssubscribe(key(tenant, "live"))
                await floor.tenant.open()
                self.floors[tenant] = floor
                self._listening.set()
            return floor

    async def watch_directory(self) -> None:
        """New tenants get their floor; changes of people and rights are told to all nodes."""
        async with self.engine.connect() as conn:
            versions = await directory_versions(conn)
            rules = {tenant.id: tenant.work_from for tenant in await tenants(conn)}
        for tenant, version in versions.items():
            floor = await self.floor(tenant, by_punch=rules.get(tenant) == "punch")
            if version > floor.directory.version:
                floor.tenant.announce_directory(version)
        await self._end_sessions()

    async def _end_sessions(self) -> None:
        watchers = [one for floor in self.floors.values() for one in floor.watchers()]
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

    # ---- loops

    async def renew(self) -> None:
        """Heartbeats cost a flag here; the leases of all who were heard are renewed at once."""
        for floor in list(self.floors.values()):
            heard = [line for line in floor.agents.values() if line.heard and line.generation]
            if heard:
                devices = [line.device for line in heard]
                await self.broker.renew(floor.tenant.id, devices, self.timing.lease_s)
                for line in heard:
                    line.heard = False
            floor.revive({line.device for line in heard})

    async def pulse(self) -> None:
        if self.blind_since is None:
            for floor in self.floors.values():
                floor.pulse(time.time())

    async def listen(self) -> None:
        """The bell. When it breaks nobody is told anything until we have caught up."""
        while True:
            await self._listening.wait()
            try:
                message = await self._bell.get_message(ignore_subscribe_messages=True, timeout=5)
                if message is not None:
                    await self._told(message)
                elif self.blind_since is not None:
                    await self._see_again()
            except (RedisError, OSError) as failed:
                await self._blind(failed)

    async def _told(self, message: dict[str, Any]) -> None:
        tenant = int(message["channel"].split(b":")[1].rstrip(b"}"))
        floor = self.floors.get(tenant)
        if floor is None:
            return
        try:
            await floor.tenant.advance(told(message["data"]))
        except EpochOver:
            await floor.tenant.open()

    async def _blind(self, failed: Exception) -> None:
        if self.blind_since is None:
            log.warning("broker lost", extra={"error": str(failed)})
            self.blind_since = time.time()
        if time.time() - self.blind_since > BLIND_AFTER_S:
            for floor in self.floors.values():
                for watcher in floor.watchers():
                    watcher.close(Closing(TRY_LATER, "the live path is down; try again"))
        await asyncio.sleep(AGAIN_S)
        await self._see_again()

    async def _see_again(self) -> None:
        """Subscribe anew and catch up, or begin anew where the data is of another life."""
        try:
            await self._bell.aclose()
            bell = self.listener.pubsub()
            for tenant in self.floors:
                await bell.ssubscribe(key(tenant, "live"))
            self._bell = bell
            for floor in self.floors.values():
                await floor.tenant.open()
                floor.quiet_until = time.time() + self.timing.lease_s
        except (RedisError, OSError):
            return
        self.blind_since = None

    # ---- the record

    def _clear(self, batch: list[Entry]) -> None:
        self._recorded += batch

    async def tell_broker(self) -> None:
        """Outcomes that SQL has need not be kept in the broker."""
        entries, self._recorded = self._recorded, []
        fields: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        for entry in entries:
            for moment in entry.moments:
                if moment.place is not None:
                    owner, name = owner_of(moment)
                    place = moment.place
                    field = f"{place.epoch}/{place.offset}/{name}" if owner == "hub" else name
                    fields[entry.tenant].append((owner, field))
        for tenant, names in fields.items():
            await self.broker.recorded(tenant, names)

    async def record_leftovers(self) -> None:
        """What a node committed and then died before recording: any other one records it."""
        old = time.time() - 2 * LEFTOVERS_EVERY_S
        for tenant in list(self.floors):
            held = await self.broker.unrecorded(tenant, "hub")
            moments = [decoded(epoch, offset, row) for epoch, offset, row in held.values()]
            left = [moment for moment in moments if moment.received_at < old]
            if left:
                self.recorder.add(Entry(tenant, left))


async def every(seconds: float, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await step()
        except (RedisError, SQLAlchemyError, OSError) as failed:
            reason = (str(failed).splitlines() or [type(failed).__name__])[0]
            log.warning("%s failed", step.__name__, extra={"error": reason})
        await asyncio.sleep(seconds)

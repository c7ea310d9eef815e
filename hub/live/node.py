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
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.live.broker import Broker, EpochOver, Stand, key, told
from hub.live.floor import Floor
from hub.live.recorder import Entry, Recorder
from hub.live.tasks import still_wanted
from hub.live.tenant import Change, decoded, owner_of
from hub.presence.changes import Effect, Timing, punch
from hub.presence.seat import Seat
from hub.protocol.closing import COME_BACK, TRY_LATER, UNAUTHORIZED, Closing
from hub.protocol.messages import Work
from storage.database import FAULTS
from storage.directory import directory_versions
from storage.sessions import alive
from storage.transitions import Moment, Place

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
        self._deaf_since: float | None = None
        self._unanswered_since: float | None = None
        self._recorded: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
        self._opening = asyncio.Lock()
        self._bell = listener.pubsub()
        self._listening = asyncio.Event()

    @property
    def blind_since(self) -> float | None:
        """Since when the broker is not heard or does not answer."""
        known = [at for at in (self._deaf_since, self._unanswered_since) if at is not None]
        return min(known, default=None)

    @property
    def blind(self) -> bool:
        """For so long that nobody may be shown what we have."""
        return self.blind_since is not None and time.time() - self.blind_since > BLIND_AFTER_S

    async def run(self) -> None:
        """Until cancelled. A loop that meets a fault of a server says so and goes on."""
        loops: list[tuple[float, Callable[[], Coroutine[Any, Any, None]]]] = [
            (self.timing.renew_s, self.renew),
            (DIRECTORY_EVERY_S, self.watch_directory),
            (PULSE_EVERY_S, self.pulse),
            (LEFTOVERS_EVERY_S, self.record_leftovers),
            (AGAIN_S, self.close_eyes),
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

    async def floor(self, tenant: int) -> Floor:
        """The tenant's floor, opened when it is first asked for; raise RedisError if it cannot."""
        async with self._opening:
            floor = self.floors.get(tenant)
            if floor is None:
                floor = Floor(tenant, self.engine, self.broker, self.recorder, self.timing)
                await self._bell.ssubscribe(key(tenant, "live"))
                await floor.tenant.open()
                self.floors[tenant] = floor
                self._listening.set()
            return floor

    async def watch_directory(self) -> None:
        """New tenants get their floor; changes of people and rights are told to all nodes."""
        async with self.engine.connect() as conn:
            versions = await directory_versions(conn)
        for tenant, version in versions.items():
            if tenant in self.floors:
                await self._compare(self.floors[tenant], version)
        await self._end_sessions()
        for tenant in versions.keys() - self.floors.keys():
            await self.floor(tenant)

    async def _compare(self, floor: Floor, version: int) -> None:
        """A tick tells of a change; where none can come or one could not be read, just look."""
        if version > floor.directory.version:
            floor.tenant.announce_directory(version)
            if self.blind_since is not None or floor.directory_told >= version:
                await floor.look_again()
        else:
            floor.enforce()

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
        """Renew what was heard, and find what the bell did not bring."""
        for floor in list(self.floors.values()):
            try:
                stand = await floor.renew()
            except (RedisError, OSError):
                self._unanswered_since = self._unanswered_since or time.time()
                raise
            await self._keep_up(floor, stand)
        self._unanswered_since = None

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
        if self.blind_since is None:
            for floor in self.floors.values():
                floor.pulse(time.time())

    async def close_eyes(self) -> None:
        """Nobody looks at what may not be true; and whoever was shed may come back."""
        for floor in self.floors.values():
            if self.blind:
                for watcher in floor.watchers():
                    watcher.close(Closing(TRY_LATER, "the live path is down; try again"))
            if self.recorder.has_room:
                floor.let_come_back()

    async def listen(self) -> None:
        """The bell. When it breaks, what it may not have brought is read from the history."""
        await self._listening.wait()
        while True:
            try:
                message = await self._bell.get_message(ignore_subscribe_messages=True, timeout=5)
                if message is not None:
                    await self._told(message)
            except (RedisError, OSError) as failed:
                still_wanted()
                log.warning("broker lost", extra={"error": str(failed)})
                self._deaf_since = time.time()
                await self._hear_again()

    async def _told(self, message: dict[str, Any]) -> None:
        tenant = int(message["channel"].split(b":")[1].rstrip(b"}"))
        floor = self.floors.get(tenant)
        if floor is None:
            return
        try:
            await floor.tenant.advance(told(message["data"]))
        except EpochOver:
            floor.tenant.follow_again()

    async def _hear_again(self) -> None:
        while self._deaf_since is not None:
            if await self._subscribed():
                self._deaf_since = None
            else:
                await asyncio.sleep(AGAIN_S)

    async def _subscribed(self) -> bool:
        """Subscribe anew, then look where every tenant stands."""
        async with self._opening:
            bell = self.listener.pubsub()
            try:
                for tenant in self.floors:
                    await bell.ssubscribe(key(tenant, "live"))
            except (RedisError, OSError):
                await bell.aclose()
                still_wanted()
                return False
            await self._bell.aclose()
            self._bell = bell
        for floor in self.floors.values():
            floor.tenant.follow_again()
        return True

    # ---- the record

    def _clear(self, batch: list[Entry]) -> None:
        for entry in batch:
            for moment in entry.moments:
                if moment.place is not None:
                    self._recorded[entry.tenant].add(kept_as(moment, moment.place))

    async def tell_broker(self) -> None:
        """Outcomes that SQL has need not be kept in the broker."""
        for tenant, names in list(self._recorded.items()):
            told = frozenset(names)
            await self.broker.recorded(tenant, told)
            names -= told

    async def record_leftovers(self) -> None:
        """What a node committed and then died before recording: any other one records it."""
        if self.recorder.backlog:
            return  # ours may be among it, and SQL has enough to do
        old = time.time() - 2 * LEFTOVERS_EVERY_S
        for tenant in list(self.floors):
            held = await self.broker.unrecorded(tenant, "hub")
            moments = [decoded(epoch, offset, row) for epoch, offset, row in held.values()]
            left = [moment for moment in moments if moment.received_at < old]
            if left:
                self.recorder.add(Entry(tenant, left))


def kept_as(moment: Moment, place: Place) -> tuple[str, str]:
    """Under which owner and field the broker keeps an outcome."""
    owner, name = owner_of(moment)
    return owner, f"{place.epoch}/{place.offset}/{name}" if owner == "hub" else name


async def every(seconds: float, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await step()
        except (RedisError, *FAULTS) as failed:
            still_wanted()
            reason = (str(failed).splitlines() or [type(failed).__name__])[0]
            log.warning("%s failed", step.__name__, extra={"error": reason})
        await asyncio.sleep(seconds)

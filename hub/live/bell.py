"""The bells: what the broker's servers publish, heard on one connection each."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from hub.live.broker import key
from hub.live.servers import Servers
from hub.live.tasks import still_wanted

AGAIN_S = 0.5
LOOK_UP_S = 5.0

log = logging.getLogger(__name__)


class Bells:
    """Hears every tenant on the server that has its keys.

    `rung` is awaited with (tenant, message), in the order of each server. `again` is called for
    a tenant whose bell may have missed something: look where it stands.
    """

    def __init__(
        self,
        servers: Servers,
        rung: Callable[[int, bytes], Awaitable[None]],
        again: Callable[[int], None],
    ) -> None:
        self.servers = servers
        self.rung = rung
        self.again = again
        self._bells: dict[str, Bell] = {}
        self._of: dict[int, Bell] = {}
        self._new = asyncio.Queue[Bell]()

    async def hear(self, tenant: int) -> None:
        """Subscribe to a tenant; raise what Redis raises."""
        bell = self._bell(self.servers.shard(key(tenant, "live")))
        await bell.subscribe(tenant)
        self._of[tenant] = bell

    async def follow(self, tenant: int) -> None:
        """Where the keys have moved to another server, listen there."""
        heard, where = self._of[tenant], self.servers.shard(key(tenant, "live"))
        if where != heard.shard:
            heard.tenants.discard(tenant)
            await self.hear(tenant)
            self.again(tenant)

    def shard_of(self, tenant: int) -> str:
        return self._of[tenant].shard

    def deaf_since(self, tenant: int) -> float | None:
        return self._of[tenant].deaf_since

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                bell = await self._new.get()
                tasks.create_task(bell.run())

    async def aclose(self) -> None:
        for bell in self._bells.values():
            await bell.aclose()

    def _bell(self, shard: str) -> "Bell":
        if shard not in self._bells:
            line = self.servers.line(shard)
            self._bells[shard] = Bell(shard, line, self.rung, self.again)
            self._new.put_nowait(self._bells[shard])
        return self._bells[shard]


class Bell:
    """One server's. When it breaks, what it may not have brought is read from the history."""

    def __init__(
        self,
        shard: str,
        line: Redis,
        rung: Callable[[int, bytes], Awaitable[None]],
        again: Callable[[int], None],
    ) -> None:
        self.shard = shard
        self.tenants = set[int]()
        self.deaf_since: float | None = None
        self._line = line
        self._rung = rung
        self._again = again
        self._pubsub = line.pubsub()
        self._order = asyncio.Lock()
        self._wanted = asyncio.Event()

    async def subscribe(self, tenant: int) -> None:
        async with self._order:
            await self._pubsub.ssubscribe(key(tenant, "live"))
            self.tenants.add(tenant)
            self._wanted.set()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                message = await self._pubsub.get_message(
                    ignore_subscribe_messages=True, timeout=LOOK_UP_S
                )
                if message is not None and message["type"] == "smessage":
                    await self._rung(tenant_of(message), message["data"])
            except (RedisError, OSError) as failed:
                still_wanted()
                log.warning("broker lost", extra={"shard": self.shard, "error": str(failed)})
                self.deaf_since = time.time()
                await self._hear_again()

    async def _hear_again(self) -> None:
        while self.deaf_since is not None:
            if await self._subscribed():
                self.deaf_since = None
            else:
                await asyncio.sleep(AGAIN_S)

    async def _subscribed(self) -> bool:
        """Subscribe anew, then look where every tenant stands."""
        async with self._order:
            if not self.tenants:
                self._wanted.clear()
                return True
            pubsub = self._line.pubsub()
            try:
                for tenant in list(self.tenants):
                    await pubsub.ssubscribe(key(tenant, "live"))
            except (RedisError, OSError):
                await pubsub.aclose()
                still_wanted()
                return False
            await self._pubsub.aclose()
            self._pubsub = pubsub
        for tenant in list(self.tenants):
            self._again(tenant)
        return True

    async def aclose(self) -> None:
        await self._pubsub.aclose()


def tenant_of(message: dict[str, Any]) -> int:
    return int(message["channel"].split(b":")[1].rstrip(b"}"))

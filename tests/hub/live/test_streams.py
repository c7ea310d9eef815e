"""A listener that does not read: what it costs, that it loses nothing, and that it is let go."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.access import Actor, Role
from hub.http.events import EventStream
from hub.live.front import CONNECTION, Front
from hub.live.streams import COMMENT_AFTER_SWEEPS
from hub.live.watchers import Listener
from hub.live.wire import CLOSE_WITHIN_S, DROP_AFTER_SWEEPS, SWEEP_EVERY_S, Wires
from hub.presence.seat import view
from hub.protocol.closing import TRY_LATER, Closing
from hub.protocol.codec import to_watcher
from hub.protocol.events import COMMENT
from hub.protocol.replica import Replica
from hub.protocol.watchers import Delta, Snapshot
from storage.database import embedded_url, engine
from tests.clock import until
from tests.hub.live.walls import Stage, stage
from tests.tables import with_tables

COSTS_MAX_BYTES = 512_000
READS_AHEAD_BYTES = 8 * 1024
LONG = "とても長い仕事の名前" * 40  # 1.2 kB
ASKED = b"GET /events HTTP/1.0\r\n\r\n"  # whose answer comes as it is, without chunks


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A record without anybody; which database it is says nothing about streams."""
    await with_tables(embedded_url(tmp_path))
    opened = engine(embedded_url(tmp_path))
    yield opened
    await opened.dispose()


@dataclass
class Reader:
    """A board on a raw socket, which reads when it is told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    replica: Replica = field(default_factory=Replica)
    snapshots: int = 0
    deltas: int = 0
    text: bytes = b""

    async def read(self) -> None:
        self.text += await self.reader.read(64 * 1024)
        *events, self.text = self.text.split(b"\n\n")
        for event in events:
            for line in event.split(b"\n"):
                if line.startswith(b"data: "):
                    self._take(line.removeprefix(b"data: "))

    def _take(self, data: bytes) -> None:
        message = to_watcher(data)
        assert isinstance(message, Snapshot | Delta)
        self.snapshots += isinstance(message, Snapshot) and message.part == 0
        self.deltas += isinstance(message, Delta)
        assert self.replica.apply(message, time.time()).resume is None


@dataclass
class Served:
    """A server of nothing but a tenant's stream, and the connections of whoever came."""

    port: int
    wires: Wires
    connections: list[asyncio.Transport] = field(default_factory=list)

    @property
    def costs_bytes(self) -> int:
        """What the server and the kernel keep for the one who came last; see socket(7)."""
        at = self.connections[-1]
        of_kernel = at.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        return int(of_kernel) + at.get_write_buffer_size()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READS_AHEAD_BYTES)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        ends = await asyncio.open_connection(sock=sock, limit=READS_AHEAD_BYTES)
        one = Reader(*ends)
        one.writer.write(ASKED)
        try:
            yield one
        finally:
            one.writer.transport.abort()


@asynccontextmanager
async def served(on: Stage) -> AsyncIterator[Served]:
    wires = Wires()

    async def events(request: Request) -> Response:
        at.connections.append(request.scope["state"][CONNECTION])
        boss = Actor(on.at.id, on.boss, Role.ADMINISTRATOR)
        return EventStream(Listener(boss, 1, on.floor, wires, "", None), wires)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Wires]]:
        yield {"wires": wires}

    app = Starlette(routes=[Route("/events", events)], lifespan=lifespan)
    config = uvicorn.Config(app, log_config=None, http=Front, timeout_graceful_shutdown=1)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config)
        at = Served(listening.getsockname()[1], wires)
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        try:
            yield at
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def crowded(
    empty: AsyncEngine, redis: Redis
) -> AsyncIterator[tuple[Stage, list[int], Served]]:
    """A tenant of 60 people, whose seats are about 100 kB with a task as long as LONG."""
    async with stage(empty, redis) as on:
        people = await on.people(60)
        async with served(on) as at:
            yield on, people, at


def waiting(on: Stage) -> int:
    """What waits for its turn in the hub itself."""
    (watcher,) = on.floor.audience.watchers()
    queued = getattr(watcher.wire, "_bytes", None)
    assert isinstance(queued, int)
    return queued


def same(on: Stage, one: Reader) -> bool:
    tenant, board = on.floor.tenant, one.replica.board
    shown = {member: view(tenant.seat(member)) for member in on.floor.directory.members}
    return board.seats == shown and board.offset == tenant.offset


async def test_a_listener_that_does_not_read_costs_a_watchers_512_kb_and_loses_nothing(
    empty: AsyncEngine, redis: Redis
) -> None:
    """Watching, 12: presence is conflated for whoever does not keep up."""
    async with crowded(empty, redis) as (on, people, at), at.reader() as slow:
        while not slow.snapshots:
            await slow.read()
        rounds, most = 0, 0
        while rounds < 40:
            rounds += 1
            await on.works(*people, task=f"{rounds} {LONG}")
            most = max(most, at.costs_bytes + waiting(on))
        (watcher,) = on.floor.audience.watchers()
        assert watcher.behind
        while not same(on, slow):
            await slow.read()

        assert most <= COSTS_MAX_BYTES
        assert slow.deltas < rounds / 2
        assert slow.snapshots == 1


async def test_one_that_takes_nothing_at_all_is_cut_off(empty: AsyncEngine, redis: Redis) -> None:
    """As a websocket is that answers no ping."""
    async with crowded(empty, redis) as (on, people, at), at.reader():
        await until(lambda: on.floor.audience.watchers())
        for number in range(12):
            await on.works(*people, task=f"{number} {LONG}")
        await until(lambda: on.floor.audience.watchers()[0].behind)
        for sweep in range(DROP_AFTER_SWEEPS + 1):
            at.wires.look(time.monotonic() + (sweep + 1) * SWEEP_EVERY_S)
        await until(lambda: not on.floor.audience.watchers())

        assert len(at.wires) == 0
        await until(lambda: at.connections[-1].is_closing())


async def test_one_that_does_not_take_its_dismissal_is_cut_off(
    empty: AsyncEngine, redis: Redis
) -> None:
    async with crowded(empty, redis) as (on, people, at), at.reader():
        await until(lambda: on.floor.audience.watchers())
        for number in range(12):
            await on.works(*people, task=f"{number} {LONG}")
        on.floor.audience.watchers()[0].close(Closing(TRY_LATER, "not now"))
        at.wires.look(time.monotonic() + CLOSE_WITHIN_S + 1)
        await until(lambda: not on.floor.audience.watchers())

        assert at.connections[-1].is_closing()


async def test_a_quiet_line_is_kept_open(empty: AsyncEngine, redis: Redis) -> None:
    async with crowded(empty, redis) as (_, _, at), at.reader() as one:
        while not one.snapshots:
            await one.read()
        for sweep in range(COMMENT_AFTER_SWEEPS):
            at.wires.look(time.monotonic() + (sweep + 1) * SWEEP_EVERY_S)

        assert await one.reader.readuntil(COMMENT) == COMMENT

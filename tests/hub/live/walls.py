"""A node without its loops, and boards that are written to by hand: nothing happens unasked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Actor, Role
from hub.live.floor import Floor
from hub.live.frames import Frame
from hub.live.node import Node
from hub.live.plain import FULL_BYTES
from hub.live.servers import Servers
from hub.live.tenant import Change
from hub.live.views import Watcher
from hub.presence.changes import Effect, News, Timing, punch
from hub.presence.seat import Seat
from hub.protocol.closing import Closing
from hub.protocol.codec import PART_MAX_BYTES, TO_CLIENT_MAX_BYTES, to_watcher
from hub.protocol.facts import IncidentKind, Phase, Sighting, Work
from hub.protocol.replica import Board, Replica
from hub.protocol.watchers import BoardNews, Cursor, Delta, IncidentNews, Snapshot
from tests.clock import until
from tests.record import Company, company, person


@dataclass
class Cable:
    """A wire whose other end reads when it is told to; until then it fills up."""

    full: bool = False
    frames: list[bytes] = field(default_factory=list)
    closed: Closing | None = None

    @property
    def waiting(self) -> int:
        return sum(map(len, self.frames))

    def send(self, frame: Frame) -> None:
        self.frames.append(frame.payload)
        self.full = self.waiting > FULL_BYTES

    def size(self, frame: Frame) -> int:
        return len(frame.payload)

    def close(self, why: Closing) -> None:
        self.closed = self.closed or why

    def take(self) -> bytes | None:
        return self.frames.pop(0) if self.frames else None


@dataclass
class Wall:
    """A board on the other end of a watcher: it reads when it is told to."""

    floor: Floor
    watcher: Watcher
    cable: Cable
    replica: Replica = field(default_factory=Replica)
    got: list[BoardNews] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    news: list[IncidentNews] = field(default_factory=list)

    @property
    def board(self) -> Board:
        return self.replica.board

    @property
    def cursor(self) -> Cursor:
        assert self.replica.cursor
        return self.replica.cursor

    @property
    def snapshots(self) -> int:
        return sum(isinstance(one, Snapshot) and one.part == 0 for one in self.got)

    @property
    def deltas(self) -> list[Delta]:
        return [one for one in self.got if isinstance(one, Delta)]

    async def read(self) -> "Wall":
        """Take everything that there is, and what comes because there is room then."""
        while self.cable.frames or self.watcher.lacks:
            self.cable.full = False
            while (frame := self.cable.take()) is not None:
                self.receive(frame)
            self.floor.audience.feed(self.watcher)
            await asyncio.sleep(0)
        return self

    def skip(self) -> None:
        """Be as one that did not keep up."""
        self.watcher.skip(self.board.offset)

    def receive(self, frame: bytes) -> None:
        message = to_watcher(frame)
        assert isinstance(message, BoardNews)
        assert len(frame) <= (
            PART_MAX_BYTES if isinstance(message, Snapshot) else TO_CLIENT_MAX_BYTES
        )
        self.got.append(message)
        self.sizes.append(len(frame))
        change = self.replica.apply(message, time.time())
        self.news += change.incidents
        if change.resume:
            self.floor.audience.resume(self.watcher, change.resume.cursor)


@dataclass
class Stage:
    """One tenant on a node that does only what a test asks of it."""

    node: Node
    engine: AsyncEngine
    at: Company
    floor: Floor

    def wall(self, actor: Actor | None = None, cursor: Cursor | None = None) -> Wall:
        """A board of everybody, unless it is somebody's."""
        boss = actor or Actor(self.at.id, self.boss, Role.ADMINISTRATOR)
        cable = Cable()
        wall = Wall(self.floor, Watcher(boss, 1, cable), cable)
        self.floor.audience.subscribe(wall.watcher, cursor)
        return wall

    boss: int = 0

    async def people(self, count: int, *, groups: tuple[int, ...] = ()) -> list[int]:
        async with self.engine.begin() as conn:
            members = [
                await person(conn, self.at.id, f"m{number}", groups=groups)
                for number in range(count)
            ]
        await self.directory()
        return members

    async def directory(self) -> None:
        """Notice what changed in the directory, as the node does every second."""
        await self.node.watch_directory()
        await self.settled()

    async def settled(self) -> None:
        await until(lambda: not self.floor.tenant.waiting)
        await self.floor.tenant.catch_up()

    async def works(self, *members: int, task: str | None = None) -> None:
        """Move these seats: each starts, or starts another task."""
        now = time.time()
        for member in members:
            self.floor.tenant.add(change(member, Work.WORKING, task, now))
        await self.settled()

    async def sees(self, member: int, id: str) -> None:
        """An incident's step that moves no seat."""
        sighting = Sighting(id, IncidentKind.PEEPING, 1.0, 1.0)
        news = News(IncidentNews(member, Phase.OPENED, sighting))
        self.floor.tenant.add(Change(member, lambda seat: (seat, [news])))
        await self.settled()


def change(member: int, work: Work, task: str | None, now: float) -> Change:
    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return punch(seat, work, task, now)

    return Change(member, decide)


@asynccontextmanager
async def stage(engine: AsyncEngine, redis: Redis) -> AsyncIterator[Stage]:
    async with engine.begin() as conn:
        at = await company(conn)
        boss = await person(conn, at.id, "boss", Role.ADMINISTRATOR)
    async with node(engine, redis) as one:
        yield Stage(one, engine, at, one.floors[at.id], boss)


@asynccontextmanager
async def second_stage(on: Stage, redis: Redis) -> AsyncIterator[Stage]:
    """Another node that follows the same tenant from now on."""
    async with node(on.engine, redis) as another:
        yield Stage(another, on.engine, on.at, another.floors[on.at.id], on.boss)


@asynccontextmanager
async def node(engine: AsyncEngine, redis: Redis) -> AsyncIterator[Node]:
    one = Node(engine, Servers(redis, redis), Timing(), lambda: None)
    await one.watch_directory()
    try:
        yield one
    finally:
        await one.stop()

"""Whatever has happened: a snapshot at (epoch, offset) is the replay of the live rows up to it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.snapshotter import keep_recorded, picture
from hub.jobs.sweeper import end
from hub.live.agents import leave, take
from hub.live.floor import Floor
from hub.live.line import AgentLine
from hub.live.node import Node
from hub.live.servers import Servers
from hub.presence.changes import Timing
from hub.presence.seat import view
from hub.protocol.agents import Hello, IncidentReport, Report, StateReport
from hub.protocol.facts import VERSION, Facts, IncidentKind, Phase, Presence, Sighting, Work
from storage.models.seats import Snapshot
from storage.seats.devices import LinkedDevice, add_device
from storage.seats.snapshots import Picture, replayed, seats_in
from tests.clock import until
from tests.faults.estate import deadlines
from tests.hub.live.walls import Cable
from tests.record import NOW, Company, company, person

STEPS = 100
PEOPLE = 4
DEVICES = 2  # of each


@dataclass
class History:
    """Two nodes on one broker, stepped by hand, and people on them who do anything."""

    chance: Random
    record: AsyncEngine
    redis: Redis
    at: Company
    nodes: list[Node]
    devices: list[tuple[int, int]]
    lines: dict[int, tuple[Floor, AgentLine]] = field(default_factory=dict)
    seqs: dict[int, int] = field(default_factory=dict)
    sightings: dict[int, Sighting] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def floors(self) -> list[Floor]:
        return [node.floors[self.at.id] for node in self.nodes]

    async def step(self) -> None:
        some = [self.hello] * 3 + [self.says] * 8 + [self.bye, self.expires, self.punches]
        rare = [self.snapshot, self.snapshot, self.records, self.follows, self.forgets]
        await self.chance.choice(some * 2 + rare)()
        if self.chance.random() < 0.5:
            await self.settled()

    async def settled(self) -> None:
        await until(lambda: not any(floor.tenant.waiting for floor in self.floors))

    async def hello(self) -> None:
        member, device = self.chance.choice(self.devices)
        now, floor = time.time(), self.chance.choice(self.floors)
        name = self.chance.choice(["run-1", uuid4().hex])
        said = Hello(VERSION, name, "e", self.seqs.get(device, 0) + 1, now, self.facts(now))
        line = AgentLine(LinkedDevice(self.at.id, member, device, "PC"), said, now, Cable())
        floor.tenant.add(floor.registration(line))
        self.lines[device] = floor, line

    def facts(self, now: float) -> Facts:
        work = self.chance.choice([Work.WORKING, Work.WORKING, Work.BREAK, Work.OFF])
        return Facts(now, self.chance.choice(list(Presence)), work)

    async def says(self) -> None:
        if not self.lines:
            return
        device = self.chance.choice(list(self.lines))
        floor, line = self.lines[device]
        self.seqs[device] = seq = self.seqs.get(device, 0) + 1
        take(self.report(device, seq, time.time()), line, floor)

    def report(self, device: int, seq: int, now: float) -> Report:
        if self.chance.random() < 0.7:
            return StateReport(seq, self.facts(now))
        open = self.sightings.pop(device, None)
        if open is not None:
            over = Sighting(open.id, open.kind, open.opened_at, now, ongoing=False)
            return IncidentReport(seq, now, Phase.ENDED, over)
        self.sightings[device] = new = Sighting(uuid4().hex, IncidentKind.PEEPING, now, now)
        return IncidentReport(seq, now, Phase.OPENED, new)

    async def bye(self) -> None:
        if self.lines:
            floor, line = self.lines.pop(self.chance.choice(list(self.lines)))
            leave(line, floor)
            floor.lost(line)

    async def expires(self) -> None:
        """Somebody's deadline is now, and both nodes notice."""
        await self.settled()
        held = await deadlines(self.redis, self.at.id)
        if held:
            device, deadline_ms = self.chance.choice(held)
            for floor in self.floors:
                end(floor, device, deadline_ms)

    async def punches(self) -> None:
        member, _ = self.chance.choice(self.devices)
        work = self.chance.choice(list(Work))
        await self.chance.choice(self.nodes).punched(self.at.id, member, work, None, time.time())

    async def snapshot(self) -> None:
        node = self.chance.choice(self.nodes)
        if node.floors[self.at.id].tenant.epoch:
            self.pictures.append(picture(node.floors[self.at.id].tenant))
        await self.keeps()

    async def keeps(self) -> None:
        for one in self.pictures:
            await keep_recorded(self.nodes[0], one)

    async def records(self) -> None:
        await self.chance.choice(self.nodes).recorder.flush()

    async def follows(self) -> None:
        await self.chance.choice(self.nodes).renew()

    async def forgets(self) -> None:
        """The broker's data is lost; what is not recorded yet the nodes still have."""
        if self.chance.random() < 0.5:
            return
        await self.settled()
        await self.redis.flushall()
        for node in self.nodes:
            await node.renew()
        await self.settled()

    async def written(self) -> None:
        for node in self.nodes:
            while node.recorder.backlog:
                await node.recorder.flush()
            await node.tell_broker()
        for node in self.nodes * 2:
            await node.record_leftovers()
            while node.recorder.backlog:
                await node.recorder.flush()


@asynccontextmanager
async def history(seed: int, record: AsyncEngine, redis: Redis) -> AsyncIterator[History]:
    async with record.begin() as conn:
        at = await company(conn)
        members = [await person(conn, at.id, f"m{number}") for number in range(PEOPLE)]
        devices = [
            (member, (await add_device(conn, at.id, member, f"PC {number}", NOW)).id)
            for member in members
            for number in range(DEVICES)
        ]
    servers = [Servers(redis, redis) for _ in range(2)]
    nodes = [Node(record, one, Timing(), lambda: None) for one in servers]
    for node in nodes:
        await node.watch_directory()
    yield History(Random(seed), record, redis, at, nodes, devices)
    for node in nodes:
        await node.stop()


@pytest.mark.parametrize("seed", range(3))
async def test_a_snapshot_equals_the_replay_of_the_live_rows_up_to_it(
    record: AsyncEngine, redis: Redis, seed: int
) -> None:
    """History, 14: exactly, at every place at which one was kept, in every epoch."""
    async with history(seed, record, redis) as told:
        for _ in range(STEPS):
            await told.step()
        await told.settled()
        for node in told.nodes * 2:
            await node.renew()
            await told.settled()
        await told.snapshot()
        await told.written()
        await told.keeps()

        async with record.connect() as conn:
            kept = (await conn.execute(select(Snapshot.epoch, Snapshot.offset))).all()
            for epoch, offset in kept:
                whole = await seats_in(conn, told.at.id, epoch, offset)
                assert whole == await replayed(conn, told.at.id, epoch, offset), (epoch, offset)
        for floor in told.floors:
            tenant = floor.tenant
            async with record.connect() as conn:
                rows = await replayed(conn, told.at.id, tenant.epoch, tenant.offset)
            held = tuple(view(tenant.seats[id]) for id in sorted(tenant.seats))
            assert rows == held
        assert len(kept) > 1

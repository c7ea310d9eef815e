"""What happens to Redis: killed, emptied, set back, replaced, paused. Losing it loses no record."""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from hub.presence.seat import view
from hub.protocol.facts import Label, Presence
from storage.seats.snapshots import replayed
from tests.clock import until
from tests.faults.estate import Estate, estate
from tests.faults.seen import showing
from tests.faults.servers import Database, Valkey
from tests.faults.servers import valkey as another_valkey
from tests.hubs import Office
from tests.links import link
from tests.peers import ScriptedAgent, ScriptedBoard, agent, board
from tests.rows import causes, comes_to, rows

SLOW = 0.1  # of the real pace: leases of 4 s


@dataclass
class Scene:
    """mori and kato on two nodes, a board on the third; somebody gone, somebody away."""

    three: Estate
    office: Office
    wall: ScriptedBoard
    mori: int
    kato: int
    pc: ScriptedAgent
    other: ScriptedAgent

    async def moved(self) -> None:
        """Both agents' next words arrive, are acknowledged, and everything agrees again."""
        wall = self.wall
        for one, member in ((self.pc, self.mori), (self.other, self.kato)):
            one.tell(Presence.AWAY)
            await until(partial(showing, [wall], member, Label.AWAY))
            await one.recorded()
        assert self.pc.stopped is None
        assert self.other.stopped is None
        await until(self.agrees)

    async def agrees(self) -> bool:
        """Broker, record and board tell the same of every seat."""
        epoch, offset, seats = await self.three.stands(self.office)
        async with self.three.record.connect() as conn:
            told = await replayed(conn, self.office.id, epoch, offset)
        held = tuple(view(seats[id]) for id in sorted(seats))
        shown = tuple(self.wall.seats[id] for id in sorted(seats))
        return held == told == shown


@asynccontextmanager
async def scene(three: Estate) -> AsyncIterator[Scene]:
    office = await three.office()
    mori, device = await office.worker("mori")
    kato, another = await office.worker("kato")
    async with (
        board(three.urls[2], await office.boss()) as wall,
        agent(three.urls[0], device.token) as pc,
        agent(three.urls[1], another.token) as other,
    ):
        for one in (pc, other):
            one.tell(Presence.PRESENT)
            await one.recorded()
        await until(lambda: {wall.label(mori), wall.label(kato)} == {Label.PRESENT})
        yield Scene(three, office, wall, mori, kato, pc, other)


@pytest.fixture
async def on(tmp_path: Path, valkey: Valkey, cluster: Database, url: str) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        nodes = estate(tmp_path, valkey, cluster, url, pace=SLOW)
        yield await stack.enter_async_context(scene(await stack.enter_async_context(nodes)))


def words(on: Scene, member: int) -> list[Label]:
    """What the board showed of somebody since they came."""
    shown = on.wall.shown[member]
    return shown[shown.index(Label.PRESENT) :]


async def test_flushall_begins_a_new_epoch_and_makes_nobody_absent(on: Scene) -> None:
    """Order and delivery, 7 and 8: `hub_gap` in the record, everybody again on every board."""
    before = on.wall.epoch
    await on.three.valkey.forget()
    await until(lambda: on.wall.epoch != before)
    await on.moved()

    for member in (on.mori, on.kato):
        assert set(words(on, member)) <= {Label.PRESENT, Label.UNKNOWN, Label.AWAY}
        assert Label.AWAY not in words(on, member)[:-1]
        gap = [("hub_gap", "unknown")]
        await comes_to(on.three.record, gap, member_id=member, cause="hub_gap")


async def test_kill_9_of_redis_and_an_empty_one_in_its_place_lose_no_record(on: Scene) -> None:
    before = on.wall.epoch
    on.three.valkey.kill()
    on.pc.tell(Presence.AWAY)
    on.pc.tell(Presence.PRESENT)
    await on.three.valkey.start()
    await until(lambda: on.wall.live and on.wall.epoch != before)
    await on.moved()

    written = await rows(on.three.record, device_epoch=on.pc.spool.device_epoch)
    assert sorted(row.seq or 0 for row in written) == [1, 2, 3, 4]
    assert Label.OFF not in words(on, on.mori)


async def test_redis_restarted_from_an_old_dump_is_another_life(on: Scene) -> None:
    """What the dump says of anybody is never shown; its leases end nobody."""
    valkey, before = on.three.valkey, on.wall.epoch
    on.other.tell(Presence.AWAY)
    await on.other.recorded()
    await valkey.save()
    old = valkey.dump.with_name("old.rdb")
    shutil.copy(valkey.dump, old)
    for presence in (Presence.PRESENT, Presence.AWAY, Presence.PRESENT):
        on.other.tell(presence)
    await on.other.recorded()
    valkey.kill()
    shutil.copy(old, valkey.dump)
    await valkey.start()
    await until(lambda: on.wall.live and on.wall.epoch != before)
    await until(lambda: on.wall.label(on.kato) is Label.PRESENT)
    await on.moved()

    written = await rows(on.three.record, device_epoch=on.other.spool.device_epoch)
    assert sorted(row.seq or 0 for row in written) == [1, 2, 3, 4, 5, 6]
    assert await causes(on.three.record, cause="expiry") == []


async def test_data_that_is_set_back_under_a_running_server_is_another_life_too(on: Scene) -> None:
    """Order and delivery, 7: an offset below one already seen; a failover and back does that."""
    before = on.wall.epoch
    async with on.three.valkey.client() as redis:
        dumped = {name: await redis.dump(name) for name in await redis.keys()}
        for presence in (Presence.AWAY, Presence.PRESENT):
            on.pc.tell(presence)
            await on.pc.recorded()
        for name, value in dumped.items():
            if value is not None:  # it has run out meanwhile
                await redis.restore(name, 0, value, replace=True)
    on.pc.tell(Presence.PRESENT)
    await until(lambda: on.wall.live and on.wall.epoch != before)
    await on.moved()


async def test_a_promoted_replica_begins_a_new_epoch(on: Scene) -> None:
    """REPLICAOF NO ONE, and every node's link is switched over while reports go on."""
    before = on.wall.epoch
    async with another_valkey() as replica, replica.client() as its, AsyncExitStack() as stack:
        master = await stack.enter_async_context(link(str(on.three.valkey.socket)))
        await its.replicaof("127.0.0.1", master.port)
        await until(lambda: caught_up(its))
        await its.replicaof("NO", "ONE")
        on.pc.tell(Presence.AWAY)
        for line in on.three.to_broker:
            line.target = str(replica.socket)
            line.cut()
        on.pc.tell(Presence.PRESENT)
        on.three.valkey, kept = replica, on.three.valkey
        await until(lambda: on.wall.live and on.wall.epoch != before)
        await on.moved()
        assert kept.process

    written = await rows(on.three.record, device_epoch=on.pc.spool.device_epoch)
    assert sorted(row.seq or 0 for row in written) == [1, 2, 3, 4]


async def test_redis_paused_for_20_seconds_ends_no_lease_and_no_epoch(on: Scene) -> None:
    """1:10; boards go dark rather than show what may not be true, and are right again after."""
    before, shown = on.wall.epoch, words(on, on.mori)
    on.three.valkey.pause()
    try:
        over = time.monotonic() + 20 * SLOW
        await until(lambda: time.monotonic() > over)
    finally:
        on.three.valkey.go_on()
    await on.moved()

    assert on.wall.epoch == before
    assert words(on, on.mori) == [*shown, Label.AWAY]
    assert await causes(on.three.record, cause="expiry") == []


async def test_redis_paused_for_longer_than_a_lease_ends_none_of_those_who_are_there(
    on: Scene,
) -> None:
    """Lease and fencing, 5: nobody sweeps before everybody was renewed."""
    on.three.valkey.pause()
    try:
        over = time.monotonic() + 60 * SLOW
        await until(lambda: time.monotonic() > over)
    finally:
        on.three.valkey.go_on()
    await on.moved()

    assert await causes(on.three.record, cause="expiry") == []
    assert set(words(on, on.mori)) == {Label.PRESENT, Label.AWAY}


async def test_a_new_epoch_while_the_record_is_away_shows_nobody_as_known(on: Scene) -> None:
    """What cannot be restored is not shown: boards go dark, and come back with the truth."""
    for line in on.three.to_record:
        line.stall()
    await on.three.valkey.forget()
    await until(lambda: not on.wall.live)
    for line in on.three.to_record:
        await line.resume()
    await on.moved()


async def caught_up(replica: Redis) -> bool:
    return str((await replica.info("replication")).get("master_link_status")) == "up"

"""What a node does about what it missed, what others left behind, and who does not answer."""

import time

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.sweeper import end
from hub.live.agents import take
from hub.live.broker import key
from hub.live.line import AgentLine
from hub.live.node import Node
from hub.live.servers import Servers
from hub.presence.changes import Timing
from hub.presence.seat import device_of
from hub.protocol.agents import Hello, StateReport
from hub.protocol.closing import COME_BACK, FENCED, NORMAL
from hub.protocol.facts import VERSION, Facts, Label, Presence
from storage.models.seats import Transition
from storage.seats.devices import LinkedDevice, add_device
from tests.clock import until
from tests.hub.live.walls import Cable, Stage, change, stage
from tests.record import NOW


async def line_of(
    on: Stage, member: int, session: str = "run-1", device: int = 0, next_seq: int = 1
) -> AgentLine:
    """A connected agent whose hello is committed."""
    if not device:
        async with on.engine.begin() as conn:
            device = (await add_device(conn, on.at.id, member, "PC", NOW)).id
        await on.directory()
    now = time.time()
    facts = Facts(now, Presence.PRESENT)
    linked = LinkedDevice(on.at.id, member, device, "PC")
    line = AgentLine(linked, Hello(VERSION, session, "e", next_seq, now, facts), now, Cable())
    on.floor.tenant.add(on.floor.registration(line))
    await on.settled()
    return line


def presence(on: Stage, line: AgentLine) -> Presence:
    device = device_of(on.floor.tenant.seat(line.member), line.device)
    assert device
    return device.presence


async def says(on: Stage, line: AgentLine, seq: int, presence: Presence) -> None:
    take(StateReport(seq, Facts(time.time(), presence)), line, on.floor)
    await on.settled()


# ---- lines


async def test_a_newer_session_closes_the_older_line_of_the_same_node(
    record: AsyncEngine, redis: Redis
) -> None:
    """Lease and fencing, 4: also one that only sends heartbeats."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        older = await line_of(on, member)
        newer = await line_of(on, member, "run-2", older.device)
        back = await line_of(on, member, "run-1", older.device)

        assert older.closing and older.closing.code == FENCED
        assert back.closing and back.closing.code == FENCED
        assert newer.closing is None
        assert on.floor.agents == {older.device: newer}
        on.floor.lost(older)
        assert on.floor.agents == {older.device: newer}


async def test_the_same_session_moves_to_its_new_line(record: AsyncEngine, redis: Redis) -> None:
    """Lease and fencing, 4."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        old = await line_of(on, member)
        wall = await on.wall().read()
        offset = on.floor.tenant.offset
        new = await line_of(on, member, "run-1", old.device)

        assert old.closing and old.closing.code == NORMAL
        assert (new.closing, new.generation) == (None, old.generation)
        assert on.floor.tenant.offset == offset
        await line_of(on, member, "run-1", old.device, next_seq=5)
        assert wall.cable.take() is None  # numbers are nothing that a board shows


async def test_what_an_old_line_still_brings_is_late(record: AsyncEngine, redis: Redis) -> None:
    """Order and delivery, 8: it was said again on the new one, or will be."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        old = await line_of(on, member)
        await line_of(on, member, "run-1", old.device, next_seq=2)
        await says(on, old, 1, Presence.AWAY)

        assert presence(on, old) is Presence.PRESENT


async def test_in_a_new_epoch_whoever_is_heard_is_there_before_their_reports_count(
    record: AsyncEngine, redis: Redis
) -> None:
    """Order and delivery, 7."""
    async with stage(record, redis) as on:
        one, other = await on.people(2)
        heard, silent = await line_of(on, one), await line_of(on, other)
        await says(on, heard, 1, Presence.AWAY)
        silent.heard_at -= 41
        await redis.flushall()
        take(StateReport(2, Facts(time.time(), Presence.PRESENT)), heard, on.floor)
        await on.settled()

        assert heard.closing is None
        assert presence(on, heard) is Presence.PRESENT
        assert silent.closing and silent.closing.code == COME_BACK
        assert on.floor.tenant.seat(other).devices == ()
        while on.node.recorder.backlog:
            await on.node.recorder.flush()
        assert heard.ack == 2


async def test_who_is_heard_is_online_again_though_the_lease_ended(
    record: AsyncEngine, redis: Redis
) -> None:
    """Lease and fencing, 3 and 5: another node swept while this one could not renew."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        line = await line_of(on, member)
        await redis.zadd(key(on.at.id, "leases"), {str(line.device): 1})
        end(on.floor, line.device, 1)
        await on.settled()
        assert on.floor.tenant.seat(member).label is Label.UNKNOWN
        line.heard_at = time.monotonic()
        await on.floor.renew()
        await on.settled()

        assert on.floor.tenant.seat(member).label is Label.PRESENT


async def test_a_report_takes_a_lease_again_that_was_lost(
    record: AsyncEngine, redis: Redis
) -> None:
    """Lease and fencing, 3: renewed by any message, or nobody would ever notice their end."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        line = await line_of(on, member)
        await redis.delete(key(on.at.id, "leases"))
        await says(on, line, 1, Presence.AWAY)

        assert await redis.zscore(key(on.at.id, "leases"), str(line.device))


# ---- what was missed


async def test_a_bell_that_was_not_heard_is_noticed_when_leases_are_renewed(
    record: AsyncEngine, redis: Redis
) -> None:
    """Order and delivery, 7: also where no further change would tell of the gap."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        other = Node(record, Servers(redis, redis), Timing(), lambda: None)
        await other.watch_directory()
        wall = await on.wall().read()
        floor = other.floors[on.at.id]
        floor.tenant.add(change(member, on.floor.tenant.seat(member).punched, "a task", 1.0))
        await until(lambda: not floor.tenant.waiting)
        await on.node.renew()
        await wall.read()

        assert wall.board.seats[member].task == "a task"
        await other.stop()


async def test_a_broker_that_forgot_is_noticed_when_leases_are_renewed(
    record: AsyncEngine, redis: Redis
) -> None:
    """Order and delivery, 7."""
    async with stage(record, redis) as on:
        before = on.floor.tenant.epoch
        await redis.flushall()
        await on.node.renew()
        await on.settled()

        assert on.floor.tenant.epoch != before


async def test_what_a_dead_node_left_in_the_broker_is_recorded_by_another(
    record: AsyncEngine, redis: Redis
) -> None:
    """Order and delivery, 8: what the hub does itself waits there until SQL has it."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        dead = Node(record, Servers(redis, redis), Timing(), lambda: None)
        await dead.watch_directory()
        floor = dead.floors[on.at.id]
        left = change(member, on.floor.tenant.seat(member).punched, "a task", 1.0)
        left.received_at = time.time() - 60
        floor.tenant.add(left)
        await until(lambda: not floor.tenant.waiting)
        for _ in range(2):
            await on.node.record_leftovers()
            await on.node.recorder.flush()
            await on.node.tell_broker()

        async with record.connect() as conn:
            (row,) = (await conn.execute(select(Transition))).all()
        assert (row.member_id, row.cause) == (member, "punch")
        assert await on.node.broker.unrecorded(on.at.id, "hub") == {}


async def test_what_is_recorded_is_told_to_the_broker_when_it_answers_again(
    record: AsyncEngine, redis: Redis
) -> None:
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        line = await line_of(on, member)
        await says(on, line, 1, Presence.AWAY)
        await on.node.recorder.flush()
        away = Redis(unix_socket_path="/nowhere", retry=Retry(NoBackoff(), 0))
        on.node.broker.servers = Servers(away, away)
        with pytest.raises(RedisError):
            await on.node.tell_broker()
        on.node.broker.servers = Servers(redis, redis)
        await on.node.tell_broker()

        assert await on.node.broker.unrecorded(on.at.id, str(line.device)) == {}
        assert await on.node.broker.unrecorded(on.at.id, "hub") == {}


@pytest.mark.requirement("R1")
async def test_a_directory_that_could_not_be_read_is_read_later(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 11: boards go on meanwhile, and then show who came."""
    async with stage(record, redis) as on:
        wall = await on.wall().read()
        version = on.floor.directory.version
        (member,) = await on.people(1)
        on.floor.directory = type(on.floor.directory)(on.at.id, version, {}, {}, {}, {})
        await on.directory()
        await wall.read()

        assert member in wall.board.members
        assert wall.snapshots == 2

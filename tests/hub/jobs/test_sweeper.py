"""Ends leases that nobody renews, by the broker's clock, and only while this node can tell."""

import time

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.sweeper import sweep
from hub.live.broker import key
from hub.protocol.facts import Label
from storage.seats.devices import add_device
from tests.hub.live.desks import hello
from tests.hub.live.walls import Stage, stage
from tests.record import NOW


async def overdue(on: Stage, redis: Redis, member: int) -> int:
    """Somebody whose lease ended a moment ago; the device."""
    async with on.engine.begin() as conn:
        device = await add_device(conn, on.at.id, member, "PC", NOW)
    change = hello(device.id, member)
    change.told = on.floor.record
    on.floor.tenant.add(change)
    await on.settled()
    await redis.zadd(key(on.at.id, "leases"), {str(device.id): int(time.time() * 1000) - 1})
    return device.id


async def may_sweep(on: Stage) -> None:
    """Let this node have been in touch with the broker for long enough."""
    await on.floor.renew()
    on.floor._quiet_until = 0.0


def label(on: Stage, member: int) -> Label:
    return on.floor.tenant.seat(member).label


async def test_a_lease_that_ended_is_ended_once(record: AsyncEngine, redis: Redis) -> None:
    """Lease and fencing, 5."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        device = await overdue(on, redis, member)
        await may_sweep(on)
        for _ in range(3):
            await sweep(on.node)
        await on.settled()

        assert label(on, member) is Label.UNKNOWN
        assert on.node.recorder.backlog == 2
        left_s = (await redis.zscore(key(on.at.id, "leases"), str(device)) or 0) / 1000
        assert 45 < left_s - time.time() < 50.1


async def test_nobody_sweeps_for_a_lease_after_an_epoch_begins(
    record: AsyncEngine, redis: Redis
) -> None:
    """Lease and fencing, 5."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        await overdue(on, redis, member)
        await on.floor.renew()
        await sweep(on.node)
        await on.settled()

        assert label(on, member) is Label.PRESENT
        now = time.monotonic()
        assert not on.floor.may_sweep(now + 39)


async def test_a_node_that_could_not_renew_does_not_sweep(
    record: AsyncEngine, redis: Redis
) -> None:
    """Lease and fencing, 5: it renews before it sweeps, and then waits for one lease."""
    async with stage(record, redis) as on:
        floor = on.floor
        await may_sweep(on)
        now = time.monotonic()
        assert floor.may_sweep(now)
        assert not floor.may_sweep(now + 21)

        floor._answered(now + 45)
        assert not floor.may_sweep(now + 46)
        for later in range(45, 90, 2):
            floor._answered(now + later)
        assert floor.may_sweep(now + 90)


async def test_a_lease_of_nobody_does_not_stand_in_the_way(
    record: AsyncEngine, redis: Redis
) -> None:
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        await redis.zadd(key(on.at.id, "leases"), {str(10_000 + n): 1.0 * n for n in range(600)})
        await overdue(on, redis, member)
        await may_sweep(on)
        await sweep(on.node)
        await on.settled()
        await sweep(on.node)
        await on.settled()

        assert label(on, member) is Label.UNKNOWN
        assert await redis.zcard(key(on.at.id, "leases")) == 1

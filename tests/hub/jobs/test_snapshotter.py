"""Whole tenants at an (epoch, offset): exactly what the replay of the live rows gives."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs import snapshotter
from hub.jobs.snapshotter import is_due, keep_due, keep_recorded, picture
from hub.live.broker import Broker, Opened, Tick
from hub.live.node import Node
from hub.live.servers import Servers
from hub.live.tenant import Change, Tenant
from hub.presence.seat import Seat
from hub.protocol.facts import Presence
from storage.seats.devices import add_device
from storage.seats.snapshots import Picture, newest, replayed, seats_in
from tests.hub.live.desks import hello
from tests.hub.live.walls import Stage, stage
from tests.record import NOW


async def arrives(on: Stage, member: int) -> int:
    """Somebody's device says hello."""
    async with on.engine.begin() as conn:
        device = await add_device(conn, on.at.id, member, "PC", NOW)
    change = hello(device.id, member, session=f"run-{device.id}")
    change.told = on.floor.record
    on.floor.tenant.add(change)
    await on.settled()
    return device.id


async def recorded(on: Stage) -> None:
    while on.node.recorder.backlog:
        await on.node.recorder.flush()


async def test_a_snapshot_equals_the_replay_of_the_live_rows(
    record: AsyncEngine, redis: Redis
) -> None:
    """History, 14: exactly, in every epoch."""
    async with stage(record, redis) as on:
        one, two, three = await on.people(3)
        tenant = on.floor.tenant
        for member in (one, two):
            await arrives(on, member)
        taken, first = picture(tenant), (tenant.epoch, tenant.offset)
        assert not await keep_recorded(on.node, taken)
        await recorded(on)
        assert await keep_recorded(on.node, taken)
        await arrives(on, three)
        await arrives(on, one)
        await recorded(on)
        await redis.flushall()
        tenant.follow_again()
        await on.settled()
        await arrives(on, two)
        second = (tenant.epoch, tenant.offset)
        await recorded(on)
        assert await keep_recorded(on.node, picture(tenant))

        assert first[0] != second[0]
        async with record.connect() as conn:
            for epoch, offset in (first, second):
                kept = await seats_in(conn, tenant.id, epoch, offset)
                assert kept == await replayed(conn, tenant.id, epoch, offset)
                assert kept
            labels = {seat.member: seat.presence for seat in kept}
        assert labels == {one: Presence.UNKNOWN, two: Presence.PRESENT, three: Presence.UNKNOWN}


async def test_what_the_record_will_never_have_is_in_no_snapshot(
    record: AsyncEngine, redis: Redis
) -> None:
    """History, 14: a node dies after the live commit, and the broker with it."""
    async with stage(record, redis) as on:
        one, two = await on.people(2)
        tenant = on.floor.tenant
        await arrives(on, one)
        await recorded(on)
        device = await arrives(on, two)
        lost = picture(tenant)

        assert device and len(lost.seats) == 2
        assert not await keep_recorded(on.node, lost)


async def test_all_nodes_together_keep_one_when_one_is_due(
    record: AsyncEngine, redis: Redis
) -> None:
    """History, 14: at most one a minute."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        await keep_due(on.node, within_s=0)
        async with record.connect() as conn:
            assert await newest(conn, on.at.id, on.floor.tenant.epoch) is None
        await arrives(on, member)
        await recorded(on)
        await keep_due(on.node, within_s=0)
        at = on.floor.tenant.offset
        await arrives(on, member)
        await recorded(on)
        await keep_due(on.node, within_s=0)

        async with record.connect() as conn:
            last = await newest(conn, on.at.id, on.floor.tenant.epoch)
        assert last and last[0] == at


async def test_a_picture_waits_for_a_record_that_is_slow(
    record: AsyncEngine, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """History, 14: else the rows to replay next time would only become more."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        await arrives(on, member)
        tries = []

        async def recorded_afterwards(node: Node, one: Picture) -> bool:
            tries.append(await keep_recorded(node, one))
            await recorded(on)
            return tries[-1]

        monkeypatch.setattr(snapshotter, "keep_recorded", recorded_afterwards)
        await keep_due(on.node, within_s=0)

        assert tries == [False, True]


async def no_tick(_: Tenant, __: int, ___: Tick) -> None:
    return


async def no_changes(_: Tenant, __: Opened) -> list[Change]:
    return []


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 7200))
def test_a_snapshot_is_due_when_reading_it_is_quicker_than_replaying(
    seats: int, changed: int, age_s: int
) -> None:
    """History, 14: over a quarter of the seats, and at least hourly if anything changed."""
    tenant = Tenant(1, Broker(Servers(Redis(), Redis())), no_tick, no_changes)
    tenant.epoch, tenant.offset = "e", 100 + changed
    tenant.seats = {member: Seat(member) for member in range(seats)}
    now = datetime(2026, 11, 20, tzinfo=UTC)
    due = is_due(tenant, (100, now - timedelta(seconds=age_s)), now)

    assert due == ((changed > seats / 4 and age_s >= 60) or (changed > 0 and age_s > 3600))
    assert is_due(tenant, None, now)

"""Any number of nodes on one broker: every change exactly once, in one order, on all of them."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from redis.asyncio import Redis

from hub.live.broker import EpochOver, Told, key
from hub.live.embedded import valkey
from hub.live.tenant import Change
from hub.presence.changes import punch
from hub.protocol.facts import Label, Presence, Work
from tests.clock import until
from tests.hub.live.desks import LEASE_S, MEMBER, TENANT, Desk, hello, once
from tests.links import link


async def opened(*redis: Redis) -> list[Desk]:
    desks = [Desk(one) for one in redis]
    for desk in desks:
        await desk.tenant.open()
    return desks


async def deadline_of(redis: Redis, device: int) -> int:
    score = await redis.zscore(key(TENANT, "leases"), str(device))
    return int(score or 0)


async def test_two_nodes_race_on_one_seat_and_lose_nothing(redis: Redis) -> None:
    """Order and delivery, 7: compare-and-set, one order of offsets, equal replicas."""
    one, other = await opened(redis, redis)
    one.hello(11)
    other.hello(12)
    for seq in range(1, 41):
        one.report(11, seq, Presence.AWAY)
        other.report(12, seq, Presence.AWAY)
        await asyncio.sleep(0)
    await one.settled()
    await other.settled()
    for desk in (one, other):
        await desk.tenant.catch_up()

    assert one.seats == other.seats
    assert {device.id: device.seq for device in one.seat().devices} == {11: 40, 12: 40}
    assert one.seat().label is Label.AWAY
    assert one.offsets == other.offsets == list(range(1, len(one.offsets) + 1))
    for desk in (one, other):
        assert [cause for cause, _ in desk.moments] == ["hello", *["report"] * 40]
    at = [offset for desk in (one, other) for offset in {offset for _, offset in desk.moments}]
    assert sorted(at) == one.offsets


async def test_a_decision_over_a_seat_that_has_moved_meanwhile_is_taken_again(
    redis: Redis,
) -> None:
    """Order and delivery, 7: also where it was to change nothing."""
    one, other = await opened(redis, redis)
    start = Change(MEMBER, lambda seat: punch(seat, Work.WORKING, None, 1.0))
    one.tenant.add(start)
    await one.settled()
    other.tenant.add(Change(MEMBER, lambda seat: punch(seat, Work.OFF, None, 2.0)))
    await other.settled()

    assert other.seat().punched is Work.OFF
    await one.tenant.catch_up()
    assert one.seat() == other.seat()


async def test_an_expiry_that_two_nodes_see_happens_once(redis: Redis) -> None:
    """Lease and fencing, 5."""
    one, other = await opened(redis, redis)
    one.hello(11)
    await one.settled()
    await other.tenant.catch_up()
    deadline = await deadline_of(redis, 11)
    one.expire(11, deadline)
    other.expire(11, deadline)
    await one.settled()
    await other.settled()
    await one.tenant.catch_up()

    assert sorted(cause for desk in (one, other) for cause, _ in desk.moments) == [
        "expiry",
        "hello",
    ]
    assert one.seat() == other.seat()
    assert one.seat().label is Label.UNKNOWN
    assert await deadline_of(redis, 11) > deadline


async def test_a_lease_that_was_renewed_meanwhile_does_not_end(redis: Redis) -> None:
    """Lease and fencing, 5."""
    (desk,) = await opened(redis)
    desk.hello(11)
    await desk.settled()
    deadline = await deadline_of(redis, 11)
    await until(lambda: renewed(desk, redis, deadline))
    desk.expire(11, deadline)
    await desk.settled()

    assert desk.seat().label is Label.PRESENT
    assert await deadline_of(redis, 11) > deadline


async def renewed(desk: Desk, redis: Redis, deadline: int) -> bool:
    await desk.tenant.broker.renew(TENANT, [11], LEASE_S)
    return await deadline_of(redis, 11) > deadline


async def test_only_a_lease_that_is_held_is_renewed(redis: Redis) -> None:
    """Lease and fencing, 3: an offline device is not brought back by a heartbeat alone."""
    (desk,) = await opened(redis)
    stand = await desk.tenant.broker.renew(TENANT, [11], LEASE_S)

    assert await redis.zcard(key(TENANT, "leases")) == 0
    assert (stand.epoch, stand.offset) == (desk.tenant.epoch, 0)


async def test_what_the_bell_did_not_bring_is_read_from_the_history(redis: Redis) -> None:
    """Order and delivery, 7: pub/sub is the doorbell, the stream is the letter."""
    one, deaf = await opened(redis, redis)
    for seq in range(1, 6):
        one.hello(11) if seq == 1 else one.report(11, seq)
        await one.settled()
    last, tick = one.ticks[-1]
    await deaf.tenant.advance(Told(one.tenant.epoch, last, tick))

    assert deaf.offsets == one.offsets == [1, 2, 3, 4, 5]
    assert deaf.seats == one.seats
    await deaf.tenant.advance(Told(one.tenant.epoch, 2, one.ticks[1][1]))
    assert deaf.offsets == [1, 2, 3, 4, 5]


async def test_where_the_history_is_cut_a_node_begins_anew(redis: Redis) -> None:
    """Order and delivery, 7."""
    one, deaf = await opened(redis, redis)
    for seq in range(1, 6):
        one.hello(11) if seq == 1 else one.report(11, seq)
        await one.settled()
    await redis.xtrim(key(TENANT, "history"), maxlen=1, approximate=False)
    last, tick = one.ticks[-1]
    try:
        await deaf.tenant.advance(Told(one.tenant.epoch, last, tick))
    except EpochOver:
        deaf.tenant.follow_again()
    await until(lambda: len(deaf.opened) == 2)

    assert deaf.seats == one.seats
    assert (deaf.tenant.epoch, deaf.tenant.offset) == (one.tenant.epoch, 5)
    assert len(one.opened) == 1


async def test_a_broker_that_forgot_everything_begins_a_new_epoch(redis: Redis) -> None:
    """Order and delivery, 7: and what comes back comes before what was waiting."""
    one, other = await opened(redis, redis)
    one.hello(11)
    await one.settled()
    before = one.tenant.epoch
    await redis.flushall()
    one.first = [hello(11), Change(0, lambda seat: (seat, []), restored=True)]
    one.report(11, 1, Presence.AWAY)
    await one.settled()
    other.tenant.follow_again()
    await until(lambda: len(other.opened) == 2)

    assert one.tenant.epoch != before
    assert one.seat().label is Label.AWAY
    assert one.seat().devices[0].generation == 1
    assert [found.restored for found in one.opened] == [False, False]
    assert other.opened[1].restored
    assert other.seats == one.seats


async def test_a_broker_restarted_from_an_old_dump_begins_a_new_epoch() -> None:
    """Order and delivery, 7: another server, though its data knows the epoch."""
    with tempfile.TemporaryDirectory(prefix="zaiseki-") as state:
        async with valkey(Path(state)) as socket, Redis(unix_socket_path=socket) as first:
            (desk,) = await opened(Redis(unix_socket_path=socket, retry=once()))
            desk.hello(11)
            await desk.settled()
            await first.save()
            desk.report(11, 1)
            await desk.settled()
            before = desk.tenant.epoch
        async with valkey(Path(state)) as socket, Redis(unix_socket_path=socket) as second:
            assert await second.hget(key(TENANT, "meta"), "epoch") == before.encode()
            desk.first = [hello(11)]
            desk.report(11, 2)
            await desk.settled()

            assert desk.tenant.epoch != before
            assert desk.seat().label is Label.AWAY
        await desk.tenant.broker.at(TENANT).aclose()


async def test_an_answer_that_was_lost_is_found_and_not_decided_again(
    redis: Redis, broker_url: str
) -> None:
    """Order and delivery, 8: recorded once, and as the transition that the boards saw."""
    async with AsyncExitStack() as stack:
        cable = await stack.enter_async_context(link(broker_url.removeprefix("unix://")))
        client = Redis(port=cable.port, socket_timeout=5.0, retry=once())
        (desk,) = await opened(await stack.enter_async_context(client))
        desk.hello(11)
        await desk.settled()
        cable.delay(300)
        desk.report(11, 1, Presence.AWAY)
        await until(lambda: has_offset(redis, 2))
        cable.cut()
        await cable.resume()
        await desk.settled()

        assert desk.moments == [("hello", 1), ("report", 2)]
        assert await has_offset(redis, 2)
        await desk.tenant.catch_up()
        assert desk.offsets == [1, 2]
        assert desk.seat().label is Label.AWAY


async def has_offset(redis: Redis, offset: int) -> bool:
    return await redis.hget(key(TENANT, "meta"), "offset") == str(offset).encode()


async def test_a_change_that_nobody_waits_for_any_more_is_not_made(redis: Redis) -> None:
    (desk,) = await opened(redis)
    desk.hello(11).withdrawn = True
    await desk.settled()

    assert desk.ticks == []


async def test_a_node_cannot_take_changes_before_it_has_opened(redis: Redis) -> None:
    """Order and delivery, 7: an opening that fails half-way is made again, as a whole."""
    (desk,) = await opened(redis)
    tries = []

    async def on_open(*_: object) -> list[Change]:
        tries.append(desk.tenant.epoch)
        if len(tries) == 1:
            raise OSError("the record does not answer")
        return [hello(11)]

    desk.tenant.on_open = on_open
    await redis.flushall()
    desk.report(11, 1)
    await desk.settled()

    assert len(tries) == 2
    assert desk.moments == [("report", 1)]
    assert desk.done[0].refused is None

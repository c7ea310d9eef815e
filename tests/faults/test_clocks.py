"""Clocks that are wrong or jump: nothing is ordered by them, nobody is alive or dead by them."""

from collections.abc import Mapping
from pathlib import Path

from hub.protocol.facts import Label, Presence
from tests.clock import until
from tests.faults.estate import Estate, estate
from tests.faults.servers import Database, Valkey
from tests.peers import ScriptedAgent, agent, board
from tests.rows import comes_to, rows

HOUR_S = 3600
PACE = 0.1  # leases of 4 s: an agent here may stall for two, and its hubs not notice
LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


def faked(clock: Path) -> Mapping[str, str]:
    """The environment of a process whose time of day is as the file says; what runs on runs on."""
    assert LIBRARY, "please install faketime; ./test does"
    return {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def jumped(nodes: Estate, pc: ScriptedAgent) -> bool:
    """Something that was reported after another thing was received an hour before it."""
    pc.tell(Presence.PRESENT)
    await pc.recorded()
    written = await rows(nodes.record, device_epoch=pc.spool.device_epoch)
    return (written[0].received_at - written[-1].received_at).total_seconds() > HOUR_S - 60


async def test_an_agent_whose_clock_jumps_one_hour_back_is_in_order_and_marked(
    three: Estate,
) -> None:
    """Order and delivery, 6: the skew is measured at each hello."""
    office = await three.office()
    mori, device = await office.worker("mori")
    async with board(three.url, await office.boss()) as wall:
        async with agent(three.url, device.token) as pc:
            pc.tell(Presence.AWAY)
            await pc.recorded()
            pc.skew_s = -HOUR_S
            pc.tell(Presence.PRESENT)
            await pc.recorded()
            await until(lambda: wall.label(mori) is Label.PRESENT)
            tail = pc.spool
        async with agent(three.url, device.token, tail, skew_s=-HOUR_S) as again:
            again.tell(Presence.AWAY)
            await again.recorded()
            await until(lambda: wall.label(mori) is Label.AWAY)
    written = await rows(three.record, device_epoch=tail.device_epoch)
    assert [row.seq for row in written] == [1, 2, 3]
    assert [row.offset for row in written] == sorted(row.offset or 0 for row in written)
    assert all(row.event_time <= row.received_at for row in written)


async def test_a_hub_whose_clock_jumps_one_hour_back_ends_no_lease_and_keeps_the_order(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> None:
    """Lease and fencing, 5: leases are the broker's, and waiting is done by clocks nobody sets."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    nodes = estate(
        tmp_path, valkey, cluster, url, nodes=2, pace=PACE, processes=True, environs=[faked(clock)]
    )
    async with nodes as two:
        office = await two.office()
        mori, device = await office.worker("mori")
        kato, another = await office.worker("kato")
        wrong, right = two.nodes
        async with (
            board(right.url, await office.boss()) as wall,
            agent(wrong.url, device.token) as pc,
        ):
            async with agent(wrong.url, another.token) as silent:
                pc.tell(Presence.AWAY)
                await pc.recorded()
                clock.write_text(f"-{HOUR_S}")
                await until(lambda: jumped(two, pc))
                await until(lambda: wall.label(kato) is Label.PRESENT)
                await silent.vanish()
            await until(lambda: wall.label(kato) is Label.OFFLINE)
            pc.tell(Presence.AWAY)
            await pc.recorded()
            await until(lambda: wall.label(mori) is Label.AWAY)
            assert pc.live
            assert Label.UNKNOWN not in wall.shown[mori]

        written = await rows(two.record, device_epoch=pc.spool.device_epoch)
        assert [row.seq for row in written] == list(range(1, pc.spool.next))
        ends = [("expiry", "unknown"), ("expiry", "offline")]
        await comes_to(two.record, ends, member_id=kato, cause="expiry")

"""Three equal nodes behind a plain TCP balancer: nobody may notice which one serves."""

from functools import partial
from pathlib import Path

import pytest

from hub.protocol.closing import FENCED
from hub.protocol.facts import IncidentKind, Label, Phase, Presence
from tests.clock import until
from tests.faults.estate import Estate, estate
from tests.faults.seen import came, showing
from tests.faults.servers import Database, Valkey
from tests.links import link
from tests.peers import agent, board
from tests.rows import causes, comes_to, rows

SLOW = 0.25  # of the real pace: leases of 10 s, so that none ends while a test looks elsewhere


@pytest.mark.requirement("R5", "R82")
async def test_a_change_on_one_node_is_on_the_boards_of_all(three: Estate) -> None:
    """Order and delivery, 7; Watching, 13."""
    office = await three.office()
    mori, device = await office.worker("mori")
    boss = await office.boss()
    async with (
        board(three.urls[0], boss) as first,
        board(three.urls[1], boss) as second,
        board(three.urls[2], boss) as third,
        agent(three.urls[0], device.token) as pc,
    ):
        walls = (first, second, third)
        for presence, label in ((Presence.AWAY, Label.AWAY), (Presence.PRESENT, Label.PRESENT)):
            pc.tell(presence)
            await until(partial(showing, walls, mori, label))
        incident = pc.opens(IncidentKind.PEEPING)
        told = [Phase.OPENED, Phase.RECORDED]
        await until(lambda: all(wall.phases(incident) == told for wall in walls))

        assert len({(wall.epoch, wall.offset) for wall in walls}) == 1
        assert first.seats == second.seats == third.seats


@pytest.mark.requirement("R82")
async def test_reconnects_land_on_other_nodes_and_no_board_flickers(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> None:
    """Lease and fencing, 4: agents and boards are cut together, over and over."""
    async with estate(tmp_path, valkey, cluster, url, pace=SLOW) as three:
        office = await three.office()
        people = [await office.worker(f"m{number}") for number in range(4)]
        boss = await office.boss()
        async with (
            board(three.url, boss) as wall,
            agent(three.url, people[0][1].token) as one,
            agent(three.url, people[1][1].token) as two,
            agent(three.url, people[2][1].token) as three_,
        ):
            pcs = (one, two, three_)
            await until(lambda: all(wall.label(id) is Label.PRESENT for id, _ in people[:3]))
            offset = wall.offset
            for _ in range(4):
                before = three.front.connections
                three.front.cut()
                await until(partial(came, three.front, before + 4))
                await until(lambda: wall.live and all(pc.live for pc in pcs))
            one.tell(Presence.AWAY)
            await until(lambda: wall.label(people[0][0]) is Label.AWAY)

            [tick] = await three.told(office, offset)
            assert [seat.member for seat in tick.seats] == [people[0][0]]
            assert wall.wholes > 1
            shown = {label for id, _ in people[1:3] for label in wall.shown[id]}
            assert shown - {Label.OFF} == {Label.PRESENT}


async def test_a_board_that_is_ahead_of_its_new_node_is_not_shown_the_past(three: Estate) -> None:
    """Watching, 10: a node that is late itself takes nothing away from anybody."""
    office = await three.office()
    mori, device = await office.worker("mori")
    ahead, late = (url.removeprefix("http://") for url in three.urls[:2])
    async with (
        link(ahead) as cable,
        board(f"http://{cable.address}", await office.boss()) as wall,
        board(three.urls[1], await office.boss("other")) as other,
        agent(three.urls[0], device.token) as pc,
    ):
        await until(partial(showing, [wall, other], mori, Label.PRESENT))
        three.to_broker[1].stall()
        pc.tell(Presence.AWAY)
        await until(lambda: wall.label(mori) is Label.AWAY)
        cable.target, wholes = late, wall.wholes
        cable.cut()
        await until(lambda: wall.wholes > wholes)
        assert other.label(mori) is Label.PRESENT
        pc.tell(Presence.PRESENT)
        await three.to_broker[1].resume()
        await until(partial(showing, [wall, other], mori, Label.PRESENT))

        assert wall.shown[mori][-3:] == [Label.PRESENT, Label.AWAY, Label.PRESENT]


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_sessions_of_one_device_on_two_nodes_the_newer_wins_once(
    three: Estate, first: int
) -> None:
    """Lease and fencing, 4: the older gets 4409, and whatever it still says changes nothing."""
    office = await three.office()
    mori, device = await office.worker("mori")
    async with (
        board(three.urls[2], await office.boss()) as wall,
        agent(three.urls[first], device.token, wait=False) as one,
        agent(three.urls[1 - first], device.token, wait=False) as other,
    ):
        await until(lambda: (one.stopped is None) != (other.stopped is None) and stands(one, other))
        loser, winner = (one, other) if one.stopped else (other, one)
        assert loser.stopped and loser.stopped.code == FENCED
        winner.tell(Presence.AWAY)
        await winner.recorded()
        await until(lambda: wall.label(mori) is Label.AWAY)
        assert winner.stopped is None
    assert (await causes(three.record, member_id=mori, cause="report")) == [("report", "away")]


def stands(one: object, other: object) -> bool:
    return any(getattr(peer, "live", False) for peer in (one, other))


async def test_a_lease_that_three_nodes_sweep_ends_once(three: Estate) -> None:
    """Lease and fencing, 5."""
    office = await three.office()
    people = [await office.worker(f"m{number}") for number in range(5)]
    async with board(three.url, await office.boss()) as wall:
        for _, device in people:
            async with agent(three.url, device.token) as pc:
                await pc.vanish()
        await until(lambda: all(wall.label(id) is Label.OFFLINE for id, _ in people))
    for id, _ in people:
        ends = [("expiry", "unknown"), ("expiry", "offline")]
        await comes_to(three.record, [("hello", "present"), *ends], member_id=id)


@pytest.mark.requirement("R82")
async def test_a_node_that_is_killed_loses_no_agent_its_lease(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> None:
    """Its agents move to the others within their lease; boards never flicker."""
    async with estate(tmp_path, valkey, cluster, url, pace=SLOW, processes=True) as three:
        office = await three.office()
        people = [await office.worker(f"m{number}") for number in range(3)]
        async with (
            board(three.nodes[1].url, await office.boss()) as wall,
            agent(three.url, people[0][1].token) as one,
            agent(three.url, people[1][1].token) as two,
            agent(three.url, people[2][1].token) as other,
        ):
            pcs = (one, two, other)
            await until(lambda: all(wall.label(id) is Label.PRESENT for id, _ in people))
            before, offset = three.front.connections, wall.offset
            await three.nodes[0].kill()
            await until(lambda: three.front.connections > before and all(pc.live for pc in pcs))
            for pc in pcs:
                pc.tell(Presence.AWAY)
            await until(lambda: all(wall.label(id) is Label.AWAY for id, _ in people))

            told = [seat.member for tick in await three.told(office, offset) for seat in tick.seats]
            assert sorted(told) == [id for id, _ in people]
            shown = [[label for label in wall.shown[id]][-2:] for id, _ in people]
            assert shown == [[Label.PRESENT, Label.AWAY]] * 3
            for pc in pcs:
                await pc.recorded()


@pytest.mark.requirement("R82")
async def test_a_node_killed_between_board_and_record_is_recorded_by_another_as_boards_saw_it(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> None:
    """Order and delivery, 8: reports by the node that the agent moves to, the rest by anybody."""
    async with estate(tmp_path, valkey, cluster, url, pace=SLOW, processes=True) as three:
        office = await three.office()
        mori, device = await office.worker("mori")
        kato, gone = await office.worker("kato")
        three.front.targets = [three.nodes[0].target, *three.front.targets[1:]]
        async with board(three.nodes[1].url, await office.boss()) as wall:
            async with agent(three.nodes[0].url, device.token) as pc:
                pc.tell(Presence.AWAY)
                await pc.recorded()
                three.to_record[0].stall()  # between the live commit and SQL: as wide as we like
                pc.tell(Presence.PRESENT)
                incident = pc.opens(IncidentKind.PEEPING)
                await until(lambda: wall.phases(incident) == [Phase.OPENED])
                seen = {2: (wall.epoch, wall.offset - 1), 3: (wall.epoch, wall.offset)}
                pc.client.url = f"ws://{three.nodes[1].target}/ws/agent"
                await three.nodes[0].kill()
                await three.to_record[0].resume()
                await pc.recorded()
            mine = await rows(three.record, device_epoch=pc.spool.device_epoch)
            assert [row.seq for row in mine] == [1, 2, 3]
            assert {row.epoch for row in mine} == {wall.epoch}
            assert (mine[2].epoch, mine[2].offset) == seen[3]
            assert wall.shown[mori][-3:] == [Label.PRESENT, Label.AWAY, Label.PRESENT] or (
                wall.shown[mori][-1] is Label.OFFLINE
            )
        assert kato and gone

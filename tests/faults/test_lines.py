"""What happens to lines and to those who talk over them; hours and minutes go 1:20."""

import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from msgspec import Struct
from sqlalchemy import delete

from agent.spool import KEPT_REPORTS
from hub.access import Role, Scope
from hub.client import Client
from hub.protocol import session
from hub.protocol.agents import StateReport
from hub.protocol.closing import BAD_MESSAGE, UNAUTHORIZED
from hub.protocol.facts import Facts, IncidentKind, Label, Presence
from hub.protocol.session import AgentSession
from storage.models.people import GroupSupervisor
from storage.people.tenants import directory_changes
from storage.seats.devices import revoke_device
from tests.clock import until
from tests.faults.agents import spooled
from tests.faults.estate import Estate, estate
from tests.faults.seen import came
from tests.faults.servers import Database, Valkey
from tests.hubs import PACE
from tests.links import link
from tests.memory import Spool
from tests.peers import ScriptedAgent, agent, board
from tests.record import NOW
from tests.rows import causes, comes_to, rows

IMAGES = 501  # one more than an agent keeps of pictures
FLAPS = 6
CALM = 0.25  # where a lease must not end on a machine that stalls for a second
BRISK = 0.1  # where six times as long would take too long
HURRY = 0.02  # of the real pace, where a test would take too long at 1:20


def minutes(real: float, pace: float = PACE) -> float:
    """So many minutes at the pace of a test, in seconds."""
    return real * 60 * pace


async def for_seconds(seconds: float) -> None:
    """Let that much time pass; what must not happen within it has its chance."""
    over = time.monotonic() + seconds
    await until(lambda: time.monotonic() >= over, timeout_s=seconds + 1)


async def test_kill_9_of_an_agent_and_a_start_on_its_spool_lose_and_double_nothing(
    three: Estate, tmp_path: Path
) -> None:
    """Silence is shown as silence; then the new run of the same PC goes on in its numbers."""
    office = await three.office()
    mori, device = await office.worker("mori")
    async with (
        board(three.url, await office.boss()) as wall,
        spooled(three.url, device.token, tmp_path / "pc") as pc,
    ):
        pc.tell(Presence.PRESENT)
        await until(lambda: pc.quiet)
        three.front.stall()
        pc.tell(Presence.AWAY)
        pc.opens(IncidentKind.PEEPING)
        await pc.kill()
        await three.front.resume()
        await until(lambda: wall.label(mori) is Label.UNKNOWN)
        pc.start_again()
        await until(lambda: pc.quiet)
        pc.ends()
        await until(lambda: pc.quiet)
        await until(lambda: wall.label(mori) is Label.AWAY)

        assert pc.spool.acknowledged == pc.spool.given == 4
        assert Label.OFFLINE not in wall.shown[mori]
        written = await rows(three.record, device_epoch=pc.spool.device_epoch)
        assert sorted(row.seq or 0 for row in written) == [1, 2, 4]  # 3 was late: a step, no row


async def test_a_cable_that_is_out_for_20_seconds_is_no_event(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> None:
    async with estate(tmp_path, valkey, cluster, url, pace=CALM) as three:
        office = await three.office()
        mori, device = await office.worker("mori")
        async with (
            link(three.front.address) as cable,
            board(three.url, await office.boss()) as wall,
            agent(f"http://{cable.address}", device.token) as pc,
        ):
            await until(lambda: wall.label(mori) is Label.PRESENT)
            offset = wall.offset
            cable.stall()
            await for_seconds(minutes(20 / 60, CALM))
            await cable.resume()
            pc.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)

            [tick] = await three.told(office, offset)
            assert [seat.member for seat in tick.seats] == [mori]
            assert await causes(three.record, member_id=mori, cause="expiry") == []


async def test_a_cable_that_is_out_for_45_seconds_is_stale_only(three: Estate) -> None:
    office = await three.office()
    mori, device = await office.worker("mori")
    async with (
        link(three.front.address) as cable,
        board(three.url, await office.boss()) as wall,
        agent(f"http://{cable.address}", device.token) as pc,
    ):
        await until(lambda: wall.label(mori) is Label.PRESENT)
        cable.stall()
        await for_seconds(minutes(45 / 60))
        await until(lambda: wall.label(mori) is Label.UNKNOWN)
        await cable.resume()
        await until(lambda: wall.label(mori) is Label.PRESENT)
        pc.tell(Presence.PRESENT)
        await pc.recorded()

        said = [label for label in wall.shown[mori] if label is not Label.OFF]
        assert said == [Label.PRESENT, Label.UNKNOWN, Label.PRESENT]
    await comes_to(three.record, [("expiry", "unknown")], member_id=mori, cause="expiry")


@pytest.mark.requirement("R38")
async def test_a_cable_that_is_out_for_five_minutes_with_501_reports_costs_none_of_them(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> None:
    async with (
        estate(tmp_path, valkey, cluster, url, pace=HURRY) as three,
        link(three.front.address) as cable,
        AsyncExitStack() as stack,
    ):
        office = await three.office()
        mori, device = await office.worker("mori")
        wall = await stack.enter_async_context(board(three.url, await office.boss()))
        agents = spooled(f"http://{cable.address}", device.token, tmp_path / "pc")
        pc = await stack.enter_async_context(agents)
        cable.refuse()
        cable.cut()
        for number in range(IMAGES):
            pc.tell(Presence.AWAY if number % 2 else Presence.PRESENT)
        await for_seconds(5 * 60 * HURRY)
        await until(lambda: wall.label(mori) is Label.OFFLINE)
        await cable.resume()
        await until(lambda: pc.quiet)
        await until(lambda: wall.label(mori) is Label.PRESENT)

        assert Label.AWAY not in wall.shown[mori]
        written = await rows(three.record, device_epoch=pc.spool.device_epoch)
        by_id = sorted(written, key=lambda row: row.id)
        assert [row.seq for row in by_id] == list(range(1, IMAGES + 1))
        assert {row.cause for row in written} == {"late"}
    assert KEPT_REPORTS > IMAGES


# ---- a scripted line: duplicates, another order, a replay


class Rude(AgentSession):
    """Sends its reports as often and in the order that `how` says."""

    how = "doubled"

    def pending(self) -> list[Struct]:
        reports = super().pending()
        return [*reports, *reports] if self.how == "doubled" else reports[::-1]


@pytest.mark.parametrize("how", ["doubled", "reversed"])
async def test_frames_that_come_twice_or_in_another_order_are_refused_and_change_nothing(
    three: Estate, how: str
) -> None:
    """Whoever breaks the order of the numbers is told, and cut off; the highest one that was
    taken vouches for those before it, so that none of them is ever taken late instead."""
    office = await three.office()
    _, device = await office.worker("mori")
    tail = Spool()
    for presence in (Presence.AWAY, Presence.PRESENT, Presence.AWAY):
        tail.reports.append(StateReport(tail.number(), Facts(time.time(), presence)))
    rude = ScriptedAgent(three.url, device.token, tail)
    rude.session = backwards = Rude("rude", tail)
    backwards.how = how
    rude.client = Client(backwards, three.url, "/ws/agent", device.token)
    rude.start()
    await until(lambda: rude.stopped)
    await rude.leave()
    assert rude.stopped and rude.stopped.code == BAD_MESSAGE
    async with agent(three.url, device.token, tail) as good:
        await good.recorded()
    written = await rows(three.record, device_epoch=tail.device_epoch)
    numbers = sorted(row.seq or 0 for row in written)
    assert numbers == [1, 2, 3] or (how, numbers) == ("reversed", [3])


async def test_a_replay_of_what_was_recorded_long_ago_is_recorded_once(three: Estate) -> None:
    """An agent that did not get its acks, or whose disk was set back, says it all again."""
    office = await three.office()
    mori, device = await office.worker("mori")
    tail = Spool()
    async with board(three.url, await office.boss()) as wall:
        async with agent(three.url, device.token, tail) as pc:
            for presence in (Presence.AWAY, Presence.PRESENT, Presence.AWAY):
                pc.tell(presence)
            said = list(tail.reports)
            await pc.recorded()
        await until(lambda: wall.label(mori) is Label.OFFLINE)
        before = list(wall.shown[mori])
        tail.reports = said
        async with agent(three.url, device.token, tail) as again:
            await again.recorded()
            await until(lambda: wall.label(mori) is Label.AWAY)
        assert [*before, Label.AWAY] == wall.shown[mori][: len(before) + 1]
    written = await rows(three.record, device_epoch=tail.device_epoch)
    assert [row.seq for row in written] == [1, 2, 3]


# ---- people


async def test_two_agents_of_one_person_are_one_seat_that_either_keeps_present(
    three: Estate,
) -> None:
    """Facts about a person, 2, on different nodes; one falling silent is not the person gone."""
    office = await three.office()
    mori = await office.member("mori")
    desk, laptop = await office.device(mori, "机"), await office.device(mori, "ノート")
    async with (
        board(three.urls[2], await office.boss()) as wall,
        agent(three.urls[0], desk.token) as one,
        agent(three.urls[1], laptop.token) as other,
    ):
        await until(lambda: len(wall.seat(mori).devices) == 2)
        one.tell(Presence.AWAY)
        await one.recorded()
        other.tell(Presence.AWAY)
        await until(lambda: wall.label(mori) is Label.AWAY)
        one.tell(Presence.PRESENT)
        await until(lambda: wall.label(mori) is Label.PRESENT)
        await other.vanish()
        await until(lambda: {str(d.link) for d in wall.seat(mori).devices} == {"online", "stale"})
        assert wall.label(mori) is Label.PRESENT
        assert Label.UNKNOWN not in wall.shown[mori]


async def test_agents_that_flap_every_15_seconds_are_no_event(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And disturb nobody who does not; an hour of it on the pure core is in test_flapping."""
    monkeypatch.setattr(session, "STEADY_S", session.STEADY_S * BRISK)
    async with estate(tmp_path, valkey, cluster, url, pace=BRISK) as three:
        office = await three.office()
        flapping = [await office.worker(f"flap{number}") for number in range(12)]
        mori, device = await office.worker("mori")
        async with (
            link(three.front.address) as shaky,
            board(three.url, await office.boss()) as wall,
            agent(three.url, device.token) as calm,
            AsyncExitStack() as stack,
        ):
            lines = [agent(f"http://{shaky.address}", one.token) for _, one in flapping]
            pcs = [await stack.enter_async_context(line) for line in lines]
            await until(
                lambda: all(wall.label(id) is Label.PRESENT for id, _ in [*flapping, (mori, 0)])
            )
            offset = wall.offset
            for _ in range(FLAPS):
                before = shaky.connections
                shaky.cut()
                await until(partial(came, shaky, before + len(pcs)))
                await until(lambda: all(pc.live for pc in pcs))
                await for_seconds(minutes(15 / 60, BRISK))
            calm.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)
            [tick] = await three.told(office, offset)
            assert [seat.member for seat in tick.seats] == [mori]


async def test_a_watcher_that_stops_reading_holds_up_nobody_and_is_right_when_it_reads_again(
    three: Estate,
) -> None:
    """Watching, 12."""
    office = await three.office()
    people = [await office.worker(f"m{number}") for number in range(8)]
    boss = await office.boss()
    async with (
        link(three.urls[0].removeprefix("http://")) as narrow,
        board(f"http://{narrow.address}", boss) as slow,
        board(three.urls[0], boss) as quick,
        AsyncExitStack() as stack,
    ):
        lines = [agent(three.url, device.token) for _, device in people]
        live = [await stack.enter_async_context(line) for line in lines]
        narrow.stall()
        for turn in range(40):
            for pc in live:
                pc.tell(Presence.AWAY if turn % 2 else Presence.PRESENT)
        for pc in live:
            await pc.recorded()
        await until(lambda: all(quick.label(id) is Label.AWAY for id, _ in people))
        await narrow.resume()
        await until(lambda: slow.offset == quick.offset)
        assert slow.seats == quick.seats


async def test_rights_that_were_taken_away_while_offline_are_gone_at_the_return(
    three: Estate,
) -> None:
    """Watching, 11: a board that comes back with its cursor is not told what it may not see."""
    office = await three.office()
    mori, _ = await office.worker("mori", [office.at.tokyo])
    kato, revoked = await office.worker("kato", [office.at.development])
    head = await office.member(
        "head", Role.SUPERVISOR, supervises=[office.at.tokyo, office.at.development]
    )
    async with (
        link(three.front.address) as cable,
        board(f"http://{cable.address}", await office.signed_in(head)) as wall,
        agent(f"http://{cable.address}", revoked.token) as pc,
    ):
        assert {mori, kato} <= set(wall.seats)
        cable.refuse()
        cable.cut()
        await until(lambda: not wall.live and not pc.live)
        async with three.record.begin() as conn:
            await directory_changes(conn, office.id)
            await conn.execute(delete(GroupSupervisor).filter_by(group_id=office.at.development))
            await revoke_device(conn, Scope(office.id, everybody=True), revoked.id, NOW)
        await cable.resume()
        await until(lambda: wall.live)
        await until(lambda: kato not in wall.seats and mori in wall.seats)
        await until(lambda: pc.stopped)
        assert pc.stopped and pc.stopped.code == UNAUTHORIZED

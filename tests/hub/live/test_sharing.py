"""What colleagues see of each other on their boards: status and task, and nothing else."""

import dataclasses
import time
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role, Sharing
from hub.live.tenant import Change
from hub.presence.changes import Effect, News
from hub.presence.seat import Alarm, Device, Seat, settled
from hub.protocol.facts import IncidentKind, Label, Phase, Presence, Reason, Sighting, Work
from hub.protocol.watchers import Cursor, IncidentNews, SeatView
from storage.people.members import Edit, edit_member
from storage.people.tenants import edit_tenant
from tests.hub.live.walls import Stage, Wall, second_stage, stage
from tests.record import person

pytestmark = pytest.mark.requirement("R11")


async def added(
    on: Stage, login: str, groups: Sequence[int], supervises: Sequence[int] = ()
) -> int:
    role = Role.SUPERVISOR if supervises else Role.WORKER
    async with on.engine.begin() as conn:
        member = await person(conn, on.at.id, login, role, groups=groups, supervises=supervises)
    await on.directory()
    return member


async def board_of(on: Stage, member: int, cursor: Cursor | None = None) -> Wall:
    return await on.wall(on.floor.directory.actor(member), cursor).read()


async def shares(on: Stage, sharing: Sharing) -> None:
    async with on.engine.begin() as conn:
        await edit_tenant(conn, on.at.id, sharing=sharing)
    await on.directory()


async def is_watched(on: Stage, member: int, task: str) -> None:
    """At work at a PC that tells much more than colleagues have to know."""
    now = time.time()
    sighting = Sighting(f"of-{member}-{task}", IncidentKind.PEEPING, now, now)

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        pc = Device(1, "s", 1, now, presence=Presence.AWAY, reason=Reason.LOCKED)
        alarm = Alarm(sighting.id, IncidentKind.PEEPING, 1, now, now)
        after = Seat(
            member, seat.rev, punched=Work.WORKING, task=task, devices=(pc,), alarms=(alarm,)
        )
        return settled(after, 1.0), [News(IncidentNews(member, Phase.OPENED, sighting))]

    on.floor.tenant.add(Change(member, decide))
    await on.settled()


def shown(wall: Wall, member: int) -> SeatView:
    return wall.board.seats[member]


async def test_a_worker_sees_status_and_task_of_their_own_groups_and_no_more(
    record: AsyncEngine, redis: Redis
) -> None:
    async with stage(record, redis) as on:
        mori = await added(on, "mori", [on.at.tokyo])
        ueda = await added(on, "ueda", [on.at.tokyo, on.at.development])
        other = await added(on, "ota", [on.at.development])
        await is_watched(on, ueda, "first")
        wall = await board_of(on, mori)
        whole = await on.wall().read()
        for member in (ueda, other, mori):
            await is_watched(on, member, "second")
        await wall.read()
        await whole.read()

        assert set(wall.board.seats) == set(wall.board.members) == {mori, ueda}
        assert set(wall.board.groups) == {on.at.tokyo}
        assert wall.board.members[ueda].groups == (on.at.tokyo,)
        seat = shown(wall, ueda)
        assert (seat.label, seat.since, seat.task) == (Label.AWAY, 1.0, "second")
        assert (seat.alert, seat.devices, seat.reason, seat.heard) == (None, (), None, None)
        assert shown(wall, mori) == shown(whole, mori)
        assert shown(whole, ueda).alert
        assert {news.member for news in wall.news} == {mori}


async def test_what_happens_beside_the_status_is_told_to_no_colleague(
    record: AsyncEngine, redis: Redis
) -> None:
    """Not even that something happened."""
    async with stage(record, redis) as on:
        mori = await added(on, "mori", [on.at.tokyo])
        ueda = await added(on, "ueda", [on.at.tokyo])
        await is_watched(on, ueda, "same task")
        wall = await board_of(on, mori)
        behind = await board_of(on, mori)
        before = len(wall.got)
        behind.skip()
        await on.sees(ueda, "secret")
        await judged(on, ueda)
        await wall.read()
        await behind.read()

        assert wall.got[before:] == behind.got[before:] == []


async def judged(on: Stage, member: int) -> None:
    """The alarm goes, the word stays."""
    on.floor.tenant.add(Change(member, lambda seat: (replace(seat, alarms=()), [])))
    await on.settled()


async def test_the_tenants_setting_is_in_force_on_open_boards(
    record: AsyncEngine, redis: Redis
) -> None:
    """Another view, and so a snapshot."""
    async with stage(record, redis) as on:
        mori = await added(on, "mori", [on.at.tokyo])
        ueda = await added(on, "ueda", [on.at.tokyo])
        ota = await added(on, "ota", [on.at.development])
        wall = await board_of(on, mori)
        seen = [set(wall.board.seats)]
        for sharing in (Sharing.NOBODY, Sharing.EVERYBODY, Sharing.GROUPS):
            await shares(on, sharing)
            seen.append(set((await wall.read()).board.seats))
        await is_watched(on, ueda, "still live")
        await wall.read()

        assert seen == [{mori, ueda}, {mori}, {mori, ueda, ota, on.boss}, {mori, ueda}]
        assert wall.snapshots == 4
        assert shown(wall, ueda).task == "still live"


async def test_who_joins_or_leaves_a_group_joins_or_leaves_its_boards(
    record: AsyncEngine, redis: Redis
) -> None:
    async with stage(record, redis) as on:
        mori = await added(on, "mori", [on.at.tokyo])
        wall = await board_of(on, mori)
        ueda = await added(on, "ueda", [on.at.tokyo])
        await is_watched(on, ueda, "new here")
        await wall.read()
        assert shown(wall, ueda).task == "new here"

        async with on.engine.begin() as conn:
            await edit_member(conn, on.at.id, ueda, Edit(groups=[on.at.development]))
        await on.directory()
        await wall.read()
        assert set(wall.board.seats) == {mori}


async def test_who_answers_for_somebody_sees_the_seat_and_not_the_status_alone(
    record: AsyncEngine, redis: Redis
) -> None:
    """A supervisor is a colleague in their own groups, and no more than that."""
    async with stage(record, redis) as on:
        at = on.at
        sato = await added(on, "sato", [at.development], supervises=[at.tokyo])
        ueda = await added(on, "ueda", [at.tokyo])
        ota = await added(on, "ota", [at.development])
        wall = await board_of(on, sato)
        for member in (ueda, ota):
            await is_watched(on, member, "task")
        await wall.read()
        assert shown(wall, ueda).alert
        assert shown(wall, ota).task == "task"
        assert shown(wall, ota).alert is None
        assert {news.member for news in wall.news} == {ueda}

        async with on.engine.begin() as conn:
            await edit_member(conn, at.id, ueda, Edit(groups=[at.development]))
            await edit_member(conn, at.id, ota, Edit(groups=[at.tokyo]))
        await on.directory()
        await wall.read()
        assert shown(wall, ueda).alert is None
        assert shown(wall, ota).alert


async def test_a_board_that_was_away_gets_statuses_and_no_seats(
    record: AsyncEngine, redis: Redis
) -> None:
    """By its cursor, from the same node and from another one."""
    async with stage(record, redis) as on:
        mori = await added(on, "mori", [on.at.tokyo])
        ueda = await added(on, "ueda", [on.at.tokyo])
        wall = await board_of(on, mori)
        cursor = wall.cursor
        await is_watched(on, ueda, "meanwhile")
        async with second_stage(on, redis) as later:
            for where in (on, later):
                back = where.wall(where.floor.directory.actor(mori), cursor)
                back.replica.board = dataclasses.replace(wall.board, seats=dict(wall.board.seats))
                await back.read()

                assert back.snapshots == 0
                assert shown(back, ueda).task == "meanwhile"
                assert shown(back, ueda).alert is None
                assert back.news == []


async def test_boards_of_one_group_are_cut_once(record: AsyncEngine, redis: Redis) -> None:
    """Else a thousand boards of everybody would each keep everybody's card."""
    async with stage(record, redis) as on:
        await shares(on, Sharing.EVERYBODY)
        people = [await added(on, f"m{number}", [on.at.tokyo]) for number in range(3)]
        boards = [await board_of(on, member) for member in people]

        cuts = {wall.watcher.view.cut for wall in boards if wall.watcher.view}
        assert len(cuts) == 1
        assert len({wall.cursor.view for wall in boards}) == len(people)

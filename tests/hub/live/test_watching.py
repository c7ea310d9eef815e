"""What a board gets: a snapshot in parts, deltas without gaps, and never what it may not see."""

from itertools import pairwise

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Actor, Role
from hub.live.broker import key
from hub.live.outbox import FRAME_MAX_BYTES
from hub.live.plain import FULL_BYTES
from hub.presence.seat import view
from hub.protocol.watchers import Delta, Resumed, Snapshot
from storage.people.members import disable_member
from tests.hub.live.walls import Stage, Wall, second_stage, stage
from tests.record import NOW, person

LONG = "とても長い仕事の名前" * 40  # so that few people make a large board


def same(stage: Stage, wall: Wall) -> bool:
    """Whether the board shows what the node has."""
    tenant, board = stage.floor.tenant, wall.board
    shown = {member: view(tenant.seat(member)) for member in stage.floor.directory.members}
    return board.seats == shown and board.epoch == tenant.epoch


async def test_a_snapshot_comes_in_parts_that_fit(record: AsyncEngine, redis: Redis) -> None:
    """Watching, 10: at most 64 kB each, the next when the last has drained."""
    async with stage(record, redis) as on:
        people = await on.people(150)
        await on.works(*people, task=LONG)
        wall = await on.wall().read()

        parts = [one for one in wall.got if isinstance(one, Snapshot)]
        assert len(parts) > 2
        assert [part.part for part in parts] == list(range(len(parts)))
        assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
        assert {group.name for part in parts for group in part.groups} == {"営業", "東京", "開発"}
        assert same(on, wall)


async def test_what_changes_while_a_snapshot_is_read_is_not_lost(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 10."""
    async with stage(record, redis) as on:
        people = await on.people(150)
        await on.works(*people, task=LONG)
        wall = on.wall()
        first = wall.cable.take()
        assert first
        wall.receive(first)
        await on.works(*people[:3], task="another")
        await wall.read()

        assert same(on, wall)
        assert wall.snapshots == 1


async def test_deltas_follow_each_other_without_a_gap(record: AsyncEngine, redis: Redis) -> None:
    """Watching, 10: `after` is the previous frame of that view, whatever ticks lie between."""
    async with stage(record, redis) as on:
        one, two, three = await on.people(3)
        all_of_it = await on.wall().read()
        own = await on.wall(Actor(on.at.id, two, Role.WORKER)).read()
        for member in (one, two, three, two, one):
            await on.works(member, task=f"t{on.floor.tenant.offset}")
        await all_of_it.read()
        await own.read()

        for wall, expected in ((all_of_it, 5), (own, 2)):
            assert len(wall.deltas) == expected
            assert all(one.offset == next.after for one, next in pairwise(wall.deltas))
        assert set(own.board.seats) == {two}
        assert own.board.seats[two] == all_of_it.board.seats[two]


async def test_watchers_of_the_same_view_share_one_encoded_frame(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 11."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        walls = [await on.wall().read() for _ in range(3)]
        await on.works(member)

        frames = [wall.cable.take() for wall in walls]
        assert frames[0] is frames[1] is frames[2] is not None


async def test_a_slow_watcher_is_skipped_and_then_shows_the_same_board(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 12: it costs at most 512 kB; incidents are read back by their offset."""
    async with stage(record, redis) as on:
        people = await on.people(30)
        slow, quick = await on.wall().read(), await on.wall().read()
        for round in range(60):
            await on.works(*people, task=f"{round} {LONG}")
            if round % 20 == 7:
                await on.sees(people[0], f"i{round}")
            assert slow.cable.waiting <= FULL_BYTES + FRAME_MAX_BYTES
            await quick.read()
        assert slow.watcher.behind
        await slow.read()

        assert same(on, slow)
        assert slow.board == quick.board
        assert [one.sighting.id for one in slow.news] == ["i7", "i27", "i47"]
        assert slow.snapshots == 1
        await on.works(people[0], task="and on it goes")
        assert (await slow.read()).board == (await quick.read()).board


async def test_a_node_that_came_later_reads_back_what_a_board_missed(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 10: the history still has it."""
    async with stage(record, redis) as on:
        one, two = await on.people(2)
        wall = await on.wall().read()
        for task in ("a", "b"):
            await on.works(one, task=task)
            await on.sees(two, f"seen-{task}")
        async with second_stage(on, redis) as later:
            moved = later.wall(cursor=wall.cursor)
            moved.replica = wall.replica
            await later.works(two, task="since")
            await moved.read()

            assert same(later, moved)
            assert moved.snapshots == 0
            assert [news.sighting.id for news in moved.news] == ["seen-a", "seen-b"]


async def test_a_board_too_far_behind_for_the_history_gets_a_snapshot(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 10."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        wall = await on.wall().read()
        for round in range(5):
            await on.works(member, task=str(round))
        await redis.xtrim(key(on.at.id, "history"), maxlen=2, approximate=False)
        async with second_stage(on, redis) as later:
            moved = await later.wall(cursor=wall.cursor).read()

            assert same(later, moved)
            assert isinstance(moved.got[-1], Snapshot)
            assert not moved.got[-1].recovered


async def test_a_board_that_comes_back_gets_what_it_missed_and_no_more(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 10: resume replays what was missed while the history still has it."""
    async with stage(record, redis) as on:
        one, two = await on.people(2)
        wall = await on.wall().read()
        on.floor.audience.leave(wall.watcher)
        await on.works(one, task="while nobody looked")
        await on.sees(two, "missed")
        back = on.wall(cursor=wall.cursor)
        back.replica = wall.replica
        await back.read()

        assert [type(frame) for frame in back.got] == [Resumed, Delta]
        assert [news.sighting.id for news in back.news] == ["missed"]
        assert [seat.member for seat in back.deltas[0].seats] == [one]
        assert same(on, back)


WRONG = [{"epoch": "another"}, {"view": "another"}, {"offset": 10_000}]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: next(iter(wrong)))
async def test_a_cursor_of_another_life_or_view_gets_a_snapshot(
    record: AsyncEngine, redis: Redis, wrong: dict[str, str | int]
) -> None:
    """Watching, 10: with recovered false."""
    async with stage(record, redis) as on:
        await on.people(1)
        wall = await on.wall().read()
        other = await on.wall(cursor=replace(wall.cursor, **wrong)).read()

        last = other.got[-1]
        assert isinstance(last, Snapshot)
        assert not last.recovered
        assert not other.deltas
        assert same(on, other)


async def test_a_board_that_notices_a_gap_asks_and_is_whole_again(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 10: after > mine, resume."""
    async with stage(record, redis) as on:
        one, two = await on.people(2)
        wall = await on.wall().read()
        await on.works(one)
        assert wall.cable.take()  # and it is lost on the way
        await on.works(two)
        await wall.read()

        assert same(on, wall)
        assert any(isinstance(frame, Resumed) for frame in wall.got)
        assert wall.snapshots == 1


async def test_a_quiet_board_hears_that_it_is_where_it_should_be(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 10: idle views get their offset with the heartbeat."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        wall = await on.wall().read()
        await on.works(member)
        assert wall.cable.take()  # and it is lost on the way
        on.floor.audience.pulse(1.0)
        await wall.read()

        assert same(on, wall)


@pytest.mark.requirement("R2")
async def test_a_supervisor_sees_their_groups_only_in_snapshot_and_deltas(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 11."""
    async with stage(record, redis) as on:
        async with record.begin() as conn:
            sato = await person(conn, on.at.id, "sato", Role.SUPERVISOR, supervises=[on.at.sales])
            tokyo = await person(conn, on.at.id, "t", groups=[on.at.tokyo, on.at.development])
            other = await person(conn, on.at.id, "d", groups=[on.at.development])
        await on.directory()
        below = frozenset({on.at.sales, on.at.tokyo})
        wall = await on.wall(Actor(on.at.id, sato, Role.SUPERVISOR, below)).read()
        await on.works(tokyo, other)
        await on.sees(other, "secret")
        await on.sees(tokyo, "theirs")
        await wall.read()

        assert set(wall.board.seats) == set(wall.board.members) == {sato, tokyo}
        assert [news.sighting.id for news in wall.news] == ["theirs"]
        assert set(wall.board.groups) == below
        assert wall.board.members[tokyo].groups == (on.at.tokyo,)
        wall.skip()
        await on.works(tokyo, other, task="while it was behind")
        await on.sees(other, "secret-too")
        await wall.read()
        assert set(wall.board.seats) == {sato, tokyo}
        assert len(wall.news) == 1


@pytest.mark.requirement("R1", "R2")
async def test_who_comes_and_who_goes_is_on_every_board(record: AsyncEngine, redis: Redis) -> None:
    """Watching, 10 and 11: `gone` names seats that left the view."""
    async with stage(record, redis) as on:
        wall = await on.wall().read()
        (member,) = await on.people(1, groups=(on.at.tokyo,))
        await on.works(member)
        await wall.read()
        assert wall.board.members[member].name == "m0さん"
        assert same(on, wall)

        behind = await on.wall().read()
        behind.skip()
        async with record.begin() as conn:
            await disable_member(conn, on.at.id, member, NOW)
        await on.directory()
        await wall.read()
        await behind.read()
        assert wall.deltas[-1].gone == (member,)
        for one in (wall, behind):
            assert member not in one.board.members
            assert same(on, one)


@pytest.mark.requirement("R2")
async def test_a_change_of_rights_is_another_view(record: AsyncEngine, redis: Redis) -> None:
    """Watching, 11: and forces a snapshot."""
    async with stage(record, redis) as on:
        async with record.begin() as conn:
            sato = await person(
                conn, on.at.id, "sato", Role.SUPERVISOR, supervises=[on.at.development]
            )
            await person(conn, on.at.id, "d", groups=[on.at.development])
        await on.directory()
        more = frozenset({on.at.sales, on.at.development})
        wall = await on.wall(Actor(on.at.id, sato, Role.SUPERVISOR, more)).read()
        before = wall.cursor.view
        await on.people(1)
        await wall.read()

        assert wall.cursor.view != before
        assert wall.snapshots == 2
        assert set(wall.board.groups) == {on.at.development}


async def test_seats_and_directory_of_one_tick_arrive_in_one_frame(
    record: AsyncEngine, redis: Redis
) -> None:
    """Watching, 10: a second frame of the same offset would be taken for the first again."""
    async with stage(record, redis) as on:
        (member,) = await on.people(1)
        wall = await on.wall().read()
        async with record.begin() as conn:
            await person(conn, on.at.id, "new")
        on.floor.tenant.announce_directory(on.floor.directory.version + 1)
        await on.works(member, task="in the same tick")
        await wall.read()

        assert same(on, wall)
        assert len(wall.deltas) == 1

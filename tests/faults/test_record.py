"""What happens to the record: killed, restarted, read-only, full. Boards go on, acks wait."""

import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.presence.seat import Seat, view
from hub.protocol.facts import Label, Presence
from storage.seats import transitions
from storage.seats.transitions import Moment, Place
from tests.clock import until
from tests.faults.estate import Estate, estate
from tests.faults.seen import showing
from tests.faults.servers import Database, Valkey, small_disk
from tests.hubs import refused, running, settings
from tests.peers import ScriptedAgent, ScriptedBoard, agent, board
from tests.record import NOW, company, person
from tests.rows import rows

SLOW = 0.25  # of the real pace: leases of 10 s
FULL_KB = 2_048


@pytest.fixture
async def slow(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> AsyncIterator[Estate]:
    async with estate(tmp_path, valkey, cluster, url, pace=SLOW) as nodes:
        yield nodes


async def goes_on(pc: ScriptedAgent, wall: ScriptedBoard, member: int, turns: int = 3) -> None:
    """Boards show what is reported, and the agent keeps all of it."""
    kept = len(pc.spool.reports)
    for turn in range(turns):
        presence, label = (
            (Presence.AWAY, Label.AWAY) if turn % 2 else (Presence.PRESENT, Label.PRESENT)
        )
        pc.tell(presence)
        await until(partial(showing, [wall], member, label))
    assert len(pc.spool.reports) == kept + turns


async def recorded_in_order(three: Estate, pc: ScriptedAgent, wall: ScriptedBoard) -> None:
    await until(lambda: pc.live and not pc.spool.reports)
    written = await rows(three.record, device_epoch=pc.spool.device_epoch)
    assert [row.seq for row in written] == list(range(1, pc.spool.next))
    assert {row.epoch for row in written} == {wall.epoch}
    assert pc.stopped is None


async def test_kill_9_of_the_database_loses_and_doubles_nothing(
    slow: Estate, cluster: Database
) -> None:
    """Order and delivery, 8: what was not committed was not acknowledged."""
    office = await slow.office()
    mori, device = await office.worker("mori")
    async with (
        board(slow.urls[1], await office.boss()) as wall,
        agent(slow.urls[0], device.token) as pc,
    ):
        pc.tell(Presence.AWAY)
        await pc.recorded()
        for _ in range(50):
            pc.tell(Presence.PRESENT)
            pc.tell(Presence.AWAY)
        cluster.kill()
        try:
            await until(lambda: wall.label(mori) is Label.AWAY)
            await goes_on(pc, wall, mori)
        finally:
            cluster.start()  # not in a thread: its end would be the server's
        await recorded_in_order(slow, pc, wall)


async def test_a_database_that_is_restarted_is_no_event(slow: Estate, cluster: Database) -> None:
    office = await slow.office()
    mori, device = await office.worker("mori")
    async with (
        board(slow.urls[1], await office.boss()) as wall,
        agent(slow.urls[0], device.token) as pc,
    ):
        for turn in range(30):
            pc.tell(Presence.PRESENT if turn % 2 else Presence.AWAY)
        cluster.stop()
        cluster.start()
        await goes_on_whole(pc, wall, mori)
        await recorded_in_order(slow, pc, wall)
        assert Label.UNKNOWN not in wall.shown[mori]


async def goes_on_whole(pc: ScriptedAgent, wall: ScriptedBoard, member: int) -> None:
    pc.tell(Presence.AWAY)
    await until(lambda: wall.label(member) is Label.AWAY)


async def test_a_database_that_is_read_only_acknowledges_nothing_and_boards_go_on(
    slow: Estate, cluster: Database
) -> None:
    office = await slow.office()
    mori, device = await office.worker("mori")
    async with (
        board(slow.urls[1], await office.boss()) as wall,
        agent(slow.urls[0], device.token) as pc,
    ):
        pc.tell(Presence.AWAY)
        await pc.recorded()
        read_only(cluster, True)
        try:
            await until(lambda: is_read_only(slow))
            await goes_on(pc, wall, mori)
        finally:
            read_only(cluster, False)
        await recorded_in_order(slow, pc, wall)


def read_only(cluster: Database, is_so: bool) -> None:
    setting = "on" if is_so else "off"
    cluster.say(f"ALTER SYSTEM SET default_transaction_read_only = {setting}")
    cluster.say("SELECT pg_reload_conf()")


async def is_read_only(three: Estate) -> bool:
    async with three.record.connect() as conn:
        said = await conn.exec_driver_sql("SHOW default_transaction_read_only")
        return bool(said.scalar_one() == "on")


async def test_what_a_slower_node_writes_later_is_not_a_seats_last_state(
    record: AsyncEngine,
) -> None:
    """Order and delivery, 8: nodes record in any order; the boards' order is that of the places."""
    async with record.begin() as conn:
        at = await company(conn)
        mori = await person(conn, at.id, "mori")
        for epoch, offset, task in (
            ("one", 9, ""),
            ("two", 2, "last"),
            ("two", 1, ""),
            ("one", 8, ""),
        ):
            seat = replace(view(Seat(mori)), task=task)
            moment = Moment(mori, "punch", 1.0, 1.0, seat, place=Place(epoch, offset, 0))
            await transitions.record(conn, at.id, [moment], [], [], NOW)
        states, _ = await transitions.last_states(conn, at.id)
    assert [state.task for state in states] == ["last"]


# ---- the embedded one


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", FULL_KB) as folder:
        yield folder


async def test_a_full_disk_under_the_state_folder_acknowledges_nothing_until_it_has_room(
    disk: Path,
) -> None:
    async with running(disk, pace=SLOW) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with board(hub.url, await office.boss()) as wall, agent(hub.url, device.token) as pc:
            pc.tell(Presence.AWAY)
            await pc.recorded()
            filled(disk / "ballast")
            await goes_on(pc, wall, mori)
            (disk / "ballast").unlink()
            await pc.recorded()
        written = await rows(hub.engine, device_epoch=pc.spool.device_epoch)
        assert [row.seq for row in written] == [1, 2, 3, 4]


def filled(ballast: Path) -> None:
    """Nothing more goes onto this disk, not one page."""
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue


async def test_a_read_only_sqlite_file_is_said_at_the_start_in_one_line(disk: Path) -> None:
    """While a hub runs on it a file system cannot become read-only: the kernel says EBUSY."""
    async with running(disk, pace=SLOW):
        pass
    remounted(disk, "ro")
    code, lines = await refused(settings(disk, pace=SLOW))
    remounted(disk, "rw")

    assert code == 1
    assert len(lines) == 1
    assert "--state" in lines[0]


async def test_a_database_that_somebody_else_holds_acknowledges_nothing_until_it_is_free(
    disk: Path,
) -> None:
    """A backup that locks the file: SQLite has one writer at a time."""
    async with running(disk, pace=SLOW) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with board(hub.url, await office.boss()) as wall, agent(hub.url, device.token) as pc:
            pc.tell(Presence.AWAY)
            await pc.recorded()
            with closing(sqlite3.connect(disk / "zaiseki.db", isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                await goes_on(pc, wall, mori)
                db.execute("ROLLBACK")
            await pc.recorded()
        written = await rows(hub.engine, device_epoch=pc.spool.device_epoch)
        assert [row.seq for row in written] == [1, 2, 3, 4]


def remounted(disk: Path, how: str) -> None:
    """Even root cannot write to a file system that is read-only."""
    assert os.getuid() == 0
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)

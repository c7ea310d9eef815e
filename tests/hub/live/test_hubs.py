"""Whole hubs, one or two on one broker, and what the world does to them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Scope
from hub.live import recorder
from hub.protocol.closing import FENCED
from hub.protocol.facts import IncidentKind, Label, Phase, Presence
from storage.models.seats import Gap
from storage.people.members import disable_member
from storage.seats.devices import revoke_device
from tests.clock import until
from tests.hubs import Office, Running, running, spawned
from tests.links import link
from tests.peers import agent, board
from tests.record import NOW
from tests.rows import comes_to, rows
from tests.servers import Postgres

SLOW = 0.5  # of the real pace: leases of 20 s, so that none ends while a test looks elsewhere


@asynccontextmanager
async def pair(tmp_path: Path, database: str, redis: str) -> AsyncIterator[tuple[Running, Running]]:
    """Two hubs that know of each other only what the broker and the record tell them."""
    async with (
        running(tmp_path / "one", database=database, redis=redis) as one,
        running(tmp_path / "other", database=database, redis=redis) as other,
    ):
        yield one, other


# ---- one hub and its people


@pytest.mark.requirement("R5")
async def test_silence_is_shown_as_silence_and_never_as_absence(tmp_path: Path) -> None:
    """Lease and fencing, 3: present, then unknown, then cut off."""
    async with running(tmp_path, pace=0.02) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with board(hub.url, await office.boss()) as wall:
            async with agent(hub.url, device.token) as pc:
                await pc.vanish()
                await until(lambda: wall.label(mori) is Label.OFFLINE)
            shown = [label for label in wall.shown[mori] if label is not Label.OFF]

        assert shown == [Label.PRESENT, Label.UNKNOWN, Label.OFFLINE]
        expired = ["expiry", "expiry"]
        await until(lambda: recorded_causes(hub.engine, expired, cause="expiry"))
        stale, offline = await rows(hub.engine, cause="expiry")
        assert stale.label == "unknown"
        assert (offline.event_time - stale.event_time).total_seconds() == pytest.approx(1, abs=0.1)


async def test_a_short_break_of_the_line_is_not_seen_on_any_board(tmp_path: Path) -> None:
    """Lease and fencing, 4: and nothing is written."""
    async with running(tmp_path, pace=SLOW) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with (
            link(f"127.0.0.1:{hub.port}") as cable,
            agent(f"http://{cable.address}", device.token) as pc,
            board(hub.url, await office.boss()) as wall,
        ):
            for time in range(2, 7):
                cable.cut()
                await until(lambda: not pc.live)
                await until(lambda: pc.live)
                assert cable.connections == time
            pc.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)

            assert wall.shown[mori] == [Label.PRESENT, Label.AWAY]
            await pc.recorded()
            assert [row.cause for row in await rows(hub.engine)] == ["hello", "report"]


async def test_what_happened_while_the_line_was_cut_is_history_and_no_alarm(
    tmp_path: Path,
) -> None:
    """Order and delivery, 9."""
    async with running(tmp_path, pace=SLOW) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with (
            link(f"127.0.0.1:{hub.port}") as cable,
            agent(f"http://{cable.address}", device.token) as pc,
            board(hub.url, await office.boss()) as wall,
        ):
            cable.refuse()
            cable.cut()
            await until(lambda: not pc.live)
            pc.tell(Presence.AWAY)
            over = pc.opens(IncidentKind.IMPERSONATION)
            pc.ends(over)
            still = pc.opens(IncidentKind.PEEPING)
            pc.loses(3)
            pc.tell(Presence.PRESENT)
            await cable.resume()
            await pc.recorded()
            await until(lambda: Phase.RECORDED in wall.phases(still))
            await until(lambda: Phase.RECORDED in wall.phases(over))

            assert Label.AWAY not in wall.shown[mori]
            loud = [news.sighting.id for news in wall.news if not news.late]
            assert set(loud) == {still}
            alert = wall.seat(mori).alert
            assert alert and (alert.id, alert.open) == (still, 1)
        late = await rows(hub.engine, cause="late")
        assert [(row.seq, row.label, row.epoch) for row in late] == [
            (1, "away", None),
            (6, "present", None),
        ]
        async with hub.engine.connect() as conn:
            assert len((await conn.execute(select(Gap))).all()) == 1


@pytest.mark.requirement("R1", "R62")
async def test_a_revoked_device_and_a_disabled_member_are_out_within_seconds(
    tmp_path: Path,
) -> None:
    """Watching, 11: rights that have gone are gone on open connections, too."""
    async with running(tmp_path) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")
        kato, other = await office.worker("kato")
        token = await office.signed_in(kato)
        async with (
            agent(hub.url, device.token) as revoked,
            agent(hub.url, other.token) as disabled,
            board(hub.url, token) as own,
            board(hub.url, await office.boss()) as wall,
        ):
            assert set(own.seats) == {kato}
            async with hub.engine.begin() as conn:
                await revoke_device(conn, Scope(office.id, everybody=True), device.id, NOW)
                await disable_member(conn, office.id, kato, NOW)
            async with asyncio.timeout(5):
                await until(lambda: revoked.stopped and disabled.stopped and own.stopped)
                await until(lambda: kato not in wall.seats)


# ---- the record


def over(url: str, port: int) -> str:
    """The same database by way of a TCP link."""
    name = url.split("@/")[1].split("?")[0]
    return f"postgresql+asyncpg://postgres@127.0.0.1:{port}/{name}"


async def test_while_the_record_is_away_boards_go_on_and_nothing_is_acknowledged(
    tmp_path: Path, postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order and delivery, 8: also what finds no room in the hub comes again, once."""
    monkeypatch.setattr(recorder, "BACKLOG_MAX", 8)
    async with (
        link(f"{postgres.folder}/.s.PGSQL.5432") as cable,
        running(tmp_path, database=over(postgres_url, cable.port), pace=SLOW) as hub,
    ):
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with board(hub.url, await office.boss()) as wall, agent(hub.url, device.token) as pc:
            pc.tell(Presence.AWAY)
            await pc.recorded()
            cable.refuse()
            cable.cut()
            for round in range(20):
                pc.tell(Presence.AWAY if round % 2 else Presence.PRESENT)
            await until(lambda: wall.offset >= 2 and wall.label(mori) is Label.AWAY)
            assert len(pc.spool.reports) == 20
            await cable.resume()
            await pc.recorded()
            await until(lambda: wall.label(mori) is Label.AWAY)
        written = await rows(hub.engine, cause="report")
        assert sorted(row.seq or 0 for row in written) == list(range(1, 22))
        assert all(row.epoch for row in written)


async def test_a_hub_that_dies_between_board_and_record_doubles_and_loses_nothing(
    tmp_path: Path, postgres: Postgres, postgres_url: str, broker_url: str
) -> None:
    """Order and delivery, 8: recorded later, as the same transition that the boards saw."""
    async with link(f"{postgres.folder}/.s.PGSQL.5432") as cable:
        database = over(postgres_url, cable.port)
        async with spawned(tmp_path, database=database, redis=broker_url, pace=SLOW) as hub:
            office = await hub.office()
            mori, device = await office.worker("mori")
            boss = await office.boss()
            async with agent(hub.url, device.token) as pc, board(hub.url, boss) as wall:
                pc.tell(Presence.AWAY)
                await until(lambda: wall.label(mori) is Label.AWAY)
                await pc.recorded()
                cable.stall()
                pc.tell(Presence.PRESENT)
                await until(lambda: wall.label(mori) is Label.PRESENT)
                at = {2: wall.offset}
                incident = pc.opens(IncidentKind.PEEPING)
                await until(lambda: wall.phases(incident) == [Phase.OPENED])
                at[3], epoch = wall.offset, wall.epoch
                await hub.kill()
                assert len(pc.spool.reports) == 2
                await cable.resume()
                again = spawned(
                    tmp_path, database=database, redis=broker_url, port=hub.port, pace=SLOW
                )
                async with again as after:
                    await pc.recorded()
                    await until(lambda: wall.label(mori) is Label.PRESENT)
                    written = await rows(after.engine, device_epoch=pc.spool.device_epoch)
    assert [row.seq for row in written] == [1, 2, 3]
    assert {row.epoch for row in written} == {epoch}
    assert {row.seq: row.offset for row in written[1:]} == at


async def test_what_the_hub_did_itself_is_recorded_by_whoever_lives(
    tmp_path: Path, broker_url: str, database_url: str
) -> None:
    """Order and delivery, 8: it waits in the broker until SQL has it."""
    async with running(tmp_path, database=database_url, redis=broker_url) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")
        async with agent(hub.url, device.token):
            pass
        await until(lambda: recorded_causes(hub.engine, ["hello", "bye"]))
        await until(lambda: cleared(broker_url, office))


async def recorded_causes(engine: AsyncEngine, causes: list[str], **wanted: object) -> bool:
    return [row.cause for row in await rows(engine, **wanted)] == causes


async def cleared(broker_url: str, office: Office) -> bool:
    async with Redis.from_url(broker_url) as redis:
        return not [key async for key in redis.scan_iter(f"*{office.id}}}:unrecorded*")]


# ---- the broker


async def test_a_broker_that_forgot_everything_makes_nobody_absent(
    tmp_path: Path, redis: Redis, broker_url: str, database_url: str
) -> None:
    """Order and delivery, 7 and 8: a new epoch, everybody again, and `hub_gap` in the record."""
    async with running(tmp_path, database=database_url, redis=broker_url, pace=SLOW) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        kato, gone = await office.worker("kato")
        async with agent(hub.url, device.token) as pc, board(hub.url, await office.boss()) as wall:
            async with agent(hub.url, gone.token) as other:
                pc.tell(Presence.PRESENT)
                other.tell(Presence.AWAY)
                incident = pc.opens(IncidentKind.PEEPING)
                await pc.recorded()
                await other.recorded()
                await until(lambda: wall.label(kato) is Label.AWAY)
                await other.vanish()
            before = wall.epoch
            await redis.flushall()
            await until(lambda: wall.epoch != before and wall.label(kato) is Label.UNKNOWN)
            await until(lambda: wall.label(mori) is Label.PRESENT)

            assert pc.stopped is None
            assert Label.AWAY not in wall.shown[mori]
            pc.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)
            await pc.recorded()
            assert wall.phases(incident).count(Phase.OPENED) == 1
            alert = wall.seat(mori).alert
            assert alert and alert.id == incident
            epoch = wall.epoch

        gaps = await rows(hub.engine, cause="hub_gap")
        assert {row.member_id for row in gaps} == {mori, kato}
        assert {(row.epoch, row.label) for row in gaps if row.member_id == kato} == {
            (epoch, "unknown")
        }


async def test_a_broker_that_stands_still_lets_no_lease_end(
    tmp_path: Path, redis: Redis, broker_url: str
) -> None:
    """Lease and fencing, 5: those who are there are renewed before anybody sweeps."""
    server = int((await redis.info("server"))["process_id"])
    async with running(tmp_path, redis=broker_url, pace=0.02) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with agent(hub.url, device.token) as pc, board(hub.url, await office.boss()) as wall:
            os.kill(server, signal.SIGSTOP)
            try:
                await asyncio.sleep(2)  # longer than the lease of 0.8 s
            finally:
                os.kill(server, signal.SIGCONT)
            pc.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)

            assert wall.shown[mori] == [Label.PRESENT, Label.AWAY]


async def test_without_the_broker_no_board_shows_what_may_not_be_true(
    tmp_path: Path, broker_url: str
) -> None:
    """Watching: a board is closed, and is whole again when the broker is."""
    async with link(broker_url.removeprefix("unix://")) as cable:
        url = f"redis://{cable.address}"
        async with running(tmp_path, redis=url, pace=SLOW) as hub:
            office = await hub.office()
            mori, device = await office.worker("mori")
            boss = await office.boss()
            async with agent(hub.url, device.token) as pc, board(hub.url, boss) as wall:
                cable.refuse()
                cable.cut()
                await until(lambda: not wall.live)
                pc.tell(Presence.AWAY)
                await cable.resume()
                await until(lambda: wall.live and wall.label(mori) is Label.AWAY)

                assert pc.stopped is None
                assert wall.shown[mori] == [Label.PRESENT, Label.AWAY]
                await pc.recorded()


# ---- two hubs


@pytest.mark.requirement("R5", "R82")
async def test_what_one_hub_hears_is_on_the_boards_of_the_other(
    tmp_path: Path, broker_url: str, database_url: str
) -> None:
    """Order and delivery, 7; Watching, 13."""
    async with pair(tmp_path, database_url, broker_url) as (one, other):
        office = await one.office()
        mori, device = await office.worker("mori")
        boss = await office.boss()
        async with agent(one.url, device.token) as pc, board(other.url, boss) as wall:
            pc.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)
            pc.tell(Presence.PRESENT)
            await until(lambda: wall.label(mori) is Label.PRESENT)
            incident = pc.opens(IncidentKind.PEEPING)
            await pc.recorded()
            await until(lambda: wall.phases(incident) == [Phase.OPENED, Phase.RECORDED])


async def test_a_device_that_comes_to_another_hub_is_fenced_at_the_first(
    tmp_path: Path, broker_url: str, database_url: str
) -> None:
    """Lease and fencing, 4."""
    async with pair(tmp_path, database_url, broker_url) as (one, other):
        office = await one.office()
        mori, device = await office.worker("mori")
        async with agent(one.url, device.token) as older, agent(other.url, device.token) as newer:
            await until(lambda: older.stopped)
            assert older.stopped and older.stopped.code == FENCED
            newer.tell(Presence.AWAY)
            await newer.recorded()
        await until(lambda: rows(one.engine, member_id=mori, cause="bye"))
        written = await rows(one.engine, member_id=mori)
        assert [row.cause for row in written] == ["hello", "hello", "report", "bye"]


async def test_a_lease_that_two_hubs_sweep_ends_once(
    tmp_path: Path, broker_url: str, database_url: str
) -> None:
    """Lease and fencing, 5."""
    async with pair(tmp_path, database_url, broker_url) as (one, other):
        office = await one.office()
        members = [await office.worker(f"m{number}") for number in range(5)]
        async with board(other.url, await office.boss()) as wall:
            for _, device in members:
                async with agent(one.url, device.token) as pc:
                    await pc.vanish()
            await until(
                lambda: all(wall.label(member) is Label.OFFLINE for member, _ in members),
                timeout_s=20,
            )
        for member, _ in members:
            ends = [("expiry", "unknown"), ("expiry", "offline")]
            await comes_to(one.engine, [("hello", "present"), *ends], member_id=member)

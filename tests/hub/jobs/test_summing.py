"""Days are added up once they are over, and always add up to what the rows say."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.history.days import DAY, day_of, days, midnight
from hub.jobs.summing import Summing, sum_day
from hub.protocol.facts import Label
from storage.models.people import Member, Tenant
from storage.models.seats import DaySum
from storage.people.tenants import BY_PUNCH, tenant
from storage.seats.belated import belated
from storage.seats.devices import add_device
from storage.seats.history import members_of
from storage.seats.sums import Sums, keep_sums, kept_sums, missing, over_since, sums_of_day
from storage.seats.transitions import Hole, Moment
from storage.seats.transitions import record as write
from tests.hub.history.world import World
from tests.record import company, database_url, person, record

__all__ = ["database_url", "record"]

START = datetime(2026, 9, 7, 1, tzinfo=UTC)  # Monday, 10:00 in Tokyo
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.requirement("R7")


@dataclass
class Office:
    """Two people of a tenant, and what the hub would have written of them."""

    record: AsyncEngine
    tenant: int
    members: list[int]
    worlds: list[World]
    summing: Summing

    async def summed(self, now: datetime) -> None:
        await self.summing.due(now)

    async def kept(self, now: datetime) -> dict[tuple[int, date], Sums]:
        """What is kept, day by day."""
        async with self.record.connect() as conn:
            home = await tenant(conn, self.tenant)
            who = members_of(self.tenant, self.members)
            return {
                (member, day): sums
                for day in days(day_of(START), day_of(now) + DAY)
                for member, sums in (await kept_sums(conn, home, who, day, day + DAY)).items()
            }

    async def again(self, kept: Sequence[tuple[int, date]]) -> dict[tuple[int, date], Sums]:
        """The same, from the rows."""
        found = {}
        async with self.record.connect() as conn:
            home = await tenant(conn, self.tenant)
            for member, day in kept:
                end = midnight(day + DAY)
                found[member, day] = (await sums_of_day(conn, home, [member], day, end))[member]
        return found


@pytest.fixture
async def office(record: AsyncEngine) -> AsyncIterator[Office]:
    async with record.begin() as conn:
        a = await company(conn)
        await conn.execute(update(Tenant).values(created_at=START - 2 * DAY))
        members = [await person(conn, a.id, login) for login in ("mori", "hata")]
        devices = [
            [(await add_device(conn, a.id, one, "PC", START)).id for _ in range(2)]
            for one in members
        ]
    begin = START.timestamp()
    worlds = [
        World(one, tuple(pcs), begin, f"m{one}") for one, pcs in zip(members, devices, strict=True)
    ]
    yield Office(record, a.id, members, worlds, Summing(record))


@dataclass(frozen=True)
class Written:
    """One thing that is recorded, and when: mostly at once, sometimes hours later."""

    at: float
    what: Moment | Hole


def lived(world: World, random: Random) -> list[Written]:
    world.wander(random, 45, 12_000)
    world.settle()
    rows: list[Moment | Hole] = [*world.moments, *world.holes]
    outages = (0, 0, 0, 0.2, 3_000, 30_000)
    return [Written(one.received_at + random.choice(outages), one) for one in rows]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_comes_and_however_late_what_is_kept_is_what_the_rows_say(
    office: Office, seed: int
) -> None:
    random = Random(seed)
    rows = [row for world in office.worlds for row in lived(world, random)]
    rows.sort(key=lambda row: row.at)
    next_sum = START
    checked = 0
    for row in rows:
        now = datetime.fromtimestamp(row.at, UTC)
        async with office.record.begin() as conn:
            moments = [row.what] if isinstance(row.what, Moment) else []
            holes = [row.what] if isinstance(row.what, Hole) else []
            await write(conn, office.tenant, moments, [], holes, now)
        if now > next_sum:
            await office.summed(now)
            next_sum = now + random.randint(3, 15) * HOUR
            kept = await office.kept(now)
            assert await office.again(list(kept)) == kept
            checked += len(kept)
    assert checked > 4
    await office.summed(now + 3 * HOUR)
    kept = await office.kept(now)
    assert {day for _, day in kept} == set(
        days(day_of(START) - DAY, over_since(now + 3 * HOUR))
    ) - {day_of(START) - DAY}
    assert all(sum(sums.values()) == pytest.approx(86_400e6, abs=8) for sums in kept.values())


async def test_a_word_that_comes_while_a_day_is_added_up_keeps_it_from_being_kept(
    office: Office,
) -> None:
    world = office.worlds[0]
    world.connects(world.pcs[0])
    world.pass_by(86_400)
    world.settle()
    now = START + 3 * DAY
    first, *rest = world.moments
    day = day_of(START)
    async with office.record.begin() as conn:
        await write(conn, office.tenant, [first], [], [], START)
    async with office.record.connect() as conn:
        home = await tenant(conn, office.tenant)
        seen = await belated(conn, office.tenant)
        found = await sums_of_day(conn, home, office.members, day, now)
    async with office.record.begin() as conn:
        await write(conn, office.tenant, rest or [replace(first, event_time=1.0)], [], [], now)
    async with office.record.begin() as conn:
        assert not await keep_sums(conn, home, day, found, seen)
        assert await missing(conn, home, day, 9) == office.members
    await sum_day(office.record, home, day, now)
    async with office.record.connect() as conn:
        assert await missing(conn, home, day, 9) == []


async def test_another_rule_of_what_is_work_adds_every_day_up_again(office: Office) -> None:
    lived(office.worlds[0], Random(3))
    now = START + 5 * DAY
    async with office.record.begin() as conn:
        await write(conn, office.tenant, office.worlds[0].moments, [], [], now)
    await office.summed(now)
    before = await office.kept(now)
    async with office.record.begin() as conn:
        await conn.execute(update(Tenant).values(work_from=BY_PUNCH))
    assert await office.kept(now) == {}
    await office.summed(now)
    kept = await office.kept(now)
    assert kept.keys() == before.keys()
    assert await office.again(list(kept)) == kept
    async with office.record.connect() as conn:
        rows = (await conn.execute(select(func.count()).select_from(DaySum))).scalar_one()
    assert rows >= len(kept)


async def test_a_late_word_costs_its_own_member_alone(office: Office) -> None:
    now = START + 3 * DAY
    await office.summed(now)
    mori, hata = office.members
    assert {member for member, _ in await office.kept(now)} == {mori, hata}
    world = office.worlds[0]
    world.connects(world.pcs[0])
    async with office.record.begin() as conn:
        await write(conn, office.tenant, world.moments, [], [], now)
    assert {member for member, _ in await office.kept(now)} == {hata}


async def test_nobody_who_has_left_and_no_day_that_goes_on_is_added_up(office: Office) -> None:
    mori, hata = office.members
    async with office.record.begin() as conn:
        gone = update(Member).where(Member.id == hata)
        await conn.execute(gone.values(disabled_at=START))
    now = midnight(day_of(START) + DAY) + HOUR
    await office.summed(now)
    assert set(await office.kept(now)) == set()
    await office.summed(now + 2 * HOUR)
    assert set(await office.kept(now)) == {(mori, day_of(START))}
    assert Label.OFF in (await office.kept(now))[mori, day_of(START)]

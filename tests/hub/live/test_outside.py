"""When a tenant's limits change, open connections from outside of them end, and no others."""

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.limits import CountryOf, Limits
from hub.protocol.closing import TRY_LATER
from storage.people.limits import set_limits
from storage.people.sessions import actor_of, open_session
from tests.hub.live.walls import Stage, Wall, stage

pytestmark = pytest.mark.requirement("R63")

TOKYO, OSAKA, PARIS = "1.0.16.1", "1.0.32.1", "2.0.0.1"
COUNTRY = {TOKYO: "JP", OSAKA: "JP", PARIS: "FR"}
country_of: CountryOf = COUNTRY.get


async def board_from(on: Stage, address: str) -> Wall:
    now, wall = datetime.now(UTC), on.wall()
    async with on.engine.begin() as conn:
        token = await open_session(conn, on.at.id, on.boss, "browser", now)
        signed_in = await actor_of(conn, token, now)
    assert signed_in
    wall.watcher.session, wall.watcher.address = signed_in.session, address
    return wall


async def limited(on: Stage, limits: Limits) -> None:
    async with on.engine.begin() as conn:
        await set_limits(conn, on.at.id, limits)
    await on.directory()


async def test_who_is_outside_of_the_new_networks_is_told_to_come_later(
    record: AsyncEngine, redis: Redis
) -> None:
    async with stage(record, redis) as on:
        walls = [await board_from(on, address) for address in (TOKYO, OSAKA, PARIS)]
        await limited(on, Limits((ip_network(f"{TOKYO}/32"),)))

        codes = [wall.cable.closed and wall.cable.closed.code for wall in walls]
        assert codes == [None, TRY_LATER, TRY_LATER]


async def test_so_is_who_is_in_another_country(record: AsyncEngine, redis: Redis) -> None:
    async with stage(record, redis) as on:
        on.floor.country_of = country_of
        await limited(on, Limits(countries=frozenset({"JP", "FR"})))
        walls = [await board_from(on, address) for address in (TOKYO, PARIS)]
        await on.directory()
        assert not any(wall.cable.closed for wall in walls)
        await limited(on, Limits(countries=frozenset({"JP"})))

        assert [bool(wall.cable.closed) for wall in walls] == [False, True]


async def test_who_came_in_while_the_limits_changed_is_seen_at_the_next_look(
    record: AsyncEngine, redis: Redis
) -> None:
    """The door asked the limits of before; an address is looked up once for each change."""
    asked: list[str] = []

    def looked_up(address: str) -> str | None:
        asked.append(address)
        return COUNTRY.get(address)

    async with stage(record, redis) as on:
        on.floor.country_of = looked_up
        await limited(on, Limits(countries=frozenset({"JP"})))
        inside, late = await board_from(on, TOKYO), await board_from(on, PARIS)
        for _ in range(3):
            await on.people(0)

        assert late.cable.closed
        assert inside.cable.closed is None
        assert asked.count(TOKYO) == 1

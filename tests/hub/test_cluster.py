"""The hub on a real Redis Cluster: tenants spread over its shards, and one that is lost."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from hub.checks import Level
from hub.live.broker import key
from hub.protocol.facts import Label, Presence
from hub.shell.doctor import findings
from storage.database import embedded_url, upgrade
from tests.brokers import Shard, Shards, cluster, moved
from tests.clock import until
from tests.hubs import PLAIN, Office, Running, running, settings
from tests.peers import agent, board


@pytest.fixture
async def shards(tmp_path: Path) -> AsyncIterator[Shards]:
    async with cluster(tmp_path) as three:
        yield three


@dataclass
class Apart:
    """Two tenants on different shards; the hub's address leads to the shard of `other`."""

    one: Office
    other: Office
    shard: Shard


async def apart(hub: Running, shards: Shards) -> Apart:
    """As many tenants as it takes."""
    last = shards.all[-1]
    held = [await hub.office() for _ in range(6)]
    while not {len(shards.all) - 1} < {shards.all.index(shards.of(one.id)) for one in held}:
        held.append(await hub.office())
    other = next(one for one in held if shards.of(one.id) is last)
    lost = next(one for one in held if shards.of(one.id) is not last)
    return Apart(lost, other, shards.of(lost.id))


async def get(hub: Running, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=hub.url, verify=PLAIN) as client:
        return await client.get(path)


@pytest.mark.requirement("R82")
async def test_a_shard_that_is_lost_takes_only_its_own_tenants(
    tmp_path: Path, shards: Shards
) -> None:
    record = embedded_url(tmp_path)
    async with running(tmp_path / "a", database=record, redis=shards.url) as hub:
        two = await apart(hub, shards)
        mori, pc = await two.one.worker("mori")
        sato, mac = await two.other.worker("sato")
        async with (
            running(tmp_path / "b", database=record, redis=shards.url) as node,
            agent(hub.url, pc.token) as at_one,
            agent(hub.url, mac.token) as at_other,
            board(node.url, await two.one.boss()) as wall,
            board(node.url, await two.other.boss()) as far,
        ):
            at_one.tell(Presence.AWAY)
            at_other.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is far.label(sato) is Label.AWAY)
            await at_one.recorded()
            await at_other.recorded()
            assert await two.shard.redis.exists(key(two.one.id, "seats"))
            assert await shards.of(two.other.id).redis.exists(key(two.other.id, "seats"))

            wholes = far.wholes
            await two.shard.kill()
            await until(lambda: not wall.live)
            at_other.tell(Presence.PRESENT)
            await until(lambda: far.label(sato) is Label.PRESENT)
            await at_other.recorded()
            assert far.live
            assert far.wholes == wholes

            ready = await get(hub, "/readyz")
            assert (ready.status_code, ready.json()["ready"]) == (200, True)
            assert ready.json()["tenants_blind"] >= 1
            counted = (await get(hub, "/metrics")).text
            assert float(re.findall(r"^zaiseki_tenants_blind (\S+)$", counted, re.M)[0]) >= 1

            await two.shard.start()
            await until(lambda: wall.live and wall.label(mori) is Label.AWAY)
            at_one.tell(Presence.PRESENT)
            await until(lambda: wall.label(mori) is Label.PRESENT)
            await at_one.recorded()


async def test_a_tenant_moves_to_another_shard_while_people_come_and_go(
    tmp_path: Path, shards: Shards
) -> None:
    """The hub finds its keys again, and hears the bell where they are now."""
    async with running(tmp_path, database=embedded_url(tmp_path), redis=shards.url) as hub:
        office = await hub.office()
        mori, pc = await office.worker("mori")
        async with agent(hub.url, pc.token) as at, board(hub.url, await office.boss()) as wall:
            at.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)
            before = wall.epoch
            to = next(one for one in shards.all if one is not shards.of(office.id))
            await moved(shards, office.id, to)
            at.tell(Presence.PRESENT)

            await until(lambda: wall.live and wall.label(mori) is Label.PRESENT)
            await at.recorded()
            await until(lambda: wall.live and wall.epoch != before)
            assert wall.label(mori) is Label.PRESENT
            bell = key(office.id, "live")
            heard = await to.redis.execute_command("PUBSUB", "SHARDNUMSUB", bell)
            assert heard == [bell.encode(), 1]
            assert await to.redis.exists(key(office.id, "seats"))
            at.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)


async def test_the_doctor_looks_at_every_shard(
    tmp_path: Path, shards: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.checks.broker.SLOW_ANSWER_S", 10.0)  # how quick is not asked here
    record = embedded_url(tmp_path)
    await upgrade(record)
    known = settings(tmp_path / "state", database=record, redis=shards.url)
    found = [one async for one in findings(known) if one.part == "broker"]
    assert [one.level for one in found] == [Level.OK] * 3

    await shards.all[0].kill()
    await shards.all[1].redis.config_set("cluster-require-full-coverage", "yes")
    found = [one async for one in findings(known) if one.part == "broker"]

    assert any(f":{shards.all[0].port}" in one.said for one in found if one.level is Level.FAIL)
    assert any("full-coverage" in one.said for one in found if one.level is Level.WARN)

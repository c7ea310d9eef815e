"""A member takes away an image of themselves: where policy allows it, and what stays."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import select

from hub.access import Role
from hub.protocol.facts import EvidenceLevel
from hub.verifying import verify
from storage.models.log import LogEntry
from tests.clock import until
from tests.hub.http.pictures.test_evidence import NOON, Pc, claim, jpeg
from tests.hubs import running

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("R40", "R57")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pc]:
    async with running(tmp_path_factory.mktemp("hub")) as hub:
        office = await hub.office()
        member, device = await office.worker("mori")
        headers = {"Authorization": f"Bearer {device.token}"}
        async with httpx2.AsyncClient(base_url=hub.url, headers=headers, trust_env=False) as http:
            await allow(Pc(hub, office, member, device.id, http), True)
            yield Pc(hub, office, member, device.id, http)


NUMBERS: Iterator[int] = iter(range(1, 1000))


@asynccontextmanager
async def person(pc: Pc, member: int) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {await pc.office.signed_in(member)}"}
    url = f"{pc.hub.url}/api/v1/"
    async with httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        yield client


async def allow(pc: Pc, allowed: bool) -> None:
    boss = await pc.office.member(f"boss{next(NUMBERS)}", Role.ADMINISTRATOR)
    async with person(pc, boss) as client:
        wanted = {"evidence": EvidenceLevel.PERIODIC, "erase_own": allowed}
        assert (await client.put("policy", json=wanted)).status_code == 204
        assert (await client.get("policy")).json()["erase_own"] is allowed


async def taken(pc: Pc, **other: Any) -> str:
    """One stored image of the member."""
    number = next(NUMBERS)
    said = claim(jpeg(), number, **other)
    assert (await pc.send(jpeg(), number=number, **other)).json()["state"] == "stored"
    return said.id


async def one_of(client: httpx2.AsyncClient, image: str) -> dict[str, Any]:
    items = (await client.get("evidence")).json()["items"]
    return next(item for item in items if item["id"] == image)


async def test_the_image_goes_for_everybody_and_the_record_says_who_took_it_away(pc: Pc) -> None:
    image = await taken(pc)
    stayed = await taken(pc)
    boss = await pc.office.member("boss", Role.ADMINISTRATOR)
    async with person(pc, pc.member) as mori, person(pc, boss) as admin:
        day = f"members/{pc.member}/presence?from={NOON - 43_200}&to={NOON + 43_200}"
        before = await mori.get(day)
        gone = await mori.delete(f"evidence/{image}")
        seen = await one_of(admin, image)
        opened = await mori.get(f"evidence/{image}")
        after = await mori.get(day)

    assert gone.status_code == 204, gone.text
    assert (seen["state"], seen["reason"]) == ("erased", "own_wish")
    assert seen["erased_at"] and seen["sha256"], "what was signed stays"
    assert opened.status_code == 410
    assert before.status_code == 200
    assert after.json() == before.json(), "what was worked is as it was"
    await until(lambda: [image in str(file) for file in pc.vaulted].count(True) == 0)
    assert any(stayed in str(file) for file in pc.vaulted)
    async with pc.hub.engine.connect() as conn:
        wanted = select(LogEntry.actor_id, LogEntry.subject)
        told = [tuple(row) for row in await conn.execute(wanted.order_by(LogEntry.id.desc()))]
    assert (pc.member, {"member": pc.member, "image": image, "reason": "own_wish"}) in told
    verdict = await verify(pc.hub.settings)
    assert verdict.whole, verdict.first
    assert sum(tenant.erased for tenant in verdict.tenants) == 1


async def test_one_that_is_still_on_its_way_is_refused_when_it_comes(pc: Pc) -> None:
    data = jpeg()
    said = claim(data, next(NUMBERS))
    await pc.offer(said)
    async with person(pc, pc.member) as mori:
        assert (await mori.delete(f"evidence/{said.id}")).status_code == 204

    assert (await pc.put(said, data)).json()["state"] == "erased"
    assert (await pc.offer(said)).json()["state"] == "erased"


@contextmanager
def refused(answer: httpx2.Response) -> Iterator[tuple[int, str, str | None]]:
    document = answer.json()
    yield answer.status_code, document["type"], document.get("reason")


async def test_one_of_an_incident_stays(pc: Pc) -> None:
    image = await taken(pc, incident="c" * 32)
    async with person(pc, pc.member) as mori:
        for language, words in (("ja", "インシデントの画像は消せません"), ("en", "incident")):
            answer = await mori.delete(f"evidence/{image}", headers={"Accept-Language": language})
            assert words in answer.json()["detail"]
            with refused(answer) as why:
                assert why == (409, "/problems/image-stays", "of_incident")
        assert (await one_of(mori, image))["state"] == "stored"


async def test_nothing_goes_twice(pc: Pc) -> None:
    image = await taken(pc)
    async with person(pc, pc.member) as mori:
        await mori.delete(f"evidence/{image}")
        with refused(await mori.delete(f"evidence/{image}")) as why:
            assert why == (410, "/problems/no-image", "erased")


async def test_a_colleagues_image_is_not_there_and_a_supervisor_takes_none_away(pc: Pc) -> None:
    image = await taken(pc)
    kato = await pc.office.member("kato")
    boss = await pc.office.member(f"boss{next(NUMBERS)}", Role.ADMINISTRATOR)
    for other in (kato, boss):
        async with person(pc, other) as client:
            with refused(await client.delete(f"evidence/{image}")) as why:
                assert why[0] == 404
    async with person(pc, pc.member) as mori:
        assert (await one_of(mori, image))["state"] == "stored"


async def test_where_the_company_does_not_allow_it_it_stays(pc: Pc) -> None:
    image = await taken(pc)
    await allow(pc, False)
    async with person(pc, pc.member) as mori:
        for language, words in (("ja", "この会社の設定"), ("en", "policy")):
            answer = await mori.delete(f"evidence/{image}", headers={"Accept-Language": language})
            assert words in answer.json()["detail"]
            with refused(answer) as why:
                assert why == (409, "/problems/image-stays", "policy")
    await allow(pc, True)

"""Incidents as people work on them: taken, judged one by one or at once, and disputed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, select

from hub.access import Role
from hub.protocol.facts import IncidentKind, Phase
from storage.models.images import Evidence
from storage.models.incidents import Incident
from storage.models.log import LogEntry
from tests.clock import until
from tests.hubs import PLAIN, Office, Running, running
from tests.peers import ScriptedAgent, ScriptedBoard, agent, board

INCIDENTS = "/api/v1/incidents"


@dataclass
class Case:
    """A worker with a device, two who may judge, one who may not; and the board of one of them."""

    hub: Running
    office: Office
    mori: int
    saito: int
    tanaka: int
    pc: ScriptedAgent
    wall: ScriptedBoard
    rest: dict[str, httpx2.AsyncClient] = field(default_factory=dict)

    async def opened(self, kind: IncidentKind = IncidentKind.PEEPING) -> str:
        id = self.pc.opens(kind)
        await self.pc.recorded()
        return id

    async def pictured(self, incident: str) -> str:
        """An image of it in the record, as far as rights and viewings know of images."""
        id = incident[::-1]
        row = {
            "tenant_id": self.office.id, "id": id, "member_id": self.mori, "device_id": 1,
            "incident_id": incident, "kind": "camera", "taken_at": datetime.now(UTC),
            "state": "absent", "recorded_at": datetime.now(UTC),
        }  # fmt: skip
        async with self.hub.engine.begin() as conn:
            await conn.execute(insert(Evidence).values(row))
        return id

    async def logged(self) -> list[str]:
        async with self.hub.engine.connect() as conn:
            wanted = select(LogEntry.what).where(LogEntry.what.startswith("incident."))
            return list((await conn.execute(wanted.order_by(LogEntry.id))).scalars())


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    async with running(tmp_path / "hub") as hub, AsyncExitStack() as stack:
        office = await hub.office()
        mori, device = await office.worker("mori", groups=[office.at.tokyo])
        saito = await office.member("saito", Role.SUPERVISOR, supervises=[office.at.tokyo])
        tanaka = await office.member("tanaka", Role.SUPERVISOR, supervises=[office.at.sales])
        other = await office.member("ueda", Role.SUPERVISOR, supervises=[office.at.development])
        pc = await stack.enter_async_context(agent(hub.url, device.token))
        tokens = {
            name: await office.signed_in(id)
            for name, id in (("mori", mori), ("saito", saito), ("tanaka", tanaka), ("ueda", other))
        }
        wall = await stack.enter_async_context(board(hub.url, tokens["tanaka"]))
        made = Case(hub, office, mori, saito, tanaka, pc, wall)
        for name, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
            client = httpx2.AsyncClient(
                base_url=hub.url, headers=headers, trust_env=False, verify=PLAIN
            )
            made.rest[name] = await stack.enter_async_context(client)
        yield made


def ids(answer: httpx2.Response) -> list[str]:
    return [one["id"] for one in answer.json()["items"]]


@pytest.mark.requirement("R6")
async def test_the_queue_has_the_gravest_first_and_then_who_waits_longest(case: Case) -> None:
    peeping = [await case.opened() for _ in range(2)]
    covered = await case.opened(IncidentKind.CAMERA_COVERED)
    grave = await case.opened(IncidentKind.IMPERSONATION)
    rest = case.rest["saito"]

    queue = {"state": "open", "order": "gravest"}
    assert ids(await rest.get(INCIDENTS, params=queue)) == [grave, *peeping, covered]

    asked, pages = queue | {"limit": "1"}, list[str]()
    for _ in range(4):
        page = await rest.get(INCIDENTS, params=asked)
        pages += ids(page)
        asked["cursor"] = page.json().get("next", "")
    assert (pages, asked["cursor"]) == ([grave, *peeping, covered], "")

    await rest.post(f"{INCIDENTS}/{grave}/verdict", json={"verdict": "confirmed"})
    assert ids(await rest.get(INCIDENTS, params=queue)) == [*peeping, covered]
    assert ids(await rest.get(INCIDENTS, params={"state": "judged"})) == [grave]
    assert ids(await rest.get(INCIDENTS, params={"kind": "camera_covered"})) == [covered]
    assert ids(await case.rest["ueda"].get(INCIDENTS, params=queue)) == []
    bad = await rest.get(
        INCIDENTS, params=queue | {"cursor": "MjAyNi0xMS0yMFQwOTowMDowMCswMDowMH7DoQ"}
    )
    assert bad.status_code == 422


async def test_who_takes_an_incident_is_seen_on_every_board(case: Case) -> None:
    id = await case.opened()
    rest, url = case.rest["saito"], f"{INCIDENTS}/{id}/assignee"

    assert (await case.rest["ueda"].put(url, json={"assignee": case.saito})).status_code == 404
    assert (await case.rest["mori"].put(url, json={"assignee": case.mori})).status_code == 404
    assert (await rest.put(url, json={"assignee": case.mori})).status_code == 404
    taken = (await rest.put(url, json={"assignee": case.saito})).json()
    assert (taken["assignee"], taken["assignee_name"]) == (case.saito, "saitoさん")
    await until(lambda: case.wall.phases(id)[-1:] == [Phase.TAKEN])
    assert [one.assignee for one in case.wall.news][-1:] == [case.saito]
    assert ids(await rest.get(INCIDENTS, params={"mine": "true"})) == [id]
    assert ids(await case.rest["tanaka"].get(INCIDENTS, params={"mine": "true"})) == []

    await case.rest["tanaka"].put(url, json={"assignee": None})
    await until(lambda: case.wall.phases(id)[-2:] == [Phase.TAKEN] * 2)
    assert [one.assignee for one in case.wall.news][-1:] == [None]
    await rest.post(f"{INCIDENTS}/{id}/verdict", json={"verdict": "benign"})
    again = await rest.put(url, json={"assignee": case.saito})
    assert again.json()["type"] == "/problems/judged"
    assert await case.logged() == ["incident.taken", "incident.released", "incident.judged"]


async def test_several_are_judged_at_once_only_by_who_looked_at_each(case: Case) -> None:
    both = [await case.opened(), await case.opened()]
    images = [await case.pictured(id) for id in both]
    rest, said = case.rest["saito"], {"incidents": both, "verdict": "false_positive"}
    looks = {"purpose": "incident_review"}

    await rest.post(f"/api/v1/evidence/{images[0]}/viewings", json=looks)
    refused = await rest.post(f"{INCIDENTS}/verdicts", json=said)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-viewed")
    assert ids(await rest.get(INCIDENTS, params={"state": "judged"})) == []

    await case.rest["tanaka"].post(f"/api/v1/evidence/{images[1]}/viewings", json=looks)
    assert (await rest.post(f"{INCIDENTS}/verdicts", json=said)).status_code == 409
    await rest.post(f"/api/v1/evidence/{images[1]}/viewings", json=looks)
    done = await rest.post(f"{INCIDENTS}/verdicts", json=said)
    assert {one["verdict"] for one in done.json()["items"]} == {"false_positive"}
    assert all(one["viewed"] for one in done.json()["items"])
    await until(lambda: all(case.wall.phases(id)[-1:] == [Phase.JUDGED] for id in both))
    stranger = await case.rest["ueda"].post(f"{INCIDENTS}/verdicts", json=said)
    assert stranger.status_code == 404


async def test_who_judges_what_another_has_just_judged_is_told(case: Case) -> None:
    id = await case.opened()
    url, knows_none = f"{INCIDENTS}/{id}/verdict", {"verdict": "benign", "after": None}
    rest, other = case.rest["saito"], case.rest["tanaka"]

    first = (await other.post(url, json={"verdict": "confirmed", "after": None})).json()
    refused = await rest.post(url, json=knows_none)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/judged-meanwhile")
    assert (await rest.get(f"{INCIDENTS}/{id}")).json()["incident"]["verdict"] == "confirmed"
    knowing = await rest.post(url, json=knows_none | {"after": first["judged_at"]})
    assert (knowing.json()["verdict"], knowing.json()["judged_by"]) == ("benign", "saitoさん")

    image = await case.pictured(id)
    await rest.post(f"/api/v1/evidence/{image}/viewings", json={"purpose": "incident_review"})
    several = await rest.post(
        f"{INCIDENTS}/verdicts", json={"incidents": [id], "verdict": "confirmed"}
    )
    assert several.json()["type"] == "/problems/judged-meanwhile"


@pytest.mark.requirement("R6")
async def test_what_a_word_replaced_counts_again_when_it_is_taken_back(case: Case) -> None:
    id = await case.opened()
    url = f"{INCIDENTS}/{id}/verdict"
    rest, other = case.rest["saito"], case.rest["tanaka"]
    await other.post(url, json={"verdict": "confirmed", "note": "本人に確認した"})
    await rest.post(url, json={"verdict": "benign"})

    assert (await other.delete(url)).json()["type"] == "/problems/verdict-stands"
    assert (await rest.delete(url)).status_code == 204
    shown = (await rest.get(f"{INCIDENTS}/{id}")).json()
    stands = shown["incident"]
    assert (stands["verdict"], stands["judged_by"], stands["note"]) == (
        "confirmed", "tanakaさん", "本人に確認した",
    )  # fmt: skip
    assert [one["what"] for one in shown["course"]] == ["opened", "judged", "judged", "withdrawn"]
    assert ids(await rest.get(INCIDENTS, params={"state": "open"})) == []
    await until(lambda: case.wall.phases(id)[-3:] == [Phase.JUDGED] * 3)
    assert case.wall.news[-1].verdict == "confirmed"

    assert (await other.delete(url)).status_code == 204
    assert ids(await rest.get(INCIDENTS, params={"state": "open"})) == [id]
    assert (await other.delete(url)).status_code == 409


async def test_the_queue_counts_all_its_pages(case: Case) -> None:
    ids_ = [await case.opened() for _ in range(3)]
    rest, queue = case.rest["saito"], {"state": "open", "limit": "1", "total": "true"}
    page = (await rest.get(INCIDENTS, params=queue)).json()
    assert (len(page["items"]), page["total"], page["items"][0]["device_name"]) == (1, 3, "PC")
    assert "total" not in (await rest.get(INCIDENTS, params={"state": "open"})).json()

    await rest.post(f"{INCIDENTS}/{ids_[0]}/verdict", json={"verdict": "confirmed"})
    await rest.put(f"{INCIDENTS}/{ids_[1]}/assignee", json={"assignee": case.saito})
    asked = [queue, queue | {"mine": "true"}, queue | {"kind": "camera_covered"}]
    totals = [(await rest.get(INCIDENTS, params=one)).json()["total"] for one in asked]
    assert totals == [2, 1, 0]
    assert (await case.rest["ueda"].get(INCIDENTS, params=queue)).json()["total"] == 0


async def test_who_judges_sees_when_it_goes_up(case: Case) -> None:
    id = await case.opened()
    url, rest = f"{INCIDENTS}/{id}", case.rest["saito"]
    shown = (await rest.get(url)).json()
    minutes = (shown["goes_up_at"] - shown["incident"]["opened_at"]) / 60
    assert minutes == pytest.approx(15, abs=1)
    assert (await case.rest["mori"].get(url)).json()["goes_up_at"] is None

    await rest.put(f"{url}/assignee", json={"assignee": case.saito})
    assert (await rest.get(url)).json()["goes_up_at"] is None


@pytest.mark.requirement("R6")
async def test_the_member_objects_and_it_waits_for_another_word(case: Case) -> None:
    id = await case.opened(IncidentKind.IMPERSONATION)
    url, said = f"{INCIDENTS}/{id}/dispute", {"text": "眼鏡を変えただけで、本人です。"}
    worker, rest = case.rest["mori"], case.rest["saito"]
    await rest.put(f"{INCIDENTS}/{id}/assignee", json={"assignee": case.saito})
    await rest.post(f"{INCIDENTS}/{id}/verdict", json={"verdict": "confirmed"})
    assert ids(await rest.get(INCIDENTS, params={"state": "open"})) == []
    assert (await rest.get(f"{INCIDENTS}/{id}")).json()["goes_up_at"] is None

    assert (await rest.post(url, json=said)).status_code == 404
    assert (await worker.post(url, json={"text": " \n"})).status_code == 422
    assert (await worker.post(url, json=said)).json()["dispute"] == said["text"]
    assert (await worker.post(url, json=said)).json()["type"] == "/problems/disputed"
    await until(lambda: case.wall.phases(id)[-1:] == [Phase.DISPUTED])
    assert ids(await rest.get(INCIDENTS, params={"state": "open"})) == [id]

    shown = (await rest.get(f"{INCIDENTS}/{id}")).json()
    assert [step["what"] for step in shown["course"]] == ["opened", "taken", "judged", "disputed"]
    assert shown["course"][-1]["text"] == said["text"]
    assert (shown["may_judge"], shown["may_dispute"]) == (True, False)
    assert "assignee" not in shown["incident"]
    assert shown["goes_up_at"] == pytest.approx(shown["incident"]["disputed_at"] + 15 * 60)
    await rest.put(f"{INCIDENTS}/{id}/assignee", json={"assignee": case.saito})
    assert (await rest.get(f"{INCIDENTS}/{id}")).json()["goes_up_at"] is None
    await rest.post(f"{INCIDENTS}/{id}/verdict", json={"verdict": "benign", "note": "確認した"})
    assert ids(await rest.get(INCIDENTS, params={"state": "open"})) == []
    assert await case.logged() == [
        "incident.taken", "incident.judged", "incident.disputed", "incident.taken",
        "incident.judged",
    ]  # fmt: skip


async def test_one_incident_in_full_tells_what_helps_to_judge_it(case: Case) -> None:
    earlier, id = await case.opened(), await case.opened()
    image, rest = await case.pictured(id), case.rest["saito"]
    await rest.post(f"{INCIDENTS}/{earlier}/verdict", json={"verdict": "false_positive"})
    await rest.post(f"/api/v1/evidence/{image}/viewings", json={"purpose": "incident_review"})
    async with case.hub.engine.begin() as conn:
        row = (await conn.execute(select(Incident.__table__).where(Incident.id == id))).one()
        old = dict(row._mapping) | {"id": "0" * 32, "opened_at": row.opened_at - timedelta(days=91)}
        far = dict(row._mapping) | {"id": "1" * 32, "opened_at": row.opened_at - timedelta(days=9)}
        await conn.execute(insert(Incident).values([old, far]))

    shown: dict[str, Any] = (await rest.get(f"{INCIDENTS}/{id}")).json()
    assert shown["incident"]["viewed"]
    assert [one["id"] for one in shown["neighbours"]] == [earlier]
    assert shown["past"] == [
        {"kind": "peeping", "count": 1},
        {"kind": "peeping", "count": 1, "verdict": "false_positive"},
    ]
    assert [one["name"] for one in shown["assignable"]] == ["saitoさん", "tanakaさん"]
    [look] = [step for step in shown["course"] if step["what"] == "viewed"]
    assert (look["by_name"], look["purpose"]) == ("saitoさん", "incident_review")

    own = (await case.rest["mori"].get(f"{INCIDENTS}/{id}")).json()
    assert (own["may_judge"], own["may_dispute"], own["past"], own["assignable"]) == (
        False, True, [], [],
    )  # fmt: skip
    assert [step["what"] for step in own["course"]] == ["opened", "viewed"]
    assert (await case.rest["ueda"].get(f"{INCIDENTS}/{id}")).status_code == 404


async def test_nobody_judges_or_takes_what_is_about_themselves(case: Case) -> None:
    office = case.office
    chief = await office.member(
        "chief", Role.SUPERVISOR, groups=[office.at.tokyo], supervises=[office.at.tokyo]
    )
    device = await office.device(chief)
    headers = {"Authorization": f"Bearer {await office.signed_in(chief)}"}
    async with (
        agent(case.hub.url, device.token) as pc,
        httpx2.AsyncClient(
            base_url=case.hub.url, headers=headers, trust_env=False, verify=PLAIN
        ) as rest,
    ):
        id = pc.opens(IncidentKind.PEEPING)
        await pc.recorded()
        refused = await rest.post(f"{INCIDENTS}/{id}/verdict", json={"verdict": "benign"})
        assert refused.json()["type"] == "/problems/not-allowed"
        taking = await rest.put(f"{INCIDENTS}/{id}/assignee", json={"assignee": chief})
        assert taking.status_code == 403
        assert not (await rest.get(f"{INCIDENTS}/{id}")).json()["may_judge"]
    cards = (await case.rest["saito"].get(f"{INCIDENTS}/{id}")).json()["assignable"]
    assert [one["name"] for one in cards] == ["saitoさん", "tanakaさん"]

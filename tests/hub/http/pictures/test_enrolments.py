"""Templates reach the hub by device, count once they are approved, and name no colleague."""

import base64
import struct
from datetime import UTC, datetime

import pytest

from hub.protocol.enrolling import ConsentPurpose
from storage.people.members import member_by_login
from storage.seats.devices import add_device
from tests.hub.http.site import Site, problem
from tests.record import person

MODEL = "a" * 64


def template(*of: float) -> str:
    numbers = [*of, *[0.0] * (512 - len(of))]
    return base64.b64encode(struct.pack("<512f", *numbers)).decode()


def enrolment(*of: float, condition: str = "plain") -> dict[str, object]:
    return {"model": MODEL, "condition": condition, "images": 7, "template": template(*of)}


async def device(hub: Site, login: str) -> dict[str, str]:
    async with hub.engine.begin() as conn:
        member = await member_by_login(conn, hub.a.id, login)
        member = member or await person(conn, hub.a.id, login, groups=[hub.a.tokyo])
        made = await add_device(conn, hub.a.id, member, "PC", datetime.now(UTC))
    return {"Authorization": f"Bearer {made.token}"}


async def by_supervisors(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        answer = await boss.put("/api/v1/enrolments/approval", json={"by": "supervisor"})
    assert answer.status_code == 204


@pytest.mark.requirement("R28")
async def test_an_enrolment_counts_at_once_where_members_approve_their_own(hub: Site) -> None:
    one, other = await device(hub, "mori"), await device(hub, "mori")
    async with hub.client(origin="") as pc:
        for condition in ("plain", "glasses"):
            body = enrolment(1.0, condition=condition)
            made = await pc.post("/api/v1/agent/enrolments", json=body, headers=one)
            assert (made.status_code, made.json()["state"]) == (201, "approved")
        asked = {"model": MODEL}
        there = await pc.get("/api/v1/agent/enrolments", params=asked, headers=other)
        gone = f"/api/v1/agent/enrolments/{made.json()['id']}"
        assert (await pc.delete(gone, headers=other)).status_code == 204
        left = await pc.get("/api/v1/agent/enrolments", params=asked, headers=one)

    assert [item["template"] for item in there.json()["items"]] == [template(1.0)] * 2
    assert [item["condition"] for item in left.json()["items"]] == ["plain"]


@pytest.mark.requirement("R28")
async def test_a_supervisor_approves_what_another_pc_then_fetches(hub: Site) -> None:
    await by_supervisors(hub)
    pc = await device(hub, "mori")
    async with hub.client(origin="") as agent, hub.signed_in("sato") as sato:
        made = await agent.post("/api/v1/agent/enrolments", json=enrolment(1.0), headers=pc)
        waiting = await agent.get("/api/v1/agent/enrolments", params={"model": MODEL}, headers=pc)
        path = f"/api/v1/enrolments/{made.json()['id']}/decision"
        decided = await sato.post(path, json={"approve": True})
        again = await sato.post(path, json={"approve": False})
        fetched = await agent.get("/api/v1/agent/enrolments", params={"model": MODEL}, headers=pc)

    assert made.json()["state"] == "pending"
    assert "template" not in waiting.json()["items"][0]
    assert (decided.status_code, problem(again)) == (204, "not-found")
    assert fetched.json()["items"][0]["template"] == template(1.0)


@pytest.mark.requirement("R28")
async def test_everybody_whose_face_may_be_enrolled_is_told_who_approves_it(hub: Site) -> None:
    asked = "/api/v1/enrolments/approval"
    async with hub.signed_in("mori") as mori:
        before = (await mori.get(asked)).json()
        await by_supervisors(hub)
        after = (await mori.get(asked)).json()

    assert (before, after) == ({"by": "self"}, {"by": "supervisor"})


async def test_nobody_decides_about_their_own_face_or_outside_their_groups(hub: Site) -> None:
    await by_supervisors(hub)
    own, foreign = await device(hub, "sato"), await device(hub, "boss")
    async with hub.client(origin="") as agent, hub.signed_in("sato") as sato:
        for headers in (own, foreign):
            made = await agent.post(
                "/api/v1/agent/enrolments", json=enrolment(1.0), headers=headers
            )
            path = f"/api/v1/enrolments/{made.json()['id']}/decision"
            assert problem(await sato.post(path, json={"approve": True})) == "not-found"
    async with hub.signed_in("mori") as mori:
        refused = await mori.put("/api/v1/enrolments/approval", json={"by": "self"})
    assert problem(refused) == "not-allowed"


async def test_only_the_approver_hears_that_somebody_looks_alike_and_not_who(hub: Site) -> None:
    await by_supervisors(hub)
    mori, twin = await device(hub, "mori"), await device(hub, "futago")
    async with hub.client(origin="") as agent:
        await agent.post("/api/v1/agent/enrolments", json=enrolment(1.0), headers=mori)
        made = await agent.post("/api/v1/agent/enrolments", json=enrolment(0.8, 0.6), headers=twin)
        own = await agent.get("/api/v1/agent/enrolments", params={"model": MODEL}, headers=twin)
    async with hub.signed_in("sato") as sato, hub.signed_in("mori") as worker:
        judged = (await sato.get("/api/v1/enrolments")).json()["items"]
        seen = (await worker.get("/api/v1/enrolments")).json()["items"]

    assert "alike" not in made.text + own.text
    assert judged[0]["alike"] == pytest.approx(0.8, abs=1e-6)
    assert all("template" not in item for item in judged)
    assert [item["name"] for item in seen] == ["moriさん"]
    assert "alike" not in seen[0]


@pytest.mark.requirement("R4")
async def test_a_deleted_enrolment_takes_its_template_with_it(hub: Site) -> None:
    pc = await device(hub, "mori")
    async with hub.client(origin="") as agent, hub.signed_in("boss") as boss:
        made = await agent.post("/api/v1/agent/enrolments", json=enrolment(1.0), headers=pc)
        path = f"/api/v1/enrolments/{made.json()['id']}"
        assert (await boss.delete(path)).status_code == 204
        assert problem(await boss.delete(path)) == "not-found"
        left = await agent.get("/api/v1/agent/enrolments", params={"model": MODEL}, headers=pc)
    assert left.json()["items"] == []


@pytest.mark.parametrize("bad", [enrolment(float("nan")), {**enrolment(1.0), "template": "AAAA"}])
async def test_a_template_that_is_none_is_refused(hub: Site, bad: dict[str, object]) -> None:
    pc = await device(hub, "mori")
    async with hub.client(origin="") as agent:
        answer = await agent.post("/api/v1/agent/enrolments", json=bad, headers=pc)
    assert problem(answer) == "invalid"


@pytest.mark.requirement("R57")
async def test_a_consent_is_recorded_once_with_version_and_device(hub: Site) -> None:
    pc = await device(hub, "mori")
    given = {"version": "1", "kind": "accepted", "at": 1_780_000_000.5}
    async with hub.client(origin="") as agent:
        for _ in range(2):
            answer = await agent.post("/api/v1/agent/consents", json=given, headers=pc)
            assert answer.status_code == 204
        looked = await agent.get("/api/v1/agent/viewings", headers=pc)
    async with hub.engine.connect() as conn:
        rows = await conn.exec_driver_sql(
            "SELECT purpose, version, kind FROM consents WHERE device_id IS NOT NULL"
        )
        assert sorted(map(tuple, rows)) == [
            (purpose, "1", "accepted") for purpose in sorted(ConsentPurpose)
        ]
    assert looked.json() == {"items": []}

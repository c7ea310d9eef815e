"""Charter and consent: nothing without a charter, and nothing that a member has not agreed to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from hub.access import Role
from storage.consent.charters import take_effect
from storage.models.images import Consent
from storage.people.members import add_member
from storage.people.tenants import create_tenant
from tests.hub.http.pictures.test_enrolments import device, enrolment
from tests.hub.http.site import HASH, Site, problem, sign_in

pytestmark = pytest.mark.requirement("R57")

CHARTER: dict[str, Any] = {
    "purpose": "在席の確認",
    "responsible": "総務部長",
    "contact": "privacy@example.com",
    "rules": "勤務中だけ撮影する。\n画像は3か月で消す。",
    "viewers": "上司と本人",
    "audit_on": "2027-03-31",
}


async def mine(client: httpx2.AsyncClient) -> dict[str, Any]:
    return dict((await client.get("/api/v1/policy")).json()["mine"])


async def test_without_a_charter_nothing_is_captured_and_with_one_members_are_asked(
    hub: Site,
) -> None:
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        b = await create_tenant(conn, "株式会社B", now)
        for login, role in (("chief", Role.ADMINISTRATOR), ("kato", Role.WORKER)):
            await add_member(
                conn, b.id, login=login, name=login, role=role, password_hash=HASH, now=now
            )
    async with hub.client() as chief, hub.client() as kato:
        await sign_in(chief, "chief", system_id=b.system_id)
        await sign_in(kato, "kato", system_id=b.system_id)
        before = await mine(kato)
        made = await chief.post("/api/v1/charter", json=CHARTER)
        asked = await mine(kato)
        await kato.post("/api/v1/consents", json={"kind": "accepted", "charter": 1})
        after = await mine(kato)
        refused = await kato.post("/api/v1/charter", json=CHARTER)

    assert (before["evidence"], before["quiet"]) == ("off", "no_charter")
    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert (asked["evidence"], asked["quiet"]) == ("off", "no_consent")
    assert "quiet" not in after
    assert problem(refused) == "not-allowed"


@pytest.mark.requirement("R70")
async def test_a_changed_charter_counts_in_thirty_days_or_for_a_reason_and_asks_again(
    hub: Site,
) -> None:
    soon = (datetime.now(UTC) + timedelta(days=3)).timestamp()
    async with hub.signed_in("boss") as boss, hub.signed_in("mori") as mori:
        short = await boss.post("/api/v1/charter", json={**CHARTER, "effective_at": soon})
        coming = (await boss.post("/api/v1/charter", json=CHARTER)).json()
        shown = (await mori.get("/api/v1/charter")).json()
        still = await mine(mori)
        async with hub.engine.begin() as conn:
            await take_effect(conn, datetime.now(UTC) + timedelta(days=31))
        asked = await mine(mori)
        old = await mori.post("/api/v1/consents", json={"kind": "accepted", "charter": 1})
        await mori.post("/api/v1/consents", json={"kind": "accepted", "charter": 2})
        agreed = await mine(mori)
        hurried = await boss.post("/api/v1/charter", json={**CHARTER, "hurry": "法令の改正"})
        now_in_force = (await mori.get("/api/v1/charter")).json()["current"]

    assert problem(short) == "notice-too-short"
    assert coming["effective_at"] - datetime.now(UTC).timestamp() > 29 * 86_400
    assert (shown["current"]["version"], shown["coming"]["version"]) == (1, 2)
    assert "quiet" not in still
    assert asked["quiet"] == "no_consent"
    assert problem(old) == "charter-changed"
    assert "quiet" not in agreed
    assert hurried.status_code == 201
    assert (now_in_force["version"], now_in_force["hurry"]) == (3, "法令の改正")


async def test_consent_to_less_narrows_what_may_be_done(hub: Site) -> None:
    async with hub.signed_in("mori") as mori, hub.signed_in("boss") as boss:
        for purpose in ("evidence", "live_view"):
            said = {"kind": "withdrawn", "charter": 1, "purposes": [purpose]}
            assert (await mori.post("/api/v1/consents", json=said)).status_code == 204
        narrowed = await mine(mori)
        ledger = (await mori.get("/api/v1/consents")).json()
        members = (await boss.get("/api/v1/consents/members")).json()["items"]
        others = (await mori.get("/api/v1/consents/members")).json()["items"]

    assert (narrowed["evidence"], narrowed["live"]) == ("state_only", False)
    assert "quiet" not in narrowed
    covered = {one["purpose"]: one["covered"] for one in ledger["purposes"]}
    assert covered == {
        "capture": True, "evidence": False, "face_template": True, "live_view": False,
    }  # fmt: skip
    assert len(ledger["steps"]) == 6
    [told] = [one for one in members if one["name"] == "moriさん"]
    assert told["purposes"] == ["capture", "face_template"]
    assert [one["name"] for one in others] == ["moriさん"]


@pytest.mark.requirement("R4")
async def test_withdrawing_a_face_takes_its_templates_and_no_other_is_enrolled(hub: Site) -> None:
    pc, body = await device(hub, "mori"), enrolment(1.0)
    async with hub.client(origin="") as agent, hub.signed_in("mori") as mori:
        first = await agent.post("/api/v1/agent/enrolments", json=body, headers=pc)
        said = {"kind": "withdrawn", "charter": 1, "purposes": ["face_template"]}
        await mori.post("/api/v1/consents", json=said)
        second = await agent.post("/api/v1/agent/enrolments", json=body, headers=pc)
        left = (await mori.get("/api/v1/enrolments")).json()["items"]

    assert first.status_code == 201, first.text
    assert problem(second) == "consent-needed"
    assert left == []


async def test_a_device_is_believed_once_and_no_clock_gains_anything(hub: Site) -> None:
    pc = await device(hub, "mori")
    count = select(func.count()).select_from(Consent)
    async with hub.engine.connect() as conn:
        before = (await conn.execute(count)).scalar_one()
    ahead = (datetime.now(UTC) + timedelta(days=400)).timestamp()
    accepted = {"version": "1", "kind": "accepted", "at": ahead}
    early = {"version": "1", "kind": "accepted", "at": 1_700_000_000.0}
    async with hub.client(origin="") as agent, hub.signed_in("mori") as mori:
        for said in (early, early, accepted):
            answer = await agent.post("/api/v1/agent/consents", json=said, headers=pc)
            assert answer.status_code == 204
        await mori.post("/api/v1/consents", json={"kind": "withdrawn", "charter": 1})
        after = await mine(mori)

    assert after["quiet"] == "no_consent"
    async with hub.engine.connect() as conn:
        assert (await conn.execute(count)).scalar_one() == before + 3 * 4


@pytest.mark.requirement("R56")
async def test_images_are_opened_for_what_the_charter_names_alone(hub: Site) -> None:
    narrow = {**CHARTER, "viewing_purposes": ["audit"], "hurry": "目的を絞る"}
    async with hub.signed_in("boss") as boss:
        nothing = await boss.post("/api/v1/charter", json={**narrow, "viewing_purposes": []})
        await boss.post("/api/v1/charter", json=narrow)
        current = (await boss.get("/api/v1/charter")).json()["current"]

    assert problem(nothing) == "invalid"
    assert current["viewing_purposes"] == ["audit"]

"""What protects the people who are watched, in a browser: consent, purposes, who looked, faces."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest
from playwright.async_api import Response, expect

from agent.uplink import mint
from hub.access import Role
from hub.protocol.facts import EvidenceLevel, Policy, Purpose, Quiet
from storage.consent.charters import NewCharter, publish
from storage.consent.policy import set_policy
from storage.images.viewings import ViewingKind, open_viewing
from tests.clock import until
from tests.e2e.site import Site
from tests.hub.http.pictures.test_enrolments import enrolment
from tests.hub.http.pictures.test_evidence import Pc, jpeg
from tests.hubs import Office
from tests.peers import agent

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOPS_WITHIN_S = 10.0  # R57


@asynccontextmanager
async def pc(site: Site, office: Office, member: int) -> AsyncIterator[Pc]:
    device = await office.device(member)
    async with httpx2.AsyncClient(
        base_url=site.hub.url,
        headers={"Authorization": f"Bearer {device.token}"},
        trust_env=False,
    ) as http:
        yield Pc(site.hub, office, member, device.id, http)


async def photographed(site: Site, office: Office, member: int) -> None:
    """One image of the member in the vault."""
    now = time.time()
    async with site.hub.engine.begin() as conn:
        await set_policy(conn, office.id, Policy(EvidenceLevel.PERIODIC))
    async with pc(site, office, member) as one:
        answer = await one.send(
            jpeg(320, 240), id=mint(now, 1), taken_at=now, width=320, height=240
        )
        assert answer.json()["state"] == "stored", answer.text


@pytest.mark.requirement("R57")
async def test_a_withdrawal_in_the_console_closes_the_camera_within_ten_seconds(
    site: Site,
) -> None:
    office = await site.hub.office("撤回の会社")
    mori, device = await office.worker("mori")
    async with agent(site.hub.url, device.token) as own:
        await until(lambda: own.session.policy is not None)
        assert own.session.policy and own.session.policy.quiet is None
        page = await site.signed_in(office, mori, "/own/consents")
        await page.get_by_role("button", name="すべて撤回する").click()
        await page.get_by_role("dialog").get_by_role("button", name="撤回する").click()
        await until(
            lambda: own.session.policy and own.session.policy.quiet is Quiet.NO_CONSENT,
            STOPS_WITHIN_S,
        )
        await page.get_by_role("button", name="カメラでの判定に同意する").click()
        await expect(
            page.get_by_role("button", name="カメラでの判定の同意を撤回する")
        ).to_be_visible()
        await until(lambda: own.session.policy and own.session.policy.quiet is None, STOPS_WITHIN_S)


@pytest.mark.requirement("R56")
async def test_an_image_opens_for_a_purpose_of_the_charter_and_its_member_sees_who_looked(
    site: Site,
) -> None:
    office = await site.hub.office("目的の会社")
    boss = await office.member("boss", Role.SUPERVISOR, supervises=[office.at.sales])
    mori = await office.member("mori", groups=[office.at.tokyo])
    await photographed(site, office, mori)
    page = await site.signed_in(office, boss, "/evidence")
    await page.get_by_role("button", name="目的を選んで見る").click()
    gate = page.get_by_role("dialog", name="moriさんさんの画像")
    await expect(gate.get_by_role("button", name="見る", exact=True)).to_be_disabled()
    await gate.get_by_label("目的").select_option("監査")
    await gate.get_by_role("button", name="見る", exact=True).click()
    picture = page.get_by_role("img", name="moriさんさんの画像(カメラ)")
    width = "image => image.decode().then(() => image.naturalWidth)"
    assert await picture.evaluate(width) == 320
    await expect(page.get_by_text("で閉じます")).to_be_visible()

    own = await site.signed_in(office, mori, "/own/viewings")
    table = own.get_by_role("table", name="見た人")
    await expect(table.get_by_role("row", name="bossさん")).to_contain_text("監査")


@pytest.mark.requirement("R56")
async def test_a_purpose_that_the_charter_does_not_name_is_not_offered(site: Site) -> None:
    office = await site.hub.office("一つの目的の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori = await office.member("mori")
    await photographed(site, office, mori)
    async with site.hub.engine.begin() as conn:
        now = datetime.now(UTC)
        text = NewCharter(
            "在席の確認", "総務部長", "soumu@example.jp", "勤務中だけ撮影する", "上司と本人",
            now.date(), (Purpose.AUDIT,), now, "試験",
        )  # fmt: skip
        await publish(conn, office.id, text, boss, now)
    page = await site.signed_in(office, boss, "/evidence")
    await page.get_by_role("button", name="目的を選んで見る").click()
    choices = page.get_by_role("dialog").get_by_role("option")
    await expect(choices).to_have_text(["選んでください", "監査"])


@pytest.mark.requirement("R56")
async def test_a_worker_sees_who_looked_at_them_and_nobody_else(site: Site) -> None:
    office = await site.hub.office("見た人の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    people = [await office.member(login) for login in ("mori", "hata")]
    async with site.hub.engine.begin() as conn:
        for member in people:
            await open_viewing(
                conn, office.id, boss, member, ViewingKind.LIVE, "audit", datetime.now(UTC)
            )
    page = await site.signed_in(office, people[0], "/own/viewings")
    table = page.get_by_role("table", name="見た人")
    await expect(table.get_by_text("bossさん")).to_have_count(1)
    await expect(table.get_by_text("監査")).to_be_visible()


def is_saved(answer: Response) -> bool:
    return answer.request.method != "GET" and answer.ok


@pytest.mark.requirement("R28")
async def test_a_face_waits_for_the_supervisor_once_the_company_wants_that(site: Site) -> None:
    office = await site.hub.office("承認の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    sato = await office.member("sato", Role.SUPERVISOR, supervises=[office.at.sales])
    mori = await office.member("mori", groups=[office.at.tokyo])
    page = await site.signed_in(office, boss, "/settings/policy")
    who = page.get_by_label("登録した顔を承認する人")
    await expect(who).to_have_value("self")
    await who.select_option("上司か管理者")
    async with page.expect_response(is_saved):
        await page.get_by_role("button", name="保存").last.click()
    async with pc(site, office, mori) as one:
        made = await one.http.post("/api/v1/agent/enrolments", json=enrolment(1.0))
        assert made.json()["state"] == "pending"
    judge = await site.signed_in(office, sato, "/members/faces")
    await judge.get_by_role("button", name="moriさんさんの顔を承認").click()
    await expect(judge.get_by_role("row", name="moriさん")).to_contain_text("承認済み")
    await page.reload()
    await expect(who).to_have_value("supervisor")


@pytest.mark.requirement("R57")
async def test_a_worker_deletes_a_periodic_image_once_the_company_allows_it(site: Site) -> None:
    office = await site.hub.office("画像を消せる会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori = await office.member("mori")
    await photographed(site, office, mori)
    own = await site.signed_in(office, mori, "/own/evidence")
    await expect(own.get_by_role("table", name="自分の画像")).to_contain_text("定期")
    erase = own.get_by_role("button", name="の画像を消す")
    await expect(erase).to_have_count(0)

    page = await site.signed_in(office, boss, "/settings/policy")
    await page.get_by_label("定期の画像を本人が消せるようにする").check()
    async with page.expect_response(is_saved):
        await page.get_by_role("button", name="保存").first.click()

    await own.goto(f"{site.hub.url}/today")
    await erase.click()
    ask = own.get_by_role("dialog")
    await expect(ask).to_contain_text("元に戻せません")
    await ask.get_by_role("button", name="消す", exact=True).click()
    table = own.get_by_role("table", name="最近の画像")
    await expect(table).to_contain_text("本人が消去")
    await expect(erase).to_have_count(0)

    await page.goto(f"{site.hub.url}/evidence")
    shown = page.get_by_role("row", name="moriさん")
    await expect(shown).to_contain_text("本人が消去")
    await expect(page.get_by_role("button", name="目的を選んで見る")).to_have_count(0)

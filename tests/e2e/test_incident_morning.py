"""A bad morning in the incidents' room: hundreds of them, colleagues at work, lines that fail."""

import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, Route, expect
from sqlalchemy import update

from agent.evidence.screens import NoScreen
from hub.protocol.facts import EvidenceKind, EvidenceState, IncidentKind, Phase, Sighting, Why
from storage.models.images import Evidence
from storage.models.incidents import Incident
from storage.seats.transitions import Number, Step, record
from tests.clock import until
from tests.e2e.scene import Scene
from tests.e2e.site import troubles

pytestmark = pytest.mark.asyncio(loop_scope="module")

GRAVE = Why(votes=3, of=5, score=0.31, threshold=0.42, quality=0.82)
MANY = 120  # more than two pages of the queue


async def covered(office: Scene, number: int) -> list[str]:
    """So many cameras were covered during the last hour; who waits longest comes first."""
    device = (await office.office.device(office.worker, "会議室のPC")).id
    begun = time.time() - 3_600
    steps = [
        Step(
            office.worker, Number(device, "a", place + 1), Phase.OPENED,
            Sighting(uuid4().hex, IncidentKind.CAMERA_COVERED, at, at + 5), at, at,
        )
        for place in range(number)
        for at in [begun + place * 20]
    ]  # fmt: skip
    async with office.site.hub.engine.begin() as conn:
        await record(conn, office.office.id, [], steps, [], datetime.now(UTC))
    return [step.sighting.id for step in steps]


def row(page: Page, incident: str) -> Locator:
    return page.locator(f'.queue [data-incident="{incident}"]')


def opened(page: Page, incident: str) -> Locator:
    return page.locator(f'[data-case="{incident}"]')


async def stored(office: Scene, incident: str, kind: EvidenceKind, **values: object) -> None:
    """The record says that of an image."""
    one = update(Evidence).where(
        Evidence.tenant_id == office.office.id,
        Evidence.incident_id == incident,
        Evidence.kind == kind,
    )
    async with office.site.hub.engine.begin() as conn:
        await conn.execute(one.values(**values))


@pytest.mark.requirement("R13")
async def test_hundreds_are_counted_and_stepped_through_and_nothing_jumps(office: Scene) -> None:
    ids = await covered(office, MANY)
    page = await office.queue(office.saito)
    await expect(page.get_by_text(f"未対応 {MANY}", exact=True)).to_be_visible()
    await expect(page).to_have_title(re.compile(rf"^\({MANY}\)"))
    await expect(opened(page, ids[0])).to_be_visible()
    for _ in ids[:60]:
        await page.keyboard.press("j")
    await expect(opened(page, ids[60])).to_be_visible()  # the second page came by itself
    await expect(row(page, ids[60])).to_be_in_viewport()

    before = await row(page, ids[60]).bounding_box()
    grave = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    fresh = page.get_by_role("button", name="新着 1件")
    await expect(fresh).to_be_visible()
    await expect(page.get_by_text(f"未対応 {MANY + 1}", exact=True)).to_be_visible()
    assert await row(page, ids[60]).bounding_box() == before
    await fresh.click()
    await expect(row(page, grave)).to_be_in_viewport()
    await expect(fresh).to_have_count(0)

    await row(page, ids[0]).hover()  # whoever is about to click finds it where it was
    before = await row(page, ids[0]).bounding_box()
    another = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    await expect(row(page, another)).to_be_attached()
    moved = await row(page, ids[0]).bounding_box()
    assert before and moved and moved["y"] == pytest.approx(before["y"], abs=1)


async def test_a_colleague_judges_what_i_am_looking_at(
    office: Scene, unhurried: Callable[[Page], Awaitable[None]]
) -> None:
    ids = [await office.opens() for _ in range(3)]
    page = await office.queue(office.saito)
    await expect(opened(page, ids[0])).to_be_visible()
    await page.keyboard.press("j")
    await expect(opened(page, ids[1])).to_be_visible()
    await page.keyboard.press("n")
    await page.keyboard.type("電話に出ない")
    await page.keyboard.press("Escape")
    await office.site.tell(
        office.office, office.kimura, "PUT", f"incidents/{ids[1]}/assignee",
        {"assignee": office.kimura},
    )  # fmt: skip
    told = opened(page, ids[1]).get_by_role("status")
    await expect(told).to_contain_text("木村 部長さんさんが担当しています")
    said = {"verdict": "confirmed", "note": "本人が認めた"}
    path = f"incidents/{ids[1]}/verdict"
    await office.site.tell(office.office, office.kimura, "POST", path, said)
    await expect(told).to_contain_text("木村 部長さんさんが不正と判定しました")
    await expect(told).to_contain_text("本人が認めた")
    await expect(row(page, ids[1])).to_have_count(0)
    await expect(page.get_by_label(re.compile("メモ"))).to_have_value("電話に出ない")
    await page.keyboard.press("j")  # onward from where it was, not from the top
    await expect(opened(page, ids[2])).to_be_visible()

    async def meanwhile(route: Route) -> None:
        path = f"incidents/{ids[2]}/verdict"
        await office.site.tell(office.office, office.kimura, "POST", path, said)
        await route.continue_()

    await page.route(f"**/incidents/{ids[2]}/verdict", meanwhile, times=1)
    await page.keyboard.press("1")
    await expect(page.get_by_text("開いたあとに、ほかの人が判定しました")).to_be_visible()
    await expect(opened(page, ids[2]).get_by_role("status")).to_contain_text("不正と判定")
    assert sorted(map(str, await office.verdicts())) == ["None", "confirmed", "confirmed"]
    assert await troubles(page) == []
    await unhurried(page)
    await page.keyboard.press("1")  # knowing it, one may say otherwise
    await expect(page.get_by_text("のぞき見を正当にしました")).to_be_visible()
    await page.keyboard.press("u")
    await until(lambda: stand(office, ["None", "confirmed", "confirmed"]))


async def stand(office: Scene, verdicts: list[str]) -> bool:
    return sorted(map(str, await office.verdicts())) == verdicts


async def test_the_last_words_are_taken_back_one_after_the_other(
    office: Scene, unhurried: Callable[[Page], Awaitable[None]]
) -> None:
    ids = [await office.opens() for _ in range(3)]
    page = await office.queue(office.saito)
    await unhurried(page)
    for id in ids[:2]:
        await expect(opened(page, id)).to_be_visible()
        await page.keyboard.press("2")
    await expect(opened(page, ids[2])).to_be_visible()
    for id in ids[1::-1]:
        await page.keyboard.press("u")
        await expect(opened(page, id)).to_be_visible()
        await expect(row(page, id)).to_be_visible()
    assert await office.verdicts() == [None] * 3


async def test_a_verdict_whose_answer_is_lost_is_not_taken_for_granted(office: Scene) -> None:
    ids = [await office.opens() for _ in range(2)]
    page = await office.queue(office.saito)
    await expect(opened(page, ids[0])).to_be_visible()
    await page.keyboard.press("n")
    await page.keyboard.type("確認中")
    await page.keyboard.press("Escape")
    arrives = False

    async def unanswered(route: Route) -> None:
        if arrives:
            await route.fetch()
        await route.abort()

    await page.route("**/verdict", unanswered)
    await page.keyboard.press("2")
    lost = page.get_by_role("alert").filter(has_text="判定が届いたかどうか分かりません")
    await expect(lost).to_be_visible()
    await expect(opened(page, ids[0])).to_be_visible()
    await expect(page.get_by_label(re.compile("メモ"))).to_have_value("確認中")
    await lost.get_by_role("button", name="閉じる").click()
    await expect(lost).to_have_count(0)
    assert await office.verdicts() == [None, None]

    arrives = True
    await page.keyboard.press("2")
    await expect(lost).to_be_visible()
    await expect(row(page, ids[0])).to_have_count(0)  # it had arrived: the queue says so
    assert sorted(map(str, await office.verdicts())) == ["None", "confirmed"]


@pytest.mark.requirement("R12")
async def test_images_that_are_not_there_say_why(office: Scene) -> None:
    office.device.screens = NoScreen("wayland")
    only = office.device.opens(IncidentKind.PEEPING)
    office.device.ends(IncidentKind.PEEPING)
    office.opened += 1
    page = await office.queue(office.saito)
    await expect(page.locator('[data-kind="camera"]')).to_be_visible()
    screen = page.locator('[data-kind="screen"] .frame')
    await expect(screen).to_contain_text("撮影なし · この画面方式は撮れません")
    await until(lambda: office.device.settled)

    await stored(office, only, EvidenceKind.SCREEN, state=EvidenceState.PENDING, reason=None)
    await page.reload()
    await expect(screen).to_contain_text("送信待ちです")
    await expect(page.get_by_role("button", name="インシデントの確認")).to_be_enabled()
    await page.keyboard.press("q")
    pictures = page.locator(".pictures img")
    await expect(pictures).to_have_count(1)
    await page.route(
        re.compile(r"/evidence/\w+\?viewing="), lambda route: route.fulfill(body="damaged")
    )
    await stored(office, only, EvidenceKind.SCREEN, state=EvidenceState.STORED, media="image/jpeg")
    await expect(screen).to_contain_text("画像を表示できません")  # it came, and cannot be drawn
    await screen.get_by_role("button", name="目的を選び直す").click()
    await expect(page.get_by_text("画像を見る目的を選んでください")).to_be_visible()

    gone = {"state": EvidenceState.ERASED, "reason": "retention", "erased_at": datetime.now(UTC)}
    for kind in EvidenceKind:
        await stored(office, only, kind, **gone)
    await page.reload()
    await expect(page.locator(".frame").get_by_text("保管期間が過ぎ消去")).to_have_count(2)
    await expect(page.get_by_text("画像を見る目的を選んでください")).to_have_count(0)
    await expect(page.get_by_role("button", name="正当")).to_be_enabled()


async def test_it_says_why_it_was_decided_and_what_was_around_it(office: Scene) -> None:
    near = await office.opens(IncidentKind.CAMERA_COVERED, Why())
    id = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    page = await office.queue(office.saito)
    case = opened(page, id)
    await expect(case).to_contain_text("登録された本人と違う顔が続きました")
    await expect(case).to_contain_text("規則: 5枚のうち3枚")
    await expect(case).to_contain_text("該当 3 · 該当せず 2")
    await expect(case.get_by_role("img", name="値 0.31、しきい値 0.42")).to_be_visible()
    await expect(case).to_contain_text("顔の画像の質 0.82")
    await expect(case.get_by_role("img", name=re.compile("前後1時間の在席状況"))).to_be_visible()
    await case.locator(f'[data-near="{near}"]').get_by_role("link").click()
    await expect(opened(page, near)).to_contain_text("端末から値は届いていません")
    await expect(opened(page, near).locator(f'[data-near="{id}"]')).to_contain_text("なりすまし")


async def test_the_room_tells_when_it_goes_up_and_that_it_went(office: Scene) -> None:
    await office.office.boss("boss")  # the one who is above
    id = await office.opens()
    page = await office.queue(office.saito)
    course = page.locator('[data-what="goes_up"]')
    await expect(course).to_contain_text("対応がなければ、上位の担当者に連絡")
    async with office.site.hub.engine.begin() as conn:
        one = update(Incident).where(Incident.tenant_id == office.office.id, Incident.id == id)
        await conn.execute(one.values(recorded_at=datetime.now(UTC) - timedelta(minutes=16)))
    await expect(row(page, id)).to_contain_text("1段階 上へ")
    await page.keyboard.press("a")
    await expect(course).to_have_count(0)

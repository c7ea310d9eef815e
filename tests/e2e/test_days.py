"""One's own day, a person's days, their sums and what moves, in a browser on a real hub."""

import csv
import io
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect
from sqlalchemy import update

from hub.access import Role
from hub.history.days import TOKYO
from hub.protocol.facts import EvidenceLevel, IncidentKind, Label, Presence
from hub.protocol.on_air import Camera, OnAir, Paused
from hub.workforce.punching import PunchKind
from storage.models.people import Member
from storage.seats.punches import standing
from tests.clock import until
from tests.e2e.scene import scene
from tests.e2e.site import Site, answered, troubles
from tests.hubs import Office
from tests.peers import ScriptedAgent, agent, board

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.requirement("R10", "R22")
async def test_a_worker_punches_with_one_tap_and_every_board_shows_it(site: Site) -> None:
    office = await site.hub.office("打刻の会社")
    await site.tell(
        office, await office.member("boss", Role.ADMINISTRATOR), "PATCH", "tenant",
        {"work_from": "punch"},
    )  # fmt: skip
    mori, device = await office.worker("mori")
    async with (
        agent(site.hub.url, device.token) as pc,
        board(site.hub.url, await office.signed_in(mori)) as wall,
    ):
        pc.tell(Presence.PRESENT)
        page = await site.signed_in(office, mori, "/today")
        punches = page.get_by_role("region", name="打刻")
        await expect(punches.locator("header")).to_contain_text("勤務外")
        await punches.get_by_role("button", name="出勤").click()
        await expect(punches.locator("header")).to_contain_text("勤務中")
        await until(lambda: wall.label(mori) is Label.PRESENT)
        await punches.get_by_label("作業").fill("見積書の作成")
        await punches.get_by_role("button", name="作業を始める").click()
        await expect(punches.get_by_role("button", name="作業を終える")).to_be_visible()
        await expect(punches).to_contain_text(re.compile(r"見積書の作成\s*\d+:\d\dから"))
        await expect(punches.locator("header")).to_contain_text("勤務 0:00")
        await until(lambda: wall.seat(mori).task == "見積書の作成")
        await punches.get_by_role("button", name="休憩に入る").click()
        await until(lambda: wall.label(mori) is Label.BREAK)
        await expect(punches.get_by_role("button", name="休憩から戻る")).to_be_visible()
        await punches.get_by_role("button", name="作業を終える").click()
        await until(lambda: wall.seat(mori).task is None)
        assert await troubles(page) == []


# Taps the button of this name as soon as it stands there.
SAME_THUMB = """(name) => {
  new MutationObserver((_, watch) => {
    const there = [...document.querySelectorAll("button")].find((one) => one.innerText === name);
    if (!there) return;
    watch.disconnect();
    there.click();
    window.tapped = true;
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


async def punched(site: Site, office: Office, member: int) -> list[str]:
    """The kinds of one's punches as the hub has them."""
    told = await site.tell(office, member, "GET", "punches")
    return [one["kind"] for one in told["items"]]


@pytest.mark.requirement("R10", "R22")
async def test_an_impatient_thumb_punches_once_and_never_ends_the_day(site: Site) -> None:
    """What stands under the thumb after the first tap is not what it meant."""
    office = await site.hub.office("連打の会社")
    mori = await office.member("mori")
    page = await site.signed_in(office, mori, "/today")
    punches = page.get_by_role("region", name="打刻")
    await page.evaluate(SAME_THUMB, "退勤")
    await punches.get_by_role("button", name="出勤").click(click_count=4, delay=40)
    await page.wait_for_function("window.tapped")
    await expect(punches.get_by_text("「出勤」を打刻しました")).to_be_visible()
    assert await punched(site, office, mori) == ["start"]
    await punches.get_by_role("button", name="休憩に入る").dblclick()
    await expect(punches.get_by_role("button", name="休憩から戻る")).to_be_visible()
    assert await punched(site, office, mori) == ["start", "break_start"]
    places = await punches.get_by_role("button").all_inner_texts()
    assert places[:2] == ["退勤", "休憩から戻る"]


@pytest.mark.requirement("R10", "R22")
async def test_a_punch_whose_answer_got_lost_is_sent_again_as_the_same(site: Site) -> None:
    office = await site.hub.office("圏外の会社")
    mori = await office.member("mori")
    page = await site.signed_in(office, mori, "/today")
    punches = page.get_by_role("region", name="打刻")
    await expect(punches.get_by_role("button", name="出勤")).to_be_visible()

    async def arrives_but_is_not_answered(route: Route) -> None:
        if route.request.method == "POST":
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/api/v1/punches", arrives_but_is_not_answered)
    await punches.get_by_role("button", name="出勤").click()
    unsure = punches.get_by_role("alert")
    await expect(unsure).to_contain_text("ハブに届いたか分かりません")
    await page.unroute("**/api/v1/punches")
    await page.context.set_offline(True)
    async with page.expect_event("requestfailed"):
        await unsure.get_by_role("button", name="もう一度送る").click()
    await expect(unsure).to_contain_text("ハブに届いたか分かりません")
    await page.context.set_offline(False)
    await unsure.get_by_role("button", name="もう一度送る").click()
    await expect(punches.get_by_role("button", name="退勤")).to_be_visible()
    await expect(unsure).to_have_count(0)
    assert await punched(site, office, mori) == ["start"]


@pytest.mark.requirement("R10")
async def test_a_punch_in_the_wrong_order_says_why_and_shows_what_fits_now(site: Site) -> None:
    office = await site.hub.office("順序の会社")
    mori = await office.member("mori")
    page = await site.signed_in(office, mori, "/today")
    punches = page.get_by_role("region", name="打刻")
    await expect(punches.get_by_role("button", name="出勤")).to_be_visible()
    for number, kind in enumerate(("start", "out")):  # on another PC
        await site.tell(office, mori, "POST", "punches", {"kind": kind, "request_id": str(number)})
    await punches.get_by_role("button", name="出勤").click()
    await expect(punches.get_by_role("alert")).to_contain_text("すでに出勤しています")
    await expect(punches.get_by_role("button", name="中抜けから戻る")).to_be_visible()
    await expect(punches.get_by_role("button", name="出勤")).to_have_count(0)
    async with site.hub.engine.connect() as conn:
        assert (await standing(conn, office.id, mori)).work == "out"
    assert await punched(site, office, mori) == [PunchKind.START, PunchKind.OUT]


def on(pc: ScriptedAgent, told: OnAir) -> None:
    """The PC has this on from now on."""
    pc.session.on_air(told)
    pc.client.wake()


@pytest.mark.requirement("R12", "R13")
async def test_a_worker_sees_their_tile_and_what_is_on_and_pauses_it(site: Site) -> None:
    office = await site.hub.office("見え方の会社")
    mori, device = await office.worker("mori")
    async with agent(site.hub.url, device.token) as pc:
        pc.tell(Presence.PRESENT)
        now = time.time()
        on(pc, OnAir(
            Camera.ON, EvidenceLevel.PERIODIC, screen=True, next_capture_at=now + 3_599,
            images_today=90, bytes_today=11_612_345,
        ))  # fmt: skip
        page = await site.signed_in(office, mori, "/today")
        tile = page.get_by_role("region", name="ボードでの見え方")
        await expect(tile).to_contain_text("moriさん")
        await expect(tile).to_contain_text("在席")
        await expect(tile.locator(".strip")).to_have_attribute("data-runs", re.compile(r"\d"))
        air = page.get_by_role("region", name="PC", exact=True)
        for said in ("カメラ オン", "画面は撮影時のみ", "11.6 MB", "画像 90枚", "✓ 定期"):
            await expect(air).to_contain_text(said)
        await expect(air).to_contain_text(re.compile(r"次の撮影まで\s*5\d:\d\d"))
        await until(lambda: title(page, "カメラ オン"))
        await air.get_by_label("止める理由").select_option(label="電話")
        await air.get_by_label("長さ").select_option(label="5分")
        await air.get_by_role("button", name="一時停止").click()
        on(pc, OnAir(
            Camera.CLOSED, EvidenceLevel.PERIODIC, pause=Paused("電話", time.time() + 300)
        ))  # fmt: skip
        await expect(air).to_contain_text("一時停止中")
        await expect(air).to_contain_text("電話")
        await expect(air).to_contain_text(re.compile(r"あと [45]:\d\d"))
        pc.tell(Presence.AWAY)
        await expect(tile).to_contain_text("離席")
        assert await troubles(page) == []
        await page.context.set_offline(True)
        lost = page.locator(".lost-line")
        await expect(lost).to_contain_text("ハブから返事がありません")
        await expect(air).to_contain_text("いまは分かりません")
        await expect(air.get_by_role("button", name="再開する")).to_have_count(0)
        await expect(tile).to_contain_text(re.compile(r"\d+:\d\dから"))
        await page.context.set_offline(False)
        await expect(lost).to_have_count(0)
        resume = air.get_by_role("button", name="再開する")
        await expect(resume).to_be_visible()


async def title(page: Page, words: str) -> bool:
    return words in await page.title()


@pytest.mark.requirement("R6", "R13")
async def test_a_worker_sees_what_was_noticed_and_objects(site: Site) -> None:
    office = await site.hub.office("異議の会社")
    mori, device = await office.worker("mori")
    async with agent(site.hub.url, device.token) as pc:
        pc.tell(Presence.PRESENT)
        pc.opens(IncidentKind.PEEPING)
        await pc.recorded()
        page = await site.signed_in(office, mori, "/today")
        noticed = page.get_by_role("region", name="自分について検知されたこと")
        await noticed.get_by_role("button", name=re.compile("異議を申し立てる のぞき見")).click()
        dialog = page.get_by_role("dialog", name="のぞき見への異議")
        await dialog.get_by_label("何があったか").fill("家族が通っただけです")
        await dialog.get_by_role("button", name="申し立てる").click()
        await expect(noticed.get_by_text("異議を申し立て中")).to_be_visible()
        strip = page.locator(".big-strip").get_by_role("group")
        await strip.get_by_text("表で見る").click()
        await expect(strip.get_by_role("cell", name=re.compile("在席"))).to_be_visible()


@pytest.mark.requirement("R5", "R6", "R13")
async def test_a_supervisor_reads_a_persons_day_devices_images_and_who_looked(
    site: Site, tmp_path: Path
) -> None:
    async with scene(site, tmp_path, "一日の会社") as here:
        id = await here.opens()
        page = await site.signed_in(here.office, here.saito, f"/people?member={here.worker}")
        await expect(page.get_by_role("heading", name="吉田 千尋")).to_be_visible()
        devices = page.get_by_role("region", name="端末")
        await expect(devices).to_contain_text("PC")
        for panel in ("この週", "証跡", "見た人"):
            await expect(page.get_by_role("region", name=panel, exact=True)).to_be_visible()
        day = page.locator(".big-strip").get_by_role("group")  # the month has one, too
        await day.get_by_text("表で見る").click()
        link = day.get_by_role("link", name="のぞき見")
        await expect(link).to_have_attribute("href", f"/incidents?incident={id}")

        ticks = page.locator(".big .tick")
        await expect(ticks.first).to_have_text("5:00")
        await page.get_by_label("はじまり").select_option("22:00")
        await expect(page).to_have_url(re.compile("start=22"))
        await expect(ticks.first).to_have_text("22:00")

        looked = page.get_by_role("region", name="見た人", exact=True)
        await expect(looked).to_contain_text("この人の画像やライブ映像を見た人は、まだいません")
        images = page.get_by_role("region", name="証跡", exact=True)
        await images.get_by_role("button", name=re.compile("目的を選んで見る")).first.click()
        gate = page.get_by_role("dialog")
        await gate.get_by_label("目的").select_option(label="インシデントの確認")
        await gate.get_by_role("button", name="見る", exact=True).click()
        await expect(page.get_by_role("img", name=re.compile("吉田 千尋.*の画像"))).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(looked.get_by_role("row").filter(has_text="インシデントの確認")).to_have_count(
            1
        )
        await page.get_by_role("button", name="前の日").click()
        await expect(page).to_have_url(re.compile("day="))
        assert await troubles(page) == []


@pytest.mark.requirement("R5")
async def test_the_page_of_somebody_who_has_left_says_so(site: Site) -> None:
    office = await site.hub.office("退職の会社")
    boss, mori = await office.member("boss", Role.ADMINISTRATOR), await office.member("mori")
    async with site.hub.engine.begin() as conn:
        gone = update(Member).where(Member.id == mori)
        await conn.execute(gone.values(disabled_at=Member.created_at))
    page = await site.signed_in(office, boss, f"/people?member={mori}")
    await expect(page.locator(".who")).to_contain_text("退職")
    await expect(page.locator(".who .mark")).to_have_count(0)


@pytest.mark.requirement("R5", "R7")
async def test_charts_table_and_files_of_an_analysis_have_the_same_numbers(site: Site) -> None:
    office = await site.hub.office("分析の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori, device = await office.worker("mori")
    async with site.hub.engine.begin() as conn:
        await conn.execute(update(Member).where(Member.id == mori).values(name="𠮷野 é美"))
    async with agent(site.hub.url, device.token) as pc:
        pc.tell(Presence.PRESENT)
        for kind in (IncidentKind.PEEPING, IncidentKind.CAMERA_COVERED):
            pc.ends(pc.opens(kind))
        await pc.recorded()
        before = (datetime.now(TOKYO) - timedelta(days=6)).date()
        page = await site.signed_in(office, boss, f"/analysis?view=incidents&from={before}")
        await answered(page)
        judged = page.get_by_role("table", name="インシデントの判定")
        row = judged.get_by_role("row").filter(has_text="のぞき見")
        assert (await row.inner_text()).split()[-5:] == ["0", "0", "0", "1", "1"]
        listed = page.get_by_role("table", name="分析").get_by_role("row").filter(has_text="𠮷野")
        await expect(listed).to_contain_text("1 (未判定 1)")
        assert await troubles(page) == []

        await page.get_by_label("見るもの").select_option(label="時間")
        await page.get_by_label("区切り").select_option(label="日")
        await expect(page.get_by_role("figure", name="全員の時間の移りかわり")).to_be_visible()
        assert await troubles(page) == []
        await page.get_by_label("区切り").select_option(label="期間全体")
        table = page.get_by_role("table", name="分析").get_by_role("row").filter(has_text="𠮷野")
        await expect(table.get_by_role("cell").last).to_have_text("2")
        for name, codec, person in (
            ("CSV (UTF-8)", "utf-8-sig", "𠮷野 é美"), ("CSV (Shift_JIS)", "cp932", "〓野 〓美"),
        ):  # fmt: skip
            async with page.expect_download() as saved:
                await page.get_by_role("link", name=name).click()
            data = (await (await saved.value).path()).read_bytes()
            head, *lines = csv.reader(io.StringIO(data.decode(codec)))
            [line] = [one for one in lines if one[0] == person]
            told = dict(zip(head, line, strict=True))
            assert (told["のぞき見・未確認"], told["カメラ遮蔽・未確認"]) == ("1", "1")
            assert told["ログイン"] == "mori"
            assert sum(int(cell) for cell in line[14:]) == 2
        await expect(page.get_by_text("1日は0:00から24:00まで(日本時間)")).to_be_visible()
        await table.get_by_role("link", name="𠮷野 é美").click()
        await expect(page.get_by_role("heading", name="𠮷野 é美")).to_be_visible()
        await expect(page.get_by_label("はじまり")).to_have_value("0")  # the day that was counted


@pytest.mark.requirement("R7")
async def test_a_period_without_anything_says_so(site: Site) -> None:
    office = await site.hub.office("空の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    page = await site.signed_in(office, boss, "/analysis?from=2026-11-01&to=2026-11-02")
    await expect(page.get_by_role("heading", name="この期間の記録はありません")).to_be_visible()
    await page.goto(f"{site.hub.url}/analysis?from=2026-11-03&to=2026-11-02")
    await expect(page.get_by_text("終わりの日が、はじめの日より前です")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("CSV"))).to_have_count(0)


async def test_what_moves_adds_a_line_that_can_be_held_still(site: Site) -> None:
    office = await site.hub.office("動きの会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori, device = await office.worker("mori")
    async with agent(site.hub.url, device.token) as pc:
        pc.tell(Presence.PRESENT)
        await pc.recorded()
        page = await site.signed_in(office, boss)
        await expect(page.locator(f'[data-member="{mori}"]')).to_contain_text("在席")
        feed = page.get_by_role("region", name="今日の動き")
        line = feed.get_by_role("listitem")
        await expect(line).to_have_count(1)  # how she came to be as she is
        await expect(line).to_contain_text("在席")
        pc.tell(Presence.AWAY)
        await expect(line).to_have_count(2)
        await expect(line.first).to_contain_text("離席")
        await page.keyboard.press("p")
        await expect(feed.get_by_role("button", name="再開")).to_be_visible()
        pc.tell(Presence.PRESENT)
        await expect(page.locator(f'[data-member="{mori}"]')).to_contain_text("在席")
        await expect(line).to_have_count(2)
        await page.keyboard.press("p")
        await expect(line).to_have_count(3)
        await expect(line.first).to_contain_text("在席")
        await line.first.get_by_role("button", name="moriさん").click()
        await expect(page.get_by_role("dialog", name="moriさん")).to_be_visible()

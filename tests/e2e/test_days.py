"""One's own day, a person's days, their sums and what moves, in a browser on a real hub."""

import re

import pytest
from playwright.async_api import expect

from hub.access import Role
from hub.protocol.facts import IncidentKind, Label, Presence
from tests.clock import until
from tests.e2e.site import Site, answered, troubles
from tests.peers import agent, board

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
        await expect(punches.get_by_role("status")).to_contain_text("勤務外")
        await punches.get_by_role("button", name="出勤").click()
        await expect(punches.get_by_role("status")).to_contain_text("勤務中")
        await until(lambda: wall.label(mori) is Label.PRESENT)
        await punches.get_by_label("作業").fill("見積書の作成")
        await punches.get_by_role("button", name="作業を始める").click()
        await expect(punches.get_by_role("button", name="作業を終える")).to_be_visible()
        await expect(punches).to_contain_text(re.compile(r"見積書の作成\s*\d+:\d\dから"))
        await expect(punches.get_by_role("status")).to_contain_text("勤務 0:00")
        await until(lambda: wall.seat(mori).task == "見積書の作成")
        await punches.get_by_role("button", name="休憩に入る").click()
        await until(lambda: wall.label(mori) is Label.BREAK)
        await expect(punches.get_by_role("button", name="休憩から戻る")).to_be_visible()
        await punches.get_by_role("button", name="作業を終える").click()
        await until(lambda: wall.seat(mori).task is None)
        assert await troubles(page) == []


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
        strip = page.get_by_role("group").filter(has_text="表で見る").first
        await strip.get_by_text("表で見る").click()
        await expect(strip.get_by_role("cell", name=re.compile("在席"))).to_be_visible()


@pytest.mark.requirement("R5", "R7")
async def test_a_supervisor_reads_a_persons_days_and_the_same_in_sums(site: Site) -> None:
    office = await site.hub.office("分析の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori, device = await office.worker("mori")
    async with agent(site.hub.url, device.token) as pc:
        pc.tell(Presence.PRESENT)
        await pc.recorded()
        page = await site.signed_in(office, boss, f"/people?member={mori}")
        await expect(page.get_by_role("heading", name="moriさん")).to_be_visible()
        await expect(page.locator(".standing")).to_contain_text("在席")
        await page.get_by_role("button", name="前の日").click()
        await expect(page).to_have_url(re.compile("day="))
        assert await troubles(page) == []
        await page.goto(f"{site.hub.url}/analysis")
        await answered(page)
        row = page.get_by_role("row").filter(has_text="moriさん")
        await expect(row).to_be_visible()
        assert await troubles(page) == []
        async with page.expect_download() as saved:
            await page.get_by_role("link", name="CSV (UTF-8)").click()
        file = await (await saved.value).path()
        assert "moriさん" in file.read_text(encoding="utf-8-sig")


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
        await expect(feed).to_contain_text("まだ動きはありません")
        pc.tell(Presence.AWAY)
        line = feed.get_by_role("listitem")
        await expect(line).to_contain_text("離席")
        await page.keyboard.press("p")
        await expect(feed.get_by_role("button", name="再開")).to_be_visible()
        pc.tell(Presence.PRESENT)
        await expect(page.locator(f'[data-member="{mori}"]')).to_contain_text("在席")
        await expect(line).to_have_count(1)
        await page.keyboard.press("p")
        await expect(line).to_have_count(2)
        await expect(line.first).to_contain_text("在席")
        await line.first.get_by_role("button", name="moriさん").click()
        await expect(page.get_by_role("dialog", name="moriさん")).to_be_visible()

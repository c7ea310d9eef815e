"""A maintenance window in browsers: told before, said while it runs, and gone by itself after."""

from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from hub.access import Role
from hub.notifying import JAPAN
from storage.people.tenants import create_tenant
from tests.e2e.site import Site, answered, troubles
from tests.hubs import Office
from tests.record import Company, person

pytestmark = pytest.mark.asyncio(loop_scope="module")


def typed(at: datetime) -> str:
    """As a browser in Japan has it in a field for a time."""
    return at.astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M")


async def operator(site: Site) -> Page:
    now = datetime.now(JAPAN)
    async with site.hub.engine.begin() as conn:
        home = await create_tenant(conn, "運用", now, operators=True)
        op = await person(conn, home.id, "op", Role.OPERATOR)
    office = Office(site.hub.engine, Company(home, 0, 0, 0))
    return await site.signed_in(office, op, "/tenants/maintenance")


@pytest.mark.requirement("R82")
async def test_an_operator_closes_the_hub_and_every_page_says_so_until_it_is_open_again(
    site: Site,
) -> None:
    office = await site.hub.office("保守の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    page = await operator(site)
    await answered(page)
    await page.get_by_role("button", name="メンテナンスを告知する").first.click()
    dialog = page.get_by_role("dialog", name="メンテナンスを告知する")
    now = datetime.now(JAPAN)
    await dialog.get_by_label("開始予定").fill(typed(now))
    await dialog.get_by_label("終了予定").fill(typed(now + timedelta(hours=2)))
    await dialog.get_by_label("お知らせ(日本語)").fill("ディスクを交換します")
    await dialog.get_by_role("button", name="告知する", exact=True).click()
    await expect(page.get_by_role("cell", name="告知中")).to_be_visible()

    board = await site.signed_in(office, boss)
    guest = await site.visitor()
    await guest.goto(site.hub.url)
    for one in (board, guest):
        soon = one.get_by_role("status").filter(has_text="メンテナンスの予定")
        await expect(soon).to_contain_text("ディスクを交換します")
        await expect(soon).to_contain_text(f"{now.hour}:{now.minute:02}–")
    await expect(board.locator('[data-link="live"]')).to_be_visible()
    assert await troubles(guest) == []

    await page.get_by_role("row").nth(1).get_by_role("button").click()
    await page.get_by_role("button", name="開始する").click()
    await page.get_by_role("dialog").get_by_role("button", name="開始する").last.click()
    closed = board.get_by_role("alert").filter(has_text="ボードは今の状態ではありません")
    await expect(closed).to_contain_text("メンテナンス中")
    await expect(board.locator('[data-link="lost"]')).to_be_visible()
    await board.goto(f"{site.hub.url}/members")
    await expect(board.get_by_text("メンテナンス中です(終了予定")).to_be_visible()
    await expect(closed).to_be_visible()
    assert await troubles(board) == []
    await board.goto(site.hub.url)
    await expect(closed).to_be_visible()

    await page.get_by_role("button", name="終了する").click()
    await expect(page.get_by_role("cell", name="終了", exact=True)).to_be_visible()
    await expect(closed).to_have_count(0)
    await expect(board.locator('[data-link="live"]')).to_be_visible()

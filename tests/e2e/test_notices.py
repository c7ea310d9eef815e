"""The bell and the list behind it: what one is told in the browser, read with mouse and keys."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import func, select

from hub.access import Role
from hub.jobs.noticing import EACH
from hub.notices.events import Event, HubGap, IncidentOpened, MaintenanceAnnounced
from hub.protocol.facts import IncidentKind
from storage.models.notices import Notice
from storage.outgoing import notices
from tests.clock import until
from tests.e2e.site import Site, answered, troubles
from tests.hubs import Office
from tests.peers import agent

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = 390


class Desk:
    """An administrator without supervisors beside them, and a worker of whom they are told."""

    def __init__(self, site: Site, office: Office, boss: int, mori: int) -> None:
        self.site, self.office, self.boss, self.mori = site, office, boss, mori
        self.told = 0

    async def tell(self, *events: Event) -> None:
        """Announced, and in the administrator's list."""
        now = datetime.now(UTC)
        async with self.site.hub.engine.begin() as conn:
            await notices.announce(conn, self.office.id, events, now)
        self.told += len(events)
        await until(self._there)

    async def _there(self) -> bool:
        async with self.site.hub.engine.connect() as conn:
            mine = select(func.count()).where(Notice.member_id == self.boss)
            return (await conn.execute(mine)).scalar_one() >= self.told

    def incident(self, number: int) -> IncidentOpened:
        at = datetime.now(UTC) - timedelta(minutes=number)
        return IncidentOpened(at, f"{number:032x}", IncidentKind.PEEPING, self.mori)


async def desk(site: Site, name: str) -> Desk:
    office = await site.hub.office(name)
    boss = await site.person(office, "boss", Role.ADMINISTRATOR)
    return Desk(site, office, boss, await site.person(office, "mori"))


def bell(page: Page, unread: int | None = None) -> Locator:
    name = f"お知らせ 未読 {unread}" if unread else re.compile("^お知らせ$")
    return page.get_by_role("banner").get_by_role("button", name=name)


@pytest.mark.requirement("R24")
async def test_the_bell_counts_and_opens_what_is_new_and_leads_to_it_by_keys(site: Site) -> None:
    here = await desk(site, "株式会社鈴")
    page = await site.signed_in(here.office, here.boss, "/settings/tokens")
    await bell(page).click()
    await expect(page.get_by_text("お知らせはありません")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(bell(page)).to_be_focused()

    await here.tell(here.incident(1), HubGap(datetime.now(UTC), "e"))
    await page.reload()
    await bell(page, 2).focus()
    await page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="お知らせ")
    rows = panel.get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="インシデント: のぞき見")).to_contain_text("moriさん · ")
    assert await troubles(page) == []

    await panel.get_by_role("button", name="既読にする 在席の記録が途切れました").press("Enter")
    await expect(bell(page, 1)).to_be_visible()
    await panel.get_by_role("link", name="インシデント: のぞき見").press("Enter")
    await page.wait_for_url(f"**/incidents?incident={1:032x}")
    await expect(panel).to_have_count(0)
    await expect(bell(page)).to_be_visible()


@pytest.mark.requirement("R24")
async def test_all_of_them_are_on_a_page_that_fits_a_phone_in_both_languages(site: Site) -> None:
    here = await desk(site, "株式会社一覧")
    await here.tell(*(here.incident(number) for number in range(1, EACH + 1)))
    starts = datetime(2026, 12, 1, 13, tzinfo=UTC)
    window = MaintenanceAnnounced(starts, 1, starts, starts + timedelta(hours=2), "点検", "Repair")
    await here.tell(window)
    page = await site.signed_in(here.office, here.boss, "/own/notices")
    await page.set_viewport_size({"width": PHONE, "height": 800})
    await answered(page)
    listed = page.get_by_role("main").get_by_role("listitem")
    await expect(listed).to_have_count(EACH + 1)
    await expect(listed.first).to_contain_text(
        "メンテナンス: 2026-12-01 22:00–2026-12-02 00:00 (JST)"
    )
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert await troubles(page) == []

    await page.evaluate("localStorage.setItem('zaiseki.language', 'en')")
    await page.reload()
    await expect(listed.first).to_contain_text("Repair · No page opens meanwhile")
    await expect(listed.last).to_contain_text("Incident: peeping")
    await page.get_by_label("Unread only").check()
    await expect(listed).to_have_count(EACH + 1)
    await page.get_by_label("Unread only").uncheck()
    await page.get_by_role("button", name="Mark all as read").click()
    await expect(page.get_by_role("banner").get_by_role("button", name="Notices")).to_have_text("")
    await page.get_by_label("Unread only").check()
    await expect(page.get_by_text("There are no unread notices")).to_be_visible()


@pytest.mark.requirement("R6")
async def test_an_incident_on_the_board_is_in_the_bell_without_reloading(site: Site) -> None:
    here = await desk(site, "株式会社速報")
    device = await here.office.device(here.mori)
    page = await site.signed_in(here.office, here.boss)
    await expect(page.get_by_text("moriさん")).to_be_visible()
    async with agent(site.hub.url, device.token) as pc:
        pc.opens(IncidentKind.IMPERSONATION)
        await pc.recorded()
        await expect(bell(page, 1)).to_be_visible()
    await page.goto(f"{site.hub.url}/?show=off")
    await bell(page, 1).click()
    panel = page.get_by_role("dialog", name="お知らせ")
    await expect(panel.get_by_role("link", name="インシデント: なりすまし")).to_be_visible()
    for key in ("j", "Escape"):  # the panel's, not the board's
        await page.keyboard.press(key)
    await expect(panel).to_have_count(0)
    assert "show=off" in page.url


async def is_digested_at(site: Site, here: Desk, hour: int) -> bool:
    chosen = await site.tell(here.office, here.boss, "GET", "account/notifications")
    return bool(chosen["digest_hour"] == hour)


@pytest.mark.requirement("R3")
async def test_one_chooses_what_arrives_where(site: Site) -> None:
    here = await desk(site, "株式会社設定")
    page = await site.signed_in(here.office, here.boss, "/own")
    await page.get_by_label("メンテナンス メール").select_option(label="すぐ")
    await page.get_by_label("記録の空白 一覧").uncheck()
    await page.get_by_label("1日のまとめを送る時刻").select_option(label="17:00")
    assert await troubles(page) == []
    save = page.locator("form", has=page.get_by_label("メンテナンス メール")).get_by_role(
        "button", name="保存"
    )
    await save.click()

    await until(lambda: is_digested_at(site, here, 17))

    chosen = await site.tell(here.office, here.boss, "GET", "account/notifications")
    assert chosen["types"]["maintenance"]["mail"] == "now"
    assert chosen["types"]["hub_gap"]["app"] is False
    worker = await site.signed_in(here.office, here.mori, "/own")
    await expect(worker.get_by_label("インシデントの発生 一覧")).to_be_checked()
    await expect(worker.get_by_label("Webhookの停止 一覧")).to_have_count(0)

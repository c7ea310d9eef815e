"""The time machine in a browser on a real hub: any minute of three months, played, and left."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from hub.access import Role
from hub.history.days import TOKYO
from hub.protocol.facts import IncidentKind, Phase, Presence, Sighting, Verdict
from hub.protocol.watchers import Alert
from storage.seats.transitions import Moment, Number, Place, Step, record
from storage.seats.verdicts import judge
from tests.clock import until
from tests.e2e.site import Site, troubles
from tests.hub.history.world import World
from tests.hubs import Office
from tests.peers import agent

pytestmark = pytest.mark.asyncio(loop_scope="module")

MINUTE_S = 60
KEPT_DAYS = 92


@dataclass
class Then:
    """An office with two hours behind it; `at` is their beginning.

    Minute 0: both are there. Minutes 20 to 50: nobody hears mori, who was away from minute 30 on
    and tells it when the line is back. Minute 60: mori's camera is covered, judged at minute 70.
    Minutes 80 to 100: the hub is gone, and nobody knows of sato.
    """

    site: Site
    office: Office
    boss: int
    mori: int
    sato: int
    at: float

    def minute(self, minutes: int) -> str:
        """As the address has it."""
        return f"{self._local(minutes):%Y-%m-%dT%H%%3A%M}"

    def clock(self, minutes: int) -> str:
        local = self._local(minutes)
        return f"{local.hour}:{local:%M}"

    def _local(self, minutes: int) -> datetime:
        return datetime.fromtimestamp(self.at + MINUTE_S * minutes, UTC).astimezone(TOKYO)

    async def board(self, minutes: int) -> Page:
        page = await self.site.signed_in(self.office, self.boss, f"/?at={self.minute(minutes)}")
        await expect(bar(page)).to_contain_text("今ではありません")
        return page


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name=re.compile(r"過去 \d+:\d\d"))


def tile(page: Page, member: int) -> Locator:
    return page.locator(f'[data-member="{member}"]')


def happened(page: Page) -> Locator:
    return page.get_by_role("region", name="前後の変化").get_by_role("listitem")


@pytest_asyncio.fixture(loop_scope="module")
async def then(site: Site) -> AsyncIterator[Then]:
    """Yesterday, where no hour of today comes into it."""
    yesterday = datetime.now(TOKYO) - timedelta(days=1)
    noon = yesterday.replace(hour=12, minute=0, second=0, microsecond=0)
    async with lived(site, noon.timestamp()) as office:
        yield office


@pytest_asyncio.fixture(loop_scope="module")
async def lately(site: Site) -> AsyncIterator[Then]:
    """Two hours that ended ten minutes ago."""
    minute = datetime.now(TOKYO).replace(second=0, microsecond=0)
    async with lived(site, (minute - timedelta(minutes=130)).timestamp()) as office:
        yield office


@asynccontextmanager
async def lived(site: Site, begin: float) -> AsyncIterator[Then]:
    office = await site.hub.office(f"過去の会社 {uuid4().hex[:6]}")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori, device = await office.worker("mori")
    sato, other = await office.worker("sato")
    here, gone = World(mori, (device.id,), begin, "m"), World(sato, (other.id,), begin, "s")
    [pc], [old] = here.pcs, gone.pcs
    for world, its in ((here, pc), (gone, old)):
        world.connects(its)
        world.sees(its, Presence.PRESENT)
    here.pass_by(20 * MINUTE_S)
    here.cut(pc)
    here.pass_by(10 * MINUTE_S)
    here.sees(pc, Presence.AWAY)
    here.pass_by(20 * MINUTE_S)
    here.connects(pc)
    gone.pass_by(79 * MINUTE_S)
    gone.sees(old, Presence.AWAY)
    gone.pass_by(MINUTE_S)
    gone.sees(old, Presence.PRESENT)
    gone.broker_lost(20 * MINUTE_S)
    covered = uuid4().hex
    opened = begin + 60 * MINUTE_S
    sighting = Sighting(covered, IncidentKind.CAMERA_COVERED, opened, opened + 5)
    step = Step(mori, Number(device.id, "i", 1), Phase.OPENED, sighting, opened, opened)
    alarm = alerted([one for one in here.moments if one.place][-1], covered, opened)
    judged = datetime.fromtimestamp(begin + 70 * MINUTE_S, UTC)
    async with site.hub.engine.begin() as conn:
        moments = [*here.moments, alarm, *gone.moments]
        await record(conn, office.id, moments, [step], [], datetime.now(UTC))
        await judge(conn, office.id, covered, Verdict.FALSE_POSITIVE, None, boss, judged)
    yield Then(site, office, boss, mori, sato, begin)


def alerted(last: Moment, incident: str, at: float) -> Moment:
    """The same seat, with an incident on it."""
    assert last.place
    alert = Alert(incident, IncidentKind.CAMERA_COVERED, at)
    place = Place(last.place.epoch, last.place.offset + 1, 0)
    seat = replace(last.state, alert=alert)
    return Moment(last.member, "incident", at, at, seat, last.device, None, place)


async def test_the_board_of_then_is_unmistakable_and_one_key_from_now(site: Site) -> None:
    office = await site.hub.office("過去の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori, device = await office.worker("mori")
    async with agent(site.hub.url, device.token) as pc:
        pc.tell(Presence.PRESENT)
        await pc.recorded()
        page = await site.signed_in(office, boss)
        await expect(tile(page, mori)).to_contain_text("在席")
        await page.keyboard.press("t")
        await expect(bar(page)).to_contain_text("今ではありません")
        await expect(tile(page, mori)).not_to_contain_text("在席")
        assert "過去" in await page.title()
        await expect(page.locator(":root")).to_have_attribute("data-time", "past")
        await expect(page.locator("time.clock")).to_have_count(0)
        await expect(page.get_by_role("region", name="今日の動き")).to_have_count(0)
        await expect(tile(page, mori).locator(".strip")).to_have_attribute(
            "data-runs", re.compile(r"\d")
        )
        assert await troubles(page) == []
        await page.keyboard.press("Escape")
        await expect(bar(page)).to_have_count(0)
        await expect(page.locator(":root")).not_to_have_attribute("data-time", "past")
        await expect(tile(page, mori)).to_contain_text("在席")
        await expect(page.locator("time.clock")).to_contain_text(re.compile(r"^\d+:\d\d .+日"))
        assert "過去" not in await page.title()


async def test_any_minute_is_reached_by_keys_and_from_the_slider_one_key_leads_back(
    then: Then,
) -> None:
    page = await then.board(40)
    slider = bar(page).get_by_label("時刻")
    await page.keyboard.press("ArrowLeft")
    await expect(slider).to_have_attribute("aria-valuetext", then.clock(39))
    await page.keyboard.press("Shift+ArrowRight")
    await expect(slider).to_have_attribute("aria-valuetext", then.clock(99))
    await slider.focus()
    await page.keyboard.press("ArrowRight")
    await expect(bar(page)).to_contain_text(f"過去 {then.clock(100)}")
    await expect(page).to_have_url(re.compile(f"at={then.minute(100)}"))
    await page.keyboard.press("PageDown")
    await expect(bar(page)).to_contain_text(f"過去 {then.clock(40)}")
    await page.keyboard.press("Home")
    await expect(bar(page)).to_contain_text("過去 0:00")
    await page.keyboard.press("Escape")
    await expect(bar(page)).to_have_count(0)
    await expect(page).not_to_have_url(re.compile("at="))


@pytest.mark.requirement("R5")
async def test_what_was_told_late_is_marked_and_was_not_on_the_boards(then: Then) -> None:
    page = await then.board(40)
    mori = tile(page, then.mori)
    await expect(mori).to_contain_text("離席")
    await expect(mori).to_contain_text("あとから届いた記録")
    await expect(bar(page)).to_contain_text("あとから届いた記録 1人")
    told = happened(page).filter(has_text=then.clock(30))
    await expect(told).to_have_text(f"{then.clock(30)}離席moriさん後着")
    await bar(page).get_by_label("どの記録か").select_option("seen")
    await expect(mori).to_contain_text("切断")
    await expect(mori).not_to_contain_text("あとから届いた記録")
    await expect(bar(page)).not_to_contain_text("あとから届いた記録")
    await expect(told).to_have_count(0)


async def test_an_outage_is_unknown_and_never_presence(then: Then) -> None:
    page = await then.board(90)
    for how in ("known", "seen"):
        await bar(page).get_by_label("どの記録か").select_option(how)
        await expect(tile(page, then.sato)).to_contain_text("不明")
        await expect(tile(page, then.sato)).to_contain_text("記録の空白")
    await page.goto(f"{then.site.hub.url}/?at={then.minute(70)}")
    await expect(tile(page, then.sato)).to_contain_text("在席")


async def test_what_happened_around_the_moment_leads_to_the_people(then: Then) -> None:
    page = await then.board(62)
    open_then = page.get_by_role("region", name=f"{then.clock(62)} に開いていたもの")
    await expect(open_then).to_contain_text("カメラ遮蔽")
    said = f"{then.clock(70)} にbossさんが「誤検知」と判定"
    await expect(open_then).to_contain_text(said)
    line = happened(page).filter(has_text="カメラ遮蔽")
    await expect(line).to_contain_text(then.clock(60))
    back = happened(page).filter(has_text="離席")
    await expect(back).to_have_count(0)  # half an hour ago is not around it
    assert await troubles(page) == []
    await line.get_by_role("button", name="moriさん").click()
    await expect(page.get_by_role("dialog", name="moriさん")).to_be_visible()
    await bar(page).get_by_label("どの記録か").select_option("seen")
    await expect(open_then).to_contain_text("カメラ遮蔽")
    await expect(open_then).not_to_contain_text(said)


async def test_playing_shows_what_comes_and_ends_at_now(lately: Then) -> None:
    page = await lately.board(76)
    await expect(tile(page, lately.sato)).to_contain_text("在席")
    await bar(page).get_by_label("速さ").select_option("300")
    await page.keyboard.press("Escape")  # one key back, from a field of the bar, too
    await expect(bar(page)).to_have_count(0)
    await page.goto(f"{lately.site.hub.url}/?at={lately.minute(76)}")
    await expect(tile(page, lately.sato)).to_contain_text("在席")
    await bar(page).get_by_label("速さ").select_option("60")
    await bar(page).get_by_role("button", name="再生").click()
    await expect(bar(page).get_by_role("button", name="止める")).to_be_visible()
    await expect(tile(page, lately.sato)).to_contain_text("不明")
    await expect(happened(page).filter(has_text="不明")).to_contain_text("satoさん")
    await bar(page).get_by_label("速さ").select_option("600")
    await expect(bar(page)).to_have_count(0)
    await expect(page.locator(":root")).not_to_have_attribute("data-time", "past")
    await until(lambda: "at=" not in page.url)


async def test_beyond_three_months_there_is_nothing_and_it_is_said(then: Then) -> None:
    page = await then.site.signed_in(then.office, then.boss, "/?at=2020-01-01T00:00")
    await expect(bar(page)).to_contain_text(f"さかのぼれるのは{KEPT_DAYS}日前までです")
    await expect(bar(page).get_by_role("button", name="前の日")).to_be_disabled()
    await expect(bar(page).get_by_role("alert")).to_have_count(0)
    await expect(page).not_to_have_url(re.compile("at=2020"))


async def test_a_hub_that_does_not_answer_changes_no_board_under_another_time(then: Then) -> None:
    page = await then.board(10)
    await expect(tile(page, then.mori)).to_contain_text("在席")
    await page.route("**/api/v1/board/at*", lambda route: route.abort())
    await page.keyboard.press("Shift+ArrowRight")
    alert = bar(page).get_by_role("alert")
    await expect(alert).to_contain_text(f"{then.clock(70)} の記録を読めませんでした。")
    await expect(alert).to_contain_text("サーバーが応答しません。")
    await expect(bar(page)).to_contain_text(f"過去 {then.clock(10)}")
    await page.unroute("**/api/v1/board/at*")
    await alert.get_by_role("button", name="もう一度").click()
    await expect(bar(page)).to_contain_text(f"過去 {then.clock(70)}")
    await expect(alert).to_have_count(0)


async def test_on_a_phone_what_happened_is_one_tap_away(then: Then) -> None:
    page = await then.board(62)
    await page.set_viewport_size({"width": 390, "height": 700})
    await page.get_by_role("button", name="前後の変化").click()
    await expect(happened(page).filter(has_text="カメラ遮蔽")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(happened(page)).to_have_count(0)
    await page.get_by_role("button", name="今に戻る").click()
    await expect(bar(page)).to_have_count(0)

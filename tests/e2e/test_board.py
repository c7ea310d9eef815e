"""The board in a browser, on a real hub with a simulated fleet: densities, filters, keys, calm."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from hub.access import Role
from hub.protocol.facts import Presence
from hub.simulation.fleet import Fleet, Pace
from hub.simulation.people import people
from storage.seats.simulated import PREFIX, open_simulated
from tests.clock import until
from tests.e2e.site import troubles
from tests.e2e.visitors import Visitors
from tests.hubs import Office, Running, running
from tests.peers import ScriptedAgent, agent
from tests.servers import browser

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("R5")]

SEATS = 400  # of whom a few are connected: the others are off work
LIVE = 40
ROOM_FOR_THE_TASK_PX = 100
ORDER = "[...document.querySelectorAll('[data-member]')].map((one) => one.dataset.member)"
PAINTED = """() => [...document.querySelectorAll(".wall > canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value > 0);
})"""


@dataclass
class Floor:
    """A hub with its people, the one who watches, and one whose device does as it is told."""

    hub: Running
    office: Office
    visitors: Visitors
    boss: int
    mori: int
    pc: ScriptedAgent

    async def page(self, query: str = "", width: int = 1440, lang: str = "ja") -> Page:
        """A live board in a browser of its own."""
        page = await self.visitors.visitor(width, height=900)
        await self.visitors.known(page, await self.office.signed_in(self.boss))
        await page.add_init_script(f"localStorage.setItem('zaiseki.language', '{lang}')")
        await page.goto(f"{self.hub.url}/{query}")
        await page.wait_for_selector('[data-link="live"] :is([data-member], .empty)')
        return page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def building(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    state: Path = tmp_path_factory.mktemp("board")
    async with running(state, pace=1) as hub, browser() as chromium:
        office = await hub.office()
        boss = await office.member("boss", Role.ADMINISTRATOR)
        mori, device = await office.worker("mori", [office.at.tokyo])
        who = [
            (f"{PREFIX}{number:05}", one.name, one.group)
            for number, one in enumerate(people(SEATS))
        ]
        async with office.engine.begin() as conn:
            tokens = await open_simulated(conn, office.id, who, datetime.now(UTC))
        fleet = Fleet(hub.url, tokens[:LIVE], Pace(0.0), Random(5))
        await fleet.come()
        beating = asyncio.create_task(fleet.act(None))
        async with agent(hub.url, device.token) as pc:
            pc.tell(presence=Presence.PRESENT)
            await pc.recorded()
            yield Floor(hub, office, Visitors(chromium, hub.url), boss, mori, pc)
        beating.cancel()
        await fleet.leave()


@pytest_asyncio.fixture(loop_scope="module")
async def floor(building: Floor) -> AsyncIterator[Floor]:
    """What those who watched had is gone after a test."""
    yield building
    await building.visitors.leave()


async def test_only_those_near_the_window_are_in_the_document(floor: Floor) -> None:
    page = await floor.page()
    drawn = await page.locator("[data-member]").count()
    assert 20 < drawn < SEATS / 2
    await page.mouse.move(400, 600)
    await page.mouse.wheel(0, 3000)
    await expect(page.get_by_role("heading", name="物流センター", exact=True)).to_be_visible()
    assert await page.locator("[data-member]").count() < SEATS / 2


async def test_counts_are_filters_and_the_address_carries_them(floor: Floor) -> None:
    page = await floor.page()
    away = page.locator('.count[data-show="away"]')
    expected = int(await away.locator(".figure").inner_text())
    assert expected > 0
    await away.click()
    await expect(page.locator("[data-member]")).to_have_count(expected)
    await expect(page.locator('[data-member]:not([data-label="away"])')).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"\?show=away$"))
    shared = await floor.page(page.url.removeprefix(f"{floor.hub.url}/"))
    await expect(shared.locator("[data-member]")).to_have_count(expected)
    await page.goto(floor.hub.url)  # without any, the last one comes back
    await expect(page.locator("[data-member]")).to_have_count(expected)
    await page.keyboard.press("Escape")
    await expect(page.locator(".group").first).to_be_visible()
    await expect(page).not_to_have_url(re.compile("show"))


async def test_a_text_that_is_no_filter_hides_nobody_and_says_what_to_write(floor: Floor) -> None:
    page = await floor.page()
    await page.keyboard.press("/")
    await page.keyboard.type("state:ねてる")
    await expect(page.get_by_text("「ねてる」という状態はありません")).to_be_visible()
    assert await page.locator("[data-member]").count() > 20
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("mori state:在席")
    await expect(page.locator("[data-member]")).to_have_count(1)


async def test_rows_put_attention_first_over_all_groups(floor: Floor) -> None:
    page = await floor.page()
    await page.get_by_text("行", exact=True).click()
    await expect(page.locator(".row").first).to_be_visible()
    await expect(page.locator(".group > header")).to_have_count(0)
    labels = await page.eval_on_selector_all(".row", "(all) => all.map((row) => row.dataset.label)")
    rank = ["offline", "unknown", "away", "paused", "out", "break", "present", "off"]
    assert labels == sorted(labels, key=rank.index)
    await page.get_by_label("並び").select_option("group")
    await expect(page.locator(".group > header").first).to_be_visible()
    await expect(page).to_have_url(re.compile("density=row"))
    await expect(page).to_have_url(re.compile("sort=group"))


@pytest.mark.parametrize("width", [1180, 1181, 1280, 1440])
async def test_rows_keep_room_for_the_task(floor: Floor, width: int) -> None:
    page = await floor.page("?density=row", width)
    await expect(page.locator(".row").first).to_be_visible()
    room = await page.locator(".row .c-task").first.bounding_box()
    assert room
    assert room["width"] >= ROOM_FOR_THE_TASK_PX


async def test_the_wall_shows_everybody_on_canvases_and_as_a_table(floor: Floor) -> None:
    page = await floor.page("?density=wall")
    await expect(page.locator(".wall > canvas").first).to_be_visible()
    await until(lambda: page.evaluate(f"({PAINTED})().every(Boolean)"))
    rows = await page.locator(".unseen tbody tr").all_inner_texts()
    figures = [sum(int(cell) for cell in row.split("\t")[2:]) for row in rows]
    assert sum(figures) == SEATS + 2
    worth = page.locator(".departures li")
    away = page.locator('.count[data-show="away"] .figure')

    async def all_away_are_named() -> bool:
        return await worth.count() >= int(await away.inner_text())

    await until(all_away_are_named)
    name = await worth.first.locator(".who").inner_text()
    await worth.first.locator(".who").click()
    await expect(page.get_by_role("dialog", name=name)).to_be_visible()


async def test_a_cell_tells_its_name_and_opens_its_person(floor: Floor) -> None:
    page = await floor.page("?density=wall")
    cells = page.locator(".cells > button").first
    await cells.hover(position={"x": 10, "y": 10})
    told = await page.locator(".told b").inner_text()
    await cells.click(position={"x": 10, "y": 10})
    beside = page.get_by_role("dialog", name=told)
    await until(lambda: beside.evaluate("one => one.contains(document.activeElement)"))
    await page.keyboard.press("Escape")
    await expect(beside).to_have_count(0)
    await expect(page.locator(".cells > button:focus")).to_be_visible()
    await expect(page.locator(".told b")).to_have_text(told)
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".told b")).not_to_have_text(told)
    name = await page.locator(".told b").inner_text()
    await expect(page.locator(":focus")).to_have_accessible_description(re.compile(name))


async def test_nobody_changes_places_while_the_pointer_is_on_the_board(floor: Floor) -> None:
    page = await floor.page("?density=row&q=state:在席,離席,不明")
    mine = page.locator(f'[data-member="{floor.mori}"]')
    await expect(mine).to_have_attribute("data-label", "present")
    before = await page.evaluate(ORDER)
    await page.mouse.move(500, 500)
    floor.pc.tell(presence=Presence.UNKNOWN)
    await expect(mine).to_have_attribute("data-label", "unknown")
    assert await page.evaluate(ORDER) == before
    await page.mouse.move(500, 20)
    await until(lambda: page.evaluate(f"JSON.stringify({ORDER}) !== '{compact(before)}'"))
    floor.pc.tell(presence=Presence.PRESENT)
    await expect(mine).to_have_attribute("data-label", "present")


def compact(members: list[str]) -> str:
    return "[" + ",".join(f'"{member}"' for member in members) + "]"


async def test_everything_can_be_reached_by_keys(floor: Floor) -> None:
    page = await floor.page()
    await page.keyboard.press("j")
    first = await page.evaluate("document.activeElement.closest('[data-member]').dataset.member")
    await page.keyboard.press("j")
    second = await page.evaluate("document.activeElement.closest('[data-member]').dataset.member")
    assert first != second
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="キー操作")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("i")
    await page.wait_for_url("**/incidents")


async def test_the_day_stands_at_the_foot_of_a_tile_and_goes_on(floor: Floor) -> None:
    page = await floor.page("?q=group:東京")
    strip = page.locator(f'[data-member="{floor.mori}"] .strip')
    runs = int(await until(lambda: strip.get_attribute("data-runs")) or 0)
    floor.pc.tell(presence=Presence.AWAY)
    await expect(strip).to_have_attribute("data-runs", str(runs + 1))
    floor.pc.tell(presence=Presence.PRESENT)
    await expect(strip).to_have_attribute("data-runs", str(runs + 2))
    await expect(page.locator(".spark svg")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?density=row", "?density=wall"])
@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_no_density_has_a_serious_fault_for_who_cannot_see_it(
    floor: Floor, query: str, lang: str
) -> None:
    page = await floor.page(query, lang=lang)
    assert await troubles(page) == []


async def test_a_phone_shows_one_column_without_scrolling_sideways(floor: Floor) -> None:
    page = await floor.page("?density=row", width=390)
    await expect(page.locator(".tile").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_bar_leads_back_to_the_board_as_it_was(floor: Floor) -> None:
    page = await floor.page("?show=away")
    filtered = await page.locator("[data-member]").count()
    await page.get_by_role("link", name="在席ボード", exact=True).click()
    await page.wait_for_url("**/?show=away")
    await expect(page.locator("[data-member]")).to_have_count(filtered)
    await page.get_by_role("link", name="インシデント", exact=True).click()
    await page.wait_for_url("**/incidents")
    await page.go_back()
    await page.wait_for_url("**/?show=away")
    await expect(page.locator("[data-member]")).to_have_count(filtered)


async def test_what_is_wrong_with_a_filter_is_said_without_moving_anybody(floor: Floor) -> None:
    page = await floor.page()
    before = await page.locator(".people").bounding_box()
    await page.keyboard.press("/")
    await page.keyboard.type("state:ねてる")
    await expect(page.locator(".refusal")).to_be_visible()
    assert await page.locator(".people").bounding_box() == before
    assert await squeezed(page) == []


async def squeezed(page: Page) -> list[str]:
    """The buttons of the bar whose words do not fit into them."""
    found: list[str] = await page.locator(".filters .mantine-Button-label").evaluate_all(
        """(all) => all.filter((one) => one.scrollWidth > one.clientWidth)
          .map((one) => one.innerText)"""
    )
    return found


# 1440 px at 200 and at 400 %, and what stands on desks.
@pytest.mark.parametrize("width", [360, 720, 800, 1024, 1440])
@pytest.mark.parametrize("query", ["?show=away", "?density=row&show=away", "?density=wall"])
async def test_nothing_lies_on_anything_else_at_any_width(
    floor: Floor, width: int, query: str
) -> None:
    page = await floor.page(query, width)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    if width >= 720:
        assert await squeezed(page) == []
    last = await page.locator('.count[data-show="todo"]').bounding_box()
    line = page.locator(".spark svg")
    if await line.is_visible():
        drawn = await line.bounding_box()
        assert last
        assert drawn
        assert drawn["x"] >= last["x"] + last["width"]


async def test_a_window_too_low_for_its_bars_shows_people_all_the_same(floor: Floor) -> None:
    page = await floor.page(width=320)
    await page.set_viewport_size({"width": 320, "height": 256})  # 1280 by 1024 at 400 %
    await page.evaluate("scrollTo(0, 600)")
    bars = await page.eval_on_selector_all(
        ".top, .filters", "(all) => all.map((one) => one.getBoundingClientRect().bottom)"
    )
    assert max(bars) < 0


# The panel ends where the rail does and begins beside the people: it covers nobody.
BESIDE = """() => {
  const edges = (part) => document.querySelector(part).getBoundingClientRect();
  const panel = edges("section.detail");
  const { left, right } = edges(".rail");
  return panel.left >= left && panel.right <= right;
}"""


async def test_a_person_shows_their_day_and_where_their_own_page_is(floor: Floor) -> None:
    page = await floor.page("?q=group:東京")
    await page.locator(f'[data-member="{floor.mori}"] button').click()
    person = page.get_by_role("dialog", name="moriさんの詳細")
    await expect(person.locator(".strip[data-runs]")).to_be_visible()
    await expect(person.get_by_role("link", name="この人の一日を見る")).to_be_visible()
    await until(lambda: page.evaluate(BESIDE))


async def test_a_name_that_is_cut_shows_whole_where_it_stands(floor: Floor) -> None:
    page = await floor.page("?q=アレクサンドラ&density=row", 1024)
    await page.keyboard.press("j")
    await expect(page.locator(".whole:visible")).to_have_text("石川 アレクサンドラ美智子")
    apart = await page.evaluate(
        """() => {
          const left = (part) =>
            document.activeElement.querySelector(part).getBoundingClientRect().left;
          return Math.abs(left(".whole") - left(".name"));
        }"""
    )
    assert apart <= 8


async def test_colours_of_the_system_hide_no_filter_no_day_and_no_shape(floor: Floor) -> None:
    page = await floor.page("?show=away")
    await page.emulate_media(forced_colors="active")
    pressed = page.locator('.count[aria-pressed="true"]')
    assert await pressed.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"
    strip = page.locator(".strip[data-runs]").first
    assert "gradient" in await strip.evaluate("(one) => getComputedStyle(one).backgroundImage")


@pytest.mark.parametrize("query", ["", "?density=row"])
async def test_everybody_is_on_paper(floor: Floor, query: str) -> None:
    page = await floor.page(query)
    drawn = await page.locator("[data-member]").count()
    await page.emulate_media(media="print")
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await expect(page.locator("[data-member]")).to_have_count(SEATS + 2)
    await expect(page.locator(".filters")).to_be_hidden()
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    await page.emulate_media(media="screen")
    await expect(page.locator("[data-member]")).to_have_count(drawn)


async def test_the_menu_of_a_phone_is_a_plain_list(floor: Floor) -> None:
    page = await floor.page(width=390)
    await page.locator(".me").click()
    places = page.get_by_role("menuitem", name="分析").locator("..")
    await expect(places).to_be_visible()
    assert await places.evaluate("(one) => getComputedStyle(one).backgroundImage") == "none"

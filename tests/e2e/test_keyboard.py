"""A day's work without a pointer: every step is reached by keys, and one sees where one is."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Locator, Page, expect

from hub.access import Role
from tests.clock import until
from tests.e2e.scene import Scene, scene
from tests.e2e.site import Site
from tests.hub.http.site import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOPS_MAX = 60  # who needs more to get anywhere does not get there
# WCAG 2.2, 2.4.7, 2.4.11 and 2.4.13: the focus has a ring, and nothing covers what has it.
UNSEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing has the focus";
  const near = [at, at.nextElementSibling, at.parentElement, at.parentElement?.parentElement];
  const ringed = near.filter(Boolean).some((one) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1
      && !outlineColor.endsWith(", 0)") && outlineColor !== "transparent";
  });
  const drawn = at.offsetHeight ? at : at.parentElement; // a menu's focus stands on a mark in it
  const body = at.labels?.[0] && getComputedStyle(at).opacity === "0" ? at.labels[0] : drawn;
  const { left, top, width, height } = body.getBoundingClientRect();
  const hit = document.elementFromPoint(left + width / 2, top + Math.min(height / 2, 20));
  const covered = !hit || !(body.contains(hit) || hit.contains(body));
  const named = at.outerHTML.slice(0, 160);
  return ringed ? (covered ? `covered: ${named}` : "") : `no ring: ${named}`;
}"""


class Hands:
    """Somebody at a page with a keyboard and no pointer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def at(self, target: Locator) -> None:
        """What has the focus is this, and one sees it."""
        await expect(target).to_be_focused()
        await until(self.sees)

    async def sees(self) -> bool:
        """Where one is."""
        return bool(await self.page.evaluate(UNSEEN) == "")

    async def sees_or_left(self) -> bool:
        """The focus may also have gone round the page, to nothing in it."""
        return await self.page.evaluate(UNSEEN) in ("", "nothing has the focus")

    async def reach(self, target: Locator, key: str = "Tab") -> None:
        """Go there; wherever one stops on the way, one sees it, too."""
        await expect(target).to_be_visible()
        stops = []
        for _ in range(STOPS_MAX):
            if await target.evaluate("one => one === document.activeElement"):
                return await self.at(target)
            await self.press(key)
            await until(self.sees_or_left)  # what slides in covers for a moment
            stops.append(await self.page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
        raise AssertionError("\n".join([f"{target} is not reached:", *stops]))


@pytest.mark.requirement("R5", "R6")
async def test_a_day_from_sign_in_to_sign_out_needs_no_pointer(site: Site, tmp_path: Path) -> None:
    async with scene(site, tmp_path, "鍵盤だけの会社") as here:
        await site.person(here.office, "boss", Role.ADMINISTRATOR)
        await here.opens()
        page = await site.visitor()
        hands = Hands(page)

        await page.goto(site.hub.url)
        await hands.at(page.get_by_label("ログインID"))
        await hands.reach(page.get_by_role("button", name="システムIDを指定する"))
        await hands.press("Enter")
        await hands.at(page.get_by_label("システムID", exact=True))
        await hands.type(here.office.at.tenant.system_id)
        await hands.reach(page.get_by_label("ログインID"))
        await hands.type("boss")
        await hands.reach(page.get_by_label("パスワード", exact=True))
        await hands.type(PASSWORD)
        await hands.press("Enter")

        tile = page.locator(f'[data-member="{here.worker}"]')
        await expect(tile).to_be_visible()
        await until(lambda: _moved(hands, tile))
        await hands.press("Enter")
        beside = page.get_by_role("dialog")
        await hands.reach(beside.get_by_role("link", name="この人の一日を見る"))
        await hands.press("Enter")
        await expect(page.get_by_role("heading", name="吉田 千尋")).to_be_visible()

        await hands.reach(_place(page, "インシデント"))
        await hands.press("Enter")
        await hands.at(page.get_by_role("button", name="インシデントの確認"))
        await hands.press("Enter")
        await expect(page.locator(".pictures img")).to_have_count(2)
        await hands.reach(page.get_by_role("button", name="正当"))
        await hands.press("Enter")
        await until(lambda: _judged(here, "benign"))

        await hands.reach(_place(page, "設定"), "Shift+Tab")
        await hands.press("Enter")
        tabs = page.get_by_role("navigation", name="設定")
        await hands.reach(tabs.get_by_role("link", name="インシデント"))
        await hands.press("Enter")
        minutes = page.get_by_label("待つ時間(分)")
        await hands.reach(minutes)
        await hands.press("Control+a")
        await hands.type("7")
        await hands.reach(page.get_by_role("button", name="保存"))
        await hands.press("Enter")
        await until(lambda: _waits(here, 7))

        await hands.reach(page.get_by_role("button", name="メニュー"), "Shift+Tab")
        await hands.press("Enter")
        await until(lambda: _within(page, "menu"))
        await until(hands.sees)
        await hands.reach(page.get_by_role("menuitem", name="サインアウト"), "ArrowDown")
        await hands.press("Enter")
        await expect(page.get_by_role("heading", name="サインイン")).to_be_visible()
        await hands.at(page.get_by_label("ログインID"))


def _place(page: Page, name: str) -> Locator:
    bar = page.get_by_role("banner").get_by_role("navigation")
    return bar.get_by_role("link", name=name, exact=True)


async def _moved(hands: Hands, tile: Locator) -> bool:
    """`j` goes to the next person."""
    await hands.press("j")
    return bool(await tile.evaluate("one => one.contains(document.activeElement)"))


async def _within(page: Page, role: Literal["menu", "dialog"]) -> bool:
    held = "one => one.contains(document.activeElement)"
    return bool(await page.get_by_role(role).evaluate(held))


async def _judged(here: Scene, verdict: str) -> bool:
    return verdict in await here.verdicts()


async def _waits(here: Scene, minutes: int) -> bool:
    rules = await here.site.tell(here.office, here.saito, "GET", "escalation")
    return bool(rules["after_min"] == minutes)

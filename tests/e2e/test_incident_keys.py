"""From the sign-in to a verdict and back, without a pointer."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from hub.access import Role
from hub.protocol.facts import IncidentKind, Why
from tests.clock import until
from tests.e2e.scene import Scene, scene
from tests.e2e.site import Site
from tests.hub.http.site import HASH, PASSWORD
from tests.record import person

pytestmark = pytest.mark.asyncio(loop_scope="module")

GRAVE = Why(votes=3, of=5, score=0.31, threshold=0.42, quality=0.82)
STEPS_MAX = 40  # with the tab key, from one end of a page to the other

# Whoever touches the page with a pointer is found out.
POINTERS = """() => {
  window.pointed = [];
  for (const kind of ["pointerdown", "mousedown", "touchstart"])
    addEventListener(kind, ({ target }) => window.pointed.push(String(target)), true);
}"""


@pytest_asyncio.fixture(loop_scope="module")
async def office(site: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with scene(site, tmp_path_factory.mktemp("pc"), "株式会社鍵盤") as here:
        yield here


async def tabbed(page: Page, to: Locator) -> None:
    """Go there with the tab key."""
    await expect(to).to_be_visible()
    for _ in range(STEPS_MAX):
        if await to.evaluate("(one) => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{to} is out of reach of the tab key")


def queued(page: Page, incident: str) -> Locator:
    return page.locator(f'.queue [data-incident="{incident}"]')


def opened(page: Page, incident: str) -> Locator:
    return page.locator(f'[data-case="{incident}"]')


@pytest.mark.requirement("R6")
@pytest.mark.requirement("R12")
async def test_from_sign_in_to_a_verdict_and_back_without_a_pointer(
    office: Scene, unhurried: Callable[[Page], Awaitable[None]]
) -> None:
    site = office.site
    async with site.hub.engine.begin() as conn:
        groups = [office.office.at.tokyo]
        await person(
            conn, office.office.id, "kato", Role.SUPERVISOR, supervises=groups, password_hash=HASH
        )
    second = await office.opens()
    first = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    page = await site.visitor()
    await page.add_init_script(f"({POINTERS})()")
    await page.goto(site.hub.url)
    keys = page.keyboard

    company = page.get_by_label("システムID", exact=True)
    ask = page.get_by_role("button", name="システムIDを指定する")
    await expect(company.or_(ask)).to_be_visible()
    if await ask.is_visible():
        await tabbed(page, ask)
        await keys.press("Enter")
    await tabbed(page, company)
    await keys.type(office.office.at.tenant.system_id)
    await tabbed(page, page.get_by_label("ログインID"))
    await keys.type("kato")
    await tabbed(page, page.get_by_label("パスワード", exact=True))
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await expect(page.locator(f'[data-member="{office.worker}"]')).to_be_visible()

    await keys.press("g")
    await keys.press("i")
    await expect(opened(page, first)).to_be_visible()
    await expect(page.get_by_role("button", name="インシデントの確認")).to_be_focused()
    await keys.press("j")
    await expect(opened(page, second)).to_be_visible()
    await keys.press("k")
    await expect(opened(page, first)).to_be_visible()

    pictures = opened(page, first).locator(".pictures img")
    await expect(page.get_by_role("button", name="インシデントの確認")).to_be_focused()
    await keys.press("Space")
    await expect(pictures).to_have_count(2)
    await keys.press("Space")
    await expect(pictures).to_have_count(0)
    await keys.press("Space")
    await expect(pictures).to_have_count(2)
    await keys.press("a")
    await expect(queued(page, first)).to_contain_text("katoさん")
    await keys.press("n")
    await keys.type("電話で確認 1/2")
    await keys.press("Escape")
    await unhurried(page)
    await keys.press("2")
    await expect(page.get_by_text("なりすましを不正にしました")).to_be_visible()
    await expect(opened(page, second)).to_be_visible()
    await expect(queued(page, first)).to_have_count(0)

    await keys.press("u")
    await expect(opened(page, first)).to_be_visible()  # back to what was taken back
    await expect(page.get_by_label(re.compile("メモ"))).to_have_value("電話で確認 1/2")
    assert await office.verdicts() == [None, None]

    await keys.press("/")
    kind = page.get_by_role("combobox", name="種類")
    await expect(kind).to_be_focused()
    await keys.press("j")
    await expect(opened(page, first)).to_be_visible()  # what is typed into a field is no key
    await keys.press("Escape")
    await keys.press("?")
    await expect(page.get_by_role("dialog", name="キー操作")).to_be_visible()
    await keys.press("1")
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await office.verdicts() == [None, None]
    await keys.press("3")
    await until(lambda: is_judged(office, "false_positive"))
    assert await page.evaluate("window.pointed") == []


async def is_judged(office: Scene, verdict: str) -> bool:
    return verdict in await office.verdicts()


async def test_several_that_were_looked_at_are_judged_by_keys_with_a_note(office: Scene) -> None:
    ids = [await office.opens() for _ in range(3)]
    page = await office.queue(office.saito)
    keys = page.keyboard
    for id in ids[:2]:
        await expect(opened(page, id)).to_be_visible()
        await expect(page.get_by_role("button", name="インシデントの確認")).to_be_focused()
        await keys.press("q")
        await expect(queued(page, id).get_by_role("checkbox")).to_be_visible()
        await keys.press("x")
        await keys.press("j")
    await expect(opened(page, ids[2])).to_be_visible()
    await keys.press("x")  # this one was not looked at
    several = page.get_by_role("group", name="2件を選択中")
    await expect(several).to_be_visible()
    await keys.press("b")
    await keys.type("朝会の見学者")
    await tabbed(page, several.get_by_role("button", name="正当"))
    await keys.press("Enter")
    await expect(page.get_by_text("2件を正当にしました")).to_be_visible()
    told = await office.site.tell(office.office, office.saito, "GET", "incidents?state=judged")
    assert {(one["id"], one["note"]) for one in told["items"]} == {
        (id, "朝会の見学者") for id in ids[:2]
    }
    await expect(opened(page, ids[2])).to_be_visible()


async def test_the_page_listens_to_its_keys_after_a_pointer_was_used(office: Scene) -> None:
    ids = [await office.opens() for _ in range(2)]
    page = await office.queue(office.saito)
    await expect(opened(page, ids[0])).to_be_visible()
    await page.get_by_text(re.compile("自分の担当")).click()
    await page.get_by_text(re.compile("未対応 2")).click()
    await page.keyboard.press("j")
    await expect(opened(page, ids[1])).to_be_visible()
    await queued(page, ids[0]).get_by_role("button").click()
    await expect(opened(page, ids[0])).to_be_visible()
    await expect(page.get_by_role("button", name="インシデントの確認")).to_be_enabled()
    await page.keyboard.press("Space")  # leads to the purposes
    await expect(page.get_by_role("button", name="インシデントの確認")).to_be_focused()
    await page.keyboard.press("Space")
    await queued(page, ids[0]).get_by_role("checkbox").click()
    await page.keyboard.press("j")
    await expect(opened(page, ids[1])).to_be_visible()

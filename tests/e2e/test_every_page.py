"""Every page there is, for people who cannot see it all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Page

from hub.access import Role
from hub.up import setup_link
from tests.clock import until
from tests.e2e.furnished import Furnished, bare, furnished, pairing_code
from tests.e2e.pages import addresses, open_addresses
from tests.e2e.site import Site, troubles
from tests.servers import CHROMIUM

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = CHROMIUM  # without windows it refuses notices, and a page says so
WALK_S = 600  # some forty pages, each looked at twice: a second a page on a quiet machine
DRAWN = """() => {
  const live = document.documentElement.dataset.link ?? "live";
  const page = document.querySelector("main.console > :not(h1), main:not(.console)");
  return Boolean(page) && live === "live" && !document.querySelector(".loading, .reference-wait");
}"""
# Whether it leads to another page, and not to another view of the same.
FOLLOW = """(address) => {
  const before = location.pathname;
  history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  return location.pathname !== before;
}"""


async def by_link(page: Page, address: str) -> None:
    """As a link of the product leads there: it is not loaded anew."""
    before = await page.title()
    if await page.evaluate(FOLLOW, address):
        await until(partial(is_another, page, before))


async def is_another(page: Page, before: str) -> bool:
    return await page.title() != before


async def faults(
    page: Page, addresses: Sequence[str], go: Callable[[Page, str], Awaitable[object]]
) -> dict[str, list[str]]:
    """What is wrong by address; a page that breaks or calls out is wrong, too."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    found = {}
    for address in addresses:
        await go(page, address)
        await until(lambda: page.evaluate(DRAWN))
        said = [one for one in await page.get_by_role("alert").all_inner_texts() if one]
        if wrong := [*await troubles(page), *said, *broken]:
            found[address] = wrong
        broken.clear()
    return found


async def speaking(page: Page, language: str) -> Page:
    await page.add_init_script(f"localStorage.setItem('zaiseki.language', '{language}')")
    return page


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def full(console: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Furnished]:
    async with furnished(console, tmp_path_factory.mktemp("device"), "青葉商事") as here:
        yield here


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def empty(console: Site) -> Furnished:
    return await bare(console, "新しい会社")


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_first_page_of_all_has_no_serious_fault(site: Site, language: str) -> None:
    """Before any company is there; this file's first test, for the set-up ends with the first."""
    link = await setup_link(site.hub.settings)
    assert link
    page = await speaking(await site.visitor(), language)
    await page.goto(link)
    await page.get_by_role("textbox").first.wait_for()
    assert await troubles(page) == []


@pytest.mark.timeout(WALK_S)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.WORKER, Role.OPERATOR])
@pytest.mark.parametrize(("office", "language"), [("full", "ja"), ("empty", "en")])
async def test_no_page_has_a_serious_fault(
    site: Site, full: Furnished, empty: Furnished, role: Role, language: str, office: str
) -> None:
    here = full if office == "full" else empty
    page = await speaking(await site.visitor(), language)
    office_of_theirs, member = here.of(role)
    await site.visitors.known(page, await office_of_theirs.signed_in(member))
    await page.goto(f"{site.hub.url}/licenses")
    opened = addresses(role, here, await pairing_code(site))
    assert await faults(page, opened, by_link) == {}


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_no_page_has_a_serious_fault_for_who_is_not_signed_in(
    site: Site, full: Furnished, language: str
) -> None:
    page = await speaking(await site.visitor(), language)

    async def by_address(page: Page, address: str) -> None:
        await page.goto(f"{site.hub.url}{address}")

    assert await faults(page, await open_addresses(site, full), by_address) == {}

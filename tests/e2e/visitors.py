"""Browsers of people: each has nothing of another's, and is swept to be used again."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from playwright.async_api import Browser, BrowserContext, Page

from hub.credentials import COOKIE

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam

HEIGHT = 800


@dataclass
class Visitors:
    """Of one hub. A swept context spares the browser a profile and its processes.

    Each context keeps an empty page, so that its process outlives the pages of a test.
    """

    browser: Browser
    url: str
    swept: list[BrowserContext] = field(default_factory=list)
    used: list[BrowserContext] = field(default_factory=list)

    async def visitor(self, width: int = 1280, height: int = HEIGHT) -> Page:
        """A page of somebody who is not signed in."""
        context = self.swept.pop() if self.swept else await self._context()
        self.used.append(context)
        page = await context.new_page()
        await page.set_viewport_size({"width": width, "height": height})
        return page

    async def signed_in(self, token: str, path: str = "/", width: int = 1280) -> Page:
        """A page of the session's member."""
        page = await self.visitor(width)
        await self.known(page, token)
        await page.goto(f"{self.url}{path}")
        return page

    async def known(self, page: Page, token: str) -> None:
        """From now on the page's browser shows the hub this session."""
        cookie = {"name": COOKIE, "value": token, "url": self.url}
        await page.context.add_cookies([cast("SetCookieParam", cookie)])

    async def leave(self) -> None:
        """Close and forget all that the people of a test had."""
        while self.used:
            context = self.used.pop()
            empty, *pages = context.pages
            for page in pages:
                await page.close()
            await context.set_offline(False)
            await context.clear_cookies()
            cdp = await context.new_cdp_session(empty)
            await cdp.send(
                "Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "all"}
            )
            await cdp.detach()
            self.swept.append(context)

    async def _context(self) -> BrowserContext:
        context = await self.browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
        await context.new_page()
        return context

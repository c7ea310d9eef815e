"""What each kind of screen has shown, in order, without repeats."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from console_tui.app import BoardApp
from console_tui.keep import Kept
from console_tui.screens.board import BoardScreen
from console_tui.words import Words
from hub.protocol.facts import Label
from tests.clock import until
from tests.console_tui.conftest import lines
from tests.e2e.installation import PASSWORD, Installation

LOOK_EVERY_S = 0.05

# Notes every state that the tile goes through, with the browser's time of painting it.
NOTE_TILE = """(member) => {
  const root = document.getElementById("root");
  window.seen = [];
  const note = () => {
    const tile = document.querySelector(`[data-member="${member}"]`);
    if (!tile) return;
    const state = [tile.dataset.label, tile.dataset.alert ?? ""].join(" ").trim();
    if (window.seen.at(-1)?.state !== state)
      window.seen.push({ state, at: (performance.timeOrigin + performance.now()) / 1000 });
  };
  new MutationObserver(note).observe(root, { subtree: true, childList: true, attributes: true });
  note();
}"""


async def open_board(browser: Browser, hub: Installation, login: str = "admin") -> Page:
    """Sign in as a person would, and wait until the board is live."""
    page = await browser.new_page(locale="ja-JP", timezone_id="Asia/Tokyo")
    await page.goto(hub.url)
    await page.get_by_label("ログインID").fill(login)
    await page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="サインイン", exact=True).click()
    await page.wait_for_selector('[data-link="live"] [data-member]')
    return page


async def note_tile(page: Page, member: int) -> None:
    await page.evaluate(NOTE_TILE, member)


async def tile_states(page: Page) -> list[str]:
    return [str(one["state"]) for one in await page.evaluate("window.seen")]


WORDS = {word: label for label in Label if (word := Words("ja")(f"label.{label}"))}


class Terminal:
    """A terminal board under a pilot; `states` is what the pane of one person has said.

    In the table an incident that waits stands in the state's place.
    """

    def __init__(self, app: BoardApp, name: str) -> None:
        self.app, self.name = app, name
        self.states: list[Label] = []

    async def watch(self) -> None:
        while True:
            self.note()
            await asyncio.sleep(LOOK_EVERY_S)

    def note(self) -> None:
        for screen in self.app.screen_stack:
            if isinstance(screen, BoardScreen):
                rows = screen.table.rows
                member = next((id for id, row in rows.items() if row.name == self.name), None)
                if member is not None and screen.table.cursor != member:
                    screen.table.choose(member)  # the pane turns to them before the next look
                elif member is not None:
                    self._read(screen)

    def _read(self, screen: BoardScreen) -> None:
        said = lines(screen.person)[0]
        for word, label in WORDS.items():
            if word in said and [label] != self.states[-1:]:
                self.states.append(label)


@asynccontextmanager
async def terminal(hub: Installation, name: str, login: str = "admin") -> AsyncIterator[Terminal]:
    kept = Kept(hub.url, login, await hub.sign_in(login), 0, "管理 花子", "株式会社テスト")
    app = BoardApp(hub.url, kept=kept)
    async with app.run_test(size=(100, 30)):
        screen = Terminal(app, name)
        watching = asyncio.create_task(screen.watch())
        await until(lambda: screen.states)
        yield screen
        watching.cancel()

"""A browser's own EventSource: it listens by its cookie, and goes on by itself from its place."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser

from hub.credentials import COOKIE
from hub.protocol.facts import Presence
from tests.clock import until
from tests.hubs import running
from tests.links import link
from tests.peers import agent, board

LISTEN = """() => {
  window.heard = [];
  const source = new EventSource("/api/v1/events");
  for (const name of ["snapshot", "resumed", "delta", "end"])
    source.addEventListener(name, ({ data }) => window.heard.push(JSON.parse(data)));
}"""


@pytest.mark.requirement("R5")
async def test_a_browser_goes_on_where_its_line_broke(chromium: Browser, tmp_path: Path) -> None:
    async with running(tmp_path, pace=0.5) as hub, link(f"127.0.0.1:{hub.port}") as line:
        office = await hub.office()
        _, device = await office.worker("mori")
        token, page = await office.boss(), await chromium.new_page()
        async with board(hub.url, token) as wall:  # a change of people is a new board
            await until(lambda: len(wall.session.replica.board.members) == 2)
        await page.goto(f"http://{line.address}/")
        await page.context.add_cookies([{"name": COOKIE, "value": token, "url": page.url}])

        async def heard() -> list[str]:
            types: list[str] = await page.evaluate("() => heard.map(({ type }) => type)")
            return types

        async with agent(hub.url, device.token) as pc:
            await page.evaluate(LISTEN)
            await until(heard)
            line.cut()
            pc.tell(Presence.AWAY)
            await until(lambda: says(heard, "resumed"))
            await until(lambda: says(heard, "delta"))
            last = await page.evaluate("() => heard.at(-1).seats[0].label")

        assert last == "away"
        assert (await heard()).count("snapshot") == 1


async def says(heard: Callable[[], Awaitable[list[str]]], what: str) -> bool:
    return what in await heard()

"""The pages in a real browser: nothing in them needs more than the policy allows."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from hub.credentials import COOKIE
from tests.hubs import running

pytestmark = pytest.mark.requirement("R48", "R49")
PAGES = (
    "/", "/members", "/groups", "/devices", "/log", "/account", "/settings/webhooks", "/reference",
)  # fmt: skip
STYLED = """() => [...document.querySelectorAll("style")].map(
  (one) => [one.nonce.length, one.sheet ? one.sheet.cssRules.length : 0])"""
ATTACK = """() => {
  const script = document.createElement("script");
  script.textContent = "window.owned = true";
  document.body.append(script);
  const style = document.createElement("style");
  style.textContent = "body { display: none }";
  document.head.append(style);
  return [window.owned === true, getComputedStyle(document.body).display];
}"""


async def test_the_pages_keep_to_their_policy_and_injected_code_does_not_run(
    tmp_path: Path, chromium: Browser
) -> None:
    said: list[str] = []
    asked: set[str] = set()
    async with running(tmp_path) as hub:
        token = await (await hub.office()).boss()
        context = await chromium.new_context()
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.add(request.url.split("/")[2]))
        await page.goto(hub.url)
        await page.wait_for_selector("input[type=password]")
        await context.add_cookies([{"name": COOKIE, "value": token, "url": hub.url}])
        for path in PAGES:
            await page.goto(hub.url + path)
            await page.wait_for_load_state("networkidle")
        styles = await page.evaluate(STYLED)
        before = list(said)
        owned, display = await page.evaluate(ATTACK)
        await context.close()

    assert [line for line in before if "Content Security Policy" in line] == []
    assert styles and all(nonce and rules for nonce, rules in styles)
    assert (owned, display) == (False, "block")
    assert asked == {f"127.0.0.1:{hub.port}"}

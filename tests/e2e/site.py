"""A hub with mail and a provider, and browsers of the people in it: one of each for a file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import httpx2
from playwright.async_api import Page, expect

from hub.access import Role
from tests.clock import until
from tests.e2e.visitors import Visitors
from tests.hub.http.site import HASH, PASSWORD
from tests.hubs import Office, Running, running
from tests.mailbox import Mailbox, mailbox
from tests.provider import Provider, provider
from tests.record import person
from tests.servers import SHELL, browser

THIS_MACHINE = IPv4Network("127.0.0.0/8")
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# A colour that is on its way to another is none that anybody reads.
STILL = """async (scheme) => {
  const drawn = () => new Promise(requestAnimationFrame);
  const { dataset } = document.documentElement;
  while ((dataset.mantineColorScheme ?? scheme) !== scheme) await drawn();
  await drawn();
  const ending = document.getAnimations().filter((one) => one.effect?.getTiming().iterations < 1e9);
  await Promise.allSettled(ending.map(({ finished }) => finished));
}"""
SERIOUS = """async (runOnly) => {
  const only = runOnly ? { runOnly } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""


@dataclass
class Site:
    """`mailbox` gets the hub's mail; `provider` is a company's own sign-in."""

    hub: Running
    visitors: Visitors
    mailbox: Mailbox
    provider: Provider

    async def person(self, office: Office, login: str, role: Role = Role.WORKER) -> int:
        """Somebody who can sign in with PASSWORD."""
        async with self.hub.engine.begin() as conn:
            return await person(conn, office.id, login, role, password_hash=HASH)

    async def visitor(self, width: int = 1280) -> Page:
        """A browser in which nobody is signed in."""
        return await self.visitors.visitor(width)

    async def signed_in(self, office: Office, member: int, path: str = "/") -> Page:
        return await self.visitors.signed_in(await office.signed_in(member), path)

    async def tell(
        self, office: Office, member: int, method: str, path: str, body: object = None
    ) -> Any:
        """What REST answers a member."""
        token = await office.signed_in(member)
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.request(
                method, f"{self.hub.url}/api/v1/{path}", json=body,
                headers={"authorization": f"Bearer {token}"},
            )  # fmt: skip
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@asynccontextmanager
async def opened(state: Path, program: str = SHELL) -> AsyncIterator[Site]:
    async with (
        mailbox() as box,
        provider() as company,
        running(state, pace=1, mail=box.server, allow=[THIS_MACHINE]) as hub,
        browser(program) as chromium,
    ):
        yield Site(hub, Visitors(chromium, hub.url), box, company)


async def enter(page: Page, system_id: str, login: str, password: str = PASSWORD) -> None:
    """Sign in by password at a hub of several companies."""
    company = page.get_by_label("システムID", exact=True)
    ask = page.get_by_role("button", name="システムIDを指定する")
    await expect(company.or_(ask)).to_be_visible()
    if await ask.is_visible():
        await ask.click()
    await company.fill(system_id)
    await page.get_by_label("ログインID").fill(login)
    await page.get_by_label("パスワード", exact=True).fill(password)
    await page.get_by_role("button", name="サインイン", exact=True).click()


async def is_in(page: Page) -> None:
    """The person is signed in: what is their own is in the bar."""
    await expect(page.get_by_role("link", name="自分", exact=True)).to_be_visible()


DRAWN = "document.querySelector('main.console > :not(h1)') && !document.querySelector('.loading')"


async def answered(page: Page) -> None:
    """The page has drawn what the hub told it."""
    await until(lambda: page.evaluate(f"Boolean({DRAWN})"))


async def confirms(page: Page) -> None:
    """Say once more who one is."""
    ask = page.get_by_role("dialog", name="本人の確認")
    await ask.get_by_label("パスワード", exact=True).fill(PASSWORD)
    await ask.get_by_role("button", name="確認する").click()
    await expect(ask).to_have_count(0)


# Where colours are forced, the system paints its ground behind texts: none may be of that colour.
UNREADABLE = """() => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "Canvas";
  const ground = getComputedStyle(probe).color;
  probe.remove();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let text; (text = texts.nextNode()); ) {
    const { parentElement: of } = text;
    if (!text.data.trim() || !of.checkVisibility()) continue;
    const { color, forcedColorAdjust } = getComputedStyle(of);
    if (color === ground && forcedColorAdjust === "auto") found.push(of.outerHTML.slice(0, 200));
  }
  return found;
}"""


async def troubles(page: Page) -> list[str]:
    """What axe finds serious on the page, in light and in dark; and what the system's own colours
    (CSS Color Adjust 1, 3) make unreadable."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    await page.emulate_media(color_scheme="light")
    await page.evaluate(STILL, "light")
    found: list[str] = await page.evaluate(SERIOUS)
    await page.emulate_media(color_scheme="dark")
    await page.evaluate(STILL, "dark")
    dark: list[str] = await page.evaluate(SERIOUS, ["color-contrast"])
    await page.emulate_media(forced_colors="active")
    unreadable: list[str] = await page.evaluate(UNREADABLE)
    await page.emulate_media(forced_colors="none")
    return found + [f"dark: {one}" for one in dark] + [f"forced: {one}" for one in unreadable]

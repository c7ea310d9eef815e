"""The console in a browser, on a real hub: people, second factor, pairing, consent, who looked."""

import re
from base64 import b32decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx2
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from hub.access import Role
from hub.identity import second_factor
from storage.images.viewings import ViewingKind, open_viewing
from tests.clock import until
from tests.hubs import Office, Running, running

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam

COOKIE = "zaiseki_session"  # over plain http, as in a test
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = """async (runOnly) => {
  const only = runOnly ? { runOnly } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""
PASSWORD = "correct horse battery"


@dataclass
class Site:
    """A hub with an office, and browsers of the people in it."""

    hub: Running
    office: Office
    browser: Browser
    contexts: list[BrowserContext]

    async def visitor(self) -> Page:
        """A browser in which nobody is signed in."""
        context = await self.browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
        self.contexts.append(context)
        return await context.new_page()

    async def signed_in(self, member: int) -> Page:
        page = await self.visitor()
        token = await self.office.signed_in(member)
        cookie = {"name": COOKIE, "value": token, "url": self.hub.url}
        await page.context.add_cookies([cast("SetCookieParam", cookie)])
        return page

    async def ask(self, member: int, path: str) -> Any:
        """What REST says to a member."""
        token = await self.office.signed_in(member)
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(
                f"{self.hub.url}/api/v1/{path}", headers={"authorization": f"Bearer {token}"}
            )
        return answer.json()


@asynccontextmanager
async def site(browser: Browser, state: Path) -> AsyncIterator[Site]:
    async with running(state, pace=1) as hub:
        here = Site(hub, await hub.office(), browser, [])
        try:
            yield here
        finally:
            for context in here.contexts:
                await context.close()


async def enter(page: Page, login: str, password: str) -> None:
    await page.get_by_label("ログインID").fill(login)
    await page.get_by_label("パスワード", exact=True).fill(password)
    await page.get_by_role("button", name="サインイン", exact=True).click()


@pytest.mark.requirement("R1")
async def test_an_invited_member_chooses_a_password_and_comes_in(
    tmp_path: Path, chromium: Browser
) -> None:
    async with site(chromium, tmp_path) as here:
        boss = await here.office.member("boss", Role.ADMINISTRATOR)
        page = await here.signed_in(boss)
        await page.goto(f"{here.hub.url}/members")
        await page.get_by_role("button", name="利用者を招く").first.click()
        dialog = page.get_by_role("dialog", name="利用者を招く")
        await dialog.get_by_label("氏名").fill("長谷川アレクサンドラ美智子エリザベート")
        await dialog.get_by_label("ログインID").fill("hasegawa")
        await dialog.get_by_text("東京").click()
        await dialog.get_by_role("button", name="招く", exact=True).click()
        link = await page.get_by_role("status", name="招待リンク").text_content()
        assert link

        guest = await here.visitor()
        await guest.goto(link)
        await expect(
            guest.get_by_text("長谷川アレクサンドラ美智子エリザベートさん")
        ).to_be_visible()
        await guest.get_by_label("新しいパスワード").fill(PASSWORD)
        await guest.get_by_role("button", name="決定").click()
        await expect(guest.get_by_text("パスワードを設定しました")).to_be_visible()
        await enter(guest, "hasegawa", PASSWORD)
        await expect(guest.get_by_role("link", name="自分")).to_be_visible()
        await expect(guest.get_by_role("link", name="設定")).to_have_count(0)
        await guest.goto(f"{here.hub.url}/members")
        await expect(guest.get_by_text("このページはありません")).to_be_visible()

        again = await here.visitor()
        await again.goto(link)
        await expect(again.get_by_text("このリンクは使えません")).to_be_visible()

        await page.get_by_role("button", name="閉じる", exact=True).last.click()
        await page.get_by_label("探す").fill("ハセ")
        await expect(page.get_by_text("条件に合う利用者はいません")).to_be_visible()
        await page.get_by_label("探す").fill("長谷川")
        await page.get_by_role("button", name="長谷川アレクサンドラ").click()
        panel = page.get_by_role("dialog", name="長谷川アレクサンドラ")
        await panel.get_by_role("button", name="停止する").click()
        await page.get_by_role("button", name="停止する").last.click()
        await expect(panel.get_by_role("button", name="再開する")).to_be_visible()
        await guest.goto(f"{here.hub.url}/own")
        await expect(guest.get_by_role("heading", name="サインイン")).to_be_visible()


@pytest.mark.requirement("R49")
async def test_a_member_sets_up_an_authenticator_and_is_asked_for_its_code(
    tmp_path: Path, chromium: Browser
) -> None:
    async with site(chromium, tmp_path) as here:
        boss = await here.office.member("boss", Role.ADMINISTRATOR)
        mori = await here.office.member("mori")
        page = await here.visitor()
        await page.goto(await invitation(here, boss, mori))
        await page.get_by_label("新しいパスワード").fill(PASSWORD)
        await page.get_by_role("button", name="決定").click()
        await enter(page, "mori", PASSWORD)
        await page.get_by_role("link", name="自分").click()
        await page.get_by_role("link", name="セキュリティ").click()
        await page.get_by_role("button", name="認証アプリを設定する").click()
        await confirmed(page)
        dialog = page.get_by_role("dialog", name="認証アプリを設定する")
        picture = dialog.get_by_role("img", name="認証アプリで読み取る二次元コード")
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        shown = await dialog.get_by_role("status").first.text_content()
        secret = "".join((shown or "").split())
        await dialog.get_by_label("アプリに出たコード").fill(code(secret))
        await dialog.get_by_role("button", name="確認して有効にする").click()
        codes = page.get_by_role("list", name="回復コード").get_by_role("listitem")
        await expect(codes).to_have_count(10)
        recovery = await codes.first.text_content()
        await page.get_by_role("button", name="控えました").click()
        await expect(page.get_by_text("使える回復コード: 10個")).to_be_visible()

        await page.get_by_role("button", name="メニュー").click()
        await page.get_by_role("menuitem", name="サインアウト").click()
        await enter(page, "mori", PASSWORD)
        await page.get_by_label("確認コード").fill("000000")
        await page.get_by_role("button", name="サインイン", exact=True).click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_role("button", name="回復コードを使う").click()
        await page.get_by_label("回復コード").fill(recovery or "")
        await page.get_by_role("button", name="サインイン", exact=True).click()
        await expect(page.get_by_role("link", name="自分")).to_be_visible()


async def invitation(here: Site, boss: int, member: int) -> str:
    token = await here.office.signed_in(boss)
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{here.hub.url}/api/v1/members/{member}/invitation",
            headers={"authorization": f"Bearer {token}"},
        )
    return str(answer.json()["link"])


async def confirmed(page: Page) -> None:
    """Say once more who one is, if the page asks."""
    ask = page.get_by_role("dialog", name="本人の確認")
    ready = page.get_by_role("dialog", name="認証アプリを設定する")
    await expect(ask.or_(ready)).to_be_visible()
    if await ask.is_visible():
        await ask.get_by_label("パスワード", exact=True).fill(PASSWORD)
        await ask.get_by_role("button", name="確認する").click()


def code(secret: str) -> str:
    return second_factor.code_at(b32decode(secret), datetime.now(UTC).timestamp())


@pytest.mark.requirement("R61")
async def test_a_worker_confirms_the_code_that_their_pc_shows(
    tmp_path: Path, chromium: Browser
) -> None:
    async with site(chromium, tmp_path) as here:
        mori = await here.office.member("mori")
        async with httpx2.AsyncClient(base_url=here.hub.url, trust_env=False) as pc:
            asked = (
                await pc.post(
                    "/api/v1/pairing/device_authorization",
                    data={"client_id": "zaiseki-agent", "name": "SALES-PC-0231"},
                )
            ).json()
            page = await here.signed_in(mori)
            await page.goto(f"{here.hub.url}/pair")
            await page.get_by_label("コード").fill(asked["user_code"].lower().replace("-", " "))
            await page.get_by_role("button", name="次へ").click()
            await expect(page.get_by_label("端末名")).to_have_value("SALES-PC-0231")
            await page.get_by_label("端末名").fill("営業のノートPC")
            await page.get_by_role("button", name="つなぐ", exact=True).click()
            await expect(page.get_by_text("つなぎました")).to_be_visible()
            form = {
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                "device_code": asked["device_code"],
            }
            told = await pc.post("/api/v1/pairing/token", data=form)
            assert told.json()["access_token"]
            await page.get_by_role("link", name="自分の端末").click()
            await expect(page.get_by_text("営業のノートPC")).to_be_visible()

            await page.goto(f"{here.hub.url}/pair?code={asked['user_code']}")
            await expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.requirement("R57")
async def test_a_worker_takes_their_consent_back(tmp_path: Path, chromium: Browser) -> None:
    async with site(chromium, tmp_path) as here:
        mori = await here.office.member("mori")
        page = await here.signed_in(mori)
        await page.goto(f"{here.hub.url}/own/consents")
        await expect(page.get_by_role("heading", name=re.compile("第1版"))).to_be_visible()
        await page.get_by_role("button", name="すべて撤回する").click()
        await page.get_by_role("dialog").get_by_role("button", name="撤回する").click()

        async def uncovered() -> bool:
            told = await here.ask(mori, "consents")
            return not any(one["covered"] for one in told["purposes"])

        await until(uncovered)
        again = page.get_by_role("button", name="カメラでの判定に同意する")
        await expect(again).to_be_visible()
        await again.click()
        await expect(
            page.get_by_role("button", name="カメラでの判定の同意を撤回する")
        ).to_be_visible()


@pytest.mark.requirement("R56")
async def test_a_worker_sees_who_looked_at_them_and_why(tmp_path: Path, chromium: Browser) -> None:
    async with site(chromium, tmp_path) as here:
        boss = await here.office.member("boss", Role.ADMINISTRATOR)
        mori = await here.office.member("mori")
        other = await here.office.member("hata")
        async with here.hub.engine.begin() as conn:
            for member in (mori, other):
                await open_viewing(
                    conn, here.office.id, boss, member, ViewingKind.LIVE, "audit", datetime.now(UTC)
                )
        page = await here.signed_in(mori)
        await page.goto(f"{here.hub.url}/own/viewings")
        table = page.get_by_role("table", name="見た人")
        await expect(table.get_by_text("bossさん")).to_have_count(1)
        await expect(table.get_by_text("監査")).to_be_visible()


PAGES = {
    Role.ADMINISTRATOR: (
        "/members", "/members/groups", "/members/devices", "/members/faces", "/members/consents",
        "/evidence", "/evidence/viewings", "/log", "/log/heads", "/settings", "/settings/charter",
        "/settings/policy", "/settings/sign-in", "/settings/limits", "/settings/tokens",
        "/licenses",
    ),
    Role.WORKER: (
        "/own", "/own/security", "/own/consents", "/own/devices", "/own/faces", "/own/evidence",
        "/own/viewings", "/pair",
    ),
}  # fmt: skip


@pytest.mark.parametrize("role", list(PAGES))
async def test_axe_finds_nothing_serious_on_any_page(
    role: Role, tmp_path: Path, chromium: Browser
) -> None:
    axe = AXE.read_text()
    async with site(chromium, tmp_path) as here:
        somebody = await here.office.member("somebody", role, groups=[here.office.at.tokyo])
        await here.office.device(somebody)
        page = await here.signed_in(somebody)
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        for path in PAGES[role]:
            await page.goto(f"{here.hub.url}{path}")
            await page.wait_for_load_state("networkidle")
            await page.evaluate(axe)
            await page.emulate_media(color_scheme="light")
            assert await page.evaluate(SERIOUS) == [], path
            await page.emulate_media(color_scheme="dark")
            assert await page.evaluate(SERIOUS, ["color-contrast"]) == [], f"{path}, dark"
            assert await page.get_by_role("alert").count() == 0, path
        assert broken == []


async def test_a_row_is_reached_and_opened_by_keys_alone(tmp_path: Path, chromium: Browser) -> None:
    async with site(chromium, tmp_path) as here:
        boss = await here.office.member("boss", Role.ADMINISTRATOR)
        for number in range(40):
            await here.office.member(f"worker{number:02}")
        page = await here.signed_in(boss)
        await page.goto(f"{here.hub.url}/members")
        await page.get_by_role("table").get_by_role("button", name="bossさん").focus()
        for _ in range(30):
            await page.keyboard.press("ArrowDown")
        focused = await page.evaluate("document.activeElement.textContent")
        assert focused == "worker29さん"
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog", name=focused)).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert await page.evaluate("document.activeElement.textContent") == focused
        await page.keyboard.press("/")
        await page.keyboard.type("worker07")
        await expect(page.get_by_text("worker07さん")).to_be_visible()
        await expect(page.get_by_text("worker08さん")).to_have_count(0)

"""Webhooks in the console, against a real receiver; and the reference of the API."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from standardwebhooks import Webhook

from hub.access import Role
from tests.clock import until
from tests.e2e.site import Site, answered, troubles
from tests.hubs import Office
from tests.receiver import GONE, Receiver, receiver

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOOKS, LOG = "/settings/webhooks", "/settings/deliveries"


@pytest_asyncio.fixture(loop_scope="module")
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as here:
        yield here


async def _office(site: Site, name: str) -> tuple[Office, int]:
    office = await site.hub.office(name)
    return office, await office.member("boss", Role.ADMINISTRATOR)


async def _added(site: Site, office: Office, boss: int, there: Receiver) -> int:
    """An endpoint of the receiver's, which knows its secret."""
    body = {"url": there.url, "description": "勤怠システム"}
    made = await site.tell(office, boss, "POST", "webhooks", body)
    there.secret = made["secret"]
    return int(made["id"])


async def _opened(page: Page) -> None:
    await page.get_by_role("table").get_by_role("button", name="勤怠システム").click()


async def _tested(page: Page) -> None:
    await page.get_by_role("dialog").get_by_role("button", name="試しに送る").click()


async def test_an_endpoint_is_added_and_a_test_says_at_once_what_the_receiver_answered(
    site: Site, there: Receiver
) -> None:
    office, boss = await _office(site, "連携する会社")
    page = await site.signed_in(office, boss, HOOKS)
    await expect(page.get_by_role("heading", name="送信先はまだありません")).to_be_visible()
    await page.get_by_role("button", name="送信先を加える").click()
    adding = page.get_by_role("dialog", name="送信先を加える")
    await adding.get_by_label("アドレス").fill(there.url)
    await adding.get_by_label("説明").fill("勤怠システム")
    await adding.get_by_label("すべての出来事").uncheck()
    await expect(adding.get_by_role("button", name="加える", exact=True)).to_be_disabled()
    await adding.get_by_label("インシデントのすべて").check()
    await adding.get_by_role("button", name="加える", exact=True).click()
    told = await adding.get_by_role("status", name="シークレット").text_content()
    there.secret = told or ""
    await adding.get_by_role("button", name="試しに送る").click()
    panel = page.get_by_role("dialog", name="勤怠システム")
    await expect(panel.get_by_label("インシデントのすべて")).to_be_checked()
    await _tested(page)
    await expect(panel.get_by_text("届きました。200、")).to_be_visible()
    assert [(got.type, got.verified) for got in there.received] == [("webhook.ping", True)]

    await panel.get_by_role("link", name="配信の記録を見る").click()
    await page.get_by_role("table").get_by_role("button", name="試しの送信").click()
    sent = page.get_by_role("dialog", name="試しの送信")
    await expect(sent.get_by_text(there.received[0].id)).to_be_visible()
    await expect(sent.get_by_role("listitem").filter(has_text="1回目")).to_contain_text("200")
    await page.keyboard.press("Escape")
    await page.get_by_label("結果").select_option("失敗")
    await expect(page.get_by_text("条件に合う配信はありません")).to_be_visible()


async def test_a_new_secret_is_told_once_and_the_one_before_still_verifies(
    site: Site, there: Receiver
) -> None:
    office, boss = await _office(site, "鍵を替える会社")
    await _added(site, office, boss, there)
    page = await site.signed_in(office, boss, HOOKS)
    await _opened(page)
    await page.get_by_role("button", name="シークレットを替える").click()
    sure = page.get_by_role("dialog", name="シークレットを替えますか")
    await sure.get_by_role("button", name="シークレットを替える").click()
    panel = page.get_by_role("dialog", name="勤怠システム")
    new = await panel.get_by_role("status", name="シークレット").text_content()
    assert new and new != there.secret
    await expect(panel.get_by_text("までは前のシークレットでも署名します")).to_be_visible()
    await _tested(page)
    await expect(panel.get_by_text("届きました。200、")).to_be_visible()
    [got] = there.received
    assert got.verified
    assert len(got.headers["webhook-signature"].split()) == 2
    await page.reload()
    await _opened(page)
    await expect(panel.get_by_text("までは前のシークレットでも署名します")).to_be_visible()
    assert new not in await panel.inner_text()
    assert Webhook(new)


async def test_an_endpoint_that_is_gone_is_disabled_and_what_failed_is_sent_again(
    site: Site, there: Receiver
) -> None:
    office, boss = await _office(site, "受け手が消えた会社")
    await _added(site, office, boss, there)
    there.script.append(GONE)
    page = await site.signed_in(office, boss, HOOKS)
    await _opened(page)
    await _tested(page)
    panel = page.get_by_role("dialog", name="勤怠システム")
    await expect(panel.get_by_text("受け側が断りました。410、")).to_be_visible()
    await expect(panel.get_by_text("受け側が410(もう受け取らない)と答えたため")).to_be_visible()
    await panel.get_by_role("button", name="もう一度有効にする").click()
    await panel.get_by_role("button", name="送り直す", exact=True).click()
    await expect(panel.get_by_text("1件を送り直します。")).to_be_visible()
    await until(lambda: [got.status for got in there.received] == [410, 200])

    await panel.get_by_role("link", name="配信の記録を見る").click()
    row = page.get_by_role("row", name="試しの送信")
    await expect(row).to_contain_text("届いた")
    await row.get_by_role("button").click()
    sent = page.get_by_role("dialog", name="試しの送信")
    await expect(sent.get_by_role("listitem")).to_have_count(2)
    await sent.get_by_role("button", name="もう一度送る").click()
    await expect(sent.get_by_role("listitem")).to_have_count(3)
    await expect(row).to_contain_text("届いた")
    assert len(set(there.ids())) == 1


async def test_an_address_inside_is_refused_with_the_way_out_and_removing_one_asks_first(
    site: Site, there: Receiver
) -> None:
    office, boss = await _office(site, "内向きの会社")
    await _added(site, office, boss, there)
    page = await site.signed_in(office, boss, HOOKS)
    await page.get_by_role("button", name="送信先を加える").click()
    adding = page.get_by_role("dialog", name="送信先を加える")
    await adding.get_by_label("アドレス").fill("https://169.254.169.254/latest")
    await adding.get_by_role("button", name="加える", exact=True).click()
    await expect(adding.get_by_role("alert")).to_contain_text("169.254.169.254")
    await adding.get_by_role("button", name="やめる").click()
    await _opened(page)
    await page.get_by_role("button", name="削除する").click()
    await (
        page.get_by_role("dialog", name="削除しますか")
        .get_by_role("button", name="削除する")
        .click()
    )
    await expect(page.get_by_role("heading", name="送信先はまだありません")).to_be_visible()


async def test_axe_finds_nothing_in_either_language_and_a_phone_needs_no_sideways_scroll(
    site: Site, there: Receiver
) -> None:
    office, boss = await _office(site, "二つの言葉の会社")
    hook = await _added(site, office, boss, there)
    await site.tell(office, boss, "POST", f"webhooks/{hook}/test")
    await until(lambda: len(there.received) == 1)
    page = await site.signed_in(office, boss, HOOKS)
    for language in ("ja", "en"):
        await page.evaluate(f"localStorage.setItem('zaiseki.language', '{language}')")
        for path in (HOOKS, LOG, "/reference#create_webhook"):
            await page.set_viewport_size({"width": 1280, "height": 800})
            await page.goto(f"{site.hub.url}{path}")
            if path in (HOOKS, LOG):
                await answered(page)
                await page.get_by_role("table").get_by_role("button").first.click()
                await expect(page.get_by_role("dialog").locator(".facts").first).to_be_visible()
            else:
                await expect(page.locator("#create_webhook .copied")).to_be_visible()
                await page.get_by_role("searchbox").fill("webhooks")  # other chapters are like it
                await expect(page.locator("#of-Log")).to_have_count(0)
            assert await troubles(page) == [], (language, path)
            await page.set_viewport_size({"width": 390, "height": 844})
            wide = "document.documentElement.scrollWidth > innerWidth"
            assert not await page.evaluate(wide), (language, path)


async def test_the_reference_is_open_to_everybody_and_found_by_what_one_looks_for(
    site: Site,
) -> None:
    page = await site.visitor()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(f"{site.hub.url}/reference#create_webhook")
    call = page.locator("#create_webhook")
    await expect(call.get_by_text("Idempotency-Key", exact=True)).to_be_visible()
    await expect(call.get_by_role("link", name="webhook-forbidden")).to_be_visible()
    await expect(call.locator("pre")).to_contain_text(f"'{site.hub.url}/api/v1/webhooks'")
    await page.get_by_label("操作を探す").fill("post /secret")
    await expect(page.locator("#rotate_webhook")).to_be_visible()
    await expect(call).to_have_count(0)
    await page.get_by_label("操作を探す").fill("")
    for part in ("WebSocketのメッセージ", "Webhookで届くもの"):
        await page.get_by_role("link", name=part).click()
        await expect(page.get_by_role("heading", name=part)).to_be_in_viewport()
    await page.locator(".socket summary", has_text="subscribe").first.click()
    await expect(page.locator(".socket .fields").first).to_be_visible()
    assert said == []


async def test_the_board_does_not_wait_for_the_reference(site: Site) -> None:
    office, boss = await _office(site, "急ぐ会社")
    page = await site.visitor()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page = await site.signed_in(office, boss)
    page.on("request", lambda request: asked.append(request.url))
    await page.reload()
    await expect(page.get_by_role("navigation").first).to_be_visible()
    assert any("/assets/Board-" in url for url in asked)
    assert not any("/assets/Reference-" in url or "openapi" in url for url in asked)

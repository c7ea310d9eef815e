"""Web Push in Chromium: subscribing on one's own page, and what is shown of what was delivered.

Chromium's own push service is on the internet: a service of ours stands in for it. The page gets
our subscription, and what the hub sent to it is handed to the browser as that service would.
"""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, expect

from hub.access import Role
from hub.notices.events import IncidentOpened
from hub.protocol.facts import IncidentKind
from hub.webpush import text_of
from storage.outgoing import notices
from tests.clock import PATIENCE_S, until
from tests.e2e.site import Site, answered, troubles
from tests.pushes import PushBrowser, push_service
from tests.servers import CHROMIUM

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = CHROMIUM  # only the whole browser shows notices
STANDS_IN = """(subscription) => {
  const made = (options) => {
    window.asked = { ...options, key: [...new Uint8Array(options.applicationServerKey)] };
    return Promise.resolve({ toJSON: () => subscription });
  };
  PushManager.prototype.subscribe = made;
  PushManager.prototype.getSubscription = () => Promise.resolve(null);
}"""
SHOWN = """async () => {
  const shown = await (await navigator.serviceWorker.ready).getNotifications();
  return shown.map(({ title, body, tag, data }) => ({ title, body, tag, path: data.path }));
}"""
CLICKED = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


async def registration(cdp: CDPSession) -> str:
    """The number under which the browser knows the service worker of the page."""
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def updated(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not one["isDeleted"] and not found.done():
                found.set_result(one["registrationId"])

    cdp.on("ServiceWorker.workerRegistrationUpdated", updated)
    await cdp.send("ServiceWorker.enable")
    async with asyncio.timeout(PATIENCE_S):
        return await found


async def delivered(page: Page, origin: str, message: dict[str, Any]) -> None:
    """What the browser does when its push service brings a message that it could open."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": origin,
            "registrationId": await registration(cdp),
            "data": json.dumps(message),
        },
    )


async def shown(page: Page) -> list[dict[str, str]]:
    found: list[dict[str, str]] = await page.evaluate(SHOWN)
    return found


@pytest.mark.requirement("R24")
async def test_a_notice_is_shown_by_a_browser_that_was_subscribed_and_a_click_leads_to_it(
    site: Site,
) -> None:
    office = await site.hub.office("通知の会社")
    boss = await site.person(office, "boss", Role.ADMINISTRATOR)
    mori = await site.person(office, "mori")
    async with push_service() as service:
        browser = PushBrowser(service.url)
        page = await site.signed_in(office, boss, "/own")
        await page.context.grant_permissions(["notifications"], origin=site.hub.url)
        await page.add_init_script(f"({STANDS_IN})({json.dumps(browser.subscription())})")
        await page.reload()
        await answered(page)
        await expect(page.get_by_text("このブラウザーには通知していません。")).to_be_visible()
        assert await troubles(page) == []
        await page.get_by_role("button", name="通知を受け取る").click()
        await expect(page.get_by_text("このブラウザーに通知しています。")).to_be_visible()

        told = await page.evaluate("window.asked")
        keys = await site.tell(office, boss, "GET", "account/push")
        assert text_of(bytes(told["key"])) == keys["public_key"]
        assert told["userVisibleOnly"] is True

        now = datetime.now(UTC)
        incident = IncidentOpened(now, "ab" * 16, IncidentKind.PEEPING, mori)
        async with site.hub.engine.begin() as conn:
            await notices.announce(conn, office.id, [incident], now)
        await until(lambda: service.received)
        message = browser.opened(service.received[0].body)
        await delivered(page, site.hub.url, message)
        (seen,) = await until(lambda: shown(page))

        assert seen["title"] == message["title"]
        assert seen["title"] == "インシデント: のぞき見"
        assert seen["body"].startswith("moriさん · ")
        assert (seen["body"], seen["tag"]) == (message["text"], message["tag"])
        (worker,) = page.context.service_workers
        await worker.evaluate(CLICKED)
        await until(lambda: page.url == f"{site.hub.url}{message['path']}")

        await page.goto(f"{site.hub.url}/own")
        await page.get_by_role("button", name="通知を止める").click()
        await expect(page.get_by_text("このブラウザーには通知していません。")).to_be_visible()

"""Subscribing one's own browser to Web Push, over REST."""

import httpx2
import pytest

from hub.webpush import bytes_of
from tests.hub.http.site import Site, problem
from tests.pushes import PushBrowser

PUSH = "/api/v1/account/push"
ENDPOINT = "https://push.example.jp"


async def state(client: httpx2.AsyncClient) -> tuple[int, bool]:
    """How many bytes the key has, and whether this browser is subscribed."""
    answer = (await client.get(PUSH)).json()
    return len(bytes_of(answer["public_key"])), answer["subscribed"]


async def test_each_browser_of_a_member_is_subscribed_for_itself(hub: Site) -> None:
    async with hub.signed_in("sato") as one, hub.signed_in("sato") as other:
        assert await state(one) == (65, False)
        laptop = PushBrowser(ENDPOINT, "laptop").subscription()
        assert (await one.put(PUSH, json=laptop)).status_code == 204
        assert (await one.put(PUSH, json=laptop)).status_code == 204

        assert await state(one) == (65, True)
        assert await state(other) == (65, False)
        assert (await one.get(PUSH)).json()["public_key"] == (await other.get(PUSH)).json()[
            "public_key"
        ]
        assert (await one.delete(PUSH)).status_code == 204
        assert (await one.delete(PUSH)).status_code == 204
        assert await state(one) == (65, False)


async def test_who_signs_out_is_not_subscribed_any_more(hub: Site) -> None:
    laptop = PushBrowser(ENDPOINT).subscription()
    async with hub.signed_in("sato") as client:
        await client.put(PUSH, json=laptop)
        await client.delete("/api/v1/session")
    async with hub.signed_in("sato") as client:
        assert await state(client) == (65, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "push.example.jp/send"},
        {"endpoint": "https://name:word@push.example.jp/send"},
        {"keys": {"p256dh": "B" + "A" * 86, "auth": "A" * 22}},
        {"keys": {"p256dh": "A" * 87, "auth": "A" * 22}},
        {"keys": {"p256dh": "A" * 12, "auth": "A" * 22}},
        {"expirationTime": None},
    ],
)
async def test_what_no_browser_says_is_refused(hub: Site, wrong: dict[str, object]) -> None:
    told = PushBrowser(ENDPOINT).subscription() | wrong
    async with hub.signed_in("sato") as client:
        answer = await client.put(PUSH, json=told)

        assert (answer.status_code, problem(answer)) == (422, "invalid")
        assert await state(client) == (65, False)


async def test_nobody_who_is_not_signed_in_is_told_the_key(hub: Site) -> None:
    async with hub.client() as client:
        assert (await client.get(PUSH)).status_code == 401

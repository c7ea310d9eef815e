"""Endpoints of webhooks by REST: administrators add, change, rotate, try and remove them."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import select, text

from storage.models.log import LogEntry
from storage.models.webhooks import WebhookEndpoint
from tests.hub.http.site import Site, problem

AT = "/api/v1/webhooks"
URL = "https://h.invalid/hook"  # RFC 6761: no such name, now or ever
OVER_A_DAY_S = 24 * 3600


async def made(boss: httpx2.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await boss.post(AT, json={"url": URL, **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def logged(hub: Site) -> list[tuple[str, dict[str, Any]]]:
    async with hub.engine.connect() as conn:
        asked = select(LogEntry.what, LogEntry.subject).where(LogEntry.what.like("webhook.%"))
        return [(row.what, row.subject) for row in await conn.execute(asked.order_by(LogEntry.id))]


async def test_a_new_endpoint_shows_its_keys_once_and_the_list_never(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        new = await made(boss, signing=["v1", "v1a"], description="人事システム")
        listed = (await boss.get(AT)).json()
        one = (await boss.get(f"{AT}/{new['id']}")).json()

    assert new["secret"].startswith("whsec_") and new["public_key"].startswith("whpk_")
    assert (listed["room"], listed["allowed"], listed["items"]) == (
        9,
        [],
        [{**listed["items"][0], **one}],
    )
    assert listed["items"][0]["state"] == "active"
    assert "secret" not in one and "whsec_" not in str(listed)
    assert (one["types"], one["groups"]) == ([], [])
    assert (one["signing"], one["public_key"]) == (["v1", "v1a"], new["public_key"])
    told = {"types": [], "groups": [], "content": "standard", "signing": ["v1", "v1a"]}
    assert await logged(hub) == [("webhook.created", {"webhook": new["id"], **told})]


async def test_what_is_left_out_of_a_change_stays_as_it_is(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        new = await made(boss, types=["incident.*"], groups=[hub.a.tokyo], description="監視")
        changed = await boss.patch(
            f"{AT}/{new['id']}", json={"types": [], "content": "cloudevents", "signing": ["v1a"]}
        )

    found = changed.json()
    assert changed.status_code == 200
    assert (found["types"], found["groups"], found["content"]) == ([], [hub.a.tokyo], "cloudevents")
    assert (found["url"], found["description"], found["signing"]) == (URL, "監視", ["v1a"])
    assert found["public_key"].startswith("whpk_")
    assert [what for what, _ in await logged(hub)] == ["webhook.created", "webhook.changed"]


async def test_a_rotated_secret_is_another_and_the_one_before_goes_on_for_a_day(
    hub: Site,
) -> None:
    async with hub.signed_in("boss") as boss:
        new = await made(boss)
        before = (await boss.get(f"{AT}/{new['id']}")).json()
        rotated = (await boss.post(f"{AT}/{new['id']}/secret")).json()
        after = (await boss.get(f"{AT}/{new['id']}")).json()

    assert rotated["secret"].startswith("whsec_") and rotated["secret"] != new["secret"]
    assert "overlap_until" not in before
    assert after["overlap_until"] == rotated["overlap_until"]
    assert after["overlap_until"] - before["created_at"] >= OVER_A_DAY_S
    async with hub.engine.connect() as conn:
        row = (await conn.execute(select(WebhookEndpoint.sealed, WebhookEndpoint.former))).one()
    assert row.sealed and row.former and b"whsec_" not in row.sealed + row.former


async def test_a_test_message_is_queued_and_its_delivery_can_be_followed(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        new = await made(boss, types=["incident.opened"])
        tried = await boss.post(f"{AT}/{new['id']}/test")
        delivery = (await boss.get(f"{AT}/deliveries/{tried.json()['delivery']}")).json()

    assert tried.status_code == 201
    assert delivery["delivery"]["message"] == tried.json()["message"]
    assert (delivery["delivery"]["type"], delivery["delivery"]["status"]) == (
        "webhook.ping", "waiting",
    )  # fmt: skip


async def test_a_disabled_endpoint_is_told_nothing_until_it_is_enabled(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        at = f"{AT}/{(await made(boss))['id']}"
        await boss.post(f"{at}/test")
        disabled = await boss.post(f"{at}/disable")
        again = await boss.post(f"{at}/disable")
        (shown,) = (await boss.get(AT)).json()["items"]
        refused = [
            await boss.post(f"{at}/test"),
            await boss.post(f"{at}/replay", json={"since": 0}),
        ]
        enabled = await boss.post(f"{at}/enable")
        replayed = await boss.post(f"{at}/replay", json={"since": 0})
        (after,) = (await boss.get(AT)).json()["items"]

    assert (disabled.status_code, again.status_code, enabled.status_code) == (204, 204, 204)
    assert (shown["state"], shown["disabled_reason"], shown["failed"]) == (
        "disabled", "administrator", 1,
    )  # fmt: skip
    assert {problem(one) for one in refused} == {"webhook-disabled"}
    assert replayed.json() == {"replayed": 1}
    assert (after["state"], after["waiting"], after["failed"]) == ("active", 1, 0)
    assert [what for what, _ in await logged(hub)][1:] == [
        "webhook.tested", "webhook.disabled", "webhook.enabled", "webhook.replayed",
    ]  # fmt: skip


async def test_a_removed_endpoint_is_gone_with_its_keys(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        at = f"{AT}/{(await made(boss))['id']}"
        await boss.post(f"{at}/secret")
        gone = await boss.delete(at)
        after = [await boss.get(at), await boss.delete(at), await boss.post(f"{at}/enable")]

    assert gone.status_code == 204
    assert {problem(one) for one in after} == {"not-found"}
    async with hub.engine.connect() as conn:
        kept = await conn.execute(select(WebhookEndpoint.sealed, WebhookEndpoint.former))
    assert tuple(kept.one()) == (None, None)


@pytest.mark.parametrize(
    ("url", "reason", "says"),
    [
        ("https://127.0.0.1/hook", "inside", "127.0.0.1"),
        ("https://[::ffff:10.0.0.1]/", "inside", "ZAISEKI_WEBHOOK_ALLOW"),
        ("http://93.184.215.14/", "plain", "https"),
        ("https://93.184.215.14:8443/", "plain", "443"),
        ("https://name:word@h.invalid/", "credentials", "署名"),
        ("ftp://h.invalid/", "address", "https://"),
    ],
)
async def test_an_address_that_nothing_may_be_sent_to_is_refused_with_the_reason(
    hub: Site, url: str, reason: str, says: str
) -> None:
    async with hub.signed_in("boss", **{"accept-language": "ja"}) as boss:
        refused = await boss.post(AT, json={"url": url})
        new = await made(boss)
        changed = await boss.patch(f"{AT}/{new['id']}", json={"url": url})

    for answer in (refused, changed):
        assert problem(answer) == "webhook-forbidden"
        assert answer.json()["reason"] == reason
        assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"types": ["seat.moved"]},
        {"types": ["seat.*"]},
        {"types": ["*"]},
        {"signing": []},
        {"signing": ["v2"]},
        {"content": "xml"},
        {"url": "https://h.invalid/ x"},
        {"secret": "whsec_mine"},
    ],
)
async def test_a_wish_that_cannot_be_meant_is_refused(hub: Site, body: dict[str, Any]) -> None:
    async with hub.signed_in("boss") as boss:
        answer = await boss.post(AT, json={"url": URL, **body})

    assert problem(answer) == "invalid"


async def test_a_group_that_is_none_is_not_found(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        assert problem(await boss.post(AT, json={"url": URL, "groups": [987_654]})) == "not-found"


async def test_there_is_room_for_ten(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        for _ in range(10):
            await made(boss)
        answer = await boss.post(AT, json={"url": URL})

    assert problem(answer) == "webhooks-full"


async def test_the_types_to_choose_from_say_what_they_tell_in_both_languages(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        items = (await boss.get(f"{AT}/types")).json()["items"]

    assert {"presence.updated", "incident.opened"} <= {one["type"] for one in items}
    assert "webhook.ping" not in {one["type"] for one in items}
    assert all(one["ja"] and one["en"] for one in items)


@pytest.mark.requirement("R64")
async def test_only_administrators_have_a_say(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        at = f"{AT}/{(await made(boss))['id']}"
    for login in ("sato", "mori"):
        async with hub.signed_in(login) as somebody:
            answers = [
                await somebody.get(AT),
                await somebody.get(f"{AT}/types"),
                await somebody.get(f"{AT}/deliveries"),
                await somebody.post(AT, json={"url": URL}),
                await somebody.get(at),
                await somebody.patch(at, json={"description": "x"}),
                await somebody.delete(at),
                await somebody.post(f"{at}/secret"),
                await somebody.post(f"{at}/test"),
                await somebody.post(f"{at}/enable"),
                await somebody.post(f"{at}/disable"),
                await somebody.post(f"{at}/replay", json={"since": 0}),
                await somebody.get(f"{AT}/deliveries/1"),
                await somebody.post(f"{AT}/deliveries/1/replay"),
            ]
        assert {problem(one) for one in answers} == {"not-allowed"}


async def test_an_endpoint_of_an_older_version_gets_a_pair_when_it_is_asked_for(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        new = await made(boss)
        async with hub.engine.begin() as conn:  # as it was before there were pairs
            await conn.execute(
                text("UPDATE webhook_endpoints SET sealed = NULL, public_key = NULL, secret = :s"),
                {"s": new["secret"]},
            )
        at = f"{AT}/{new['id']}"
        changed = (await boss.patch(at, json={"signing": ["v1", "v1a"]})).json()

    assert changed["public_key"].startswith("whpk_")
    async with hub.engine.connect() as conn:
        row = (await conn.execute(select(WebhookEndpoint.secret, WebhookEndpoint.sealed))).one()
    assert row.secret == "" and row.sealed

"""The delivery log by REST: page by page, filtered, each with its attempts, and sent again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from hub.jobs.posting import Answer
from hub.jobs.settling import settle
from storage.webhooks import queue
from storage.webhooks.events import Event
from storage.webhooks.outbox import enqueue
from tests.hub.http.site import Site, problem
from tests.hub.http.webhooks.test_endpoints import AT, made
from tests.outbox import incident, presence

LOG = f"{AT}/deliveries"
SECOND = timedelta(seconds=1)
FINE = Answer(200, "thank you", took_s=0.04)
BROKEN = Answer(500, "we are closed", took_s=1.5)


async def happened(hub: Site, *events: Event) -> datetime:
    """It is recorded at this moment."""
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        assert await enqueue(conn, hub.a.id, events, now)
    return now


async def answered(hub: Site, *answers: Answer) -> None:
    """What is due is tried, the longest due first, and answered so."""
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        found = await queue.due(conn, now, 10, each=10)
        for due, answer in zip(found, answers, strict=False):
            [taken] = await queue.claim(conn, [due], now)
            await settle(conn, taken, answer, now, now, random=0.0)


async def items(boss: httpx2.AsyncClient, **query: str | int) -> list[dict[str, Any]]:
    answer = await boss.get(LOG, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_log_is_read_page_by_page_the_newest_first(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        await made(boss)
        await happened(hub, *(presence(number) for number in range(5)))
        seen: list[int] = []
        cursor: dict[str, str | None] = {}
        for size in (2, 2, 1):
            page = (await boss.get(LOG, params={"limit": "2", **cursor})).json()
            assert len(page["items"]) == size
            seen += [one["id"] for one in page["items"]]
            cursor = {"cursor": page.get("next")}

    assert seen == sorted(seen, reverse=True)
    assert (len(set(seen)), cursor) == (5, {"cursor": None})


async def test_the_log_is_filtered_by_endpoint_status_and_type(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        every = (await made(boss))["id"]
        alarms = (await made(boss, types=["incident.*"]))["id"]
        await happened(hub, presence(1))
        await answered(hub, FINE)
        await happened(hub, incident(2))

        assert len(await items(boss)) == 3
        assert [one["webhook"] for one in await items(boss, webhook=alarms)] == [alarms]
        [delivered] = await items(boss, status="delivered")
        assert len(await items(boss, status="waiting")) == 2
        assert await items(boss, status="failed") == []
        assert {one["type"] for one in await items(boss, type="incident.opened")} == {
            "incident.opened"
        }
        assert await items(boss, webhook=every, type="webhook.ping") == []

    assert (delivered["type"], delivered["attempts"], delivered["last_status"]) == (
        "presence.updated", 1, 200,
    )  # fmt: skip
    assert delivered["latency_ms"] == 40


async def test_a_delivery_shows_the_body_and_every_attempt(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        await made(boss)
        await happened(hub, incident(2))
        await answered(hub, BROKEN)
        [shown] = await items(boss)
        whole = (await boss.get(f"{LOG}/{shown['id']}")).json()

    assert whole["delivery"] == shown
    assert (shown["status"], shown["last_error"]) == ("waiting", "HTTP 500 we are closed")
    assert shown["due_at"] > shown["created_at"]
    assert '"type":"incident.opened"' in whole["body"]
    assert (whole["url"], whole["content"]) == ("https://h.invalid/hook", "standard")
    [one] = whole["tries"]
    assert (one["number"], one["status"], one["latency_ms"], one["said"]) == (
        1, 500, 1500, "we are closed",
    )  # fmt: skip


async def test_one_that_was_delivered_is_sent_again_with_the_same_id(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        await made(boss)
        await happened(hub, presence(1))
        await answered(hub, FINE)
        [before] = await items(boss)
        again = await boss.post(f"{LOG}/{before['id']}/replay")
        [waiting] = await items(boss)
        await answered(hub, FINE)
        whole = (await boss.get(f"{LOG}/{before['id']}")).json()

    assert again.status_code == 204
    assert (before["status"], waiting["status"]) == ("delivered", "waiting")
    assert waiting["message"] == before["message"]
    assert whole["delivery"]["status"] == "delivered"
    assert [one["number"] for one in whole["tries"]] == [1, 2]


async def test_a_replay_begins_the_ladder_anew(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        await made(boss)
        await happened(hub, presence(1))
        for _ in range(3):
            await answered(hub, BROKEN)
            [shown] = await items(boss)
            await boss.post(f"{LOG}/{shown['id']}/replay")
        await answered(hub, BROKEN)
        [shown] = await items(boss)
        [one] = [(await boss.get(f"{LOG}/{shown['id']}")).json()["tries"][-1]]

    assert shown["attempts"] == 4
    assert shown["due_at"] - one["at"] == pytest.approx(5, abs=0.01)


async def test_all_that_failed_in_a_time_is_sent_again(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        at = f"{AT}/{(await made(boss))['id']}"
        await happened(hub, presence(1))
        await answered(hub, Answer(410, "bye"))
        await boss.post(f"{at}/enable")
        second = await happened(hub, presence(2))
        await boss.post(f"{at}/disable")
        await boss.post(f"{at}/enable")
        third = await happened(hub, presence(3))
        await boss.post(f"{at}/disable")
        await boss.post(f"{at}/enable")
        middle = {"since": second.timestamp(), "until": third.timestamp()}
        some = await boss.post(f"{at}/replay", json=middle)
        rest = await boss.post(f"{at}/replay", json={"since": 0})
        none = await boss.post(f"{at}/replay", json={"since": 0})

    assert [one.json() for one in (some, rest, none)] == [
        {"replayed": 1}, {"replayed": 2}, {"replayed": 0},
    ]  # fmt: skip


async def test_nothing_is_sent_again_to_a_disabled_endpoint(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        await made(boss)
        await happened(hub, presence(1))
        await answered(hub, Answer(410, "bye"))
        [shown] = await items(boss)
        refused = await boss.post(f"{LOG}/{shown['id']}/replay")

    assert (shown["status"], shown["last_status"]) == ("failed", 410)
    assert problem(refused) == "webhook-disabled"


async def test_what_is_none_is_refused(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        wrong = [
            await boss.get(LOG, params=query)
            for query in ({"status": "lost"}, {"type": "seat.moved"}, {"cursor": "x"})
        ]
        missing = [await boss.get(f"{LOG}/987654"), await boss.post(f"{LOG}/987654/replay")]

    assert {problem(one) for one in wrong} == {"invalid"}
    assert {problem(one) for one in missing} == {"not-found"}

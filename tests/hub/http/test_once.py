"""Idempotency-Key: who asks twice with one key is answered once; what is kept lies sealed."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select, update

from hub.http.once import KEY, LONG_S
from storage.models.machines import ApiToken, KeptAnswer
from storage.people import kept_answers
from tests.hub.http.site import Site, problem
from tests.record import NOW

pytestmark = pytest.mark.requirement("R72")

TOKEN = {"name": "連携", "scopes": ["members:read"], "days": 30}


async def ask(
    client: httpx2.AsyncClient, key: str, path: str = "tokens", body: Any = TOKEN
) -> httpx2.Response:
    return await client.post(f"/api/v1/{path}", json=body, headers={"Idempotency-Key": key})


async def count(hub: Site, table: Any) -> int:
    async with hub.engine.connect() as conn:
        return (await conn.execute(select(func.count()).select_from(table))).scalar_one()


async def test_the_same_request_is_done_once_and_answered_twice(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        first = await ask(client, '"8e03978e"')
        again = await ask(client, "8e03978e")
        other = await ask(client, "8e03978f")

    assert first.status_code == 201
    assert (again.status_code, again.content) == (201, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == "application/json"
    assert other.json()["token"] != first.json()["token"]
    assert await count(hub, ApiToken) == 2


async def test_an_answer_without_a_body_is_kept_too(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        made = (await client.post("/api/v1/members", json={"login": "kato", "name": "加藤"})).json()
        answers = [await ask(client, "a", f"members/{made['id']}/disable", None) for _ in range(2)]

    assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 2


async def test_a_secret_that_was_told_lies_there_sealed(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        token = (await ask(client, "mine")).json()["token"]
    async with hub.engine.connect() as conn:
        [row] = (await conn.execute(select(KeptAnswer))).mappings()

    lies = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert token.encode() not in lies
    assert b"mine" not in lies


async def test_a_key_is_for_one_request_only(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        await ask(client, "k")
        answers = [
            await ask(client, "k", body=TOKEN | {"days": 31}),
            await ask(client, "k", path="groups", body={"name": "大阪"}),
        ]

    assert [problem(one) for one in answers] == ["idempotency-key-reused"] * 2
    assert [one.status_code for one in answers] == [422] * 2


async def test_a_key_is_ones_own(hub: Site) -> None:
    async with hub.signed_in("boss") as one, hub.signed_in("boss") as other:
        first, second = await ask(one, "k"), await ask(other, "k")

    assert first.json()["token"] != second.json()["token"]


async def test_of_many_at_once_one_is_done(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        answers = await asyncio.gather(*(ask(client, "k") for _ in range(6)))
        after = await ask(client, "k")

    assert await count(hub, ApiToken) == 1
    done = {one.content for one in answers if one.status_code == 201}
    assert done == {after.content}
    waiting = [one for one in answers if one.status_code != 201]
    assert {problem(one) for one in waiting} <= {"idempotency-key-in-use"}
    assert all(one.json()["reason"] == "in_flight" for one in waiting)
    assert all(one.headers["retry-after"] == "2" for one in waiting)


async def test_what_was_refused_leaves_the_key_as_good_as_new(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        body = {"name": "東京", "parent": hub.a.sales}
        refused = await ask(client, "k", "groups", body)
        tokyo = f"/api/v1/groups/{hub.a.tokyo}"
        assert (await client.patch(tokyo, json={"name": "大阪"})).status_code == 204
        done = await ask(client, "k", "groups", body)

    assert (problem(refused), done.status_code) == ("taken", 201)


async def test_a_hub_that_died_in_between_leaves_it_to_a_person(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        await ask(client, "k")
        async with hub.engine.begin() as conn:
            asked_at = (await conn.execute(select(KeptAnswer.created_at))).scalar_one()
            earlier = asked_at - timedelta(seconds=LONG_S + 1)
            await conn.execute(update(KeptAnswer).values(sealed=None, created_at=earlier))
        answer = await ask(client, "k")

    assert (problem(answer), answer.json()["reason"]) == ("idempotency-key-in-use", "unknown")
    assert "retry-after" not in answer.headers


async def test_after_a_day_a_key_is_new(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        first = await ask(client, "k")
        async with hub.engine.begin() as conn:
            await conn.execute(update(KeptAnswer).values(expires_at=NOW - timedelta(days=900)))
        second = await ask(client, "k")

    assert first.json()["token"] != second.json()["token"]
    assert await count(hub, KeptAnswer) == 1


async def test_a_sign_in_has_only_so_many_keys(hub: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "KEYS_MAX", 2)
    async with hub.signed_in("boss") as client:
        answers = [await ask(client, f"k{number}") for number in range(3)]

    assert [one.status_code for one in answers] == [201, 201, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("key", ['"', "a b", '"a', "あ".encode(), "a" * 256, '""'])
async def test_a_key_that_is_none_is_refused(hub: Site, key: Any) -> None:
    async with hub.signed_in("boss") as client:
        answer = await client.post("/api/v1/tokens", json=TOKEN, headers={"Idempotency-Key": key})

    assert problem(answer) == "invalid"
    assert await count(hub, ApiToken) == 0


def test_a_key_is_a_string_of_structured_fields_or_the_bare_word() -> None:
    assert [KEY.fullmatch(one) is not None for one in ("a", '"a"', 'a"', "a\\b")] == [
        True, True, False, False,
    ]  # fmt: skip


async def test_signing_in_is_never_answered_from_before(hub: Site) -> None:
    body = {"login": "boss", "password": "正しい馬の電池とホチキス", "kind": "terminal"}
    async with hub.client() as client:
        answers = [await ask(client, "k", "session", body) for _ in range(2)]

    assert answers[0].json()["token"] != answers[1].json()["token"]
    assert await count(hub, KeptAnswer) == 0

"""Passkeys: made by a verified person for this hub alone, and good for a sign-in by themselves."""

from typing import Any

import httpx2
import pytest

from tests.hub.http.authenticator import Authenticator
from tests.hub.http.factors import step_of
from tests.hub.http.site import Site, problem, sign_in

HERE = "http://localhost"  # the site's settings say 127.0.0.1, which browsers know as localhost
BASE = "/api/v1/account/passkeys"


async def asked(client: httpx2.AsyncClient, path: str, **body: str) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def add(client: httpx2.AsyncClient, passkey: Authenticator) -> httpx2.Response:
    question = await asked(client, f"{BASE}/options")
    credential = passkey.make(question["options"])
    body = {"ceremony": question["ceremony"], "name": "電話", "credential": credential}
    return await client.post(BASE, json=body)


async def show(client: httpx2.AsyncClient, passkey: Authenticator, **more: str) -> httpx2.Response:
    question = await asked(client, "/api/v1/session/passkey/options", **more)
    assert passkey.knows(question["options"])
    credential = passkey.use(question["options"])
    body = {"ceremony": question["ceremony"], "credential": credential, **more}
    return await client.post("/api/v1/session/passkey", json=body)


async def passkey_of(hub: Site, login: str) -> Authenticator:
    passkey = Authenticator(HERE)
    async with hub.signed_in(login) as client:
        added = await add(client, passkey)
        assert added.status_code == 201, added.text
    return passkey


@pytest.mark.requirement("R49")
async def test_a_passkey_alone_signs_in_for_it_is_had_and_unlocked(hub: Site) -> None:
    passkey = await passkey_of(hub, "sato")
    async with hub.client() as client:
        answer = await show(client, passkey)

        assert answer.status_code == 201
        assert answer.json()["member"]["login"] == "sato"
        assert (await client.get("/api/v1/session")).status_code == 200
        (listed,) = (await client.get("/api/v1/account")).json()["passkeys"]
        assert listed["name"] == "電話"
        assert listed["used_at"] >= listed["created_at"]


@pytest.mark.requirement("R49")
async def test_a_passkey_is_the_second_factor_after_a_password(hub: Site) -> None:
    passkey = await passkey_of(hub, "sato")
    async with hub.client() as client:
        step = await step_of(client, "sato")
        assert step["ways"] == ["passkey"]
        answer = await show(client, passkey, step=step["token"])

        assert answer.status_code == 201
        assert answer.json()["member"]["login"] == "sato"
        again = await show_again(client, passkey, step["token"])
        assert problem(again) == "step-expired"


async def show_again(
    client: httpx2.AsyncClient, passkey: Authenticator, step: str
) -> httpx2.Response:
    return await client.post("/api/v1/session/passkey/options", json={"step": step})


@pytest.mark.requirement("R49")
async def test_somebody_elses_passkey_is_no_second_factor(hub: Site) -> None:
    await passkey_of(hub, "sato")
    thief = await passkey_of(hub, "mori")
    async with hub.client() as client:
        step = await step_of(client, "sato")
        question = await asked(client, "/api/v1/session/passkey/options", step=step["token"])
        assert not thief.knows(question["options"])
        credential = thief.use(question["options"])
        body = {**question, "credential": credential, "step": step["token"]}
        del body["options"]
        answer = await client.post("/api/v1/session/passkey", json=body)

    assert problem(answer) == "passkey-refused"
    assert not answer.cookies


@pytest.mark.requirement("R49")
async def test_an_answer_is_good_once(hub: Site) -> None:
    passkey = await passkey_of(hub, "sato")
    async with hub.client() as client:
        question = await asked(client, "/api/v1/session/passkey/options")
        body = {
            "ceremony": question["ceremony"],
            "credential": passkey.use(question["options"]),
        }
        assert (await client.post("/api/v1/session/passkey", json=body)).status_code == 201
        assert problem(await client.post("/api/v1/session/passkey", json=body)) == "step-expired"
        fresh = await asked(client, "/api/v1/session/passkey/options")
        body["ceremony"] = fresh["ceremony"]
        assert problem(await client.post("/api/v1/session/passkey", json=body)) == "passkey-refused"


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "passkey",
    [
        Authenticator("https://evil.test"),
        Authenticator(HERE, verifies=False),
    ],
    ids=["of another page", "of whoever holds it"],
)
async def test_a_passkey_is_refused(hub: Site, passkey: Authenticator) -> None:
    async with hub.signed_in("sato") as client:
        assert problem(await add(client, passkey)) == "passkey-refused"
        assert (await client.get("/api/v1/account")).json().get("passkeys", []) == []


@pytest.mark.requirement("R49")
async def test_a_copied_passkey_is_noticed_by_its_count(hub: Site) -> None:
    passkey = await passkey_of(hub, "sato")
    async with hub.client() as client:
        for _ in range(2):
            assert (await show(client, passkey)).status_code == 201
        passkey.uses = 0  # the copy's own count
        assert problem(await show(client, passkey)) == "passkey-refused"


async def test_a_passkey_is_added_once_and_can_be_removed(hub: Site) -> None:
    passkey = Authenticator(HERE)
    async with hub.signed_in("sato") as client:
        added = await add(client, passkey)
        assert problem(await add(client, passkey)) == "taken"
        gone = await client.delete(f"{BASE}/{added.json()['id']}")
        assert gone.status_code == 204
        assert problem(await client.delete(f"{BASE}/{added.json()['id']}")) == "not-found"
        assert problem(await show(client, passkey)) == "passkey-refused"
        assert "step" not in (await sign_in(client, "sato")).json()


@pytest.mark.parametrize(
    "credential", [{}, {"rawId": 7}, {"rawId": "??"}, {"rawId": "QQ", "id": "QQ"}]
)
async def test_what_no_browser_would_send_is_refused(hub: Site, credential: dict[str, Any]) -> None:
    async with hub.signed_in("sato") as client:
        for path, options in ((BASE, f"{BASE}/options"), ("/api/v1/session/passkey",) * 2):
            question = await asked(client, options if options != path else f"{path}/options")
            body = {"ceremony": question["ceremony"], "credential": credential}
            if path == BASE:
                body["name"] = "鍵"
            assert problem(await client.post(path, json=body)) == "passkey-refused"

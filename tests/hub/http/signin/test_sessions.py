"""Where people are signed in, how they end that, and what must be confirmed before a change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from storage.models.people import Session
from storage.people.sessions import CONFIRMED_FOR, SEEN_EVERY
from tests.hub.http.factors import app_of, show, step_of, with_app
from tests.hub.http.site import PASSWORD, Site, problem, sign_in

NEW = "別の正しい馬の電池とホチキス"


async def age(hub: Site, by: timedelta) -> None:
    """Every session was last confirmed and seen so long ago."""
    then = datetime.now(UTC) - by
    async with hub.engine.begin() as conn:
        await conn.execute(update(Session).values(confirmed_at=then, seen_at=then))


@pytest.mark.requirement("R49", "R61")
async def test_a_member_sees_where_they_are_signed_in_and_ends_it(hub: Site) -> None:
    async with (
        hub.client(address="192.0.2.1", **{"User-Agent": "Firefox"}) as here,
        hub.client(address="198.51.100.7", **{"User-Agent": "Chromium"}) as there,
    ):
        await sign_in(here, "sato")
        await sign_in(there, "sato")
        items = (await here.get("/api/v1/sessions")).json()["items"]
        assert [(one["address"], one["agent"]) for one in items] == [
            ("198.51.100.7", "Chromium"),
            ("192.0.2.1", "Firefox"),
        ]
        assert [one.get("current", False) for one in items] == [False, True]

        assert (await here.delete(f"/api/v1/sessions/{items[0]['id']}")).status_code == 204
        assert problem(await there.get("/api/v1/session")) == "not-signed-in"
        assert (await here.get("/api/v1/session")).status_code == 200


@pytest.mark.requirement("R49", "R62")
async def test_all_others_end_at_once(hub: Site) -> None:
    async with hub.signed_in("sato") as here, hub.signed_in("sato") as there:
        assert (await here.post("/api/v1/sessions/revoke", json={})).status_code == 204

        assert problem(await there.get("/api/v1/session")) == "not-signed-in"
        assert (await here.get("/api/v1/session")).status_code == 200


@pytest.mark.requirement("R62")
async def test_an_administrator_ends_somebodys_sessions_and_nobody_else_does(hub: Site) -> None:
    async with (
        hub.signed_in("boss") as boss,
        hub.signed_in("sato") as sato,
        hub.signed_in("mori") as mori,
    ):
        member = (await mori.get("/api/v1/session")).json()["member"]["id"]
        path = f"/api/v1/sessions?member={member}"
        (item,) = (await boss.get(path)).json()["items"]
        assert problem(await sato.get(path)) == "not-found"
        assert problem(await sato.delete(f"/api/v1/sessions/{item['id']}")) == "not-found"
        revoke = "/api/v1/sessions/revoke"
        assert problem(await sato.post(revoke, json={"member": member})) == "not-found"
        assert (await boss.post(revoke, json={"member": member})).status_code == 204

        assert problem(await mori.get("/api/v1/session")) == "not-signed-in"
        assert (await boss.get("/api/v1/session")).status_code == 200


async def test_last_seen_is_noted_where_it_happens_but_not_at_every_request(hub: Site) -> None:
    async with hub.signed_in("sato") as client:
        (before,) = (await client.get("/api/v1/sessions")).json()["items"]
        (same,) = (await client.get("/api/v1/sessions")).json()["items"]
        assert same["seen_at"] == before["seen_at"]

        await age(hub, SEEN_EVERY)
        await client.get("/api/v1/session")
        (after,) = (await client.get("/api/v1/sessions")).json()["items"]
        assert after["seen_at"] > before["seen_at"]


@pytest.mark.requirement("R49", "R61")
async def test_a_screen_left_open_changes_no_sign_in(hub: Site) -> None:
    async with hub.signed_in("sato") as client:
        await age(hub, CONFIRMED_FOR)
        for method, path, body in (
            ("POST", "/account/totp", None),
            ("DELETE", "/account/totp", None),
            ("POST", "/account/recovery-codes", None),
            ("POST", "/account/passkeys/options", None),
            ("PUT", "/account/email", {"email": "thief@example.jp"}),
        ):
            refused = await client.request(method, f"/api/v1{path}", json=body)
            assert problem(refused) == "confirmation-needed", path
        confirm = "/api/v1/account/confirm"
        assert problem(await client.post(confirm, json={"password": "x"})) == "wrong-password"
        assert problem(await client.post(confirm, json={})) == "invalid"
        assert (await client.post(confirm, json={"password": PASSWORD})).status_code == 204
        assert (await client.get("/api/v1/account")).json()["confirmed"] is True
        await with_app(client)


@pytest.mark.requirement("R49")
async def test_a_code_confirms_too(hub: Site) -> None:
    async with hub.signed_in("sato") as client:
        app, _ = await with_app(client)
        await age(hub, CONFIRMED_FOR)
        body = {"code": app.code()}
        assert (await client.post("/api/v1/account/confirm", json=body)).status_code == 204
        assert problem(await client.post("/api/v1/account/confirm", json=body)) == "wrong-code"
        assert (await client.request("DELETE", "/api/v1/account/totp")).status_code == 204
        account = (await client.get("/api/v1/account")).json()

    assert "totp" not in account
    assert "recovery_codes_left" not in account
    async with hub.client() as client:
        assert "member" in (await sign_in(client, "sato")).json()


@pytest.mark.requirement("R49", "R61")
async def test_a_new_password_signs_everybody_else_out(hub: Site) -> None:
    async with hub.signed_in("sato") as here, hub.signed_in("sato") as there:
        path = "/api/v1/account/password"
        wrong = await here.put(path, json={"current": "x", "password": NEW})
        assert problem(wrong) == "wrong-password"
        same = await here.put(path, json={"current": PASSWORD, "password": PASSWORD})
        assert problem(same) == "same-password"
        done = await here.put(path, json={"current": PASSWORD, "password": NEW})
        assert done.status_code == 204

        assert (await here.get("/api/v1/session")).status_code == 200
        assert problem(await there.get("/api/v1/session")) == "not-signed-in"
        assert problem(await sign_in(there, "sato")) == "wrong-password"


@pytest.mark.requirement("R62")
async def test_an_administrator_takes_lost_factors_away_and_ends_the_sessions(hub: Site) -> None:
    await app_of(hub, "sato")
    async with hub.signed_in("boss") as boss:
        members = (await boss.get("/api/v1/members")).json()["items"]
        sato = next(one["id"] for one in members if one["login"] == "sato")
        path = f"/api/v1/members/{sato}/second-factor"
        async with hub.signed_in("mori") as mori:
            assert mori and problem(await mori.delete(path)) == "not-allowed"
        assert (await boss.delete(path)).status_code == 204
    async with hub.client() as client:
        assert "member" in (await sign_in(client, "sato")).json()


async def test_new_recovery_codes_void_the_old_ones(hub: Site) -> None:
    async with hub.signed_in("sato") as client:
        _, old = await with_app(client)
        new = (await client.post("/api/v1/account/recovery-codes")).json()["recovery_codes"]
        assert not set(old) & set(new)
        assert problem(await show(client, await step_of(client, "sato"), old[0])) == "wrong-code"
        assert (await show(client, await step_of(client, "sato"), new[0])).status_code == 201


async def test_the_language_is_ones_own(hub: Site) -> None:
    async with hub.signed_in("sato") as client:
        assert (
            await client.put("/api/v1/account/locale", json={"locale": "en"})
        ).status_code == 204
        assert (await client.get("/api/v1/session")).json()["member"]["locale"] == "en"

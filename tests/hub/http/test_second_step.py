"""The second step of a sign-in: what comes after the password is no session before it is done."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from hub.http.signin.throttle import WRONG_MAX
from storage.models.log import LogEntry
from storage.models.signin import Totp
from storage.people.members import member_by_login, set_password
from storage.people.standing import ask_second_factor
from storage.proof.log import What
from tests.hub.http.factors import App, app_of, show, step_of
from tests.hub.http.site import HASH, PASSWORD, Site, problem, sign_in

NEW = "別の正しい馬の電池"


async def logged(hub: Site, what: What) -> list[dict[str, Any]]:
    async with hub.engine.connect() as conn:
        wanted = select(LogEntry.subject).where(LogEntry.what == what).order_by(LogEntry.id)
        return list((await conn.execute(wanted)).scalars())


@pytest.mark.requirement("R49")
async def test_a_password_alone_opens_nothing_once_an_app_is_set_up(hub: Site) -> None:
    app, _ = await app_of(hub, "sato")
    async with hub.client() as client:
        step = await step_of(client, "sato")

        assert step["need"] == "second_factor"
        assert step["ways"] == ["totp", "recovery"]
        assert not client.cookies
        bearer = {"Authorization": f"Bearer {step['token']}"}
        assert problem(await client.get("/api/v1/session", headers=bearer)) == "not-signed-in"

        answer = await show(client, step, app.code())
        assert answer.status_code == 201
        assert answer.json()["member"]["login"] == "sato"
        assert (await client.get("/api/v1/session")).status_code == 200

    assert (await logged(hub, What.SIGNED_IN))[-1]["by"] == ["password", "code"]


@pytest.mark.requirement("R49")
async def test_a_code_is_good_once(hub: Site) -> None:
    app, _ = await app_of(hub, "sato")
    code = app.code()
    async with hub.client() as thief, hub.client() as sato:
        first, second = await step_of(sato, "sato"), await step_of(thief, "sato")
        answers = await asyncio.gather(show(sato, first, code), show(thief, second, code))

    assert sorted(answer.status_code for answer in answers) == [201, 401]
    assert problem(max(answers, key=lambda one: one.status_code)) == "wrong-code"


@pytest.mark.requirement("R49")
async def test_a_step_is_good_once_and_only_for_a_while(hub: Site, redis: Redis) -> None:
    app, _ = await app_of(hub, "sato")
    async with hub.client() as client:
        step = await step_of(client, "sato")
        assert (await show(client, step, app.code())).status_code == 201
        assert problem(await show(client, step, app.code())) == "step-expired"

        late = await step_of(client, "sato")
        for key in await redis.keys("signin:step:*"):
            assert 0 < await redis.ttl(key) <= 600
            await redis.pexpire(key, 0)
        assert problem(await show(client, late, "000000")) == "step-expired"


@pytest.mark.requirement("R49")
async def test_codes_cannot_be_guessed_however_often_the_password_is_shown(hub: Site) -> None:
    await app_of(hub, "sato")
    async with hub.client(address="198.51.100.7") as client:
        for _ in range(WRONG_MAX):
            answer = await show(client, await step_of(client, "sato"), "000000")
            assert problem(answer) == "wrong-code"
        answer = await show(client, await step_of(client, "sato"), "000000")

    assert problem(answer) == "too-many-attempts"
    refusals = await logged(hub, What.SIGN_IN_REFUSED)
    assert [one["why"] for one in refusals] == ["wrong_code"] * WRONG_MAX + ["too_many_attempts"]


@pytest.mark.requirement("R49")
async def test_a_recovery_code_stands_in_for_a_lost_phone_once(hub: Site) -> None:
    _, codes = await app_of(hub, "sato")
    async with hub.client() as client:
        typed = codes[3].lower().replace("-", " ")
        assert (await show(client, await step_of(client, "sato"), typed)).status_code == 201
        again = await show(client, await step_of(client, "sato"), codes[3])
        assert problem(again) == "wrong-code"
        account = (await client.get("/api/v1/account")).json()

    assert account["recovery_codes_left"] == len(codes) - 1
    assert (await logged(hub, What.RECOVERY_CODE_USED))[0]["left"] == len(codes) - 1


@pytest.mark.requirement("R49")
async def test_a_new_password_ends_what_the_old_one_began(hub: Site) -> None:
    app, _ = await app_of(hub, "sato")
    async with hub.client() as client:
        step = await step_of(client, "sato")
        async with hub.engine.begin() as conn:
            sato = await member_by_login(conn, hub.a.id, "sato")
            assert sato
            await set_password(conn, hub.a.id, sato, HASH + "x", datetime.now(UTC))

        assert problem(await show(client, step, app.code())) == "step-expired"


@pytest.mark.requirement("R50")
async def test_the_secret_of_an_app_lies_sealed(hub: Site) -> None:
    app, _ = await app_of(hub, "sato")
    async with hub.engine.connect() as conn:
        stored = (await conn.execute(select(Totp.secret))).scalar_one()

    assert app.secret not in stored


@pytest.mark.requirement("R49")
async def test_where_a_second_factor_is_required_it_is_set_up_before_anything_else(
    hub: Site,
) -> None:
    async with hub.engine.begin() as conn:
        await ask_second_factor(conn, hub.a.id, "required")
    async with hub.client() as client:
        step = await step_of(client, "mori")
        assert step["need"] == "set_up_second_factor"
        body = {"step": step["token"]}
        refused = await client.post("/api/v1/session/code", json={**body, "code": "000000"})
        assert problem(refused) == "step-expired"

        begun = await client.post("/api/v1/session/totp", json=body)
        app = App(begun.json()["secret"])
        path = "/api/v1/session/totp/confirm"
        wrong = await client.post(path, json={**body, "code": "000000"})
        assert problem(wrong) == "wrong-code"
        done = await client.post(path, json={**body, "code": app.code()})

        assert done.status_code == 201
        assert len(done.json()["recovery_codes"]) == 10
        assert done.json()["answer"]["member"]["login"] == "mori"
        assert (await client.get("/api/v1/session")).status_code == 200
        refused = await client.request("DELETE", "/api/v1/account/totp")
        assert problem(refused) == "second-factor-required"
        assert (await client.get("/api/v1/account")).json()["totp"] is True


@pytest.mark.requirement("R49", "R61")
async def test_a_password_that_somebody_else_made_up_is_changed_first(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        mori = await member_by_login(conn, hub.a.id, "mori")
        assert mori
        now = datetime.now(UTC)
        await set_password(conn, hub.a.id, mori, HASH, now, must_change=True)
    async with hub.client() as client:
        step = await step_of(client, "mori")
        assert step["need"] == "new_password"

        async def choose(password: str) -> Any:
            body = {"step": step["token"], "password": password}
            return await client.post("/api/v1/session/password", json=body)

        assert problem(await choose("短い")) == "weak-password"
        assert problem(await choose(PASSWORD)) == "same-password"
        assert (await choose(NEW * 2)).status_code == 201
        assert (await client.get("/api/v1/session")).status_code == 200
        assert problem(await sign_in(client, "mori")) == "wrong-password"
        assert "step" not in (await sign_in(client, "mori", NEW * 2)).json()


async def test_a_terminal_takes_the_same_steps_and_gets_its_token_at_the_end(hub: Site) -> None:
    app, _ = await app_of(hub, "sato")
    async with hub.client(origin="") as client:
        step = await step_of(client, "sato", kind="terminal")
        answer = await show(client, step, app.code())
        assert not client.cookies
        bearer = {"Authorization": f"Bearer {answer.json()['token']}"}

        assert (await client.get("/api/v1/session", headers=bearer)).status_code == 200

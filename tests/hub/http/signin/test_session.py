"""Signing in: right, wrong, too often, from elsewhere, and out again."""

import asyncio
import time
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from hub.credentials import COOKIE
from hub.http.signin.throttle import WINDOW_S, WRONG_MAX
from hub.identity import passwords
from hub.live.servers import Servers
from storage.people.members import disable_member, member_by_login, set_password
from tests.hub.http.site import PASSWORD, Site, problem, sign_in, with_state
from tests.record import NOW, company, person

WRONG = "正しくない馬の電池ホチキス"


async def test_a_browser_gets_a_cookie_that_pages_cannot_read(hub: Site) -> None:
    async with hub.client() as client:
        answer = await sign_in(client, "boss")

        assert answer.status_code == 201
        assert answer.json() == {
            "member": {
                "id": answer.json()["member"]["id"],
                "name": "bossさん",
                "login": "boss",
                "role": "administrator",
                "locale": "ja",
            },
            "tenant": {"name": "株式会社A", "system_id": hub.a.tenant.system_id},
        }
        attributes = answer.headers["set-cookie"].lower().split("; ")
        assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
        assert "secure" not in attributes
        assert (await client.get("/api/v1/session")).json() == answer.json()


@pytest.mark.requirement("R49")
async def test_over_https_the_cookie_never_travels_in_the_clear(hub: Site) -> None:
    async with hub.client(origin="https://hub.test") as client:
        answer = await sign_in(client, "boss")

    assert "secure" in answer.headers["set-cookie"].lower().split("; ")


async def test_a_terminal_gets_a_token_and_no_cookie(hub: Site) -> None:
    async with hub.client(origin="") as client:
        answer = await sign_in(client, "boss", kind="terminal")
        assert "set-cookie" not in answer.headers
        bearer = {"Authorization": f"Bearer {answer.json()['token']}"}

        assert (await client.get("/api/v1/session")).status_code == 401
        assert (await client.get("/api/v1/session", headers=bearer)).status_code == 200
        assert (await client.delete("/api/v1/session", headers=bearer)).status_code == 204
        assert (await client.get("/api/v1/session", headers=bearer)).status_code == 401


async def test_signing_out_ends_the_session_itself_not_only_the_cookie(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        kept = dict(client.cookies)

        assert (await client.delete("/api/v1/session")).status_code == 204
        assert COOKIE not in client.cookies
        client.cookies.update(kept)
        refused = await client.get("/api/v1/session")

    assert problem(refused) == "not-signed-in"
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("login", "password"), [("boss", WRONG), ("nobody", PASSWORD)])
async def test_a_wrong_password_and_an_unknown_login_look_the_same(
    hub: Site, login: str, password: str
) -> None:
    async with hub.client() as client:
        answer = await sign_in(client, login, password)

    assert answer.status_code == 401
    assert problem(answer) == "wrong-password"
    assert "set-cookie" not in answer.headers


async def checked_at_cost(hub: Site, login: str) -> None:
    """Their password is hashed as the product does it, which takes its time to check."""
    async with hub.engine.begin() as conn:
        member = await member_by_login(conn, hub.a.id, login)
        assert member
        await set_password(conn, hub.a.id, member, passwords.hashed(PASSWORD), NOW)


async def test_an_unknown_login_costs_the_work_of_a_wrong_password(
    hub: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    verify = passwords._verify

    def counted(password_hash: str, password: str) -> bool:
        checked.append(password_hash.split("$")[1:4])
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    await checked_at_cost(hub, "boss")
    async with hub.client() as client:
        await sign_in(client, "boss", WRONG)
        await sign_in(client, "nobody", WRONG)
        await sign_in(client, "boss", WRONG, system_id="NOTENANT")

    assert checked == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 3


@pytest.mark.requirement("R49")
async def test_after_five_wrong_passwords_even_the_right_one_waits(hub: Site, redis: Redis) -> None:
    async with hub.client() as client:
        for _ in range(WRONG_MAX):
            assert (await sign_in(client, "boss", WRONG)).status_code == 401
        answer = await sign_in(client, "boss")

        assert answer.status_code == 429
        assert problem(answer) == "too-many-attempts"
        assert WINDOW_S - 10 <= int(answer.headers["retry-after"]) <= WINDOW_S
        for key in await redis.keys("*signin*"):
            await redis.pexpire(key, 0)  # the window has passed
        assert (await sign_in(client, "boss")).status_code == 201


@pytest.mark.requirement("R49")
async def test_wrong_passwords_at_the_same_moment_do_not_slip_through_together(hub: Site) -> None:
    async with hub.client() as client:
        answers = await asyncio.gather(*(sign_in(client, "boss", WRONG) for _ in range(20)))

    codes = [answer.status_code for answer in answers]
    assert (codes.count(401), codes.count(429)) == (WRONG_MAX, 20 - WRONG_MAX)


async def test_somebody_elses_wrong_passwords_lock_nobody_out(hub: Site) -> None:
    async with hub.client(address="198.51.100.7") as stranger:
        for _ in range(WRONG_MAX + 1):
            await sign_in(stranger, "boss", WRONG)
    async with hub.client(address="192.0.2.1") as client:
        assert (await sign_in(client, "boss")).status_code == 201


async def test_one_subscriber_is_one_address_whatever_ipv6_they_take(hub: Site) -> None:
    for number in range(WRONG_MAX):
        async with hub.client(address=f"2001:db8::{number + 1:x}") as client:
            assert (await sign_in(client, "boss", WRONG)).status_code == 401
    async with hub.client(address="2001:db8::ffff") as client:
        assert (await sign_in(client, "boss")).status_code == 429
    async with hub.client(address="2001:db8:0:1::1") as client:
        assert (await sign_in(client, "boss")).status_code == 201


async def test_a_right_password_forgets_the_wrong_ones(hub: Site) -> None:
    async with hub.client() as client:
        for _ in range(2):
            for _ in range(WRONG_MAX - 1):
                await sign_in(client, "boss", WRONG)
            assert (await sign_in(client, "boss")).status_code == 201


@pytest.mark.requirement("R1")
async def test_a_disabled_member_is_out_at_once_and_does_not_come_back(hub: Site) -> None:
    async with hub.signed_in("mori") as client:
        async with hub.engine.begin() as conn:
            mori = await member_by_login(conn, hub.a.id, "mori")
            assert mori is not None
            await disable_member(conn, hub.a.id, mori, NOW)

        assert problem(await client.get("/api/v1/session")) == "not-signed-in"
        assert problem(await sign_in(client, "mori")) == "wrong-password"


async def test_among_several_tenants_the_system_id_is_asked_for(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        b = await company(conn, "株式会社B")
        await person(conn, b.id, "kato")
    async with hub.client() as client:
        asked = await sign_in(client, "boss")
        answer = await sign_in(client, "boss", system_id=hub.a.tenant.system_id.lower())
        elsewhere = await sign_in(client, "boss", system_id=b.tenant.system_id)

    assert problem(asked) == "system-id-needed"
    assert answer.json()["tenant"]["name"] == "株式会社A"
    assert problem(elsewhere) == "wrong-password"


@pytest.mark.requirement("R49")
async def test_another_sites_page_cannot_act_with_somebodys_cookie(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        for origin in ("http://evil.test", "http://hub.test:81", "https://hub.test", "null"):
            refused = await client.delete("/api/v1/session", headers={"Origin": origin})
            assert refused.status_code == 403
            assert problem(refused) == "foreign-origin"
        del client.headers["Origin"]
        assert problem(await client.delete("/api/v1/session")) == "foreign-origin"

        assert (await client.get("/api/v1/session")).status_code == 200


@pytest.mark.requirement("R49")
async def test_another_sites_page_cannot_sign_anybody_in(hub: Site) -> None:
    async with hub.client() as client:
        client.headers["Origin"] = "http://evil.test"

        assert problem(await sign_in(client, "boss")) == "foreign-origin"


async def test_more_sign_ins_than_can_be_checked_are_told_to_come_again(
    hub: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_slots", asyncio.BoundedSemaphore(1))
    await checked_at_cost(hub, "boss")
    async with hub.client() as client:
        answers = await asyncio.gather(*(sign_in(client, "boss") for _ in range(3)))

    crowded = [answer for answer in answers if answer.status_code == 503]
    assert [problem(answer) for answer in crowded] == ["crowded"] * len(crowded)
    assert crowded
    assert all(int(answer.headers["retry-after"]) > 0 for answer in crowded)


async def test_without_its_broker_the_hub_lets_nobody_guess(hub: Site) -> None:
    gone = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    app = with_state(Path("nowhere"), engine=hub.engine, servers=Servers(gone, gone), live=hub.live)
    transport = httpx2.ASGITransport(app)
    async with gone, httpx2.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        started = time.monotonic()
        answer = await sign_in(client, "boss")

    assert problem(answer) == "unavailable"
    assert int(answer.headers["retry-after"]) > 0
    assert time.monotonic() - started < 2

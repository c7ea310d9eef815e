"""Signing in at the tenant's own provider: whoever it names is in, and nothing else gets by."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from hub.live.servers import Servers
from storage.models.signin import OidcProvider
from storage.people.members import Edit, disable_member, edit_member, member_by_login
from tests.hub.http.factors import app_of, show
from tests.hub.http.site import Site, problem, with_state
from tests.hubs import PLAIN, settings
from tests.provider import Provider, provider

POLICY = "/api/v1/sign-in-policy"
START = "/api/v1/session/oidc"
ORIGIN = "http://hub.test"


@pytest.fixture
async def idp() -> AsyncIterator[Provider]:
    async with provider() as running:
        yield running


@pytest.fixture
async def company(hub: Site, redis: Redis, idp: Provider, tmp_path: Path) -> Site:
    """The hub may ask the provider, which the administrator has set; sato has an address."""
    known = replace(settings(tmp_path), url=ORIGIN, webhook_allow=(ip_network("127.0.0.0/8"),))
    app = with_state(
        tmp_path, engine=hub.engine, servers=Servers(redis, redis), live=hub.live, settings=known
    )
    site = replace(hub, app=app)
    async with hub.engine.begin() as conn:
        sato = await member_by_login(conn, hub.a.id, "sato")
        assert sato
        await edit_member(conn, hub.a.id, sato, Edit(email="sato@example.jp"))
    async with site.signed_in("boss") as boss:
        done = await boss.put(f"{POLICY}/oidc", json=chosen(idp))
        assert done.status_code == 204, done.text
    return site


def chosen(idp: Provider) -> dict[str, str]:
    name, secret = idp.client
    return {"issuer": idp.issuer, "client_id": name, "client_secret": secret, "label": "社員証"}


async def there_and_back(client: httpx2.AsyncClient) -> httpx2.Response:
    """What a browser does: to the provider, and with its answer to the hub."""
    away = await client.get(START)
    assert away.status_code == 303, away.text
    async with httpx2.AsyncClient(trust_env=False, verify=PLAIN) as elsewhere:
        answer = await elsewhere.get(away.headers["location"])
    return await client.get(answer.headers["location"])


def landed(answer: httpx2.Response) -> tuple[str, dict[str, list[str]]]:
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return parts.path, parse_qs(parts.fragment)


@pytest.mark.requirement("R49")
async def test_whom_the_provider_names_is_signed_in(company: Site) -> None:
    async with company.client() as client:
        assert (await client.get("/api/v1/session/ways")).json()["oidc"] == {"label": "社員証"}
        assert landed(await there_and_back(client)) == ("/", {})
        signed_in = (await client.get("/api/v1/session")).json()

    assert signed_in["member"]["login"] == "sato"


@pytest.mark.requirement("R49")
async def test_later_the_subject_counts_not_the_address(company: Site, idp: Provider) -> None:
    async with company.client() as client:
        await there_and_back(client)
        idp.who = {"sub": "idp|7", "email": "other@example.jp", "email_verified": False}
        assert landed(await there_and_back(client)) == ("/", {})
        assert (await client.get("/api/v1/account")).json()["oidc"] is True
    idp.who = {"sub": "idp|8", "email": "sato@example.jp", "email_verified": False}
    async with company.client() as client:
        assert landed(await there_and_back(client)) == ("/sign-in", {"refused": ["unverified"]})
    idp.who["email_verified"] = True
    idp.who["email"] = "stranger@example.jp"
    async with company.client() as client:
        refused = {"refused": ["unknown_member"]}
        assert landed(await there_and_back(client)) == ("/sign-in", refused)


@pytest.mark.requirement("R49")
async def test_a_second_factor_of_ours_is_asked_for_all_the_same(company: Site) -> None:
    app, _ = await app_of(company, "sato")
    async with company.client() as client:
        path, fragment = landed(await there_and_back(client))
        assert path == "/sign-in"
        token = fragment["step"][0]
        step = (await client.post("/api/v1/session/step", json={"step": token})).json()
        assert (step["need"], step["login"]) == ("second_factor", "sato")
        assert problem(await client.get("/api/v1/session")) == "not-signed-in"
        assert (await show(client, step, app.code())).status_code == 201


@pytest.mark.requirement("R49")
async def test_a_token_that_is_not_for_this_question_signs_nobody_in(
    company: Site, idp: Provider
) -> None:
    idp.lies = {"nonce": "another"}
    async with company.client() as client:
        assert landed(await there_and_back(client)) == ("/sign-in", {"refused": ["provider"]})
        assert problem(await client.get("/api/v1/session")) == "not-signed-in"


@pytest.mark.requirement("R49")
async def test_an_answer_works_once_and_only_in_the_browser_that_asked(company: Site) -> None:
    async with company.client() as client, company.client() as victim:
        away = await client.get(START)
        async with httpx2.AsyncClient(trust_env=False, verify=PLAIN) as elsewhere:
            back = (await elsewhere.get(away.headers["location"])).headers["location"]
        expired = ("/sign-in", {"refused": ["expired"]})
        assert landed(await victim.get(back)) == expired
        assert landed(await client.get(back)) == ("/", {})
        assert landed(await client.get(back)) == expired


async def test_who_says_no_there_is_back_at_the_sign_in(company: Site, idp: Provider) -> None:
    idp.error = "access_denied"
    async with company.client() as client:
        assert landed(await there_and_back(client)) == ("/sign-in", {"refused": ["denied"]})


@pytest.mark.requirement("R49")
async def test_a_disabled_member_does_not_get_in_by_the_side_door(company: Site) -> None:
    async with company.client() as client:
        await there_and_back(client)
        async with company.engine.begin() as conn:
            sato = await member_by_login(conn, company.a.id, "sato")
            assert sato
            await disable_member(conn, company.a.id, sato, datetime.now(UTC))
        refused = {"refused": ["unknown_member"]}
        assert landed(await there_and_back(client)) == ("/sign-in", refused)


@pytest.mark.requirement("R49", "R50")
async def test_the_provider_is_the_administrators_to_set_and_its_secret_is_sealed(
    company: Site, idp: Provider
) -> None:
    async with company.engine.connect() as conn:
        stored = (await conn.execute(select(OidcProvider.client_secret))).scalar_one()
    assert idp.client[1].encode() not in stored
    async with company.signed_in("boss") as boss, company.signed_in("sato") as sato:
        found = (await boss.get(POLICY)).json()
        assert found["oidc"]["redirect_uri"] == f"{ORIGIN}{START}/callback"
        assert "secret" not in str(found)
        assert problem(await sato.get(POLICY)) == "not-allowed"
        assert problem(await sato.put(f"{POLICY}/oidc", json=chosen(idp))) == "not-allowed"
        assert (await boss.delete(f"{POLICY}/oidc")).status_code == 204
        assert problem(await boss.delete(f"{POLICY}/oidc")) == "not-found"
        assert problem(await boss.get(START)) == "not-found"


async def test_a_provider_that_cannot_be_used_is_said_at_once(company: Site, idp: Provider) -> None:
    async with company.signed_in("boss") as boss:
        for issuer in ("http://127.0.0.1:9", "https://10.0.0.1", "https://nowhere.invalid"):
            body = {**chosen(idp), "issuer": issuer}
            assert problem(await boss.put(f"{POLICY}/oidc", json=body)) == "oidc-unreachable"
        idp.issuer_said = "https://another.example"
        assert problem(await boss.put(f"{POLICY}/oidc", json=chosen(idp))) == "oidc-unreachable"


@pytest.mark.requirement("R49")
async def test_the_hub_asks_nobody_inside_unless_it_is_allowed(hub: Site, idp: Provider) -> None:
    async with hub.signed_in("boss") as boss:
        answer = await boss.put(f"{POLICY}/oidc", json=chosen(idp))

    assert problem(answer) == "oidc-unreachable"
    assert "ZAISEKI_WEBHOOK_ALLOW" in answer.json()["detail"]
    assert idp.asked == {}

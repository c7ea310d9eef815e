"""Session tokens: whose they are, who can get hold of one, and when they end."""

import re

import pytest

from hub import credentials
from storage.people import tokens
from tests.hub.http.site import PASSWORD, problem, sign_in
from tests.security.conftest import HERE, Guarded

pytestmark = pytest.mark.requirement("R49")

SET = re.compile(rf"{credentials.HOST_COOKIE}=([\w-]+); ")


def given(answer_header: str) -> str:
    found = SET.search(answer_header)
    assert found, answer_header
    return found[1]


def test_a_token_has_256_bits_of_chance_and_is_kept_as_a_digest() -> None:
    minted = {tokens.mint() for _ in range(1000)}

    assert len(minted) == 1000
    assert min(map(len, minted)) >= 43  # 256 bits in base64url
    for place in range(40):
        assert len({token[place] for token in minted}) > 32  # no place is constant or a counter
    assert all(token not in str(tokens.digest(token)) for token in minted)


async def test_every_sign_in_makes_a_token_of_its_own(hub: Guarded) -> None:
    async with hub.client() as client:
        first = given((await sign_in(client, "boss")).headers["set-cookie"])
        second = given((await sign_in(client, "boss")).headers["set-cookie"])

    assert first != second


async def test_a_token_that_somebody_planted_is_not_taken_over(hub: Guarded) -> None:
    planted = tokens.mint()
    async with hub.client() as client:
        client.cookies.set(credentials.HOST_COOKIE, planted, domain="hub.test")
        own = given((await sign_in(client, "boss")).headers["set-cookie"])
    async with hub.client(Authorization=f"Bearer {planted}") as thief:
        answer = await thief.get("/api/v1/session")

    assert own != planted
    assert problem(answer) == "not-signed-in"


async def test_over_https_only_the_name_counts_that_no_other_host_can_set(hub: Guarded) -> None:
    async with hub.client() as client:
        token = given((await sign_in(client, "boss")).headers["set-cookie"])
    async with hub.client(Cookie=f"{credentials.COOKIE}={token}") as client:
        weak = await client.get("/api/v1/session")
    async with hub.client(Cookie=f"{credentials.HOST_COOKIE}={token}") as client:
        strong = await client.get("/api/v1/session")

    assert weak.status_code == 401
    assert strong.status_code == 200


async def test_a_token_counts_in_no_address(hub: Guarded) -> None:
    """Addresses end up in histories and in the logs of proxies."""
    async with hub.client() as client:
        token = given((await sign_in(client, "boss")).headers["set-cookie"])
    async with hub.client() as stranger:
        for name in ("token", "access_token", "session", credentials.COOKIE):
            answer = await stranger.get("/api/v1/session", params={name: token})
            assert problem(answer) == "not-signed-in"


async def test_a_session_that_was_ended_is_worth_nothing(hub: Guarded) -> None:
    async with hub.client() as client:
        token = given((await sign_in(client, "boss")).headers["set-cookie"])
        left = await client.delete("/api/v1/session")
    async with hub.client(Authorization=f"Bearer {token}") as thief:
        answer = await thief.get("/api/v1/session")

    assert left.status_code == 204
    assert "max-age=0" in left.headers["set-cookie"].lower()
    assert problem(answer) == "not-signed-in"


async def test_unknown_people_and_wrong_passwords_look_the_same(hub: Guarded) -> None:
    answers = []
    for login in ("boss", "nobody"):
        async with hub.client() as client:
            answers.append(await sign_in(client, login, "wrong wrong wrong"))

    known, unknown = answers
    assert known.status_code == unknown.status_code == 401
    assert known.json() == unknown.json()
    varying = {"ratelimit"}  # it counts the requests of this address
    assert {name: value for name, value in known.headers.items() if name not in varying} == {
        name: value for name, value in unknown.headers.items() if name not in varying
    }


async def test_who_guesses_is_slowed_down_and_locks_nobody_out(hub: Guarded) -> None:
    codes = []
    async with hub.client("203.0.113.9") as guesser:
        for number in range(8):
            codes.append((await sign_in(guesser, "boss", f"guess {number} guess")).status_code)
        waiting = await sign_in(guesser, "boss")
    async with hub.client("192.0.2.77", HERE) as boss:
        own = await sign_in(boss, "boss")

    assert codes[:5] == [401] * 5
    assert 429 in codes
    assert int(waiting.headers["retry-after"]) > 0
    assert own.status_code == 201


async def test_a_password_that_everybody_uses_is_refused_with_a_reason(hub: Guarded) -> None:
    common = {"current": PASSWORD, "password": "password1234"}
    told = {}
    async with hub.signed_in("mori") as mori:
        for language in ("ja", "en"):
            refused = await mori.put(
                "/api/v1/account/password", json=common, headers={"Accept-Language": language}
            )
            assert problem(refused) == "weak-password"
            assert refused.json()["reason"] == "common"
            told[language] = refused.json()["detail"]
        still = await mori.get("/api/v1/session")

    assert "多くの人" in told["ja"]
    assert "Many people" in told["en"]
    assert still.status_code == 200

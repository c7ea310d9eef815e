"""Guessing is slowed down from everywhere, and cannot be used to lock somebody out."""

import asyncio

import pytest
from redis.asyncio import Redis

from hub.http.signin.steps import KNOWN_COOKIE
from hub.http.signin.throttle import (
    WRONG_MAX,
    WRONG_MAX_OF_ADDRESS,
    WRONG_MAX_OF_LOGIN,
    Guess,
    Throttle,
)
from hub.live.servers import Servers
from tests.hub.http.site import PASSWORD, Site, problem, sign_in

WRONG = "正しくない馬の電池ホチキス"


@pytest.fixture
def throttle(redis: Redis) -> Throttle:
    return Throttle(Servers(redis, redis))


async def guesses(throttle: Throttle, *made: Guess) -> int:
    """How many were let through."""
    waits = [await throttle.wait(one) for one in made]
    return sum(wait is None for wait in waits)


def address(number: int) -> str:
    return f"198.51.{number // 250}.{number % 250}"


@pytest.mark.requirement("R49")
async def test_one_login_cannot_be_guessed_from_many_addresses(throttle: Throttle) -> None:
    made = [Guess("1", "sato", address(one)) for one in range(WRONG_MAX_OF_LOGIN + 10)]

    assert await guesses(throttle, *made) == WRONG_MAX_OF_LOGIN


@pytest.mark.requirement("R49")
async def test_one_address_cannot_guess_many_logins(throttle: Throttle) -> None:
    many = range(WRONG_MAX_OF_ADDRESS + 10)
    made = [Guess("1", f"login{one}", "198.51.100.7") for one in many]

    assert await guesses(throttle, *made) == WRONG_MAX_OF_ADDRESS


async def test_one_address_uses_up_no_more_of_a_login_than_its_own_share(
    throttle: Throttle,
) -> None:
    await guesses(throttle, *[Guess("1", "sato", "198.51.100.7")] * (WRONG_MAX_OF_LOGIN + 10))

    assert await guesses(throttle, Guess("1", "sato", "192.0.2.1")) == 1


async def test_an_office_that_signs_in_rightly_is_never_slowed_down(throttle: Throttle) -> None:
    for one in range(WRONG_MAX_OF_ADDRESS * 2):
        guess = Guess("1", f"login{one}", "192.0.2.1")
        assert await throttle.wait(guess) is None
        await throttle.right(guess)


@pytest.mark.requirement("R49", "R61")
async def test_strangers_lock_nobody_out_of_a_browser_or_an_address_that_is_known(
    throttle: Throttle,
) -> None:
    made = [Guess("1", "sato", address(one)) for one in range(WRONG_MAX_OF_LOGIN + 1)]
    await guesses(throttle, *made)

    assert await guesses(throttle, Guess("1", "sato", "203.0.113.9")) == 0
    assert await guesses(throttle, Guess("1", "sato", "203.0.113.9", at_home=True)) == 1
    assert await guesses(throttle, Guess("1", "sato", "203.0.113.8", browser=7)) == 1


async def test_a_browser_that_is_known_has_a_limit_of_its_own(throttle: Throttle) -> None:
    made = [Guess("1", "sato", "192.0.2.1", browser=7)] * (WRONG_MAX + 3)

    assert await guesses(throttle, *made) == WRONG_MAX
    assert await guesses(throttle, Guess("1", "sato", "192.0.2.1", browser=8)) == 1


async def test_only_the_first_that_is_stopped_is_worth_a_line_in_the_log(
    throttle: Throttle,
) -> None:
    made = [Guess("1", "sato", "198.51.100.7")] * (WRONG_MAX + 3)
    waits = [await throttle.wait(one) for one in made]

    assert [wait.first for wait in waits if wait] == [True, False, False]


@pytest.mark.requirement("R49", "R61")
async def test_a_colleague_at_the_next_desk_does_not_lock_the_owner_out(hub: Site) -> None:
    async with hub.client(address="192.0.2.1") as owner, hub.client(address="192.0.2.1") as other:
        await sign_in(owner, "sato")
        await owner.delete("/api/v1/session")
        assert KNOWN_COOKIE in owner.cookies
        await asyncio.gather(*(sign_in(other, "sato", WRONG) for _ in range(WRONG_MAX)))

        assert problem(await sign_in(other, "sato", PASSWORD)) == "too-many-attempts"
        assert (await sign_in(owner, "sato", PASSWORD)).status_code == 201


async def test_a_known_browser_is_known_for_one_person_only(hub: Site) -> None:
    async with hub.client(address="192.0.2.1") as client:
        await sign_in(client, "sato")
        for _ in range(WRONG_MAX):
            await sign_in(client, "boss", WRONG)

        assert problem(await sign_in(client, "boss", WRONG)) == "too-many-attempts"
        assert (await sign_in(client, "sato")).status_code == 201

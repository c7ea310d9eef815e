"""How often a password or a code may be wrong, so that nobody guesses and nobody is locked out.

Who guesses is slowed down by login and address together, by address, and by login. Strangers could
use the last to lock somebody out; so a browser in which that person has signed in before, and an
address from which they have of late, do not meet it (OWASP: device cookies).
"""

import hashlib
import ipaddress
from dataclasses import dataclass

from hub.live.servers import Servers

WRONG_MAX = 5  # NIST SP 800-63B 3.2.2 allows 100 in a row; people need two or three
WRONG_MAX_OF_LOGIN = 50  # from everywhere: half of what NIST allows in a row
WRONG_MAX_OF_ADDRESS = 100  # an office behind one address has many who mistype
WINDOW_S = 15 * 60
IPV6_SITE_BITS = 64  # RFC 4291 2.5.4: one subscriber owns all addresses below


@dataclass(frozen=True, slots=True)
class Guess:
    """Who tries to be whom: `browser` is one in which that login is known, `at_home` an address."""

    tenant: str
    login: str
    address: str
    browser: int | None = None
    at_home: bool = False

    @property
    def limits(self) -> tuple[tuple[str, int], ...]:
        """Each key that counts the guess, and how many it lets pass; the narrowest first."""
        tag = f"{{{self.tenant}}}:signin"
        if self.browser is not None:
            return ((f"{tag}:browser:{self.browser}", WRONG_MAX),)
        here = site(self.address)
        limits = [
            (f"{tag}:{_hidden(self.login, here)}", WRONG_MAX),
            (f"signin:from:{_hidden(here)}", WRONG_MAX_OF_ADDRESS),
        ]
        if not self.at_home:
            limits.append((f"{tag}:{_hidden(self.login)}", WRONG_MAX_OF_LOGIN))
        return tuple(limits)


@dataclass(frozen=True, slots=True)
class Wait:
    """For how long nobody may try again; `first` is true once in that time, for the log."""

    seconds: int
    first: bool


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts attempts; the counts live in the broker."""

    servers: Servers

    async def wait(self, guess: Guess) -> Wait | None:
        """Count an attempt before it is checked; how long to wait, if it must not be.

        Counting first means that attempts at the same moment do not slip through together. What a
        narrow limit has stopped does not count for a wider one: else one could use it up alone.
        """
        for key, most in guess.limits:
            if wait := await self.over(key, most):
                return wait
        return None

    async def over(self, key: str, most: int) -> Wait | None:
        """Count one; how long to wait, if it was one too many."""
        attempts, ttl_s = await self._count(key)
        return Wait(max(1, ttl_s), attempts == most + 1) if attempts > most else None

    async def right(self, guess: Guess) -> None:
        """It was right: forget the wrong ones of this pair; the wider counts lose this one only."""
        (narrow, _), *wide = guess.limits
        await self.servers.at(narrow).delete(narrow)
        for key, _ in wide:
            await self.servers.at(key).decr(key)

    async def _count(self, key: str) -> tuple[int, int]:
        async with self.servers.at(key).pipeline(transaction=True) as pipe:
            pipe.set(key, 0, ex=WINDOW_S, nx=True)
            pipe.incr(key)
            pipe.ttl(key)
            _, attempts, ttl = await pipe.execute()
        return int(attempts), int(ttl)


def site(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the IPv6 network around one."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network((known, IPV6_SITE_BITS), strict=False))


def _hidden(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

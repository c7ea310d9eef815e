"""How often a password may be wrong."""

import hashlib
import ipaddress
from dataclasses import dataclass

from hub.live.servers import Servers

WRONG_MAX = 5  # NIST SP 800-63B 3.2.2 allows 100 in a row; people need two or three
WINDOW_S = 15 * 60
IPV6_SITE_BITS = 64  # RFC 4291 2.5.4: one subscriber owns all addresses below


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts attempts for each tenant, login and address; the counts live in the broker."""

    servers: Servers

    async def wait_s(self, tenant: str, login: str, address: str) -> int:
        """Count an attempt before it is checked; return 0, or the seconds until the next may come.

        Counting first means that attempts at the same moment do not slip through together.
        """
        key = _key(tenant, login, address)
        async with self.servers.at(key).pipeline(transaction=True) as pipe:
            pipe.set(key, 0, ex=WINDOW_S, nx=True)
            pipe.incr(key)
            pipe.ttl(key)
            _, attempts, ttl = await pipe.execute()
        return max(1, int(ttl)) if attempts > WRONG_MAX else 0

    async def right(self, tenant: str, login: str, address: str) -> None:
        """The password was right: forget the wrong ones."""
        key = _key(tenant, login, address)
        await self.servers.at(key).delete(key)


def _key(tenant: str, login: str, address: str) -> str:
    who = "\n".join((login, _site(address)))
    return f"{{{tenant}}}:signin:{hashlib.sha256(who.encode()).hexdigest()}"


def _site(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network((known, IPV6_SITE_BITS), strict=False))

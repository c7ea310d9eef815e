"""How many requests one session, device, token or address may make, and how it is told.

RateLimit and RateLimit-Policy as in draft-ietf-httpapi-ratelimit-headers-10. Each node counts for
itself and in memory: it is there to bound what one client can cost, not to bill anybody.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hub.http.forwarded import site
from hub.live.buckets import Buckets
from hub.settings import DEFAULT_RATE_PER_S

BURST_S = 30  # as many seconds' worth may come at once: a page of images is asked for together
STRANGERS = 5  # times as much for an address: an office of hundreds may come from one
TENANT = 25  # times as much for all of a tenant together: 500 a second is what one node can do


@dataclass(frozen=True, slots=True)
class Spent:
    """One request was counted; `wait_s` is over 0 where it was one too many."""

    name: str
    left: int
    wait_s: int
    quota: int
    full_in_s: int


def headers(spent: Sequence[Spent]) -> dict[str, str]:
    """How it is told: each limit that a request counts for, and how long to wait for all."""
    told = {
        "RateLimit-Policy": ", ".join(f'"{one.name}";q={one.quota};w={BURST_S}' for one in spent),
        "RateLimit": ", ".join(f'"{one.name}";r={one.left};t={one.full_in_s}' for one in spent),
    }
    wait_s = max(one.wait_s for one in spent)
    return told | ({"Retry-After": str(wait_s)} if wait_s else {})


class Rates:
    """Who has shown a good token is counted by it, everybody else by the address.

    Tokens that were made up do not make a bucket, so that guessing them is bounded, too.
    """

    def __init__(self, per_s: float = DEFAULT_RATE_PER_S) -> None:
        self._known = Buckets(per_s * BURST_S, per_s)
        self._strangers = Buckets(per_s * BURST_S * STRANGERS, per_s * STRANGERS)
        self._tenants = Buckets(per_s * BURST_S * TENANT, per_s * TENANT)

    def spend(self, token: str | None, address: str, now: float) -> Spent:
        if token is not None and hash(token) in self._known:
            return _spent("token", self._known, hash(token), now)
        return _spent("address", self._strangers, hash(site(address)), now)

    def of_tenant(self, tenant: int, now: float) -> Spent:
        """Count it for the whole tenant, too, so that many tokens take no more than a share."""
        return _spent("tenant", self._tenants, tenant, now)

    def good(self, token: str | None, now: float) -> None:
        """From now on its requests are its own."""
        if token is not None and hash(token) not in self._known:
            self._known.take(hash(token), now)


def _spent(name: str, of: Buckets, key: int, now: float) -> Spent:
    left = of.take(key, now)
    return Spent(
        name=name,
        left=max(0, math.floor(left)),
        wait_s=math.ceil(-left / of.per_s) if left < 0 else 0,
        quota=int(of.burst),
        full_in_s=math.ceil((of.burst - max(left, 0)) / of.per_s),
    )

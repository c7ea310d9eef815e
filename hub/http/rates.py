"""How many requests one session, device, token or address may make, and how it is told.

RateLimit and RateLimit-Policy as in draft-ietf-httpapi-ratelimit-headers-10. Each node counts for
itself and in memory: it is there to bound what one client can cost, not to bill anybody.
"""

import math
from dataclasses import dataclass

from hub.http.forwarded import site
from hub.live.buckets import Buckets
from hub.settings import DEFAULT_RATE_PER_S

BURST_S = 30  # as many seconds' worth may come at once: a page of images is asked for together
STRANGERS = 5  # times as much for an address: an office of hundreds may come from one


@dataclass(frozen=True, slots=True)
class Spent:
    """One request was counted; `wait_s` is over 0 where it was one too many."""

    name: str
    left: int
    wait_s: int
    quota: int
    full_in_s: int

    @property
    def headers(self) -> dict[str, str]:
        told = {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={BURST_S}',
            "RateLimit": f'"{self.name}";r={self.left};t={self.full_in_s}',
        }
        return told | ({"Retry-After": str(self.wait_s)} if self.wait_s else {})


class Rates:
    """Who has shown a good token is counted by it, everybody else by the address.

    Tokens that were made up do not make a bucket, so that guessing them is bounded, too.
    """

    def __init__(self, per_s: float = DEFAULT_RATE_PER_S) -> None:
        self._known = Buckets(per_s * BURST_S, per_s)
        self._strangers = Buckets(per_s * BURST_S * STRANGERS, per_s * STRANGERS)

    def spend(self, token: str | None, address: str, now: float) -> Spent:
        if token is not None and hash(token) in self._known:
            return _spent("token", self._known, hash(token), now)
        return _spent("address", self._strangers, hash(site(address)), now)

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

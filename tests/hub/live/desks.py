"""A tenant on one node without floor and loops, stepped by hand: what it was told, in order."""

import time

from msgspec.structs import replace
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from hub.live.broker import Broker, Opened, Tick
from hub.live.servers import Servers
from hub.live.tenant import Change, Done, Tenant
from hub.presence.changes import Effect, expire, join, report
from hub.presence.seat import Seat
from hub.protocol.agents import Hello, StateReport
from hub.protocol.facts import Facts, Presence
from storage.seats.transitions import Number
from tests.clock import until

TENANT, MEMBER = 1, 7
LEASE_S = 40.0


class Desk:
    """`ticks` are the offsets that this node has shown, `opened` what each opening found."""

    def __init__(self, redis: Redis) -> None:
        self.ticks: list[tuple[int, Tick]] = []
        self.opened: list[Opened] = []
        self.first: list[Change] = []
        self.done: list[Done] = []
        self.tenant = Tenant(TENANT, Broker(Servers(redis, redis)), self.on_tick, self.on_open)

    async def on_tick(self, tenant: Tenant, offset: int, tick: Tick) -> None:
        self.ticks.append((offset, tick))

    async def on_open(self, tenant: Tenant, opened: Opened) -> list[Change]:
        self.opened.append(opened)
        return self.first

    @property
    def offsets(self) -> list[int]:
        return [offset for offset, _ in self.ticks]

    @property
    def seats(self) -> dict[int, Seat]:
        return self.tenant.seats

    def seat(self, member: int = MEMBER) -> Seat:
        return self.tenant.seat(member)

    async def settled(self) -> None:
        """Until everything that was wanted has been decided."""
        await until(lambda: not self.tenant.waiting)

    # ---- what can be wanted

    def add(self, change: Change) -> Change:
        change.told = self.done.append
        self.tenant.add(change)
        return change

    def hello(self, device: int, member: int = MEMBER, session: str = "run-1") -> Change:
        return self.add(hello(device, member, session))

    def report(
        self, device: int, seq: int, presence: Presence = Presence.AWAY, member: int = MEMBER
    ) -> Change:
        what = StateReport(seq, Facts(time.time(), presence))

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return report(seat, device, "run-1", "e", what, late=False)

        return self.add(Change(member, decide, number=Number(device, "e", seq)))

    def expire(self, device: int, deadline_ms: int) -> Change:
        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return expire(seat, device, deadline_ms / 1000, LEASE_S)

        return self.add(Change(MEMBER, decide, lease=(device, 50.0), guard=(device, deadline_ms)))

    @property
    def moments(self) -> list[tuple[str, int]]:
        """The causes and offsets of all rows that came out, in order."""
        rows = [moment for done in self.done for moment in done.moments]
        return [(one.cause, one.place.offset if one.place else 0) for one in rows]


def hello(device: int, member: int = MEMBER, session: str = "run-1") -> Change:
    what = Hello(1, session, "e", 1, time.time(), Facts(time.time(), Presence.PRESENT))

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return join(seat, device, what, time.time())

    return Change(member, decide, lease=(device, LEASE_S))


def without_rev(seats: dict[int, Seat]) -> dict[int, Seat]:
    return {member: replace(seat, rev=0) for member, seat in seats.items()}


def once() -> Retry:
    """As the hub's own clients have it: nothing is tried again unseen."""
    return Retry(NoBackoff(), 0)

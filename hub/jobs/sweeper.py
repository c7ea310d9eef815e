"""Ends leases that nobody renews; any number of copies may sweep, each end happens once."""

import time

from hub.counters import EXPIRED, SWEPT
from hub.live.floor import Floor
from hub.live.node import Node
from hub.live.tenant import Change, Done
from hub.presence.changes import Effect, expire
from hub.presence.seat import Seat, device_of
from hub.protocol.facts import Link


async def sweep(node: Node) -> None:
    """Decide by the broker's clock; for one lease after a loss nobody sweeps at all."""

    async def step(floor: Floor) -> None:
        if not may(node, floor):
            return
        due = await node.broker.due(floor.tenant.id)
        if may(node, floor):  # or the answer came after an outage, and nobody is renewed yet
            for device, deadline_ms in due:
                end(floor, device, deadline_ms)

    await node.each_floor(step)
    SWEPT.set_to_current_time()


def may(node: Node, floor: Floor) -> bool:
    return node.blind_since(floor) is None and floor.may_sweep(time.monotonic())


def end(floor: Floor, device: int, deadline_ms: int) -> None:
    """One step down, if the deadline still stands when it is committed."""
    timing = floor.timing
    seat = holder(floor, device)
    known = device_of(seat, device)
    online = known is not None and known.link is Link.ONLINE
    next_s = timing.offline_after_s - timing.lease_s if online else None

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return expire(seat, device, deadline_ms / 1000, timing.lease_s)

    def told(done: Done) -> None:
        EXPIRED.inc(len(done.moments))
        floor.record(done)

    guard = (device, deadline_ms)
    floor.tenant.add(Change(seat.member, decide, told, (device, next_s), guard))


def holder(floor: Floor, device: int) -> Seat:
    """The seat that has the device; a lease that belongs to none ends without a word."""
    seats = floor.tenant.seats
    member = floor.directory.devices.get(device, 0)
    if member in seats:
        return seats[member]
    return next((seat for seat in seats.values() if device_of(seat, device)), Seat(0))

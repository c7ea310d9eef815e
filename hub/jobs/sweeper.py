"""Ends leases that nobody renews; any number of copies may sweep, each end happens once."""

import time

from hub.live.floor import Floor
from hub.live.node import Node
from hub.live.tenant import Change
from hub.presence.changes import Effect, expire
from hub.presence.seat import Seat, device_of
from hub.protocol.messages import Link


async def sweep(node: Node) -> None:
    """Decide by the broker's clock; for one lease after a loss nobody sweeps at all."""
    if node.blind_since is not None:
        return
    for floor in list(node.floors.values()):
        if time.time() < floor.quiet_until:
            continue
        for device, deadline_ms in await node.broker.due(floor.tenant.id):
            end(floor, device, deadline_ms)


def end(floor: Floor, device: int, deadline_ms: int) -> None:
    """One step down, if the deadline still stands when it is committed."""
    timing = floor.timing
    seat = holder(floor, device)
    known = device_of(seat, device) if seat else None
    if seat is None or known is None:
        return
    to_offline_s = timing.offline_after_s - timing.lease_s
    next_s = to_offline_s if known.link is Link.ONLINE else None

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return expire(seat, device, deadline_ms / 1000, timing.lease_s)

    guard = (device, deadline_ms)
    floor.tenant.add(Change(seat.member, decide, floor.record, (device, next_s), guard))


def holder(floor: Floor, device: int) -> Seat | None:
    member = floor.directory.devices.get(device)
    if member is not None and member in floor.tenant.seats:
        return floor.tenant.seats[member]
    seats = floor.tenant.seats.values()
    return next((seat for seat in seats if device_of(seat, device)), None)

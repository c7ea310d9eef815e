"""Keeps whole tenants at an (epoch, offset): a past board need not be replayed from zero."""

from datetime import UTC, datetime, timedelta

from hub.counters import SNAPSHOTS_KEPT
from hub.live.node import Node
from hub.live.tenant import Tenant
from hub.presence.seat import view
from storage.snapshots import keep, newest

EVERY_S = 60.0
AT_LEAST_EVERY = timedelta(hours=1)
CHANGED_SHARE = 0.25  # of the seats: fewer changes are quicker replayed than a snapshot is read


async def keep_due(node: Node) -> None:
    """The record itself says what is due, so that all nodes together keep one at a time."""
    for floor in list(node.floors.values()):
        async with node.engine.connect() as conn:
            last = await newest(conn, floor.tenant.id, floor.tenant.epoch)
        if is_due(floor.tenant, last, datetime.now(UTC)):
            await keep_now(node, floor.tenant)


async def keep_now(node: Node, tenant: Tenant) -> None:
    """The replica as it is now: its seats and its offset belong together."""
    seats = [view(seat) for seat in tenant.seats.values()]
    epoch, offset = tenant.epoch, tenant.offset
    async with node.engine.begin() as conn:
        await keep(conn, tenant.id, epoch, offset, seats, datetime.now(UTC))
    SNAPSHOTS_KEPT.inc()


def is_due(tenant: Tenant, last: tuple[int, datetime] | None, now: datetime) -> bool:
    """Enough has changed since the last one, or anything for an hour; never twice a minute."""
    if last is None or not tenant.epoch:
        return bool(tenant.epoch and tenant.seats)
    changed, age = tenant.offset - last[0], now - last[1]
    enough = changed > CHANGED_SHARE * len(tenant.seats) and age.total_seconds() >= EVERY_S
    return enough or (changed > 0 and age > AT_LEAST_EVERY)

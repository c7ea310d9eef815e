"""Keeps whole tenants at an (epoch, offset): a past board need not be replayed from zero."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.live.floor import Floor
from hub.live.node import Node
from hub.presence.seat import view
from storage.snapshots import keep

EVERY_S = 60.0
AT_LEAST_EVERY_S = 3600.0
CHANGED_SHARE = 0.25  # of the seats: fewer changes are quicker replayed than a snapshot is read


@dataclass(frozen=True, slots=True)
class Kept:
    epoch: str
    offset: int
    at: float


class Snapshotter:
    def __init__(self, node: Node) -> None:
        self.node = node
        self.kept: dict[int, Kept] = {}

    async def keep_due(self) -> None:
        for tenant, floor in list(self.node.floors.items()):
            if is_due(floor, self.kept.get(tenant), time.time()):
                await self.keep(floor)

    async def keep(self, floor: Floor) -> None:
        """The replica as it is now: its seats and its offset belong together."""
        tenant = floor.tenant
        seats = [view(seat) for seat in tenant.seats.values()]
        kept = Kept(tenant.epoch, tenant.offset, time.time())
        async with self.node.engine.begin() as conn:
            await keep(conn, tenant.id, kept.epoch, kept.offset, seats, datetime.now(UTC))
        self.kept[tenant.id] = kept


def is_due(floor: Floor, last: Kept | None, now: float) -> bool:
    tenant = floor.tenant
    if not tenant.seats:
        return False
    if last is None or last.epoch != tenant.epoch:
        return tenant.offset > 0
    changed = tenant.offset - last.offset
    enough = changed > CHANGED_SHARE * len(tenant.seats)
    return enough or (changed > 0 and now - last.at > AT_LEAST_EVERY_S)

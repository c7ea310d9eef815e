"""Keeps whole tenants at an (epoch, offset): a past board need not be replayed from zero.

A picture of the replica may hold what the record will never have: a node that dies between commit
and record, together with the broker, leaves its reports to the agents, who tell them in another
epoch. So a picture waits, and is kept once the live rows give exactly it.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from hub.counters import SNAPSHOTS_KEPT
from hub.live.node import Node
from hub.live.tenant import Tenant
from hub.presence.seat import view
from storage.seats.snapshots import Picture, keep, newest

EVERY_S = 60.0
RECORDED_WITHIN_S = 2.0  # usually a quarter
TRIES = 5  # a record that is slower yet is asked in the next round, with a newer picture
AT_LEAST_EVERY = timedelta(hours=1)
CHANGED_SHARE = 0.25  # of the seats: fewer changes are quicker replayed than a snapshot is read


async def keep_due(node: Node, within_s: float = RECORDED_WITHIN_S) -> None:
    """The record itself says what is due, so that all nodes together keep one at a time."""
    waiting = []
    for floor in list(node.floors.values()):
        async with node.engine.connect() as conn:
            last = await newest(conn, floor.tenant.id, floor.tenant.epoch)
        if is_due(floor.tenant, last, datetime.now(UTC)):
            waiting.append((picture(floor.tenant), last))
    for _ in range(TRIES):
        if not waiting:
            return
        await asyncio.sleep(within_s)
        waiting = [due for due in waiting if not await settled(node, *due)]


async def settled(node: Node, one: Picture, after: tuple[int, datetime] | None) -> bool:
    """Whether it is kept now, or another node was quicker."""
    async with node.engine.connect() as conn:
        if await newest(conn, one.tenant, one.epoch) != after:
            return True
    return await keep_recorded(node, one)


def picture(tenant: Tenant) -> Picture:
    """The replica as it is now: its seats and its offset belong together."""
    seats = tuple(view(seat) for seat in tenant.seats.values())
    return Picture(tenant.id, tenant.epoch, tenant.offset, seats)


async def keep_recorded(node: Node, one: Picture) -> bool:
    """Whether the live rows give exactly this picture, and it was kept."""
    async with node.engine.begin() as conn:
        kept = await keep(conn, one, datetime.now(UTC))
    SNAPSHOTS_KEPT.inc(kept)
    return kept


def is_due(tenant: Tenant, last: tuple[int, datetime] | None, now: datetime) -> bool:
    """Enough has changed since the last one, or anything for an hour; never twice a minute."""
    if last is None or not tenant.epoch:
        return bool(tenant.epoch and tenant.seats)
    changed, age = tenant.offset - last[0], now - last[1]
    enough = changed > CHANGED_SHARE * len(tenant.seats) and age.total_seconds() >= EVERY_S
    return enough or (changed > 0 and age > AT_LEAST_EVERY)

"""Whole tenants at (epoch, offset): what the replay of the live rows up to it gives, kept ready."""

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.messages import SeatView
from storage.models import Snapshot, Transition
from storage.upsert import insert_new


async def keep(
    conn: AsyncConnection,
    tenant: int,
    epoch: str,
    offset: int,
    seats: Sequence[SeatView],
    now: datetime,
) -> None:
    """Any number of nodes may keep the same one: it is kept once."""
    row = {
        "tenant_id": tenant,
        "epoch": epoch,
        "offset": offset,
        "at": now,
        "seats": len(seats),
        "body": zlib.compress(msgspec.json.encode(ordered(seats))),
    }
    await insert_new(conn, Snapshot, [row])


async def newest(conn: AsyncConnection, tenant: int, epoch: str) -> tuple[int, datetime] | None:
    """The offset and time of the last snapshot of an epoch."""
    wanted = (
        select(Snapshot.offset, Snapshot.at)
        .where(Snapshot.tenant_id == tenant, Snapshot.epoch == epoch)
        .order_by(Snapshot.offset.desc())
        .limit(1)
    )
    row = (await conn.execute(wanted)).one_or_none()
    return (row.offset, row.at) if row else None


async def seats_in(
    conn: AsyncConnection, tenant: int, epoch: str, offset: int
) -> tuple[SeatView, ...]:
    """What the snapshot at exactly this place holds; nothing if there is none."""
    wanted = select(Snapshot.body).where(
        Snapshot.tenant_id == tenant, Snapshot.epoch == epoch, Snapshot.offset == offset
    )
    body = (await conn.execute(wanted)).scalar_one_or_none()
    if body is None:
        return ()
    return msgspec.json.decode(zlib.decompress(body), type=tuple[SeatView, ...])


async def replayed(
    conn: AsyncConnection, tenant: int, epoch: str, offset: int
) -> tuple[SeatView, ...]:
    """The live rows of an epoch up to an offset, last state of each seat."""
    wanted = (
        select(Transition.state)
        .where(
            Transition.tenant_id == tenant,
            Transition.epoch == epoch,
            Transition.offset <= offset,
        )
        .order_by(Transition.offset, Transition.position)
    )
    states = (msgspec.convert(state, SeatView) for (state,) in await conn.execute(wanted))
    return ordered({state.member: state for state in states}.values())


def ordered(seats: Iterable[SeatView]) -> tuple[SeatView, ...]:
    return tuple(sorted(seats, key=lambda seat: seat.member))

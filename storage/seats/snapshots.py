"""Whole tenants at (epoch, offset): what the replay of the live rows up to it gives, kept ready."""

import zlib
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.watchers import SeatView
from storage.models.seats import Snapshot, Transition
from storage.seats.transitions import last_of_each_seat
from storage.upsert import insert_new


class Picture(Struct, frozen=True):
    """A tenant's seats at a place."""

    tenant: int
    epoch: str
    offset: int
    seats: tuple[SeatView, ...]


async def keep(conn: AsyncConnection, picture: Picture, now: datetime) -> bool:
    """Keep it if the live rows give exactly it: what comes later cannot change that any more.

    Not if a later one is kept. Any number of nodes may try the same one: it is kept once.
    """
    at = (picture.tenant, picture.epoch, picture.offset)
    seats = ordered(picture.seats)
    last = await newest(conn, picture.tenant, picture.epoch)
    if last and last[0] >= picture.offset:
        return False
    if await replayed(conn, *at, after=last) != seats:
        return False
    row = {
        "tenant_id": picture.tenant,
        "epoch": picture.epoch,
        "offset": picture.offset,
        "at": now,
        "seats": len(seats),
        "body": zlib.compress(msgspec.json.encode(seats)),
    }
    await insert_new(conn, Snapshot, [row])
    return True


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


async def last_before(
    conn: AsyncConnection, tenant: int, at: datetime
) -> tuple[datetime, bytes] | None:
    """When the last snapshot up to a moment was kept, and what `opened` makes seats of."""
    wanted = (
        select(Snapshot.at, Snapshot.body)
        .where(Snapshot.tenant_id == tenant, Snapshot.at <= at)
        .order_by(Snapshot.at.desc())
        .limit(1)
    )
    row = (await conn.execute(wanted)).one_or_none()
    return (row.at, row.body) if row else None


def opened(body: bytes) -> tuple[SeatView, ...]:
    return msgspec.json.decode(zlib.decompress(body), type=tuple[SeatView, ...])


async def seats_in(
    conn: AsyncConnection, tenant: int, epoch: str, offset: int
) -> tuple[SeatView, ...]:
    """What the snapshot at exactly this place holds; nothing if there is none."""
    wanted = select(Snapshot.body).where(
        Snapshot.tenant_id == tenant, Snapshot.epoch == epoch, Snapshot.offset == offset
    )
    body = (await conn.execute(wanted)).scalar_one_or_none()
    return () if body is None else opened(body)


async def replayed(
    conn: AsyncConnection,
    tenant: int,
    epoch: str,
    offset: int,
    after: tuple[int, datetime] | None = None,
) -> tuple[SeatView, ...]:
    """The live rows of an epoch up to an offset, last state of each seat.

    `after` a snapshot that is kept, its seats stand in for the rows up to it.
    """
    begin = after[0] if after else 0
    known = await seats_in(conn, tenant, epoch, begin) if after else ()
    seats = {seat.member: seat for seat in known}
    wanted = last_of_each_seat(
        Transition.tenant_id == tenant,
        Transition.epoch == epoch,
        Transition.offset > begin,
        Transition.offset <= offset,
    )
    async for (state,) in await conn.stream(wanted):
        seat = msgspec.convert(state, SeatView)
        seats[seat.member] = seat
    return ordered(seats.values())


def ordered(seats: Iterable[SeatView]) -> tuple[SeatView, ...]:
    return tuple(sorted(seats, key=lambda seat: seat.member))

"""Finds the first row of a tenant that is not as it was written, and tells erased from tampered."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.facts import EvidenceState
from storage.models.chain import ChainEntry, Head, Tombstone
from storage.models.people import Tenant
from storage.proof.chain import CHAINED, INSTALLATION, Area, columns, digest
from storage.proof.heads import GENESIS, SignedHead, linked, signed_head
from storage.proof.signing import is_signed
from storage.proof.tombstones import tombstone_statement

AT_ONCE = 500  # rows a question; SQLite before 3.32 takes 999 parameters
CHAIN, HEAD = "chain", "head"


class Fault(StrEnum):
    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    FORGED = "forged"


class Broken(Struct, frozen=True, omit_defaults=True):
    """A row that is not as it was written: `area` and `row` name it, `position` in the chain."""

    fault: Fault
    area: str
    row: str
    detail: str
    position: int | None = None


@dataclass(slots=True)
class Found:
    """What was seen of one tenant."""

    tenant: int
    entries: int = 0
    unsealed: int = 0
    erased: int = 0
    images: int = 0
    unreadable: int = 0
    position: int = 0
    link: bytes = GENESIS
    broken: list[Broken] = field(default_factory=list)

    def add(
        self, fault: Fault, area: str, row: object, detail: str, position: int | None = None
    ) -> None:
        self.broken.append(Broken(fault, area, str(row), detail, position))


async def known_tenants(conn: AsyncConnection, outside: Iterable[int]) -> list[int]:
    """Every tenant that has a chain, had one, or should have one."""
    own = (await conn.execute(select(Tenant.id))).scalars()
    chained = (await conn.execute(select(ChainEntry.tenant_id).distinct())).scalars()
    return sorted({*own, *chained, *outside, INSTALLATION})


async def snapshot(conn: AsyncConnection) -> None:
    """What is read from here on is of one moment, whatever is written meanwhile."""
    if conn.dialect.name == "sqlite":
        await conn.exec_driver_sql("BEGIN")
    else:
        await conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


async def verify_tenant(
    conn: AsyncConnection, tenant: int, trusted: Collection[bytes], outside: Sequence[SignedHead]
) -> Found:
    """Compare the chain with itself, with its heads and with every row that it speaks of.

    `outside` are heads that were kept elsewhere, read before `conn` began its snapshot; `trusted`
    the public keys whose signatures count.
    """
    found = Found(tenant)
    heads = await _heads(conn, found, trusted, outside)
    async for entries in _chain(conn, tenant):
        for entry in entries:
            _follow(found, entry, heads)
        await _rows_of(conn, found, entries, trusted)
    for head in sorted(heads.values(), key=lambda head: head.position):
        if head.position > found.position:
            detail = f"the chain ends at {found.position}, but {head.position} was signed"
            place = found.position + 1
            found.add(Fault.TRUNCATED, CHAIN, place, f"{detail} at {head.at}", place)
            break
    for area in CHAINED:
        await _inserted(conn, found, area)
    return found


# ---- the chain itself


async def _chain(conn: AsyncConnection, tenant: int) -> AsyncIterator[Sequence[Row[Any]]]:
    """All entries: those with a place in its order, then those that wait for one."""
    own = select(ChainEntry).where(ChainEntry.tenant_id == tenant).limit(AT_ONCE)
    placed = own.where(ChainEntry.position.is_not(None)).order_by(ChainEntry.position)
    last: int | None = None
    while rows := (
        await conn.execute(placed if last is None else placed.where(ChainEntry.position > last))
    ).all():
        yield rows
        last = rows[-1].position
    waiting = own.where(ChainEntry.position.is_(None)).order_by(ChainEntry.id)
    last = None
    while rows := (
        await conn.execute(waiting if last is None else waiting.where(ChainEntry.id > last))
    ).all():
        yield rows
        last = rows[-1].id


def _follow(found: Found, entry: Row[Any], heads: dict[int, SignedHead]) -> None:
    """Each entry follows from the one before it; after a break, from what is there."""
    found.entries += 1
    if entry.position is None:
        found.unsealed += 1
        return
    place = entry.position
    if place != found.position + 1:
        missing = found.position + 1
        found.add(Fault.REMOVED, CHAIN, missing, f"position {missing} is not there", missing)
    elif entry.link != linked(found.link, found.tenant, place, entry.area, entry.row, entry.digest):
        detail = f"the entry of {entry.area} {entry.row} does not follow from the one before it"
        found.add(Fault.CHANGED, CHAIN, place, detail, place)
    found.position, found.link = place, entry.link or b""
    head = heads.get(place)
    if head is not None and head.link != found.link.hex():
        detail = f"it, or one before it since the last head, is not what was signed at {head.at}"
        found.add(Fault.CHANGED, CHAIN, place, detail, place)


async def _heads(
    conn: AsyncConnection,
    found: Found,
    trusted: Collection[bytes],
    outside: Sequence[SignedHead],
) -> dict[int, SignedHead]:
    """By position, those with a good signature; two that contradict each other are named."""
    heads: dict[int, SignedHead] = {}
    own = select(Head).where(Head.tenant_id == found.tenant).order_by(Head.id)
    kept = [signed_head(row) for row in await conn.execute(own)]
    for head in [*outside, *kept]:
        known = heads.get(head.position)
        if not is_head_signed(head, trusted):
            detail = f"the head signed at {head.at} has no good signature of a known key"
            found.add(Fault.FORGED, HEAD, head.position, detail, head.position)
        elif known is not None and known.link != head.link:
            detail = f"two heads of one position were signed, at {known.at} and {head.at}"
            found.add(Fault.CHANGED, CHAIN, head.position, detail, head.position)
        else:
            heads[head.position] = head
    for lost in sorted({head.position for head in outside} - {head.position for head in kept}):
        if lost in heads:
            detail = f"the head signed at {heads[lost].at} is only outside the record"
            found.add(Fault.REMOVED, HEAD, lost, detail, lost)
    return heads


def is_head_signed(head: SignedHead, trusted: Collection[bytes]) -> bool:
    try:
        public, signature = bytes.fromhex(head.public_key), bytes.fromhex(head.signature)
    except ValueError:
        return False
    return public in trusted and is_signed(public, signature, head.statement)


# ---- what it speaks of


async def _rows_of(
    conn: AsyncConnection, found: Found, entries: Sequence[Row[Any]], trusted: Collection[bytes]
) -> None:
    """The rows are as their last entries say, or lawfully gone."""
    newest = await _newest(conn, found.tenant, entries)
    by_area: dict[Area, list[Row[Any]]] = {}
    for entry in entries:
        if entry.area not in list(Area):
            place = entry.position
            found.add(Fault.INSERTED, CHAIN, entry.id, f"{entry.area!r} is no area", place)
        elif newest.get((entry.area, entry.row)) == entry.id:
            by_area.setdefault(Area(entry.area), []).append(entry)
    seen: list[tuple[int, Broken]] = []
    for area, last in by_area.items():
        rows = await _contents(conn, area, found.tenant, [entry.row for entry in last])
        stones = await _tombstones(conn, area, found.tenant, last, trusted)
        for entry in last:
            broken = _judged(found, area, entry, rows.get(entry.row), stones)
            if broken is not None:
                seen.append((entry.id, broken))
    found.broken.extend(broken for _, broken in sorted(seen, key=lambda one: one[0]))


def _judged(
    found: Found, area: Area, entry: Row[Any], row: Row[Any] | None, stones: set[str]
) -> Broken | None:
    place = entry.position
    if row is None and entry.row in stones:
        found.erased += 1
        return None
    if row is None:
        detail = "it is gone, and no signed tombstone says why"
        return Broken(Fault.REMOVED, area, entry.row, detail, place)
    if entry.salt is None:
        detail = "its digest can no longer be checked, though it is there"
        return Broken(Fault.CHANGED, area, entry.row, detail, place)
    if digest(area, row._mapping, entry.salt) != entry.digest:
        return Broken(Fault.CHANGED, area, entry.row, "it is not what was written", place)
    if area is Area.EVIDENCE and row.state == EvidenceState.ERASED:
        if entry.row not in stones:
            detail = "it is marked erased, and no signed tombstone says why"
            return Broken(Fault.CHANGED, area, entry.row, detail, place)
        found.erased += 1
    return None


async def _newest(
    conn: AsyncConnection, tenant: int, entries: Sequence[Row[Any]]
) -> dict[tuple[str, str], int]:
    """The last entry of each row."""
    newest: dict[tuple[str, str], int] = {}
    for area in {entry.area for entry in entries}:
        rows = [entry.row for entry in entries if entry.area == area]
        wanted = (
            select(ChainEntry.row, func.max(ChainEntry.id))
            .where(ChainEntry.tenant_id == tenant, ChainEntry.area == area)
            .where(ChainEntry.row.in_(rows))
            .group_by(ChainEntry.row)
        )
        newest |= {(area, row): last for row, last in await conn.execute(wanted)}
    return newest


async def _contents(
    conn: AsyncConnection, area: Area, tenant: int, rows: Sequence[str]
) -> dict[str, Row[Any]]:
    keys: list[Any] = list(rows)
    if area not in (Area.EVIDENCE, Area.INCIDENT):
        keys = [int(row) for row in rows if row.isascii() and row.isdecimal() and len(row) < 19]
    wanted = select(*columns(area)).where(_of(area, tenant), CHAINED[area].key.in_(keys))
    return {str(row.id): row for row in await conn.execute(wanted)}


async def _tombstones(
    conn: AsyncConnection,
    area: Area,
    tenant: int,
    entries: Sequence[Row[Any]],
    trusted: Collection[bytes],
) -> set[str]:
    """Those of the rows that have a tombstone with a good signature."""
    wanted = select(Tombstone).where(
        Tombstone.tenant_id == tenant,
        Tombstone.area == area,
        Tombstone.row.in_([entry.row for entry in entries]),
    )
    return {
        stone.row
        for stone in await conn.execute(wanted)
        if stone.public_key in trusted
        and is_signed(
            stone.public_key,
            stone.signature,
            tombstone_statement(tenant, area, stone.row, stone.reason, stone.at),
        )
    }


async def _inserted(conn: AsyncConnection, found: Found, area: Area) -> None:
    """Rows that nobody made an entry for."""
    key = CHAINED[area].key
    own = select(key).where(_of(area, found.tenant)).order_by(key).limit(AT_ONCE)
    last: Any = None
    while rows := (await conn.execute(own if last is None else own.where(key > last))).scalars():
        keys = list(rows)
        if not keys:
            return
        wanted = select(ChainEntry.row).where(
            ChainEntry.tenant_id == found.tenant,
            ChainEntry.area == area,
            ChainEntry.row.in_([str(one) for one in keys]),
        )
        known = set((await conn.execute(wanted)).scalars())
        for one in keys:
            if str(one) not in known:
                found.add(Fault.INSERTED, area, one, "nobody wrote it by way of the program")
        last = keys[-1]


def _of(area: Area, tenant: int) -> ColumnElement[bool]:
    column = CHAINED[area].table.__table__.c.tenant_id
    if tenant == INSTALLATION and area is Area.LOG:
        return column.is_(None)
    return column == tenant

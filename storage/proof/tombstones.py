"""What is lawfully taken away: the digest stays, and a signed tombstone says what went and why."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.chain import ChainEntry, Tombstone
from storage.proof.chain import CHAINED, INSTALLATION, Area, append, columns, plain
from storage.proof.signing import Signer


class Buried(msgspec.Struct, frozen=True):
    """What is signed when something is taken away; `at` in UTC."""

    tenant: int
    area: str
    row: str
    reason: str
    at: str


def tombstone_statement(tenant: int, area: str, row: str, reason: str, at: datetime) -> bytes:
    """The bytes that are signed; fields are written in their order."""
    said = Buried(tenant, area, row, reason, str(plain(at)))
    return b"zaiseki tombstone 1\n" + msgspec.json.encode(said)


class CannotSign(Exception):
    """This connection has no key to sign with, so nothing may be taken away over it."""


async def bury(
    conn: AsyncConnection,
    area: Area,
    tenant: int | None,
    rows: Sequence[str | int],
    reason: str,
    now: datetime,
) -> None:
    """Append a signed tombstone for each row that is taken away in this transaction.

    One that has a tombstone for the same reason needs no other: an image goes before its row.
    `reason` is a word such as "retention" or "verdict". Raise CannotSign where the engine was
    opened without a key.
    """
    signer = conn.sync_connection and conn.sync_connection.get_execution_options().get("signer")
    if not isinstance(signer, Signer):
        raise CannotSign("open the record with a signing key")
    of = tenant or INSTALLATION
    known = await _buried(conn, area, of, rows, reason)
    stones = [
        {
            "tenant_id": of,
            "area": area,
            "row": str(row),
            "reason": reason,
            "at": now,
            "public_key": signer.public_key,
            "signature": signer.sign(tombstone_statement(of, area, str(row), reason, now)),
        }
        for row in rows
        if str(row) not in known
    ]
    if stones:
        new = insert(Tombstone).returning(*columns(Area.TOMBSTONE))
        await append(conn, Area.TOMBSTONE, (await conn.execute(new, stones)).all())


async def _buried(
    conn: AsyncConnection, area: Area, tenant: int, rows: Sequence[str | int], reason: str
) -> set[str]:
    wanted = select(Tombstone.row).where(
        Tombstone.tenant_id == tenant,
        Tombstone.area == area,
        Tombstone.row.in_([str(row) for row in rows]),
        Tombstone.reason == reason,
    )
    return set((await conn.execute(wanted)).scalars())


async def purge(
    conn: AsyncConnection,
    area: Area,
    tenant: int | None,
    rows: Sequence[str | int],
    reason: str,
    now: datetime,
) -> None:
    """Take rows away for good: their digests stay without salts, and tombstones say why.

    This is the one way past the database's own rules, which ask for the tombstone.
    """
    table = CHAINED[area].table
    await bury(conn, area, tenant, rows, reason, now)
    if not rows:
        return
    own = table.__table__.c.tenant_id == tenant
    one = delete(table).where(own, CHAINED[area].key == bindparam("gone"))
    await conn.execute(one, [{"gone": row} for row in rows])
    unsalted = update(ChainEntry).where(
        ChainEntry.tenant_id == (tenant or INSTALLATION),
        ChainEntry.area == area,
        ChainEntry.row == bindparam("gone"),
    )
    await conn.execute(unsalted.values(salt=None), [{"gone": str(row)} for row in rows])

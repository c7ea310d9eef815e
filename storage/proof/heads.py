"""The chain of each tenant and its signed heads: `seal` closes it over the digests that have come.

Each entry gets its position and its link, SHA-256 over the link before it and the entry itself; the
last link is signed. Whoever keeps a head can tell whether anything before it was changed since.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.models.chain import ChainEntry, Head
from storage.proof.chain import plain
from storage.proof.signing import Signer

GENESIS = bytes(32)  # the link before the first
AT_ONCE = 1_000  # entries a transaction: SQLite's only writer is held for some 20 ms
LOCK = 0x7A63  # "zc": the first half of an advisory lock, the tenant is the second


def linked(before: bytes, tenant: int, position: int, area: str, row: str, digest: bytes) -> bytes:
    """The link of an entry: SHA-256 over the link before it and the entry."""
    entry = msgspec.json.encode([tenant, position, area, row, digest.hex()])
    return hashlib.sha256(before + entry).digest()


class HeadSaid(msgspec.Struct, frozen=True):
    """What is signed of a chain's end; `link` in hex, `at` in UTC."""

    tenant: int
    position: int
    link: str
    at: str


class SignedHead(msgspec.Struct, frozen=True):
    """A head as it is kept outside the record and exported; everything but numbers in hex."""

    tenant: int
    position: int
    link: str
    at: str
    public_key: str
    signature: str

    @property
    def statement(self) -> bytes:
        return head_statement(self.tenant, self.position, self.link, self.at)


def head_statement(tenant: int, position: int, link: str, at: str) -> bytes:
    """The bytes that are signed; fields are written in their order."""
    return b"zaiseki head 1\n" + msgspec.json.encode(HeadSaid(tenant, position, link, at))


async def unsealed(conn: AsyncConnection) -> list[int]:
    """The tenants whose chains have entries without a link."""
    wanted = select(ChainEntry.tenant_id).where(ChainEntry.position.is_(None)).distinct()
    return sorted((await conn.execute(wanted)).scalars())


async def seal(
    engine: AsyncEngine, signer: Signer, tenant: int, now: datetime
) -> SignedHead | None:
    """Close a tenant's chain over the next entries that have come, AT_ONCE at most, and sign it.

    None if there are no more. Of several nodes that do it at once, one takes an entry.
    """
    async with engine.begin() as conn:
        await _one_at_a_time(conn, tenant)
        position, link = await _end(conn, tenant)
        wanted = (
            select(ChainEntry.id, ChainEntry.area, ChainEntry.row, ChainEntry.digest)
            .where(ChainEntry.tenant_id == tenant, ChainEntry.position.is_(None))
            .order_by(ChainEntry.id)
            .limit(AT_ONCE)
        )
        found = []
        for entry in await conn.execute(wanted):
            position += 1
            link = linked(link, tenant, position, entry.area, entry.row, entry.digest)
            found.append({"entry": entry.id, "place": position, "linked": link})
        if not found:
            return None
        one = update(ChainEntry).where(ChainEntry.id == bindparam("entry"))
        to = one.values(position=bindparam("place"), link=bindparam("linked"))
        await conn.execute(to, found)
        return await _sign(conn, signer, tenant, position, link, now)


async def _one_at_a_time(conn: AsyncConnection, tenant: int) -> None:
    if conn.dialect.name == "sqlite":
        await conn.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        taken = text("SELECT pg_advisory_xact_lock(:area, :tenant)")
        await conn.execute(taken, {"area": LOCK, "tenant": tenant % 2**31})


async def _end(conn: AsyncConnection, tenant: int) -> tuple[int, bytes]:
    last = select(ChainEntry.position, ChainEntry.link).where(
        ChainEntry.tenant_id == tenant, ChainEntry.position.is_not(None)
    )
    row = (await conn.execute(last.order_by(ChainEntry.position.desc()).limit(1))).one_or_none()
    return (row[0] or 0, row[1] or GENESIS) if row else (0, GENESIS)


async def _sign(
    conn: AsyncConnection,
    signer: Signer,
    tenant: int,
    position: int,
    link: bytes,
    now: datetime,
) -> SignedHead:
    at = str(plain(now))
    signature = signer.sign(head_statement(tenant, position, link.hex(), at))
    row = {"tenant_id": tenant, "position": position, "link": link, "at": now}
    row |= {"public_key": signer.public_key, "signature": signature}
    await conn.execute(insert(Head).values(row))
    return SignedHead(tenant, position, link.hex(), at, signer.public_key.hex(), signature.hex())


async def heads(
    conn: AsyncConnection, tenant: int, limit: int, before: int | None = None
) -> list[tuple[int, SignedHead]]:
    """At most `limit` heads with their ids, the newest first, from the id `before` on."""
    wanted = select(Head).where(Head.tenant_id == tenant).order_by(Head.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(Head.id < before)
    return [(row.id, signed_head(row)) for row in await conn.execute(wanted)]


def signed_head(row: Any) -> SignedHead:
    return SignedHead(
        row.tenant_id, row.position, row.link.hex(), str(plain(row.at)), row.public_key.hex(),
        row.signature.hex(),
    )  # fmt: skip

"""The key by which push services know this installation (RFC 8292): one, made at the first need.

A browser is subscribed to this very key, so it is not rotated; its wrap is, with the master key.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.models.push import VapidKey
from storage.sealing.keys import Keys, hold_masters, master_in_use
from storage.sealing.masters import MasterProblem
from storage.upsert import insert_new

ONLY = 1
BOUND = b"vapid key"
SCALAR_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Row:
    master: str
    wrapped: bytes = field(repr=False)
    public: bytes


async def public_key(keys: Keys) -> bytes:
    """The uncompressed point that browsers are told; raise MasterProblem."""
    return (await _row(keys)).public


async def private_key(keys: Keys) -> ec.EllipticCurvePrivateKey:
    """Raise MasterProblem."""
    row = await _row(keys)
    scalar = await asyncio.to_thread(keys.masters.unwrap, row.master, row.wrapped, BOUND)
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


async def needs_master(conn: AsyncConnection, name: str) -> bool:
    """Whether the key is wrapped by that master key."""
    found = await _known(conn)
    return found is not None and found.master == name


async def rewrap_vapid(keys: Keys) -> int:
    """Wrap it anew with the master key in use; how many, 0 = it is, or there is none."""
    async with keys.engine.connect() as conn:
        name, row = await master_in_use(conn), await _known(conn)
    if name is None or row is None or row.master == name:
        return 0
    scalar = await asyncio.to_thread(keys.masters.unwrap, row.master, row.wrapped, BOUND)
    anew = await asyncio.to_thread(keys.masters.wrap, name, scalar, BOUND)
    async with keys.engine.begin() as conn:
        await hold_masters(conn)
        if await master_in_use(conn) == name:
            same = update(VapidKey).where(VapidKey.id == ONLY, VapidKey.wrapped == row.wrapped)
            await conn.execute(same.values(master=name, wrapped=anew))
    return 1


async def _row(keys: Keys) -> _Row:
    return await _read(keys.engine) or await _made(keys)


async def _read(engine: AsyncEngine) -> _Row | None:
    async with engine.connect() as conn:
        return await _known(conn)


async def _known(conn: AsyncConnection) -> _Row | None:
    wanted = select(VapidKey.master, VapidKey.wrapped, VapidKey.public_key)
    row = (await conn.execute(wanted.where(VapidKey.id == ONLY))).one_or_none()
    return _Row(row.master, row.wrapped, row.public_key) if row else None


async def _made(keys: Keys) -> _Row:
    """Of two processes that make one at once, one has: all read the same afterwards."""
    await keys.check()
    made = ec.generate_private_key(ec.SECP256R1())
    scalar = made.private_numbers().private_value.to_bytes(SCALAR_BYTES, "big")
    async with keys.engine.begin() as conn:
        await hold_masters(conn)
        master = await master_in_use(conn)
        if master is None:
            raise MasterProblem("the record knows no master key yet; start the hub first")
        row = {
            "id": ONLY,
            "master": master,
            "wrapped": await asyncio.to_thread(keys.masters.wrap, master, scalar, BOUND),
            "public_key": point(made.public_key()),
            "created_at": datetime.now(UTC),
        }
        await insert_new(conn, VapidKey, [row])
        known = await _known(conn)
    if known is None:
        raise MasterProblem("the push key could not be written; try again")
    return known


def point(public: ec.EllipticCurvePublicKey) -> bytes:
    """As the Push API and RFC 8291 have it: 65 bytes, uncompressed."""
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

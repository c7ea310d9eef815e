"""Compares every stored image with what its device signed, and names those that nobody sent."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.protocol.facts import EvidenceState
from hub.protocol.images import PREFIX, Claim
from storage.errors import Missing
from storage.images.evidence import image_name, parts_folder, utc
from storage.images.vault import SealedVault
from storage.models.images import DeviceKey, Evidence
from storage.proof.chain import Area
from storage.proof.signing import is_signed
from storage.proof.verification import Fault, Found
from storage.sealing.keys import Destroyed
from storage.sealing.sealed import UnknownKey, Unreadable

AT_ONCE = 100


async def verify_images(engine: AsyncEngine, vault: SealedVault, found: Found) -> None:
    """Add to what was found of a tenant. One whose keys were destroyed is unreadable, not broken.

    Raise OSError if the vault does not answer, MasterProblem without the master key.
    """
    async for rows in _stored(engine, found.tenant):
        for row in rows:
            found.images += 1
            broken = _signature(row) or await _content(engine, vault, found, row)
            if broken is not None:
                fault, detail = broken
                found.add(fault, Area.EVIDENCE, row.id, detail)
    for folder in await vault.inner.folders(str(found.tenant)):
        await _inserted(engine, vault, found, folder)


async def _inserted(engine: AsyncEngine, vault: SealedVault, found: Found, folder: str) -> None:
    """What is in the vault under a name that no row has: the row is always written first."""
    if folder == parts_folder(found.tenant, "").rstrip("/"):
        return  # of an image that is on its way; it is compared when it is whole
    names = await vault.names(folder)
    for at in range(0, len(names), AT_ONCE):
        by_id = {name.rpartition("/")[2]: name for name in names[at : at + AT_ONCE]}
        wanted = select(Evidence.id, Evidence.taken_at).where(
            Evidence.tenant_id == found.tenant, Evidence.id.in_(by_id)
        )
        async with engine.connect() as conn:
            rows = (await conn.execute(wanted)).all()
        known = {image_name(found.tenant, row.id, row.taken_at) for row in rows}
        for id, name in by_id.items():
            if name not in known and await _is_there(vault, name):
                found.add(Fault.INSERTED, Area.EVIDENCE, id, f"no device sent {name} in the vault")


async def _is_there(vault: SealedVault, name: str) -> bool:
    """It may have been erased, and its row purged, since it was listed."""
    try:
        await vault.inner.begins(name, 1)
    except Missing:
        return False
    return True


async def _stored(engine: AsyncEngine, tenant: int) -> AsyncIterator[list[Any]]:
    wanted = (
        select(
            Evidence.id, Evidence.tenant_id, Evidence.member_id, Evidence.taken_at, Evidence.kind,
            Evidence.screen, Evidence.incident_id, Evidence.media, Evidence.size, Evidence.width,
            Evidence.height, Evidence.sha256, Evidence.statement, Evidence.signature,
            DeviceKey.public_key,
        )
        .outerjoin(
            DeviceKey,
            (DeviceKey.id == Evidence.key_id) & (DeviceKey.device_id == Evidence.device_id),
        )
        .where(Evidence.tenant_id == tenant, Evidence.state == EvidenceState.STORED)
        .order_by(Evidence.id)
        .limit(AT_ONCE)
    )  # fmt: skip
    last = ""
    while True:
        async with engine.connect() as conn:
            rows = list(await conn.execute(wanted.where(Evidence.id > last)))
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _signature(row: Row[Any]) -> tuple[Fault, str] | None:
    """The device signed exactly what the row says."""
    if not (row.public_key and row.statement and row.signature):
        return Fault.FORGED, "no device has signed for it"
    if not is_signed(row.public_key, row.signature, row.statement):
        return Fault.FORGED, "its device's signature is wrong"
    try:
        claim = msgspec.json.decode(row.statement.removeprefix(PREFIX), type=Claim)
    except msgspec.DecodeError:
        return Fault.FORGED, "what its device signed is no statement of an image"
    said = (
        claim.id, utc(claim.taken_at), claim.kind, claim.screen, claim.incident, claim.media,
        claim.size, claim.width, claim.height, bytes.fromhex(claim.sha256),
    )  # fmt: skip
    kept = (
        row.id, row.taken_at, row.kind, row.screen, row.incident_id, row.media, row.size,
        row.width, row.height, row.sha256,
    )  # fmt: skip
    return None if said == kept else (Fault.CHANGED, "its row is not what its device signed")


async def _content(
    engine: AsyncEngine, vault: SealedVault, found: Found, row: Row[Any]
) -> tuple[Fault, str] | None:
    name = image_name(row.tenant_id, row.id, row.taken_at)
    try:
        data = await vault.get(name, row.member_id, row.taken_at)
    except Destroyed:
        found.unreadable += 1
        return None
    except Missing:
        gone = not await _is_stored(engine, row)
        return None if gone else (Fault.REMOVED, "the image is not in the vault")
    except (Unreadable, UnknownKey):
        return Fault.CHANGED, "the image in the vault is not what was sealed there"
    if hashlib.sha256(data).digest() != row.sha256:
        return Fault.CHANGED, "the image in the vault is not what its device signed"
    return None


async def _is_stored(engine: AsyncEngine, row: Row[Any]) -> bool:
    """It may have been erased since it was listed."""
    wanted = select(Evidence.state).where(
        Evidence.tenant_id == row.tenant_id, Evidence.id == row.id
    )
    async with engine.connect() as conn:
        return (await conn.execute(wanted)).scalar_one_or_none() == EvidenceState.STORED

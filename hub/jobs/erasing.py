"""Empties the vault of images that are gone: the tombstone is written first, in the record."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.images.evidence import emptied, erase_for, image_name, left_in_vault, parts_folder
from storage.images.vault import SealedVault
from storage.seats.verdicts import found_harmless

EVERY_S = 10.0
AT_ONCE = 200


async def erase_harmless(engine: AsyncEngine) -> None:
    """What was benign or a mistake leaves no images, once its verdict cannot be undone."""
    now = datetime.now(UTC)
    async with engine.connect() as conn:
        due = await found_harmless(conn, now, AT_ONCE)
    for tenant, incident in due:
        async with engine.begin() as conn:
            await erase_for(conn, tenant, incident, now)


async def erase_due(engine: AsyncEngine, vault: SealedVault) -> None:
    """Any number of these may run at once: to delete what is gone is to do nothing."""
    await _empty_some(engine, vault)


async def empty_vault(engine: AsyncEngine, vault: SealedVault, tenant: int) -> None:
    """The same for one tenant, until nothing is left."""
    while await _empty_some(engine, vault, tenant):
        pass


async def _empty_some(engine: AsyncEngine, vault: SealedVault, of: int | None = None) -> int:
    async with engine.connect() as conn:
        due = await left_in_vault(conn, AT_ONCE, of)
    for tenant, id, taken_at in due:
        await erase(vault, tenant, id, taken_at)
        async with engine.begin() as conn:
            await emptied(conn, tenant, id)
    return len(due)


async def erase(vault: SealedVault, tenant: int, id: str, taken_at: datetime) -> None:
    for part in await vault.names(parts_folder(tenant, id)):
        await vault.delete(part)
    await vault.delete(image_name(tenant, id, taken_at))

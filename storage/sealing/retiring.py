"""The end of a tenant's older keys: once all that is stored was looked at, and nothing needs them.

Putting everything under a newer key is `resealing`. What is done here is done long after it, and
again from the beginning if it is killed: a key that has gone opens nothing that is still there.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import aliased

from hub.protocol.facts import EvidenceState
from storage.errors import Missing
from storage.images.evidence import image_name, parts_folder
from storage.images.vault import SealedVault
from storage.models.images import Evidence
from storage.models.keys import TenantKey
from storage.proof import log
from storage.proof.log import What
from storage.sealing.resealing import COLUMNS, seal_image, seal_part, seal_rows
from storage.sealing.sealed import HEAD_BYTES, Box

RETIRE_AFTER = timedelta(days=31)  # backups of the evidence are kept a month, and may need them
AT_ONCE = 200  # images a question


async def retirable(conn: AsyncConnection, now: datetime) -> list[int]:
    """Tenants with keys that nothing has needed for RETIRE_AFTER."""
    older = aliased(TenantKey)
    before = exists().where(
        older.tenant_id == TenantKey.tenant_id,
        older.number < TenantKey.number,
        older.retired_at.is_(None),
    )
    done = (TenantKey.complete_at <= now - RETIRE_AFTER, TenantKey.destroyed_at.is_(None))
    wanted = select(TenantKey.tenant_id).where(*done, before).distinct()
    return list((await conn.execute(wanted.order_by(TenantKey.tenant_id))).scalars())


async def retire(vault: SealedVault, tenant: int, now: datetime) -> list[int]:
    """End the tenant's keys before the one in use; their ids, none if that is not through yet.

    Raise Destroyed, MasterProblem, or OSError if the vault does not answer.
    """
    keys = vault.keys
    box = await keys.read(tenant)
    async with keys.engine.connect() as conn:
        if not (await conn.execute(_sealed_all(box))).first():
            return []
    async for image in _images(keys.engine, tenant):
        await _under_key(vault, box, image)
    while sum([await seal_rows(keys.engine, box, column) for column in COLUMNS]):
        pass
    ended = await _end(keys.engine, box, now)
    await keys.forget(tenant)
    return ended


async def _under_key(vault: SealedVault, box: Box, image: Row[str, int, datetime, str]) -> None:
    """One image, or what has come of it, is sealed with the key in use."""
    id, member, at, state = image
    if state == EvidenceState.STORED:
        if await _is_older(vault, box, image_name(box.tenant, id, at)):
            await seal_image(vault, box, id, member, at)
        return
    for name in await vault.names(parts_folder(box.tenant, id)):
        if await _is_older(vault, box, name):
            await seal_part(vault, box, name, member, at)


async def _is_older(vault: SealedVault, box: Box, name: str) -> bool:
    try:
        return await vault.inner.begins(name, HEAD_BYTES) != box.head
    except Missing:
        return False


async def _images(engine: AsyncEngine, tenant: int) -> AsyncIterator[Row[str, int, datetime, str]]:
    wanted = (
        select(Evidence.id, Evidence.member_id, Evidence.taken_at, Evidence.state)
        .where(Evidence.tenant_id == tenant, Evidence.vaulted.is_(True))
        .order_by(Evidence.id)
        .limit(AT_ONCE)
    )
    last = ""
    while True:
        async with engine.connect() as conn:
            rows: Sequence[Row[str, int, datetime, str]]
            rows = (await conn.execute(wanted.where(Evidence.id > last))).all()
        if not rows:
            return
        for row in rows:
            yield row
        last = rows[-1].id


def _sealed_all(box: Box) -> Select[int]:
    """The key in use, if everything has been put under it."""
    one = select(TenantKey.id).where(TenantKey.id == box.current)
    return one.where(TenantKey.complete_at.is_not(None))


async def _end(engine: AsyncEngine, box: Box, now: datetime) -> list[int]:
    """Rows stay without their keys, so that no later key has the id of one of them."""
    older = [id for id in box.keys if id < box.current]
    gone = update(TenantKey).where(
        TenantKey.tenant_id == box.tenant,
        TenantKey.id.in_(older),
        TenantKey.retired_at.is_(None),
        TenantKey.destroyed_at.is_(None),
    )
    async with engine.begin() as conn:
        ended = await conn.execute(gone.values(wrapped=b"", retired_at=now).returning(TenantKey.id))
        ids = sorted(ended.scalars())
        if ids:
            await log.write(conn, box.tenant, What.KEY_RETIRED, None, {"keys": ids}, now)
    return ids

"""Erases what is owed to those who have gone: members who left, tenants a month after their end."""

import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.retention import take_away
from hub.live.broker import Broker
from storage.erasing import progress
from storage.erasing.departures import erase_member, erase_people, left_members, owed
from storage.erasing.history import Span
from storage.images.vault import SealedVault
from storage.people.tenants import tenant as tenant_of
from storage.proof import log
from storage.proof.log import What
from storage.proof.signing import Signer
from storage.sealing.keys import Destroyed
from storage.sealing.rotation import NotEnded, destroy

EVERY_S = 600.0
MEMBERS = 50  # a round
EVERYTHING = datetime(9999, 1, 1, tzinfo=UTC)
REASON = "contract_ended"  # as tombstones say it

logger = logging.getLogger(__name__)


async def erase_left(engine: AsyncEngine) -> None:
    """Of any number of these at once, each member is erased by one."""
    now = utc_now()
    async with engine.connect() as conn:
        found = await left_members(conn, now, MEMBERS)
    for tenant, member in found:
        done = False
        while not done:
            async with engine.begin() as conn:
                done = await erase_member(conn, tenant, member, now)


async def erase_ended(vault: SealedVault, broker: Broker, signer: Signer) -> None:
    """Tenants a month after the end of their contract, one after the other."""
    engine = vault.keys.engine
    async with engine.connect() as conn:
        due = await owed(conn, utc_now())
    for one in due:
        async with engine.begin() as conn:
            mine = await progress.claim(conn, one.tenant, utc_now())
        if mine:
            await erase_tenant(vault, broker, signer, one.tenant, utc_now())


async def erase_tenant(
    vault: SealedVault, broker: Broker, signer: Signer, tenant: int, now: datetime
) -> None:
    """First nothing can be read any more, which the certificate says; then everything goes.

    It may be killed at any moment, and is gone on with from there.
    """
    engine = vault.keys.engine
    async with engine.connect() as conn:
        row = await tenant_of(conn, tenant)
    try:
        await destroy(vault.keys, row, signer, now, rewrite=False)
        logger.warning("the keys of tenant %s were destroyed: its contract ended", row.system_id)
    except NotEnded:  # somebody resumed it just now
        return
    except Destroyed:
        logger.info("the keys of tenant %s are destroyed already", row.system_id)
    await take_away(vault, Span(tenant, EVERYTHING, REASON, whole=True), now)
    await broker.forget(tenant)
    async with engine.begin() as conn:
        gone = await erase_people(conn, tenant, now)
        gone |= await progress.done(conn, tenant, now, erased=True)
        for home in (tenant, None):
            told = {"tenant": tenant, "gone": gone}
            await log.write(conn, home, What.TENANT_ERASED, None, told, now)


def utc_now() -> datetime:
    return datetime.now(UTC)

"""Puts what is stored under its tenant's newest key in small steps, and ends the older ones."""

import asyncio
import logging
from datetime import UTC, datetime

from storage.images.vault import SealedVault
from storage.sealing.keys import Destroyed
from storage.sealing.masters import MasterProblem
from storage.sealing.resealing import reseal_some, unfinished
from storage.sealing.retiring import retirable, retire
from storage.sealing.rotation import rewrap_some

EVERY_S = 10.0
STEP_S = 1.0  # then a step a tenant: 20 images and 100 rows of each kind a second
RETIRE_EVERY_S = 3600.0

log = logging.getLogger(__name__)


async def reseal_due(vault: SealedVault, rest_s: float = STEP_S) -> None:
    """Any number of these may run at once: what one has sealed anew, another leaves alone."""
    done = await _step(vault)
    while done:
        await asyncio.sleep(rest_s)
        done = await _step(vault)


async def _step(vault: SealedVault) -> int:
    """How many things are under a newer key now."""
    now, done = datetime.now(UTC), 0
    try:
        done += await rewrap_some(vault.keys)  # of a master key's rotation that was interrupted
    except MasterProblem as closed:
        log.warning("tenants' keys are not wrapped anew: %s", closed)
    async with vault.keys.engine.connect() as conn:
        due = await unfinished(conn, now, vault.keys.spread)
    for tenant in due:
        try:
            done += await reseal_some(vault, tenant, now)
        except (Destroyed, MasterProblem) as closed:
            log.warning("tenant %d is not sealed anew: %s", tenant, closed)
    return done


async def retire_due(vault: SealedVault) -> None:
    """A tenant's older keys go a month after everything was sealed with a newer one."""
    now = datetime.now(UTC)
    async with vault.keys.engine.connect() as conn:
        due = await retirable(conn, now)
    for tenant in due:
        try:
            await retire(vault, tenant, now)
        except (Destroyed, MasterProblem) as closed:
            log.warning("tenant %d keeps its older keys: %s", tenant, closed)

"""Puts what is stored under its tenant's newest key, in the background and in small steps."""

import logging
from datetime import UTC, datetime

from storage.images.vault import SealedVault
from storage.sealing.keys import Destroyed
from storage.sealing.masters import MasterProblem
from storage.sealing.resealing import reseal_some, unfinished
from storage.sealing.rotation import rewrap_some

EVERY_S = 1.0  # a step a tenant: 20 images and 100 rows of each kind a second

log = logging.getLogger(__name__)


async def reseal_due(vault: SealedVault) -> None:
    """Any number of these may run at once: what one has sealed anew, another leaves alone."""
    now = datetime.now(UTC)
    try:
        await rewrap_some(vault.keys)  # of a master key's rotation that was interrupted
    except MasterProblem as closed:
        log.warning("tenants' keys are not wrapped anew: %s", closed)
    async with vault.keys.engine.connect() as conn:
        due = await unfinished(conn, now)
    for tenant in due:
        try:
            await reseal_some(vault, tenant, now)
        except (Destroyed, MasterProblem) as closed:
            log.warning("tenant %d is not sealed anew: %s", tenant, closed)

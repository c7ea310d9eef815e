"""Closes each tenant's chain over what has come, and keeps the signed heads in other places too."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.counters import HEADS, HEADS_NOT_KEPT
from storage.proof.heads import SignedHead, seal, unsealed
from storage.proof.outside import Place
from storage.proof.signing import Signer

EVERY_S = 60.0

log = logging.getLogger(__name__)


async def seal_due(engine: AsyncEngine, signer: Signer, places: Sequence[Place]) -> None:
    """Every tenant with new rows; of any number of these at once, one signs each head.

    A place that does not answer misses a head, not more: the next one vouches for all before it.
    """
    async with engine.connect() as conn:
        due = await unsealed(conn)
    for tenant in due:
        while head := await seal(engine, signer, tenant, datetime.now(UTC)):
            HEADS.inc()
            for place in places:
                await _keep(place, head)


async def trust(signer: Signer, places: Sequence[Place]) -> None:
    """Note in each place whose signatures count, before the first is made."""
    for place in places:
        await place.trust(signer.public_key)


async def _keep(place: Place, head: SignedHead) -> None:
    try:
        await place.keep(head)
    except OSError as failed:
        HEADS_NOT_KEPT.inc()
        log.warning("a signed head could not be kept outside", extra={"error": str(failed)})

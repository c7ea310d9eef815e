"""Clears away what has run out, once an hour."""

import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.erasing.leftovers import clear
from storage.webhooks.endpoints import forget_former
from storage.webhooks.outcomes import give_up_stranded

EVERY_S = 3600.0

log = logging.getLogger(__name__)


async def clear_due(engine: AsyncEngine) -> None:
    """Any number of these may run at once."""
    now = datetime.now(UTC)
    async with engine.begin() as conn:
        await forget_former(conn, now)
        await give_up_stranded(conn, now)
    if gone := await clear(engine, now):
        log.info("cleared away what had run out", extra={"gone": gone})

"""Clears away what has run out, once an hour."""

import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.erasing.leftovers import clear

EVERY_S = 3600.0

log = logging.getLogger(__name__)


async def clear_due(engine: AsyncEngine) -> None:
    """Any number of these may run at once."""
    if gone := await clear(engine, datetime.now(UTC)):
        log.info("cleared away what had run out", extra={"gone": gone})

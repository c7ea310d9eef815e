"""Charters that were announced: from their day on they count, and members are asked anew."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.consent.charters import take_effect

EVERY_S = 30.0


async def take_effect_due(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        await take_effect(conn, datetime.now(UTC))

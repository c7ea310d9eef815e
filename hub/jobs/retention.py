"""Takes away what is older than three months, once a day, in small steps beside everything else."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.erasing import empty_vault
from storage.erasing import progress
from storage.erasing.calendar import kept_since
from storage.erasing.history import (
    IMAGES,
    OF_DEVICE,
    OF_MEMBER,
    OF_TENANT,
    Ids,
    Span,
    Step,
    devices_of,
    members_of,
    some,
)
from storage.images.vault import SealedVault
from storage.proof import log
from storage.webhooks.events import Event, RetentionPurged
from storage.webhooks.outbox import enqueue

EVERY_S = 600.0
TENANTS = 20  # a round
OWNERS = 200  # members or devices a question
PAUSE_S = 0.05  # after each transaction: whoever else writes has their turn
REASON = "retention"  # as tombstones say it
HOLD_EVERY_S = 60.0


async def sweep_due(vault: SealedVault) -> None:
    """Of any number of these at once, one looks through a tenant."""
    engine = vault.keys.engine
    async with engine.connect() as conn:
        due = await progress.due(conn, utc_now(), TENANTS)
    for tenant in due:
        async with engine.begin() as conn:
            mine = await progress.claim(conn, tenant, utc_now())
        if mine:
            await sweep(vault, tenant, utc_now())


async def sweep(vault: SealedVault, tenant: int, now: datetime) -> None:
    """Take away what is too old at `now`, to the end; the system log says how much it was."""
    engine, before = vault.keys.engine, kept_since(now)
    await take_away(vault, Span(tenant, before, REASON), now)
    async with engine.begin() as conn:
        gone = await progress.done(conn, tenant, now)
        if gone:
            told = {"before": before.isoformat(), "gone": gone}
            await log.write(conn, tenant, log.What.RECORD_PURGED, None, told, now)
            event = Event(now.isoformat(), now, RetentionPurged(before, gone))
            await enqueue(conn, tenant, [event], utc_now())


async def take_away(vault: SealedVault, span: Span, now: datetime) -> None:
    """Everything of the span: images first, for the longest, then what was said of them."""
    engine = vault.keys.engine
    async with engine.connect() as conn:
        members = await members_of(conn, span.tenant)
        devices = await devices_of(conn, span.tenant)
    taking = Taking(engine, span, now)
    await taking.each([IMAGES], members)
    await empty_vault(engine, vault, span.tenant)
    await taking.each(OF_MEMBER, members)
    await taking.each(OF_DEVICE, devices)
    await taking.each(OF_TENANT, [span.tenant])


class Taking:
    """Repeats steps until they find nothing more; the claim on the tenant is held meanwhile."""

    def __init__(self, engine: AsyncEngine, span: Span, now: datetime) -> None:
        self._engine = engine
        self._span = span
        self._now = now
        self._held = asyncio.get_running_loop().time()

    async def each(self, steps: Sequence[Step], owners: Ids) -> None:
        for at in range(0, len(owners), OWNERS):
            for step in steps:
                of = owners[at : at + OWNERS]
                while await some(self._engine, self._span, step, of, self._now):
                    await self._hold()
                    await asyncio.sleep(PAUSE_S)
            await self._hold()

    async def _hold(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._held > HOLD_EVERY_S:
            self._held = now
            async with self._engine.begin() as conn:
                await progress.hold(conn, self._span.tenant, utc_now())


def utc_now() -> datetime:
    return datetime.now(UTC)

"""Adds up the days that are over, so that months of thousands of people are a short question.

Any number may run: what one has added up the others find done.
"""

import asyncio
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.history.days import day_of, days
from storage.people.tenants import TenantRow, TenantState, tenants
from storage.seats import sums
from storage.seats.belated import belated, changes_of

EVERY_S = 600.0
AT_ONCE = 500  # members of a day: some 30,000 rows
PAUSE_S = 0.05  # after each transaction: whoever else writes has their turn


class Summing:
    """Adds up what is due; of a tenant in which nothing has changed it asks nothing again."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._done: dict[int, object] = {}

    async def due(self, now: datetime) -> None:
        """Every day of every tenant that is over and has no sum yet, the newest first."""
        end = sums.over_since(now)
        async with self._engine.connect() as conn:
            homes = await tenants(conn)
            changes = await changes_of(conn)
        for home in homes:
            state = (end, home.work_from, changes.get(home.id))
            if home.state is TenantState.ENDED or self._done.get(home.id) == state:
                continue
            first = max(day_of(home.created_at), end - sums.BACK)
            for day in sorted(days(first, end), reverse=True):
                await sum_day(self._engine, home, day, now)
            self._done[home.id] = state


async def sum_day(engine: AsyncEngine, home: TenantRow, day: date, now: datetime) -> None:
    """One day of everybody, some people at a time; what comes late meanwhile is for next time."""
    while True:
        async with engine.connect() as conn:
            members = await sums.missing(conn, home, day, AT_ONCE)
            if not members:
                return
            seen = await belated(conn, home.id)
            found = await sums.sums_of_day(conn, home, members, day, now)
        async with engine.begin() as conn:
            if not await sums.keep_sums(conn, home, day, found, seen):
                return
        await asyncio.sleep(PAUSE_S)

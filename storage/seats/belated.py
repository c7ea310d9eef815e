"""Words that come late: sums of past days that they may change go with the word's transaction."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.history.days import day_of
from storage.models.people import Tenant
from storage.models.seats import DaySum
from storage.seats.history import LATE_WITHIN

LATE = timedelta(hours=1)  # whatever is recorded later after it was true is late for a day's sum


async def forget_sums(conn: AsyncConnection, tenant: int, since: Mapping[int, float]) -> None:
    """Take away what words of so long ago may change: they reach back as far as late words do."""
    if not since:
        return
    one = update(Tenant).where(Tenant.id == tenant)
    await conn.execute(one.values(belated=Tenant.belated + 1))
    for member, at in since.items():
        day = day_of(datetime.fromtimestamp(at, UTC) - LATE_WITHIN)
        gone = delete(DaySum).where(
            DaySum.tenant_id == tenant, DaySum.member_id == member, DaySum.day >= day
        )
        await conn.execute(gone)


async def belated(conn: AsyncConnection, tenant: int) -> int:
    """How much has come late; ask before the rows are read."""
    return (await conn.execute(select(Tenant.belated).where(Tenant.id == tenant))).scalar_one()


async def changes_of(conn: AsyncConnection) -> dict[int, tuple[int, int]]:
    """Of each tenant, how much has come late and how often its people have changed."""
    rows = await conn.execute(select(Tenant.id, Tenant.belated, Tenant.directory))
    return {row.id: (row.belated, row.directory) for row in rows}

"""What the record says of members in a range of time, moment by moment."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.history.facts import As, Fact, Lost, Mark, shown
from hub.history.timeline import timeline
from storage.people.tenants import BY_PUNCH, TenantRow
from storage.seats import history
from storage.seats.history import Who
from storage.seats.snapshots import last_before, opened

# What is kept of the past is kept for three calendar months, of which this is the shortest.
ROWS_GO_AFTER = timedelta(days=89)


async def timelines(
    conn: AsyncConnection,
    home: TenantRow,
    asked: Who,
    begin: datetime,
    end: datetime,
    how: As = As.KNOWN,
) -> dict[int, list[Mark]]:
    """The marks of each of them that has any, as far as they say something of the range."""
    rows = await history.facts(conn, home.id, asked, begin, end)
    lost = await history.lost(conn, home.id, asked, begin, end)
    punched = home.work_from == BY_PUNCH
    found = await asyncio.to_thread(put_together, rows, lost, how, punched)
    if begin - home.created_at > ROWS_GO_AFTER:
        await add_unchanged(conn, home.id, asked, begin, found)
    return found


async def add_unchanged(
    conn: AsyncConnection, tenant: int, asked: Who, begin: datetime, found: dict[int, list[Mark]]
) -> None:
    """Seats that have not changed for so long that their last row is gone: a snapshot has them."""
    since = begin.timestamp()
    known = {member for member, marks in found.items() if marks and marks[0].at <= since}
    missing = await history.ids(conn, asked) - known
    kept = await last_before(conn, tenant, begin) if missing else None
    if kept is None:
        return
    for seat in await asyncio.to_thread(opened, kept[1]):
        if seat.member in missing:
            earlier = Mark(kept[0].timestamp(), shown(seat))
            found[seat.member] = [earlier, *found.get(seat.member, [])]


def put_together(
    rows: Mapping[int, Sequence[Fact]],
    lost: Mapping[int, Sequence[Lost]],
    how: As,
    by_punch: bool,
) -> dict[int, list[Mark]]:
    return {
        member: timeline(how, rows.get(member, ()), lost.get(member, ()), by_punch)
        for member in rows.keys() | lost.keys()
    }

"""How many seats showed as present, counted where the rows are."""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    case,
    cast,
    func,
    select,
    type_coerce,
    union,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.facts import Label
from storage.models.seats import UNTIMELY, Transition
from storage.seats.history import LATE_WITHIN, Who, last_rows

HUB_GAP = "hub_gap"
FRACTION_AT = 21  # SQLite keeps moments as 2026-11-20 09:00:00.000000


async def presence_changes(
    conn: AsyncConnection, tenant: int, who: Who, begin: datetime, end: datetime, step_s: int
) -> dict[int, int]:
    """How many more were present at begin + i * step_s than at the point before, by i.

    At 0 it is how many there were. By what the boards showed, and when they did: late words change
    nothing of it, and in an outage nobody is known to be present.
    """
    label, shown = Transition.label, shown_at()
    before = func.lag(label).over(
        partition_by=Transition.member_id,
        order_by=(Transition.received_at, Transition.offset, Transition.position),
    )
    rows = (
        select(shown.label("at"), label, before.label("before"))
        .where(Transition.id.in_(_rows(tenant, who, begin, end)))
        .subquery()
    )
    now = rows.c.label == Label.PRESENT
    then = func.coalesce(rows.c.before, Label.OFF.value) == Label.PRESENT
    passed = whole_seconds(conn, rows.c.at) - int(begin.timestamp())
    point = ((passed + step_s - 1) // step_s).label("point")
    wanted = (
        select(point, func.sum(case((now, 1), else_=-1)))
        .where(now != then, rows.c.at < end)
        .group_by(point)
    )
    found: dict[int, int] = {}
    for step, more in await conn.execute(wanted):
        found[max(step, 0)] = found.get(max(step, 0), 0) + int(more)
    return found


def shown_at() -> ColumnElement[datetime]:
    """When the boards showed it; see hub.history.timeline.shown_at."""
    lost = Transition.cause == HUB_GAP
    return case((lost, Transition.event_time), else_=Transition.received_at)


def whole_seconds(conn: AsyncConnection, at: ColumnElement[datetime]) -> ColumnElement[int]:
    """The second that a moment is over with."""
    if conn.dialect.name == "postgresql":
        return cast(func.ceil(func.extract("epoch", at)), Integer)
    begun = cast(func.strftime("%s", at), Integer)
    return begun + cast(func.substr(type_coerce(at, String), FRACTION_AT) > "000000", Integer)


def _rows(tenant: int, who: Who, begin: datetime, end: datetime) -> Select[int]:
    """Live rows of the range, lost brokers that were noticed after it, and how it began."""
    own = (Transition.tenant_id == tenant, Transition.member_id.in_(who))
    live = Transition.epoch.is_not(None)
    came = select(Transition.id).where(
        *own, live, Transition.received_at >= begin, Transition.received_at < end
    )
    lost = select(Transition.id).where(
        *own,
        UNTIMELY,
        Transition.cause == HUB_GAP,
        Transition.event_time >= begin - LATE_WITHIN,
        Transition.event_time < end,
        Transition.received_at >= end,
    )
    return select(union(came, lost, last_rows(tenant, who, begin)).subquery().c.id)

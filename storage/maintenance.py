"""Maintenance windows: announced, begun, ended; each by an operator, and each in the log.

`by` is the operator; nobody where it is done by command.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Update, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Actor
from hub.maintenance import Stage, Window, minute, stage
from hub.notices.events import MaintenanceAnnounced
from storage.errors import Conflict, Missing, Rule
from storage.models.maintenance import MaintenanceWindow
from storage.outgoing import notices
from storage.people.tenants import tenants
from storage.proof import log
from storage.proof.log import What

LISTED_MAX = 100

_ROW = select(
    MaintenanceWindow.id,
    MaintenanceWindow.begins_at,
    MaintenanceWindow.ends_at,
    MaintenanceWindow.text_ja,
    MaintenanceWindow.text_en,
    MaintenanceWindow.begun_at,
    MaintenanceWindow.ended_at,
)


async def open_windows(conn: AsyncConnection) -> list[Window]:
    """Those that nobody has ended or withdrawn, by their planned begin."""
    wanted = _ROW.where(MaintenanceWindow.ended_at.is_(None))
    rows = await conn.execute(wanted.order_by(MaintenanceWindow.begins_at, MaintenanceWindow.id))
    return [Window(**row) for row in rows.mappings()]


async def windows(conn: AsyncConnection) -> list[Window]:
    """The latest, the newest first."""
    wanted = _ROW.order_by(MaintenanceWindow.begins_at.desc(), MaintenanceWindow.id.desc())
    rows = await conn.execute(wanted.limit(LISTED_MAX))
    return [Window(**row) for row in rows.mappings()]


async def announce(
    conn: AsyncConnection,
    begins_at: datetime,
    ends_at: datetime,
    text_ja: str,
    text_en: str,
    by: Actor | None,
    now: datetime,
) -> Window:
    """Plan one and have it told; raise Conflict if another is in the way, or it is over already."""
    if ends_at <= max(begins_at, now):
        raise Conflict(Rule.WINDOW_OVER)
    for other in await open_windows(conn):
        meets = begins_at < other.ends_at and other.begins_at < ends_at
        if stage(other, now) is Stage.RUNNING or (meets and stage(other, now) is Stage.ANNOUNCED):
            raise Conflict(Rule.WINDOW_OVERLAPS, str(other.id))
    row = insert(MaintenanceWindow).values(
        begins_at=begins_at,
        ends_at=ends_at,
        text_ja=text_ja,
        text_en=text_en,
        announced_at=now,
        announced_by=by.member if by else None,
    )
    made = (await conn.execute(row.returning(MaintenanceWindow.id))).scalar_one()
    told = {"begins_at": minute(begins_at), "ends_at": minute(ends_at)}
    await _log(conn, What.MAINTENANCE_ANNOUNCED, made, by, now, told)
    news = MaintenanceAnnounced(now, made, begins_at, ends_at, text_ja, text_en)
    for tenant in await tenants(conn):
        await notices.announce(conn, tenant.id, [news], now)
    return Window(made, begins_at, ends_at, text_ja, text_en)


async def begin(conn: AsyncConnection, window: int, by: Actor | None, now: datetime) -> Window:
    """Every node follows within seconds. Raise Missing, or Conflict if it is over or another runs.

    To begin what runs already changes nothing.
    """
    found = await _one(conn, window)
    match stage(found, now):
        case Stage.OVER:
            raise Conflict(Rule.WINDOW_OVER)
        case Stage.RUNNING:
            return found
    for other in await open_windows(conn):
        if stage(other, now) is Stage.RUNNING:
            raise Conflict(Rule.WINDOW_OVERLAPS, str(other.id))
    if await _moved(conn, _open(window).values(begun_at=now)):
        await _log(conn, What.MAINTENANCE_BEGUN, window, by, now, {})
    return await _one(conn, window)


async def end(conn: AsyncConnection, window: int, by: Actor | None, now: datetime) -> Window:
    """End what runs, or withdraw what was announced; raise Missing, or Conflict if it is over."""
    found = await _one(conn, window)
    if found.ended_at is not None:
        raise Conflict(Rule.WINDOW_OVER)
    if await _moved(conn, _open(window).values(ended_at=now)):
        told = {"withdrawn": found.begun_at is None}
        await _log(conn, What.MAINTENANCE_ENDED, window, by, now, told)
    return await _one(conn, window)


def _open(window: int) -> Update:
    """Of two who say the same at once one has done it."""
    one = MaintenanceWindow.id == window, MaintenanceWindow.ended_at.is_(None)
    return update(MaintenanceWindow).where(*one)


async def _moved(conn: AsyncConnection, change: Update) -> bool:
    return (await conn.execute(change)).rowcount == 1


async def _one(conn: AsyncConnection, window: int) -> Window:
    rows = await conn.execute(_ROW.where(MaintenanceWindow.id == window))
    row = rows.mappings().one_or_none()
    if row is None:
        raise Missing("maintenance window", str(window))
    return Window(**row)


async def _log(
    conn: AsyncConnection,
    what: What,
    window: int,
    by: Actor | None,
    now: datetime,
    told: Mapping[str, object],
) -> None:
    """In the operators' log; by command, where nobody has a name, in the installation's."""
    subject = {"window": window, **told, **({} if by else {"by": "command"})}
    home, member = (by.tenant, by.member) if by else (None, None)
    await log.write(conn, home, what, member, subject, now)

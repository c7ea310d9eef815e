"""Maintenance windows: what everybody is told of them, and how operators open and close them."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action
from hub.http.callers import Caller, Visitor
from hub.http.fields import Id, seconds
from hub.maintenance import Stage, Window, stage
from storage import maintenance as record

Moment = Annotated[float, Meta(ge=0, le=253_370_764_800.0)]  # 9999-01-01: databases compare it
Text = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]


class MaintenanceNotice(Struct, frozen=True, omit_defaults=True):
    """A window that is announced or runs. Planned times; `text` is in the reader's language."""

    id: int
    stage: Stage
    begins_at: float
    ends_at: float
    text: str = ""
    begun_at: float | None = None


class MaintenanceState(Struct, frozen=True, omit_defaults=True):
    """`now` is the hub's time. While the `window` is running, no board is live."""

    now: float
    window: MaintenanceNotice | None = None


class MaintenanceWindowItem(Struct, frozen=True, omit_defaults=True):
    """One that was planned, and what came of it; ended without having begun it was withdrawn."""

    id: int
    stage: Stage
    begins_at: float
    ends_at: float
    text_ja: str = ""
    text_en: str = ""
    begun_at: float | None = None
    ended_at: float | None = None


class MaintenanceWindows(Struct, frozen=True):
    """The newest first."""

    items: list[MaintenanceWindowItem]


class NewMaintenanceWindow(Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds since 1970. What is not said in one language is shown in the other."""

    begins_at: Moment
    ends_at: Moment
    text_ja: Text = ""
    text_en: Text = ""


class MaintenanceWindowPath(Struct, frozen=True):
    window: Id


async def maintenance(who: Visitor) -> MaintenanceState:
    """Whether one is announced or runs; answered without asking the record, which may be away."""
    window = who.upkeep.window
    at = stage(window, who.now) if window else Stage.OVER
    if window is None or at is Stage.OVER:
        return MaintenanceState(seconds(who.now))
    notice = MaintenanceNotice(
        id=window.id,
        stage=at,
        begins_at=seconds(window.begins_at),
        ends_at=seconds(window.ends_at),
        text=window.text(who.locale),
        begun_at=_seconds(window.begun_at),
    )
    return MaintenanceState(seconds(who.now), notice)


async def maintenance_windows(who: Caller) -> MaintenanceWindows:
    """The latest hundred."""
    who.within(Action.OPERATE_MAINTENANCE)
    async with who.engine.connect() as conn:
        rows = await record.windows(conn)
    return MaintenanceWindows([_item(row, who.now) for row in rows])


async def announce_maintenance(who: Caller, body: NewMaintenanceWindow) -> MaintenanceWindowItem:
    """Everybody sees it from now on; it begins when somebody begins it."""
    who.within(Action.OPERATE_MAINTENANCE)
    begins_at, ends_at = (datetime.fromtimestamp(at, UTC) for at in (body.begins_at, body.ends_at))
    async with who.engine.begin() as conn:
        made = await record.announce(
            conn, begins_at, ends_at, body.text_ja, body.text_en, who.actor, who.now
        )
    return _item(made, who.now)


async def begin_maintenance(who: Caller, path: MaintenanceWindowPath) -> MaintenanceWindowItem:
    """No reports are taken and no board is live from now on; all nodes follow within seconds."""
    who.within(Action.OPERATE_MAINTENANCE)
    async with who.engine.begin() as conn:
        begun = await record.begin(conn, path.window, who.actor, who.now)
    return _item(begun, who.now)


async def end_maintenance(who: Caller, path: MaintenanceWindowPath) -> MaintenanceWindowItem:
    """Everything goes on; or, if it had not begun, it is withdrawn."""
    who.within(Action.OPERATE_MAINTENANCE)
    async with who.engine.begin() as conn:
        ended = await record.end(conn, path.window, who.actor, who.now)
    return _item(ended, who.now)


def _item(row: Window, now: datetime) -> MaintenanceWindowItem:
    return MaintenanceWindowItem(
        id=row.id,
        stage=stage(row, now),
        begins_at=seconds(row.begins_at),
        ends_at=seconds(row.ends_at),
        text_ja=row.text_ja,
        text_en=row.text_en,
        begun_at=_seconds(row.begun_at),
        ended_at=_seconds(row.ended_at),
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else seconds(moment)

"""Is the hub closed for maintenance, or will it be?"""

from datetime import UTC, datetime

from hub.checks import Finding, ok, warn
from hub.maintenance import Stage, Window, minute, shown, stage
from hub.settings import Settings
from storage import database
from storage.maintenance import open_windows

PART = "closed"


async def maintenance(settings: Settings) -> list[Finding]:
    """Nothing to say where none is announced."""
    if settings.database is None and not (settings.state / "zaiseki.db").exists():
        return []
    url = settings.database or database.embedded_url(settings.state)
    try:
        await database.check_head(url)
        window = await known(url)
    except (database.DatabaseProblem, *database.FAULTS):
        return []  # the record has said so
    return judged(window, datetime.now(UTC)) if window else []


async def known(url: str) -> Window | None:
    engine = database.engine(url)
    try:
        async with engine.connect() as conn:
            return shown(await open_windows(conn), datetime.now(UTC))
    finally:
        await engine.dispose()


def judged(window: Window, now: datetime) -> list[Finding]:
    planned = f"{minute(window.begins_at)} to {minute(window.ends_at)}"
    if stage(window, now) is Stage.ANNOUNCED:
        return [ok(PART, f"maintenance window {window.id} is announced: {planned}")]
    said = f"maintenance window {window.id} runs: no reports are taken and no board is live"
    if now > window.ends_at:
        return [warn(PART, f"{said}, past its planned end; zaiseki maintenance end")]
    return [warn(PART, f"{said}; planned until {minute(window.ends_at)}")]

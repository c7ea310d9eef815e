"""What this node knows of maintenance: the record is asked every second, requests are not kept."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.maintenance import Stage, Window, shown, stage
from storage.maintenance import open_windows

LOOK_EVERY_S = 1.0  # all nodes follow an operator's word within so long


class Upkeep:
    """A record that cannot be asked, as may be in maintenance, leaves what was known last."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._window: Window | None = None

    async def look(self) -> None:
        """Raise what the database does."""
        async with self._engine.connect() as conn:
            self._window = shown(await open_windows(conn), datetime.now(UTC))

    @property
    def window(self) -> Window | None:
        """The one that runs, or is announced, if any."""
        return self._window

    @property
    def runs(self) -> Window | None:
        """The one that runs, if any: no reports are taken and no board is shown meanwhile."""
        window = self._window
        running = window and stage(window, datetime.now(UTC)) is Stage.RUNNING
        return window if running else None

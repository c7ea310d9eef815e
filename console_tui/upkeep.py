"""What the board knows of maintenance, asked of the hub now and then."""

import time

from console_tui.rest.calls import Hub, Refused
from console_tui.rest.maintenance import Notice, maintenance

EVERY_S = 30.0
LOST_S = 5.0  # a line that is lost may be lost for that


class Upkeep:
    """`notice` is the window that runs or is announced; it stays while nobody answers."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._asked_at = -EVERY_S
        self._asking = False
        self.notice: Notice | None = None

    def due(self, lost: bool) -> bool:
        """Not while an answer is awaited, which may take longer than that."""
        waited = time.monotonic() - self._asked_at
        return not self._asking and waited >= (LOST_S if lost else EVERY_S)

    async def read(self) -> None:
        self._asked_at, self._asking = time.monotonic(), True
        try:
            self.notice = await maintenance(self._hub)
        except Refused:
            return
        finally:
            self._asking = False

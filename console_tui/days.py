"""The days of the people in sight, asked of the record a screenful at a time."""

import time
from collections.abc import Iterable, Sequence

from console_tui import strips
from console_tui.rest import history
from console_tui.rest.calls import Hub, Refused
from console_tui.strips import Run

FRESH_S = 300.0  # what came since is drawn from the live seats; late rows come with the next look
AGAIN_S = 30.0  # after a refusal


class Days:
    """What the record said of a member's day, and how many were present in its course."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._runs: dict[tuple[str, int], Sequence[Run]] = {}
        self._due: dict[tuple[str, int], float] = {}
        self._present: dict[str, Sequence[int]] = {}
        self._counts_due: dict[str, float] = {}

    def runs(self, member: int, at: float) -> Sequence[Run]:
        return self._runs.get((strips.day_name(at), member), ())

    def present(self, at: float) -> Sequence[int]:
        return self._present.get(strips.day_name(at), ())

    def due(self, members: Iterable[int], at: float) -> list[int]:
        """Those of the members whose day is not here, or is old."""
        day, now = strips.day_name(at), time.monotonic()
        wanted = [one for one in members if self._due.get((day, one), 0.0) <= now]
        return wanted[: history.ASKED]

    def counts_due(self, at: float) -> bool:
        return self._counts_due.get(strips.day_name(at), 0.0) <= time.monotonic()

    async def read(self, members: Sequence[int], at: float) -> None:
        """Ask for what is due; where the hub refuses, what was there stays for a while."""
        day, begin, now = strips.day_name(at), strips.day_begin(at), time.monotonic()
        self._due.update(((day, one), now + AGAIN_S) for one in members)
        try:
            if members:
                for found in await history.strips(self._hub, day, members):
                    runs = [(begin + run.s, run.label) for run in found.runs]
                    self._runs[day, found.member] = runs
                self._due.update(((day, one), now + FRESH_S) for one in members)
            if self._counts_due.get(day, 0.0) <= now:
                self._counts_due[day] = now + AGAIN_S
                self._present[day] = (await history.counts(self._hub, day)).present
                self._counts_due[day] = now + FRESH_S
        except Refused:
            return

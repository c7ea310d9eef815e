"""How long an agent runs, and how it ends: in good order, with its recording, or with a fault."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from agent.line import Line

DRAIN_S = 0.5  # on a stop: for what is on the way to be acknowledged
DRAIN_AT_END_S = 5.0  # at the end of a recording nobody waits for the process


class Life:
    """One run of an agent; on the event loop."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self._drain_s = DRAIN_S
        self._over = asyncio.Event()

    def stop(self) -> None:
        """In good order, at any time."""
        self._over.set()

    def ended(self, failure: Exception | None) -> None:
        """The recording is over, or (with a failure) nothing can be seen any more."""
        self.failure = failure
        if failure is None:
            self._drain_s = DRAIN_AT_END_S
        self._over.set()

    async def last(
        self, line: Line, *works: Coroutine[Any, Any, None], leave: Callable[[], Awaitable[None]]
    ) -> None:
        """Until it is over, or the first of the works is; what that raised is raised here.

        `leave` is what there is to do while the line is still up.
        """
        client = asyncio.create_task(line.client.run())
        over = asyncio.create_task(self._over.wait())
        tasks = [over, client, *map(asyncio.create_task, works)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await leave()
            if not client.done():
                await line.drained(self._drain_s)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

"""Keys answered one after the other, however fast they come."""

import asyncio
from contextlib import suppress

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

SETTLE_S = 3.0  # more than any key takes; after that the next one has its turn all the same
KEYS = "keys"  # the group of the worker that gives each its turn


class InTurn(App[None]):
    """A key waits until the one before it has had its effect.

    A slow line brings what was typed ahead in one piece. Textual gives a key to what has the focus
    at that moment, so that of `/state` all but the slash would be commands, and `down` `2` would
    judge whom the cursor left.
    """

    def __init__(self, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: asyncio.Queue[events.Key | events.Paste] = asyncio.Queue()

    def on_mount(self) -> None:
        self.run_worker(self._answer(), group=KEYS)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.put_nowait(event)
        else:
            await super().on_event(event)

    async def _answer(self) -> None:
        while True:
            await super().on_event(await self._typed.get())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._settled(), SETTLE_S)

    async def _settled(self) -> None:
        """A key climbs from the focus to the app, and what it set off climbs once more; then the
        focus may be elsewhere, where all that happens again."""
        before = None
        while (here := (self.screen, self.focused)) != before:
            for _ in range(2):
                for part in (self.focused or self.screen).ancestors_with_self:
                    await _answered(part)
            before = here


async def _answered(part: MessagePump) -> None:
    """All that waited for this part at this moment is done."""
    done = asyncio.Event()
    if part.call_later(done.set):
        await done.wait()

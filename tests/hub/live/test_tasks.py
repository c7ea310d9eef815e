"""A loop that is told to end does end."""

import asyncio

from hub.live.node import every


async def test_a_cancellation_that_a_library_has_swallowed_still_ends_the_loop() -> None:
    started = asyncio.Event()

    async def connect() -> None:
        """As drivers do that are cancelled in the middle of connecting."""
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise OSError("connection was closed in the middle of operation") from None

    loop = asyncio.create_task(every(0.0, connect))
    await started.wait()
    loop.cancel()
    done, _ = await asyncio.wait([loop], timeout=2)

    assert done and loop.cancelled()

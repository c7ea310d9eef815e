"""A client that runs beside the caller's own code, and ends it when there is no use in going on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.client.connection import Client


@asynccontextmanager
async def running(client: Client) -> AsyncIterator[None]:
    """Raise what ends either of the two, bare: Stopped, or what the block raises."""
    try:
        async with asyncio.TaskGroup() as tasks:
            beside = tasks.create_task(client.run())
            yield
            beside.cancel()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None

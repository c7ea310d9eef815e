"""Serves the page beside its agent, on a free port of this PC, and says where it is."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import msgspec
import uvicorn

from agent.page.app import app
from agent.page.desk import Desk
from agent.page.opening import FILE, Place, place
from agent.page.tray import Tray
from agent.settings import SettingsError, write_private

STOP_WITHIN_S = 1
TOKEN_BYTES = 24


class Server(uvicorn.Server):
    """Leaves signals to the agent."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[Place]:
    """On the port of last time where that is free, so that a page that is open goes on."""
    before = place(desk.folder)
    listening = bound(before.port if before else 0)
    token = before.token if before else secrets.token_urlsafe(TOKEN_BYTES)
    here = Place(listening.getsockname()[1], token)
    with suppress(SettingsError):  # a full disk: the log has the address as well
        write_private(desk.folder / FILE, msgspec.json.encode(here))
    server = Server(
        uvicorn.Config(
            app(desk, here.port, here.token), log_config=None, access_log=False,
            server_header=False, lifespan="off", ws="none",
            timeout_graceful_shutdown=STOP_WITHIN_S,
        )
    )  # fmt: skip
    tasks = [
        asyncio.create_task(server.serve([listening])),
        asyncio.create_task(desk.filing.run()),
        asyncio.create_task(Tray(desk.agent, here.url).run()),
    ]
    try:
        yield here
    finally:
        await desk.close()
        server.should_exit = True
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        listening.close()


def bound(port: int) -> socket.socket:
    """That port of the loopback, or any."""
    # The protocol is named so that asyncio sends each write at once (TCP_NODELAY).
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening

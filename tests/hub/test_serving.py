"""What the hub listens with."""

import asyncio
import socket

import pytest

from agent.page import serving as page
from hub.serving import bound


async def delays(listening: socket.socket) -> bool:
    """Whether what a server on this socket writes may wait for the peer's ack (RFC 896)."""
    accepted = asyncio.get_running_loop().create_future()

    def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer)

    host, port = listening.getsockname()[:2]
    async with await asyncio.start_server(take, sock=listening):
        _, client = await asyncio.open_connection(host, port)
        server = await accepted
        taken = server.get_extra_info("socket")
        without = taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for writer in (client, server):
            writer.close()
    return not without


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_nothing_that_the_hub_writes_waits_for_an_ack(host: str) -> None:
    with bound(host, 0) as listening:
        assert not await delays(listening)


async def test_nothing_that_the_agents_page_writes_waits_for_an_ack() -> None:
    assert not await delays(page.bound(0))

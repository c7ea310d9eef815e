"""A line that never opened, or was given up: what still arrives on it must not count."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.protocol.facts import Facts, Presence
from hub.protocol.session import WELCOME_S, AgentSession, State
from hub.simulation.line import Line
from hub.simulation.seat import Memory
from tests.clock import until


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[int, list[asyncio.StreamWriter]]]:
    """A server that takes connections and says nothing: its port, and who has come."""
    came: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: came.append(writer), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        for writer in came:
            writer.transport.abort()
        server.close()
        await server.wait_closed()


async def test_a_line_that_was_given_up_changes_nothing_any_more() -> None:
    session = AgentSession("sim", Memory("epoch", Facts(0, Presence.PRESENT)))
    ended: list[str] = []
    async with silent() as (port, came):
        line = Line(
            f"ws://127.0.0.1:{port}/ws/agent", "token", session, lambda: (0.0, 0.0),
            lambda _, code, reason: ended.append(reason),
        )  # fmt: skip
        await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", port)
        await until(lambda: came)
        line.due(WELCOME_S + 1, 0.5)
        line.drop()
        line.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        line.due(2 * WELCOME_S, 0.5)
        line.leave()
        await line.gone.wait()
    assert session.state is State.CONNECTING
    assert len(ended) == 1

"""A hub that does what a test says: a real websocket server on a free port, and a script."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from msgspec import Struct
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from hub.protocol.agents import (
    Ack,
    Bye,
    EvidenceReport,
    FromAgent,
    GapReport,
    Hello,
    IncidentReport,
    Report,
    StateReport,
    Welcome,
)
from hub.protocol.codec import SUBPROTOCOL, encode, from_agent, from_watcher
from hub.protocol.watchers import FromWatcher

Said = FromAgent | FromWatcher
Script = Callable[["ScriptedHub", ServerConnection, Said], Awaitable[None]]


class ScriptedHub:
    """What agents and watchers said, in order, and what to do about it (see `polite`)."""

    def __init__(self) -> None:
        self.script: Script = polite
        self.acking = True
        self.refusal: tuple[HTTPStatus, str] | None = None
        self.heard: list[Said] = []
        self.raw: list[str | bytes] = []
        self.tokens: list[str | None] = []
        self.paths: list[str] = []
        self.lines: set[ServerConnection] = set()
        self.epochs: dict[ServerConnection, str] = {}
        self.recorded: dict[str, int] = {}
        self.port = 0
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def hellos(self) -> list[Hello]:
        return [one for one in self.heard if isinstance(one, Hello)]

    @property
    def reports(self) -> list[Report]:
        """All that came, also what came again."""
        kinds = StateReport, IncidentReport, GapReport, EvidenceReport
        return [one for one in self.heard if isinstance(one, kinds)]

    @property
    def byes(self) -> int:
        return sum(isinstance(one, Bye) for one in self.heard)

    async def say(self, *messages: Struct) -> None:
        for line in list(self.lines):
            for message in messages:
                await line.send(encode(message), text=True)

    async def close(self, code: int, reason: str = "") -> None:
        for line in list(self.lines):
            await line.close(code, reason)

    async def serve(self, line: ServerConnection) -> None:
        self.lines.add(line)
        try:
            async for frame in line:
                self.raw.append(frame)
                decode = from_agent if came_as(line) == "/ws/agent" else from_watcher
                message = decode(frame)
                self.heard.append(message)
                await self.script(self, line, message)
        except ConnectionClosed:
            pass
        finally:
            self.lines.discard(line)

    def admit(self, line: ServerConnection, request: Request) -> Response | None:
        self.tokens.append(request.headers.get("Authorization"))
        self.paths.append(request.path)
        return line.respond(*self.refusal) if self.refusal else None


def came_as(line: ServerConnection) -> str:
    """By which way: an agent asks other things over HTTP meanwhile."""
    return line.request.path if line.request else ""


async def polite(
    hub: ScriptedHub, line: ServerConnection, message: FromAgent | FromWatcher
) -> None:
    """Welcome a hello; record a report and, while `acking`, acknowledge it."""
    if isinstance(message, Hello):
        hub.epochs[line] = message.device_epoch
        await line.send(encode(welcome(hub.recorded.get(message.device_epoch, 0))), text=True)
    elif isinstance(message, Report) and hub.acking:
        epoch = hub.epochs[line]
        hub.recorded[epoch] = message.seq
        await line.send(encode(Ack(epoch, message.seq)), text=True)


def welcome(recorded: int = 0, heartbeat_s: float = 10.0) -> Welcome:
    return Welcome("broker-1", 1, recorded, 1_780_000_000.0, 40.0, heartbeat_s, 7, "木村 楓")


@asynccontextmanager
async def scripted_hub(
    speaks: str | None = SUBPROTOCOL, port: int = 0, certificate: Path | None = None
) -> AsyncIterator[ScriptedHub]:
    """`certificate` is a file with a key and its certificate; the hub then speaks TLS."""
    hub = ScriptedHub()
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        hub.scheme = "https"
    async with serve(
        hub.serve,
        "127.0.0.1",
        port,
        select_subprotocol=lambda line, offered: Subprotocol(speaks) if speaks else None,
        process_request=hub.admit,
        close_timeout=0.2,
        ssl=tls,
    ) as server:
        hub.port = next(iter(server.sockets)).getsockname()[1]
        yield hub
        for line in list(hub.lines):
            line.transport.abort()
        await asyncio.sleep(0)

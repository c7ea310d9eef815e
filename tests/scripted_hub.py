"""A hub that does what a test says: a real server on a free port, a script, and answers to REST."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import uvicorn
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

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
from tests.clock import until

Said = FromAgent | FromWatcher
Script = Callable[["ScriptedHub", "Line", Said], Awaitable[None]]
Answer = Callable[[Request], Awaitable[Response]]

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Line:
    """One websocket, as a script sees it."""

    def __init__(self, ws: WebSocket) -> None:
        self._ws = ws
        self.path = ws.url.path

    async def send(self, frame: str | bytes, text: bool = False) -> None:
        """Bytes go as a binary frame, unless they are to be `text`."""
        if isinstance(frame, str):
            await self._ws.send_text(frame)
        elif text:
            await self._ws.send_text(frame.decode())
        else:
            await self._ws.send_bytes(frame)

    async def say(self, *messages: Struct) -> None:
        for message in messages:
            await self.send(encode(message), text=True)

    async def close(self, code: int, reason: str = "") -> None:
        await self._ws.close(code, reason)

    async def frames(self) -> AsyncIterator[str | bytes]:
        """Until it closes."""
        while (event := await self._ws.receive())["type"] == "websocket.receive":
            text = event.get("text")
            yield text if text is not None else event["bytes"]


class ScriptedHub:
    """What agents and watchers said, in order, and what to do about it (see `polite`).

    `answers` has the REST operations that there are, `*` stands for one part of a path; `known`
    the tokens that are, none: all.
    """

    def __init__(self) -> None:
        self.script: Script = polite
        self.answers: dict[tuple[str, str], Answer] = {}
        self.known: set[str] | None = None
        self.acking = True
        self.refusal: tuple[HTTPStatus, str] | None = None
        self.heard: list[Said] = []
        self.raw: list[str | bytes] = []
        self.tokens: list[str | None] = []
        self.lines: set[Line] = set()
        self.epochs: dict[Line, str] = {}
        self.recorded: dict[str, int] = {}
        self.speaks: str | None = SUBPROTOCOL
        self.port = 0
        self.scheme = "http"
        self.server: uvicorn.Server | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}"

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
            with suppress(RuntimeError, WebSocketDisconnect):  # it has just gone
                await line.say(*messages)

    async def close(self, code: int, reason: str = "") -> None:
        for line in list(self.lines):
            await line.close(code, reason)

    def abort(self) -> None:
        """Drop every connection without a word."""
        if self.server:
            for connection in list(self.server.server_state.connections):
                connection.transport.abort()

    # ---- what it serves

    async def talk(self, ws: WebSocket) -> None:
        if refused := self.refused(ws):
            await ws.send_denial_response(refused)
            return
        await ws.accept(subprotocol=self.speaks)
        line = Line(ws)
        self.lines.add(line)
        decode = from_agent if line.path == "/ws/agent" else from_watcher
        with suppress(WebSocketDisconnect):
            async for frame in line.frames():
                self.raw.append(frame)
                message = decode(frame)
                self.heard.append(message)
                await self.script(self, line, message)
        self.lines.discard(line)

    async def rest(self, request: Request) -> Response:
        answer = next((one for what, one in self.answers.items() if asks(request, *what)), None)
        if answer is None:
            return self.refused(request) or Response(status_code=HTTPStatus.UPGRADE_REQUIRED)
        return await answer(request)

    def refused(self, asked: HTTPConnection) -> Response | None:
        token = asked.headers.get("Authorization")
        self.tokens.append(token)
        if self.refusal:
            status, body = self.refusal
            return Response(body, status)
        if self.known is not None and (token or "").removeprefix("Bearer ") not in self.known:
            return Response("{}", HTTPStatus.UNAUTHORIZED)
        return None

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                WebSocketRoute("/ws/agent", self.talk),
                WebSocketRoute("/ws/watch", self.talk),
                Route("/{path:path}", self.rest, methods=METHODS),
            ]
        )


def asks(request: Request, method: str, path: str) -> bool:
    parts, said = path.split("/"), request.url.path.split("/")
    same = len(parts) == len(said) and all(a in ("*", b) for a, b in zip(parts, said, strict=True))
    return request.method == method and same


async def polite(hub: ScriptedHub, line: Line, message: Said) -> None:
    """Welcome a hello; record a report and, while `acking`, acknowledge it."""
    if isinstance(message, Hello):
        hub.epochs[line] = message.device_epoch
        await line.say(welcome(hub.recorded.get(message.device_epoch, 0)))
    elif isinstance(message, Report) and hub.acking:
        epoch = hub.epochs[line]
        hub.recorded[epoch] = message.seq
        await line.say(Ack(epoch, message.seq))


def welcome(recorded: int = 0, heartbeat_s: float = 10.0) -> Welcome:
    return Welcome("broker-1", 1, recorded, 1_780_000_000.0, 40.0, heartbeat_s, 7, "木村 楓")


H = TypeVar("H", bound=ScriptedHub)


@asynccontextmanager
async def serving(hub: H, port: int = 0, certificate: Path | None = None) -> AsyncIterator[H]:
    """Serve until the block ends, then drop every connection as a power cut does."""
    hub.scheme = "https" if certificate else "http"
    config = uvicorn.Config(
        hub.app(), host="127.0.0.1", port=port, log_level="critical", lifespan="off",
        ssl_certfile=certificate, timeout_graceful_shutdown=1, ws_max_size=2**20,
    )  # fmt: skip
    server = hub.server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    hub.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield hub
    finally:
        hub.abort()
        server.should_exit = True
        await task


@asynccontextmanager
async def scripted_hub(
    speaks: str | None = SUBPROTOCOL, port: int = 0, certificate: Path | None = None
) -> AsyncIterator[ScriptedHub]:
    """`certificate` is a file with a key and its certificate; the hub then speaks TLS."""
    hub = ScriptedHub()
    hub.speaks = speaks
    async with serving(hub, port, certificate):
        yield hub

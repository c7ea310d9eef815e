"""A server with nothing behind its websocket but a peer that writes down what it is told."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.live import plain
from hub.live.frames import Frame, agreed
from hub.live.front import Front, detach_of
from hub.live.plain import Gone, PlainWire
from hub.live.wire import Limits, Wire, Wires
from hub.protocol.closing import Closing
from tests.clock import until

LIMITS = Limits(message_bytes=1_000, burst=50, per_s=1.0, kernel_bytes=64 * 1024)


@dataclass
class Witness:
    """A peer that says back what it hears, and ends when it hears "end"."""

    limits: Limits = LIMITS
    heard: list[bytes] = field(default_factory=list)
    drains: int = 0
    losses: int = 0
    _wire: Wire | None = None

    @property
    def wire(self) -> Wire:
        assert self._wire
        return self._wire

    def attached(self, wire: Wire) -> None:
        self._wire = wire

    def received(self, message: bytes) -> None:
        if message == b"end":
            raise Closing(4400, "as you wish")
        self.heard.append(message)
        self.wire.send(Frame(message))

    def drained(self) -> None:
        self.drains += 1

    def lost(self) -> None:
        self.losses += 1


@dataclass
class Stand:
    """The server and everybody who came."""

    port: int
    wires: Wires
    peers: list[Witness]
    server: uvicorn.Server
    clock: float = field(default_factory=time.monotonic)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: int = 0
    fails: bool = False

    async def peer(self) -> Witness:
        """The one who came last, once its connection is open."""
        await until(lambda: self.peers and self.peers[-1]._wire)
        return self.peers[-1]


@asynccontextmanager
async def stand(lane: bool, limits: Limits = LIMITS) -> AsyncIterator[Stand]:
    wires, peers = Wires(), list[Witness]()

    async def endpoint(ws: WebSocket[Any]) -> None:
        at.arrived += 1
        if at.fails:
            raise RuntimeError("as the test wants it")
        await at.gate.wait()
        peer = Witness(limits)
        answer = agreed(ws.headers.getlist("sec-websocket-extensions")) if lane else None
        headers = [(b"sec-websocket-extensions", answer.encode())] if answer else []
        try:
            await ws.accept(headers=headers)
        except WebSocketDisconnect:
            return
        peers.append(peer)
        detach = detach_of(ws.scope)
        if detach:
            detach(peer, wires, answer is not None)
            return
        try:
            await PlainWire(ws, peer, wires).run()
        except Closing as why:
            await plain.close(ws, why)
        except Gone:
            return

    async def refusal(ws: WebSocket[Any]) -> None:
        await ws.send_denial_response(JSONResponse({"title": "not you"}, 401))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Wires]]:
        yield {"wires": wires}

    routes = [WebSocketRoute("/ws/agent", endpoint), WebSocketRoute("/ws/watch", refusal)]
    app = Starlette(routes=routes, lifespan=lifespan)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        http=Front if lane else "h11",
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config)
        at = Stand(listening.getsockname()[1], wires, peers, server)
        at.gate.set()
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        try:
            yield at
        finally:
            server.should_exit = True
            await serving

"""A hub that says exactly what a test wants: REST sign-in and /ws/watch on a free port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.protocol.codec import SUBPROTOCOL, encode, from_watcher
from hub.protocol.watchers import (
    Cursor,
    Delta,
    GroupCard,
    IncidentNews,
    MemberCard,
    Resume,
    Resumed,
    SeatView,
    Snapshot,
    Subscribe,
)
from tests.clock import until

NOW = 1_795_000_000.0  # 2026-11-18 20:06:40 in Tokyo
TOKEN = "terminal-token"
PART = 200  # seats in one part of a snapshot


@dataclass
class FakeHub:
    """`seat(...)` and `news(...)` change the board as a commit does, and tell all watchers."""

    port: int = 0
    now: float = NOW
    epoch: str = "life-1"
    offset: int = 0
    members: dict[int, MemberCard] = field(default_factory=dict)
    groups: dict[int, GroupCard] = field(default_factory=dict)
    seats: dict[int, SeatView] = field(default_factory=dict)
    history: list[Delta] = field(default_factory=list)
    watchers: set[WebSocket] = field(default_factory=set)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    password: str = "correct horse battery"
    throttled_s: int = 0
    step: dict[str, object] | None = None
    code: str = "287082"
    listed: list[dict[str, object]] = field(default_factory=list)
    subscribed: list[Cursor | None] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def person(self, seat: SeatView, name: str, *groups: int) -> None:
        """Somebody who is on the board from its first snapshot."""
        self.members[seat.member] = MemberCard(seat.member, name, groups)
        self.seats[seat.member] = seat

    async def tell(self, *seats: SeatView, news: tuple[IncidentNews, ...] = ()) -> None:
        after, self.offset = self.offset, self.offset + 1
        self.seats.update((seat.member, seat) for seat in seats)
        delta = Delta(self.epoch, after, self.offset, seats, incidents=news)
        self.history.append(delta)
        for watcher in list(self.watchers):
            with suppress(RuntimeError, WebSocketDisconnect):
                await watcher.send_text(encode(delta).decode())

    async def end_sessions(self) -> None:
        """Every token is worth nothing from now on, and its sockets are closed."""
        self.tokens.clear()
        for watcher in list(self.watchers):
            await watcher.close(4401, "signed out")

    # ---- what it serves

    async def watch(self, ws: WebSocket) -> None:
        if ws.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            await ws.send_denial_response(JSONResponse({"title": "no"}, 401))
            return
        await ws.accept(subprotocol=SUBPROTOCOL)
        with suppress(WebSocketDisconnect):
            while True:
                message = from_watcher(await ws.receive_text())
                assert isinstance(message, Subscribe | Resume)
                await self._answer(ws, message.cursor)
                if isinstance(message, Subscribe):
                    self.subscribed.append(message.cursor)
                    self.watchers.add(ws)
        self.watchers.discard(ws)

    async def _answer(self, ws: WebSocket, cursor: Cursor | None) -> None:
        if cursor and cursor.epoch == self.epoch:
            await self._send(ws, Resumed(self.epoch, cursor.offset, "all", self.now))
            for delta in self.history:
                if delta.offset > cursor.offset:
                    await self._send(ws, delta)
            return
        seats = list(self.seats.values())
        parts = [seats[start : start + PART] for start in range(0, max(1, len(seats)), PART)]
        for number, part in enumerate(parts):
            snapshot = Snapshot(
                self.epoch, self.offset, "all", number, number == len(parts) - 1, self.now,
                members=tuple(self.members[seat.member] for seat in part),
                groups=tuple(self.groups.values()), seats=tuple(part),
            )  # fmt: skip
            await self._send(ws, snapshot)

    async def _send(self, ws: WebSocket, message: Resumed | Delta | Snapshot) -> None:
        await ws.send_text(encode(message).decode())

    async def session(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.method == "DELETE":
            self.tokens.discard(token)
            return Response(status_code=204)
        if self.throttled_s:
            return JSONResponse({}, 429, {"Retry-After": str(self.throttled_s)})
        asked = await request.json()
        if asked["password"] != self.password:
            return JSONResponse({"title": "wrong"}, 401)
        return JSONResponse({"step": self.step}) if self.step else self.signed_in()

    async def second(self, request: Request) -> Response:
        asked = await request.json()
        if self.step is None or asked["step"] != self.step["token"]:
            return JSONResponse({"title": "over"}, 410)
        if asked["code"] != self.code:
            return JSONResponse({"title": "wrong"}, 401)
        return self.signed_in()

    def signed_in(self) -> Response:
        self.tokens.add(TOKEN)
        member = {"id": 1, "name": "木村 亮", "role": "supervisor", "locale": "ja"}
        tenant = {"name": "青葉商事", "system_id": "ZS-1"}
        return JSONResponse({"member": member, "tenant": tenant, "token": TOKEN})

    async def incidents(self, request: Request) -> Response:
        return JSONResponse({"items": self.listed})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/session", self.session, methods=["POST", "DELETE"]),
                Route("/api/v1/session/code", self.second, methods=["POST"]),
                Route("/api/v1/incidents", self.incidents),
                WebSocketRoute("/ws/watch", self.watch),
            ]
        )


@asynccontextmanager
async def serving(hub: FakeHub) -> AsyncIterator[FakeHub]:
    """Serve on a free port until the block ends."""
    config = uvicorn.Config(
        hub.app(), host="127.0.0.1", port=0, log_level="critical", lifespan="off",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    hub.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield hub
    finally:
        server.should_exit = True
        await task

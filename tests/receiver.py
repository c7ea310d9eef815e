"""A receiver of webhooks that checks signatures by the independent package and fails on request."""

import asyncio
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Reply:
    """How the receiver answers one request."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0


GONE = Reply(410)
SILENCE = Reply(after_s=3600)  # until the receiver closes
STOP_WITHIN_S = 1


def redirect(to: str) -> Reply:
    return Reply(302, headers={"location": to})


def throttle(wait: str, status: int = 429) -> Reply:
    return Reply(status, headers={"retry-after": wait})


@dataclass(frozen=True)
class Received:
    """One request as it arrived; `verified` if the signature was right by the receiver's secret."""

    id: str
    headers: dict[str, str]
    body: dict[str, Any]
    verified: bool
    status: int

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.body["data"]
        return data


class Receiver:
    """Answers with what is in `script`, one a request, and then with `otherwise` for ever."""

    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}/hook"
        self.secret = ""
        self.script: deque[Reply] = deque()
        self.otherwise = Reply()
        self.received: list[Received] = []
        self.open = 0
        self.most_open = 0
        self.closing = asyncio.Event()

    @property
    def accepted(self) -> list[Received]:
        """What it answered with a 2xx."""
        return [got for got in self.received if 200 <= got.status < 300]

    def ids(self) -> list[str]:
        return [got.id for got in self.received]

    def types(self) -> list[str]:
        return [got.type for got in self.received]

    async def answer(self, request: Request) -> Response:
        raw = await request.body()
        reply = self.script.popleft() if self.script else self.otherwise
        headers = dict(request.headers)
        verified = self._verifies(raw, headers)
        self.received.append(
            Received(headers["webhook-id"], headers, json.loads(raw), verified, reply.status)
        )
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._hold(reply.after_s)
        finally:
            self.open -= 1
        return Response(reply.body, reply.status, reply.headers)

    async def _hold(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    def _verifies(self, raw: bytes, headers: dict[str, str]) -> bool:
        if not self.secret:
            return False
        try:
            Webhook(self.secret).verify(raw, headers)
        except WebhookVerificationError:
            return False
        return True


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the test run."""
        yield


@asynccontextmanager
async def receiver(certificate: Path | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1; with a certificate file (and its key) it is https."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        here = Receiver(listening.getsockname()[1], "https" if certificate else "http")
        app = Starlette(routes=[Route("/{path:path}", here.answer, methods=["POST"])])
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="critical",
                lifespan="off",
                ws="none",
                ssl_certfile=certificate,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield here
        finally:
            here.closing.set()
            server.should_exit = True
            await serving

"""Receivers of webhooks that fail in every way there is, and notice what comes too often."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from standardwebhooks import Webhook, WebhookVerificationError

HEAD_MAX_BYTES = 64 * 1024
RESET = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: on, 0 s: closing sends a reset
SILENT_S = 60.0  # longer than any attempt may take
FLAKY = 0.3  # of its answers are no success

DoneAlready = Callable[[int, str], Awaitable[bool]]


class Kind(StrEnum):
    """How a receiver behaves."""

    GOOD = "good"
    SLOW = "slow"
    FLAKY = "flaky"  # now and then any of the answers below
    THROTTLING = "throttling"
    FORGETFUL = "forgetful"  # takes it, and is cut off before its 2xx is heard
    RESTARTING = "restarting"  # nobody listens at times
    SILENT = "silent"
    BROKEN = "broken"
    GONE = "gone"


MORTAL = (Kind.SILENT, Kind.BROKEN, Kind.GONE)  # what is sent there is given up some day

OK = "HTTP/1.1 204 No Content\r\n\r\n"
FAILURES = (
    "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops",
    "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\ncontent-length: 100000\r\n\r\n" + "x" * 100_000,
    "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 50\r\n\r\ncut",
    "SMTP ready\r\n",
    "",
)


@dataclass
class Receiver:
    """One endpoint on a port of its own. `heard` counts requests, `taken` the 2xx of each id.

    `doubled` are requests for what the outbox had as delivered by then: there must be none.
    """

    kind: Kind
    chance: Random
    done_already: DoneAlready
    port: int = 0
    endpoint: int = 0
    secret: str = ""
    heard: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    taken_at: dict[str, float] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    unverified: int = 0
    server: asyncio.Server | None = None
    well: bool = False  # the weather is over: the mortal ones alone go on failing

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook/{self.kind}"

    @property
    def repeated(self) -> int:
        """What came again after a 2xx that nobody had recorded: allowed, and told."""
        return sum(count - 1 for count in self.taken.values())

    async def listen(self) -> None:
        self.server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, family=socket.AF_INET, limit=HEAD_MAX_BYTES
        )
        self.port = self.server.sockets[0].getsockname()[1]

    def stop_listening(self) -> None:
        if self.server:
            self.server.close()
            self.server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
            headers, body = await _read(reader)
            await self._hear(headers, body)
            await self._answer(headers["webhook-id"], writer)
        writer.close()

    async def _hear(self, headers: dict[str, str], body: bytes) -> None:
        self.heard += 1
        id = headers["webhook-id"]
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.unverified += 1
        if id in self.taken and await self.done_already(self.endpoint, id):
            self.doubled.append(id)

    async def _answer(self, id: str, writer: asyncio.StreamWriter) -> None:
        answer = await self._choose()
        if answer == OK:
            self.taken[id] = self.taken.get(id, 0) + 1
            self.taken_at.setdefault(id, asyncio.get_running_loop().time())
            if self.kind is Kind.FORGETFUL and not self.well and self.chance.random() < FLAKY:
                _reset(writer)
                return
        writer.write(answer.encode())
        await writer.drain()

    async def _choose(self) -> str:
        match self.kind:
            case Kind.SILENT:
                await asyncio.sleep(SILENT_S)
                return ""
            case Kind.BROKEN:
                return FAILURES[0]
            case Kind.GONE:
                return "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"
            case Kind.SLOW if not self.well:
                await asyncio.sleep(self.chance.uniform(0.05, 0.4))
            case Kind.FLAKY if not self.well and self.chance.random() < FLAKY:
                return self.chance.choice(FAILURES)
            case Kind.THROTTLING if not self.well and self.chance.random() < FLAKY:
                return FAILURES[2]
        return OK


async def _read(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    """The headers of a request, by their names in small letters, and its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    pairs = (line.split(":", 1) for line in head.split("\r\n")[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    return headers, await reader.readexactly(int(headers.get("content-length", "0")))


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@asynccontextmanager
async def receivers(
    kinds: tuple[Kind, ...], chance: Random, done_already: DoneAlready
) -> AsyncIterator[list[Receiver]]:
    made = [Receiver(kind, Random(chance.random()), done_already) for kind in kinds]
    for one in made:
        await one.listen()
    try:
        yield made
    finally:
        for one in made:
            one.stop_listening()

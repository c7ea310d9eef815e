"""A websocket client that sends whatever a test wants, byte by byte if need be."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub.live.frames import CLOSE, FIN, MASKED, OPCODE, TEXT, framed

KEY = b"\x11\x22\x33\x44"
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
NO_CODE = 1005
RESET = 1006
READ_AHEAD = 64 * 1024


@pytest.fixture(params=["lane", "plain"])
def both_paths(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Hubs of this process serve websockets on the fast lane, and then as any ASGI server does."""
    if request.param == "plain":
        monkeypatch.setattr("hub.serving.Front", H11Protocol)
    return str(request.param)


def masked(payload: bytes, key: bytes = KEY) -> bytes:
    """RFC 6455 5.3."""
    return bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def client_frame(first: int, payload: bytes = b"", key: bytes = KEY) -> bytes:
    """A frame as a client sends it, written by the book (RFC 6455 5.2)."""
    bare = framed(first, payload)
    head = bare[: len(bare) - len(payload)]
    return bytes((head[0], head[1] | MASKED)) + head[2:] + key + masked(payload, key)


class RawSocket:
    """One connection after its handshake. `answer` is the head of the server's response."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.answer = ""

    @property
    def status(self) -> int:
        return int(self.answer.split()[1])

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def say(self, text: bytes) -> None:
        await self.send(client_frame(FIN | TEXT, text))

    async def head(self) -> str:
        """The head of an HTTP response."""
        self.answer = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return self.answer

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: its first byte, and its payload; a reset is an empty close."""
        try:
            first, length = await self.reader.readexactly(2)
            if length > 125:
                width = 2 if length == 126 else 8
                length = int.from_bytes(await self.reader.readexactly(width), "big")
            return first, await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return CLOSE, RESET.to_bytes(2, "big")

    async def text(self) -> bytes:
        """The next message, whatever control frames come before it."""
        while True:
            first, payload = await self.frame()
            assert first & OPCODE != CLOSE, payload
            if first & OPCODE == TEXT:
                return payload

    async def closed(self) -> tuple[int, str]:
        """With which code and reason the server closes; all before is let go."""
        while True:
            first, payload = await self.frame()
            if first & OPCODE == CLOSE:
                code = int.from_bytes(payload[:2], "big") if payload else NO_CODE
                return code, payload[2:].decode()

    async def ended(self) -> bool:
        """Whether the server has ended the connection in order: nothing more comes, no reset."""
        return await self.reader.read() == b""


@asynccontextmanager
async def raw_stream(port: int, *, buffer_bytes: int = 0) -> AsyncIterator[RawSocket]:
    """A connection on which nothing was said yet.

    `buffer_bytes` is what our kernel takes for us while we do not read, if it is not the usual.
    """
    sock = socket.socket()
    sock.setblocking(False)
    if buffer_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=buffer_bytes or READ_AHEAD)
    try:
        yield RawSocket(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def raw_socket(
    port: int,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    protocols: Sequence[str] = (),
    buffer_bytes: int = 0,
) -> AsyncIterator[RawSocket]:
    """A websocket after its handshake, taken or refused."""
    lines = dict(headers or {})
    if protocols:
        lines["Sec-WebSocket-Protocol"] = ", ".join(protocols)
    async with raw_stream(port, buffer_bytes=buffer_bytes) as raw:
        head = HANDSHAKE.format(path=path) + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
        await raw.send(head.encode() + b"\r\n")
        await raw.head()
        yield raw

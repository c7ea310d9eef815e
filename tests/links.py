"""A TCP link that can be cut, stalled, delayed, narrowed and refused: where faults come from."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CHUNK_BYTES = 64 * 1024
QUEUED_CHUNKS = 64  # on their way at once; then the link pushes back as a full buffer does
NARROW_STEPS_PER_S = 20  # how finely a limited link is metered
RESET = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: on, 0 s: closing sends a reset

Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Link:
    """A proxy on a free port of 127.0.0.1; see `link`."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.port = 0
        self.connections = 0  # that came in since the start, refused ones not counted
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._delay_s = 0.0
        self._bytes_per_s = 0.0
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Reset every connection, as a crashed machine in between does; new ones may come."""
        for pair in self._pairs:
            pair.cancel()

    def stall(self) -> None:
        """Let nothing through, neither bytes nor ends; connections stay open, as on a dead line."""
        self._flowing.clear()

    def refuse(self) -> None:
        """Refuse whoever comes from now on; who is connected stays."""
        if self._server:
            self._server.close()
            self._server = None

    def delay(self, ms: float) -> None:
        """Deliver every byte that much later, in each direction."""
        self._delay_s = ms / 1000

    def limit(self, bytes_per_s: float) -> None:
        """Let no more than that through, in each direction of each connection."""
        self._bytes_per_s = bytes_per_s

    async def resume(self) -> None:
        """Be a good link again: what was stalled flows on, and connections are welcome."""
        self._delay_s = self._bytes_per_s = 0.0
        self._flowing.set()
        if not self._server:
            await self.listen()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, family=socket.AF_INET
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self.refuse()
        self.cut()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        pair = asyncio.create_task(self._serve((reader, writer)))
        self._pairs.add(pair)
        pair.add_done_callback(self._pairs.discard)

    async def _serve(self, near: Way) -> None:
        ways = [near]
        try:
            ways.append(await self._reach())
            async with asyncio.TaskGroup() as both:
                for (reader, _), (_, writer) in (ways, reversed(ways)):
                    both.create_task(self._carry(reader, writer))
        except* OSError:
            pass  # one end has gone: the other hears of it below
        finally:
            for _, writer in ways:
                reset(writer)

    async def _reach(self) -> Way:
        return await connect(self.target)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction; taking and giving are apart, so that a delay costs no throughput."""
        under_way = asyncio.Queue[tuple[float, bytes]](QUEUED_CHUNKS)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take(reader, under_way))
            both.create_task(self._give(under_way, writer))

    async def _take(
        self, reader: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        chunk = b"not the end"
        while chunk:
            await self._flowing.wait()
            chunk = await reader.read(CHUNK_BYTES)
            await under_way.put((time.monotonic() + self._delay_s, chunk))

    async def _give(
        self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._flowing.wait()
            if not chunk:
                writer.write_eof()
                return
            await self._pour(chunk, writer)

    async def _pour(self, rest: bytes, writer: asyncio.StreamWriter) -> None:
        while rest:
            await self._flowing.wait()
            rate = self._bytes_per_s
            size = max(1, int(rate / NARROW_STEPS_PER_S)) if rate else len(rest)
            piece, rest = rest[:size], rest[size:]
            writer.write(piece)
            await writer.drain()
            if rate:
                await asyncio.sleep(len(piece) / rate)


async def connect(target: str) -> Way:
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target)
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port))


def reset(writer: asyncio.StreamWriter) -> None:
    if not writer.is_closing():
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@asynccontextmanager
async def link(target: str) -> AsyncIterator[Link]:
    """A link to `host:port` or to a Unix socket's path, open until the block ends."""
    proxy = Link(target)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.close()

"""Server-sent events: the wire of somebody who only listens, over an HTTP response without end.

The same frames for the same audience as over a websocket. HTTP connections are long in use before
one of them is asked for a stream, so there is no lane for them: it is plain ASGI on any server.
"""

import asyncio
import random
from contextlib import suppress
from functools import cached_property

from starlette.types import Receive, Send

from hub.live.frames import Frame
from hub.live.front import bound_kernel
from hub.live.outbox import KERNEL_BYTES
from hub.live.plain import Gone, Queued
from hub.live.wire import CLOSE_WITHIN_S, DROP_AFTER_SWEEPS, Peer, Wires
from hub.protocol import events
from hub.protocol.closing import Advice, Closing, advice
from hub.protocol.codec import encode
from hub.protocol.session import NEAR_RETRY_S, WAIT_S

# A slow listener costs at most 512 kB, as any watcher: twice KERNEL_BYTES in the kernel, 64 KiB and
# a piece in the server's buffer, and here this much and one frame of FRAME_MAX_BYTES.
FULL_BYTES = 32 * 1024
PIECE_BYTES = 16 * 1024
COMMENT_AFTER_SWEEPS = 3  # "every 15 seconds or so", for proxies that cut what is quiet (9.2.7)


class Comment(Frame):
    """What keeps a quiet line open."""

    @cached_property
    def event(self) -> bytes:
        return events.COMMENT


COMMENT = Comment(b"")


class Stream(Queued):
    """Raises nothing: whatever ends it has been told to the other side, or there is none.

    `transport` is the connection where the server tells it: then the kernel keeps no more of ours
    than of a websocket, and one who takes nothing any more is cut off.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        peer: Peer,
        wires: Wires,
        transport: asyncio.Transport | None,
    ) -> None:
        super().__init__(peer, wires, FULL_BYTES)
        self._receive = receive
        self._send = send
        self._transport = transport
        self._quiet = 0
        self._stuck = 0

    def size(self, frame: Frame) -> int:
        return len(frame.event)

    def send(self, frame: Frame) -> None:
        self._quiet = 0
        super().send(frame)

    def sweep(self) -> None:
        """One that takes nothing is cut off as one that does not answer a ping."""
        self._quiet += 1
        self._stuck = self._stuck + 1 if self._frames or self.full else 0
        if self._stuck >= DROP_AFTER_SWEEPS:
            self._given_up.set()
        elif self._quiet >= COMMENT_AFTER_SWEEPS and not self.full:
            self.send(COMMENT)

    async def run(self) -> None:
        if self._transport is not None:
            bound_kernel(self._transport, KERNEL_BYTES)
        try:
            await self._say(events.retry(spread(NEAR_RETRY_S)))
            await super().run()
        except Closing as why:
            await self._end(why)
        except Gone:
            await self._drop()

    async def _reading(self) -> None:
        await self._left()
        raise Gone

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def _put(self, frame: Frame) -> None:
        """In pieces: a server takes each of them whole, however much it has already."""
        data = frame.event
        for at in range(0, len(data), PIECE_BYTES):
            await self._say(data[at : at + PIECE_BYTES])
            self._stuck = 0

    async def _end(self, why: Closing) -> None:
        """The last event says why, and how long to wait before coming back."""
        wait_s = spread(WAIT_S) + WAIT_S if advice(why.code) is Advice.WAIT else NEAR_RETRY_S
        last = events.event("end", encode(events.ended(why)))
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._say(events.retry(wait_s) + last, more=False)
        except (TimeoutError, Gone):
            await self._drop()

    async def _drop(self) -> None:
        if self._transport is None:
            return
        self._transport.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._left()

    async def _say(self, data: bytes, more: bool = True) -> None:
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
        except OSError:
            raise Gone from None


def spread(seconds: float) -> float:
    """All who were cut off at once do not come back at once."""
    return seconds * (0.5 + 0.5 * random.random())

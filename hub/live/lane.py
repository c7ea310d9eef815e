"""The fast lane: a connection is a transport, a reader and its peer, and nothing else.

Messages arrive as calls, without a task or a queue, and frames that were made for many are written
as they are. RFC 6455 by hub.live.frames; how a connection gets here is hub.live.front's. On any
other server hub.live.plain does the same.
"""

import asyncio
import os

from hub.live.frames import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Frame,
    Reader,
    close_frame,
    closing,
    not_text,
    ping_frame,
    pong_frame,
)
from hub.live.wire import (
    CLOSE_WITHIN_S,
    DROP_AFTER_SWEEPS,
    PING_AFTER_SWEEPS,
    Allowance,
    Peer,
    Wires,
)
from hub.protocol.closing import TOO_FAST, Closing


class Lane(asyncio.Protocol):
    """One open connection: the transport's protocol, and the wire of its peer."""

    __slots__ = (
        "_allowance", "_closed", "_file", "_peer", "_ping", "_reader", "_silent", "_transport",
        "_wires", "deflate", "full",
    )  # fmt: skip

    def __init__(
        self, transport: asyncio.Transport, peer: Peer, wires: Wires, deflate: bool
    ) -> None:
        self._transport = transport
        self._file = file_of(transport)
        self._peer = peer
        self._wires = wires
        self._reader: Reader | None = Reader(peer.limits.message_bytes, deflate)
        self._allowance = Allowance(peer.limits)
        self._silent = 0
        self._closed = False
        self._ping: bytes | None = None
        self.deflate = deflate
        self.full = False
        transport.set_write_buffer_limits(high=0)
        wires.opened(self)

    # ---- out

    def send(self, frame: Frame) -> None:
        """Straight to the kernel while nothing waits here, for this is what a hub does most."""
        if self._closed:
            return
        data = frame.deflated if self.deflate else frame.plain
        if self._file is not None and not self.full:
            try:
                sent = os.write(self._file, data)
            except OSError:
                sent = (
                    0  # there is no room, or the transport meets the same and ends the connection
                )
            if sent == len(data):
                return
            data = data[sent:]
        self._transport.write(data)

    def size(self, frame: Frame) -> int:
        return len(frame.deflated if self.deflate else frame.plain)

    def close(self, why: Closing) -> None:
        """Say why, and wait a moment for the answer (RFC 6455 7.1.1)."""
        if self._closed:
            return
        self._closed = True
        self._transport.write(close_frame(why.code, why.reason))
        self._wires.expect(self, CLOSE_WITHIN_S, self._transport.abort)

    def _fail(self, why: Closing) -> None:
        """Nothing that this client says can be read any more (RFC 6455 7.1.7).

        What it has sent meanwhile is taken and dropped: closing over it would reset the connection
        and take from the client what we told it.
        """
        self.close(why)
        self._reader = None
        if self._transport.can_write_eof():
            self._transport.write_eof()

    # ---- in

    def data_received(self, data: bytes) -> None:
        self._silent = 0
        if self._reader is None:
            return
        try:
            for opcode, payload in self._reader.feed(data):
                self._take(opcode, payload)
        except Closing as why:
            self._fail(why)

    def _take(self, opcode: int, payload: bytes) -> None:
        if not self._allowance.spend():
            raise Closing(TOO_FAST, "too many messages; wait before you come back")
        if opcode == CLOSE:
            self._answer(closing(payload))
        elif opcode == PING:
            self._pong(payload)
        elif opcode != PONG and not self._closed:
            self._hear(opcode, payload)

    def _hear(self, opcode: int, message: bytes) -> None:
        if opcode != TEXT:
            raise not_text()
        try:
            self._peer.received(message)
        except Closing as why:
            self.close(why)

    def _answer(self, code: int) -> None:
        """The peer closes, or has answered our close: both have said so, and the server ends it."""
        if not self._closed:
            self._closed = True
            self._transport.write(close_frame(code))
            self._wires.expect(self, CLOSE_WITHIN_S, self._transport.abort)
        self._reader = None
        self._transport.close()

    def _pong(self, payload: bytes) -> None:
        """To one that does not read, for its latest ping only (RFC 6455 5.5.3)."""
        if self.full:
            self._ping = payload
        elif not self._closed:
            self._transport.write(pong_frame(payload))

    # ---- the transport's other calls

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        if self._ping is not None:
            payload, self._ping = self._ping, None
            self._pong(payload)
        if not self._closed:
            self._peer.drained()

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        self._wires.ended(self)
        self._peer.lost()

    def sweep(self) -> None:
        """One that is silent is asked whether it is there; one that does not answer is not."""
        self._allowance.refill(self._peer.limits)
        self._silent += 1
        if self._silent >= DROP_AFTER_SWEEPS:
            self._transport.abort()
        elif self._silent == PING_AFTER_SWEEPS and not (self.full or self._closed):
            self._transport.write(ping_frame())


def file_of(transport: asyncio.Transport) -> int | None:
    """What bytes can be written to as they are: on Windows and under TLS there is no such thing."""
    if os.name != "posix" or transport.get_extra_info("sslcontext"):
        return None
    number: int = transport.get_extra_info("socket").fileno()
    return number

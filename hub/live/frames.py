"""RFC 6455 without I/O: the frames of one client in, those of a server out.

RFC 7692 (compression) without context takeover on either side: each message stands alone, so that
one compressed message serves all who agreed to it, and an idle connection keeps no window.
"""

import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property

from websockets.exceptions import InvalidHeaderFormat
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.headers import build_extension, parse_extension

from hub.protocol import events
from hub.protocol.closing import (
    INVALID_DATA,
    NO_STATUS,
    PROTOCOL_ERROR,
    TOO_BIG,
    UNSUPPORTED_DATA,
    Closing,
)

try:  # the same in C, where the platform has it
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
OPCODES = frozenset((CONTINUED, TEXT, BINARY, CLOSE, PING, PONG))
FIN, COMPRESSED, RESERVED, OPCODE, CONTROL = 0x80, 0x40, 0x30, 0x0F, 0x08
MASKED, LENGTH = 0x80, 0x7F
CONTROL_MAX_BYTES = 125  # RFC 6455 5.5
SMALL_MAX_BYTES, MIDDLE_MAX_BYTES = 125, 0xFFFF  # RFC 6455 5.2

WHOLE_WINDOW = 15  # RFC 7692 7.1.2.1: what zlib compresses with and nobody has refused
SYNC_TAIL = b"\x00\x00\xff\xff"  # RFC 7692 7.2.1: the sender leaves it out
DEFLATE_LEVEL = 1  # boards' frames shrink to a fifth; level 6 takes twice the time for 10 % more


class Reader:
    """What one client sends, in pieces as they come.

    `limit_bytes` bounds a message, also once its fragments are together and it is inflated. It is
    of no use after it has raised Closing.
    """

    __slots__ = ("_compressed", "_deflate", "_limit", "_message", "_opcode", "_rest")

    def __init__(self, limit_bytes: int, deflate: bool = False) -> None:
        self._limit = limit_bytes
        self._deflate = deflate
        self._rest = b""
        self._opcode = CONTINUED
        self._compressed = False
        self._message: bytearray | None = None

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (opcode, payload) of each message and control frame that is complete by now.

        Raise Closing at what a client may not send, after everything that came before it.
        """
        data, at = self._rest + data, 0
        self._rest = b""
        while len(data) - at >= 2:
            first, second = data[at], data[at + 1]
            self._check(first, second)
            room = CONTROL_MAX_BYTES if first & CONTROL else self._limit - len(self._message or b"")
            found = self._payload(data, at + 2, second & LENGTH, room)
            if found is None:
                break
            payload, at = found
            if first & CONTROL:
                yield first & OPCODE, payload
            elif (message := self._joined(first, payload)) is not None:
                yield self._opcode or first & OPCODE, message
                self._opcode = CONTINUED
        self._rest = data[at:]

    def _check(self, first: int, second: int) -> None:
        """What the first two bytes of a frame tell already (RFC 6455 5.2, 5.4, 5.5)."""
        opcode = first & OPCODE
        if opcode not in OPCODES:
            raise Closing(PROTOCOL_ERROR, f"opcode {opcode} means nothing")
        if first & RESERVED or (first & COMPRESSED and not self._may_compress(opcode)):
            raise Closing(PROTOCOL_ERROR, "a reserved bit is set")
        if not second & MASKED:
            raise Closing(PROTOCOL_ERROR, "a client has to mask its frames")
        if opcode & CONTROL:
            if second & LENGTH > CONTROL_MAX_BYTES or not first & FIN:
                raise Closing(PROTOCOL_ERROR, "a control frame is short and whole")
        elif (opcode == CONTINUED) is (self._message is None):
            raise Closing(PROTOCOL_ERROR, "a fragment came out of turn")

    def _may_compress(self, opcode: int) -> bool:
        """The first frame of a message says it, for all of them (RFC 7692 6)."""
        return self._deflate and opcode in (TEXT, BINARY)

    def _payload(self, data: bytes, at: int, length: int, room: int) -> tuple[bytes, int] | None:
        """The payload after the rest of its length, and where it ends; None before it is here."""
        if length > SMALL_MAX_BYTES:
            width = 2 if length == SMALL_MAX_BYTES + 1 else 8
            if len(data) < at + width:
                return None
            length = int.from_bytes(data[at : at + width], "big")
            if length <= (SMALL_MAX_BYTES if width == 2 else MIDDLE_MAX_BYTES):
                raise Closing(PROTOCOL_ERROR, "a length is written longer than it need be")
            at += width
        if length > room:
            raise too_big(self._limit)
        start = at + 4
        end = start + length
        if len(data) < end:
            return None
        return apply_mask(data[start:end], data[at:start]), end

    def _joined(self, first: int, payload: bytes) -> bytes | None:
        """The whole message, once its last fragment is there."""
        if self._message is None:
            self._compressed = bool(first & COMPRESSED)
            if first & FIN:
                return self._meant(first & OPCODE, payload)
            self._opcode, self._message = first & OPCODE, bytearray(payload)
            return None
        self._message += payload
        if not first & FIN:
            return None
        whole, self._message = bytes(self._message), None
        return self._meant(self._opcode, whole)

    def _meant(self, opcode: int, message: bytes) -> bytes:
        if self._compressed:
            message = inflated(message, self._limit)
        return text(message) if opcode == TEXT else message


def text(message: bytes) -> bytes:
    """The same bytes, which are known to be text then (RFC 6455 8.1)."""
    try:
        if not message.isascii():
            message.decode()
    except UnicodeDecodeError:
        raise Closing(INVALID_DATA, "a text has to be UTF-8") from None
    return message


def inflated(message: bytes, limit_bytes: int) -> bytes:
    """Never make more of it than may be."""
    try:
        whole = zlib.decompressobj(-WHOLE_WINDOW).decompress(message + SYNC_TAIL, limit_bytes + 1)
    except zlib.error:
        raise Closing(INVALID_DATA, "a message cannot be inflated") from None
    if len(whole) > limit_bytes:
        raise too_big(limit_bytes)
    return whole


def too_big(limit_bytes: int) -> Closing:
    return Closing(TOO_BIG, f"a frame may have at most {limit_bytes} bytes")


def not_text() -> Closing:
    return Closing(UNSUPPORTED_DATA, "a message is text")


def closing(payload: bytes) -> int:
    """The code of a close frame; raise Closing for one that nobody may send (RFC 6455 7.4)."""
    if not payload:
        return NO_STATUS
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or not (code in SENT_CODES or 3000 <= code < 5000):
        raise Closing(PROTOCOL_ERROR, "this is no close code")
    text(payload[2:])
    return code


# RFC 6455 7.4.1 and the registry that it began; 1004 to 1006 and 1015 never travel.
SENT_CODES = frozenset((*range(1000, 1004), *range(1007, 1015)))


# ---- what a server sends


class Frame:
    """A text message to any number of peers; each of its forms is made once, when it is needed.

    `name` is its type, and `id` where a board stands after it, if it stands anywhere.
    """

    def __init__(self, payload: bytes, name: str = "", id: str = "") -> None:
        self.payload = payload
        self.name = name
        self.id = id

    @cached_property
    def text(self) -> str:
        return self.payload.decode()

    @cached_property
    def plain(self) -> bytes:
        return framed(FIN | TEXT, self.payload)

    @cached_property
    def deflated(self) -> bytes:
        """Compressed, where that makes it smaller; whoever agreed to it takes both."""
        packer = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -WHOLE_WINDOW)
        packed = packer.compress(self.payload) + packer.flush(zlib.Z_SYNC_FLUSH)
        frame = framed(FIN | COMPRESSED | TEXT, packed.removesuffix(SYNC_TAIL))
        return min(frame, self.plain, key=len)

    @cached_property
    def event(self) -> bytes:
        return events.event(self.name, self.payload, self.id)


def framed(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length <= SMALL_MAX_BYTES:
        return bytes((first, length)) + payload
    if length <= MIDDLE_MAX_BYTES:
        return bytes((first, 126)) + length.to_bytes(2, "big") + payload
    return bytes((first, 127)) + length.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """One without a code is answered by one without a code (RFC 6455 5.5.1)."""
    payload = b"" if code == NO_STATUS else code.to_bytes(2, "big") + reason.encode()
    return framed(FIN | CLOSE, payload)


def ping_frame() -> bytes:
    return framed(FIN | PING, b"")


def pong_frame(payload: bytes) -> bytes:
    return framed(FIN | PONG, payload)


# ---- what both agree on


def agreed(offers: Iterable[str]) -> str | None:
    """Our answer to what a client offers in Sec-WebSocket-Extensions; None if it cannot be shared.

    Without context takeover on either side, which a server may ask for unasked (RFC 7692 7.1.1).
    """
    for offer in offers:
        try:
            extensions = parse_extension(offer)
        except InvalidHeaderFormat:
            return None
        for name, parameters in extensions:
            if name == PerMessageDeflate.name and all(map(bearable, parameters)):
                return ANSWER
    return None


def bearable(parameter: tuple[str, str | None]) -> bool:
    """One that asks for a smaller window of ours cannot share what the others get."""
    match parameter:
        case (name, None) if name in TAKEOVER:
            return True
        case ("client_max_window_bits", bits):
            return bits is None or bits in WINDOWS
        case ("server_max_window_bits", bits):
            return bits == str(WHOLE_WINDOW)
        case _:
            return False


WINDOWS = frozenset(map(str, range(8, WHOLE_WINDOW + 1)))
TAKEOVER = ("server_no_context_takeover", "client_no_context_takeover")
ANSWER = build_extension([(PerMessageDeflate.name, [(name, None) for name in TAKEOVER])])

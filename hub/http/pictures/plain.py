"""Is it a plain JPEG or WebP, and nothing else? Structure first, before anything decodes it."""

from dataclasses import dataclass

JFIF = b"JFIF\x00"
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# What a baseline picture needs (ITU-T T.81 B.1.1.3): tables, one frame, scans. No comments, no
# application data but the JFIF header: those carry places, names and thumbnails.
APP0, SOF0, DHT, SOS, DQT, DRI = 0xE0, 0xC0, 0xC4, 0xDA, 0xDB, 0xDD
PLAIN_SEGMENTS = {APP0, SOF0, DHT, SOS, DQT, DRI}
RIFF_HEAD, CHUNK_HEAD = 12, 8


class NotPlain(Exception):
    """Why the bytes are not taken: a few words for a log and for the device."""


@dataclass(frozen=True, slots=True)
class Picture:
    media: str
    width: int
    height: int


def plain(data: bytes) -> Picture:
    """What the bytes are; raise NotPlain for metadata, trailing bytes and every other format."""
    try:
        if data.startswith(JPEG_START):
            return _jpeg(data)
        if data.startswith(b"RIFF"):
            return _webp(data)
    except IndexError:
        raise NotPlain("the image ends early") from None
    raise NotPlain("neither a JPEG nor a WebP")


def _jpeg(data: bytes) -> Picture:
    at, size, scans = len(JPEG_START), None, 0
    while data[at : at + 2] != JPEG_END:
        if data[at] != 0xFF or data[at + 1] not in PLAIN_SEGMENTS:
            raise NotPlain(f"a JPEG segment {data[at + 1]:#x} that a plain picture has not")
        marker, end = data[at + 1], at + 2 + _number(data, at + 2)
        body = data[at + 4 : end]
        if marker == APP0:
            _check_jfif(body)
        elif marker == SOF0:
            size = (_number(body, 3), _number(body, 1))
        at = end
        if marker == SOS:
            at, scans = _after_scan(data, at), scans + 1
    if at + len(JPEG_END) != len(data):
        raise NotPlain("bytes after the end of the image")
    if size is None or not scans:
        raise NotPlain("a JPEG without a picture")
    return Picture("image/jpeg", *size)


def _check_jfif(body: bytes) -> None:
    if not body.startswith(JFIF) or len(body) != 14 or body[12] or body[13]:
        raise NotPlain("application data or a thumbnail in the JPEG")


def _after_scan(data: bytes, at: int) -> int:
    """Where the marker after the entropy-coded data stands (T.81 B.1.1.5)."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise NotPlain("the image ends early")
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _number(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _webp(data: bytes) -> Picture:
    """One chunk with the picture itself (RFC 9649 2.5, 2.6); the extended format has metadata."""
    head = data[:RIFF_HEAD]
    kind, body = data[12:16], data[RIFF_HEAD + CHUNK_HEAD :]
    said = int.from_bytes(data[16:20], "little")
    if head[8:] != b"WEBP" or kind not in (b"VP8 ", b"VP8L"):
        raise NotPlain("a WebP with more than a picture")
    whole = RIFF_HEAD + CHUNK_HEAD + said + said % 2
    if len(data) != whole or int.from_bytes(head[4:8], "little") != whole - 8:
        raise NotPlain("bytes after the end of the image, or an image that ends early")
    return Picture("image/webp", *(_vp8(body) if kind == b"VP8 " else _vp8l(body)))


def _vp8(body: bytes) -> tuple[int, int]:
    """The key frame's size (RFC 6386 9.1): 14 bits each."""
    if body[0] & 1 or body[3:6] != b"\x9d\x01\x2a":
        raise NotPlain("a WebP without a key frame")
    return (body[6] | body[7] << 8) & 0x3FFF, (body[8] | body[9] << 8) & 0x3FFF


def _vp8l(body: bytes) -> tuple[int, int]:
    """RFC 9649 3.4: a signature, then 14 bits each of width - 1 and height - 1."""
    if body[0] != 0x2F:
        raise NotPlain("a WebP without a picture")
    bits = int.from_bytes(body[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1

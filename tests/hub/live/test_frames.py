"""RFC 6455 frame by frame: what a client may send, what it may not, and what that is called."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as TheirFrame
from websockets.protocol import CLIENT, OPEN, SERVER, Protocol, Side

from hub.live.frames import (
    ANSWER,
    BINARY,
    CLOSE,
    COMPRESSED,
    CONTINUED,
    CONTROL,
    FIN,
    MASKED,
    PING,
    PONG,
    TEXT,
    Frame,
    Reader,
    agreed,
    close_frame,
    closing,
    framed,
)
from hub.protocol.closing import (
    INVALID_DATA,
    NO_STATUS,
    NORMAL,
    PROTOCOL_ERROR,
    TOO_BIG,
    Closing,
)
from tests.rawsockets import client_frame

LIMIT = 70_000


def read(*chunks: bytes, limit: int = LIMIT, deflate: bool = False) -> list[tuple[int, bytes]]:
    reader = Reader(limit, deflate)
    return [one for chunk in chunks for one in reader.feed(chunk)]


def refusal(*chunks: bytes, limit: int = LIMIT, deflate: bool = False) -> int:
    with pytest.raises(Closing) as refused:
        read(*chunks, limit=limit, deflate=deflate)
    return refused.value.code


def packed(payload: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


# ---- what may be sent


def test_the_examples_of_the_standard() -> None:
    """RFC 6455 5.7."""
    hello = bytes.fromhex("818537fa213d7f9f4d5158")
    first, last = bytes.fromhex("01830000000048656c"), bytes.fromhex("8082000000006c6f")

    assert read(hello) == [(TEXT, b"Hello")]
    assert read(first, last) == [(TEXT, b"Hello")]
    assert Frame(b"Hello").plain == bytes.fromhex("810548656c6c6f")
    assert framed(FIN | BINARY, bytes(256))[:4] == bytes.fromhex("827e0100")
    assert framed(FIN | BINARY, bytes(65536))[:10] == bytes.fromhex("827f0000000000010000")


def test_the_examples_of_compression() -> None:
    """RFC 7692 7.2.3.1 and 7.2.3.4: one block, and one that is final."""
    for compressed in ("f248cdc9c90700", "f348cdc9c90700", "f348cdc9c9070000"):
        whole = client_frame(FIN | COMPRESSED | TEXT, bytes.fromhex(compressed))
        assert read(whole, deflate=True) == [(TEXT, b"Hello")]


def test_a_control_frame_may_come_between_fragments() -> None:
    """RFC 6455 5.4; also where the message is as large as it may be."""
    frames = [
        client_frame(TEXT, b"a" * 50),
        client_frame(FIN | PING, b"x" * 125),
        client_frame(CONTINUED),
        client_frame(FIN | PONG),
        client_frame(FIN | CONTINUED, b"b" * 50),
    ]

    got = read(*frames, limit=100)
    assert got == [(PING, b"x" * 125), (PONG, b""), (TEXT, b"a" * 50 + b"b" * 50)]


def test_a_character_may_be_cut_in_two_by_a_fragment() -> None:
    """RFC 6455 5.4: what is text is known of the whole message."""
    席 = "席".encode()

    assert read(client_frame(TEXT, 席[:1]), client_frame(FIN | CONTINUED, 席[1:])) == [(TEXT, 席)]


def test_a_compressed_message_may_be_fragmented() -> None:
    """RFC 7692 6.1: the first fragment says that it is compressed."""
    whole = packed(b"zaiseki" * 100)
    frames = client_frame(COMPRESSED | TEXT, whole[:3]), client_frame(FIN | CONTINUED, whole[3:])

    assert read(*frames, deflate=True) == [(TEXT, b"zaiseki" * 100)]
    assert read(client_frame(FIN | TEXT, b"plain"), deflate=True) == [(TEXT, b"plain")]


# ---- what may not


HELLO = client_frame(FIN | TEXT, b"Hello")
WRONG = {
    "not masked": framed(FIN | TEXT, b"Hello"),
    "reserved bit 1 without compression": client_frame(FIN | COMPRESSED | TEXT, b""),
    "reserved bit 2": client_frame(FIN | 0x20 | TEXT, b""),
    "reserved bit 3": client_frame(FIN | 0x10 | TEXT, b""),
    **{f"opcode {code}": client_frame(FIN | code) for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a fragment of nothing": client_frame(FIN | CONTINUED, b"x"),
    "a message within another": client_frame(TEXT, b"x") + client_frame(FIN | TEXT, b"y"),
    "a long control frame": client_frame(FIN | PING, b"x" * 126),
    "a fragmented control frame": client_frame(PING, b"x"),
    "a length of two bytes for 125": bytes((FIN | TEXT, MASKED | 126, 0, 125)),
    "a length of eight bytes for 65535": bytes((FIN | TEXT, MASKED | 127, *bytes(6), 255, 255)),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_frame_that_breaks_the_protocol_is_named_so(wrong: bytes) -> None:
    """RFC 6455 5.1, 5.2, 5.4, 5.5: and what came before it still counts."""
    assert refusal(wrong) == PROTOCOL_ERROR
    got = []
    with pytest.raises(Closing):
        for one in Reader(LIMIT).feed(HELLO + wrong):
            got.append(one)
    assert got == [(TEXT, b"Hello")]


def test_compression_is_told_by_the_first_fragment_and_never_on_control_frames() -> None:
    """RFC 7692 6."""
    assert refusal(client_frame(FIN | COMPRESSED | PING), deflate=True) == PROTOCOL_ERROR
    fragments = client_frame(COMPRESSED | TEXT), client_frame(FIN | COMPRESSED | CONTINUED)
    assert refusal(*fragments, deflate=True) == PROTOCOL_ERROR


def test_text_that_is_not_utf_8_is_invalid() -> None:
    """RFC 6455 8.1; surrogates are no characters (RFC 3629 3)."""
    for wrong in (b"\xff", b"\xed\xa0\x80", "席".encode()[:2], b"\xc0\x80"):
        assert refusal(client_frame(FIN | TEXT, wrong)) == INVALID_DATA
        assert refusal(client_frame(TEXT, wrong), client_frame(FIN | CONTINUED)) == INVALID_DATA
        assert read(client_frame(FIN | BINARY, wrong)) == [(BINARY, wrong)]


def test_what_cannot_be_inflated_is_invalid() -> None:
    assert refusal(client_frame(FIN | COMPRESSED | TEXT, b"\xff\xff"), deflate=True) == INVALID_DATA


def test_what_is_too_big_is_refused_before_it_is_there() -> None:
    """By its length alone, by its fragments together, by what it would be inflated."""
    head = client_frame(FIN | TEXT, bytes(101))[:6]
    bomb = packed(bytes(10_000_000))

    assert refusal(head, limit=100) == TOO_BIG
    assert refusal(bytes((FIN | TEXT, MASKED | 127)) + b"\xff" * 8) == TOO_BIG
    assert (
        refusal(client_frame(TEXT, bytes(60)), client_frame(CONTINUED, bytes(41)), limit=100)
        == TOO_BIG
    )
    assert (
        refusal(client_frame(FIN | COMPRESSED | TEXT, bomb), limit=16_384, deflate=True) == TOO_BIG
    )
    small = client_frame(FIN | COMPRESSED | TEXT, packed(bytes(100)))
    assert read(small, limit=100, deflate=True) == [(TEXT, bytes(100))]


def test_empty_fragments_without_end_cost_nothing() -> None:
    reader = Reader(100)
    list(reader.feed(client_frame(TEXT)))
    for _ in range(100):
        assert list(reader.feed(client_frame(CONTINUED) * 100)) == []

    assert list(reader.feed(client_frame(FIN | CONTINUED, b"x"))) == [(TEXT, b"x")]


# ---- closing


def test_a_close_frame_says_a_code_that_may_be_said() -> None:
    """RFC 6455 5.5.1, 7.4."""
    assert closing(b"") == NO_STATUS
    assert closing(close_frame(NORMAL, "またね")[2:]) == NORMAL
    for code in (1000, 1001, 1003, 1007, 1011, 1014, 3000, 4409, 4999):
        assert closing(code.to_bytes(2, "big")) == code
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535):
        with pytest.raises(Closing) as refused:
            closing(code.to_bytes(2, "big"))
        assert refused.value.code == PROTOCOL_ERROR
    for payload, code in ((b"\x03", PROTOCOL_ERROR), (b"\x03\xe8\xff", INVALID_DATA)):
        with pytest.raises(Closing) as refused:
            closing(payload)
        assert refused.value.code == code


def test_one_without_a_code_is_answered_by_one_without_a_code() -> None:
    assert close_frame(NO_STATUS) == bytes((FIN | CLOSE, 0))


# ---- compression is agreed on, and shared


def test_compression_is_agreed_on_without_context_takeover_or_not_at_all() -> None:
    """RFC 7692 7: browsers offer the first, our terminal the second."""
    assert agreed(["permessage-deflate; client_max_window_bits"]) == ANSWER
    assert agreed(["permessage-deflate; server_no_context_takeover"]) == ANSWER
    assert agreed(["x-other", "permessage-deflate; server_max_window_bits=15"]) == ANSWER
    refused = "permessage-deflate; server_max_window_bits=10"
    assert agreed([refused]) is None
    assert agreed([f"{refused}, permessage-deflate"]) == ANSWER
    for odd in ("permessage-deflate; unknown", "x-webkit-deflate-frame", "=;", ""):
        assert agreed([odd]) is None
    assert agreed(["permessage-deflate; client_max_window_bits=99"]) is None
    assert agreed([]) is None


@given(st.binary(max_size=2_000))
def test_a_frame_for_all_says_the_same_in_each_of_its_forms(payload: bytes) -> None:
    text = payload.hex().encode()
    frame = Frame(text)

    for form in (frame.plain, frame.deflated):
        assert theirs([form], deflate=True, side=CLIENT) == [(TEXT, text)]
    assert len(frame.deflated) <= len(frame.plain)
    assert frame.deflated is frame.deflated
    assert frame.text.encode() == text


# ---- the same as another implementation, whatever comes


class Sent(NamedTuple):
    opcode: int
    payload: bytes
    fragments: int
    compressed: bool
    key: bytes
    between: bytes | None


messages = st.builds(
    Sent,
    opcode=st.sampled_from((TEXT, BINARY)),
    payload=st.one_of(st.text(max_size=300).map(str.encode), st.just(b"long" * 16_500)),
    fragments=st.integers(1, 4),
    compressed=st.booleans(),
    key=st.binary(min_size=4, max_size=4),
    between=st.none() | st.binary(max_size=125),
)


def frames_of(sent: Sent) -> Iterable[bytes]:
    body = packed(sent.payload) if sent.compressed else sent.payload
    size = len(body) // sent.fragments + 1
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    for number, piece in enumerate(pieces):
        first = FIN if number == len(pieces) - 1 else 0
        if number == 0:
            first |= sent.opcode | (COMPRESSED if sent.compressed else 0)
        yield client_frame(first, piece, sent.key)
        if sent.between is not None:
            yield client_frame(FIN | PING, sent.between, sent.key)


def cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[a:b] for a, b in pairwise(edges)]


def theirs(chunks: Iterable[bytes], deflate: bool, side: Side = SERVER) -> list[tuple[int, bytes]]:
    """Messages and control frames as the `websockets` package reads them on this side."""
    protocol = Protocol(side, state=OPEN, max_size=LIMIT)
    if deflate:
        protocol.extensions = [PerMessageDeflate(True, True, 15, 15)]
    for chunk in chunks:
        protocol.receive_data(chunk)
    assert protocol.parser_exc is None
    return list(joined(one for one in protocol.events_received() if isinstance(one, TheirFrame)))


def joined(frames: Iterable[TheirFrame]) -> Iterator[tuple[int, bytes]]:
    opcode, parts = CONTINUED, list[bytes]()
    for frame in frames:
        if frame.opcode & CONTROL:
            yield frame.opcode, bytes(frame.data)
            continue
        opcode = opcode if frame.opcode == CONTINUED else int(frame.opcode)
        parts.append(bytes(frame.data))
        if frame.fin:
            yield opcode, b"".join(parts)
            parts = []


@given(st.lists(messages, max_size=5), st.lists(st.integers(0, 10**9), max_size=30), st.booleans())
def test_however_it_is_cut_the_same_is_read(
    sent: list[Sent], places: list[int], deflate: bool
) -> None:
    plain = [one._replace(compressed=one.compressed and deflate) for one in sent]
    stream = b"".join(frame for one in plain for frame in frames_of(one))
    chunks = cut(stream, places)

    got = read(*chunks, deflate=deflate)
    assert got == read(stream, deflate=deflate) == theirs(chunks, deflate)
    assert [one for one in got if not one[0] & CONTROL] == [one[:2] for one in plain]


@given(
    st.one_of(
        st.lists(st.binary(max_size=200), max_size=20),
        st.lists(st.builds(client_frame, st.integers(0, 255), st.binary(max_size=20)), max_size=20),
    ),
    st.booleans(),
)
def test_whatever_comes_is_read_or_refused(chunks: list[bytes], deflate: bool) -> None:
    """Nothing but Closing is raised, and nothing is read that the limit forbids."""
    reader = Reader(100, deflate)
    try:
        for chunk in chunks:
            for opcode, payload in reader.feed(chunk):
                assert len(payload) <= (125 if opcode & CONTROL else 100)
                if opcode == CLOSE:
                    closing(payload)
    except Closing as refused:
        assert refused.code in (PROTOCOL_ERROR, INVALID_DATA, TOO_BIG)

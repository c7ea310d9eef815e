"""Connections: the fast lane and the plain path do the same, frame by frame."""

import asyncio
import gc
import time
import zlib

import pytest

from hub.live.frames import (
    ANSWER,
    BINARY,
    CLOSE,
    COMPRESSED,
    CONTINUED,
    FIN,
    OPCODE,
    PING,
    PONG,
    TEXT,
    Frame,
    close_frame,
)
from hub.live.front import Front, Handshake
from hub.live.lane import Lane
from hub.live.wire import (
    CLOSE_WITHIN_S,
    DROP_AFTER_SWEEPS,
    PING_AFTER_SWEEPS,
    SWEEP_EVERY_S,
    Wire,
)
from hub.protocol.closing import (
    INVALID_DATA,
    NO_STATUS,
    NORMAL,
    PROTOCOL_ERROR,
    TOO_BIG,
    TOO_FAST,
    UNSUPPORTED_DATA,
    Closing,
)
from tests.clock import until
from tests.hub.live.wires import LIMITS, Stand, stand
from tests.rawsockets import NO_CODE, client_frame, raw_socket

both = pytest.mark.parametrize("lane", [True, False], ids=["lane", "plain"])
SMALL = 4_096  # what a client that does not read takes all the same
BLOCK = Frame(b"x" * 10_000)


# ---- what is heard and said


@both
async def test_what_is_said_arrives_and_is_answered(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        assert client.status == 101
        for text in (b"a", "席".encode() * 40, b"x" * 300, b""):
            await client.say(text)
            assert await client.text() == text
        peer = await at.peer()
        assert len(at.wires) == 1
        await client.send(client_frame(FIN | CLOSE, close_frame(NORMAL)[2:]))
        assert (await client.closed())[0] == NORMAL
        assert await client.ended()
        await until(lambda: peer.losses == 1)
        assert len(at.wires) == 0


@both
async def test_byte_by_byte_and_in_fragments_it_is_the_same(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        frames = client_frame(TEXT, b"one "), client_frame(FIN | CONTINUED, b"message")
        for byte in frames[0] + client_frame(FIN | PING, b"?") + frames[1]:
            await client.send(bytes((byte,)))

        assert await client.frame() == (FIN | PONG, b"?")
        assert await client.text() == b"one message"


@both
async def test_a_ping_is_answered_with_what_it_said(lane: bool) -> None:
    """RFC 6455 5.5.2."""
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        await client.send(client_frame(FIN | PONG, b"unasked") + client_frame(FIN | PING, b"1"))
        assert await client.frame() == (FIN | PONG, b"1")


# ---- what ends it

ENDS = {
    "not masked": (b"\x81\x05Hello", PROTOCOL_ERROR),
    "reserved": (client_frame(FIN | 0x10 | TEXT), PROTOCOL_ERROR),
    "compressed, not agreed": (client_frame(FIN | COMPRESSED | TEXT, b"\x00"), PROTOCOL_ERROR),
    "unknown opcode": (client_frame(FIN | 0x3), PROTOCOL_ERROR),
    "fragment of nothing": (client_frame(FIN | CONTINUED), PROTOCOL_ERROR),
    "long ping": (client_frame(FIN | PING, b"x" * 126), PROTOCOL_ERROR),
    "not UTF-8": (client_frame(FIN | TEXT, b"\xff"), INVALID_DATA),
    "not text": (client_frame(FIN | BINARY, b"x"), UNSUPPORTED_DATA),
    "no close code": (client_frame(FIN | CLOSE, b"\x03\xec"), PROTOCOL_ERROR),
    "what the peer refuses": (client_frame(FIN | TEXT, b"end"), 4400),
}


@both
@pytest.mark.parametrize(("sent", "code"), ENDS.values(), ids=ENDS.keys())
async def test_who_breaks_the_rules_is_told_which(lane: bool, sent: bytes, code: int) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        await client.say(b"before")
        assert await client.text() == b"before"
        await client.send(sent + (b"and more" * 1_000 if lane else b""))
        assert (await client.closed())[0] == code
        peer = await at.peer()
        assert peer.heard == [b"before"]
        client.writer.close()
        await until(lambda: peer.losses == 1)


TOO_LARGE = {
    "at once": client_frame(FIN | TEXT, b"x" * 100_000),
    "in pieces": client_frame(TEXT, b"x" * 600) + client_frame(FIN | CONTINUED, b"x" * 70_000),
}


@pytest.mark.parametrize("sent", TOO_LARGE.values(), ids=TOO_LARGE.keys())
async def test_who_sends_too_much_is_told_so_even_while_sending(sent: bytes) -> None:
    """Closing over what was not read would reset the connection, and the code would be lost."""
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent") as client:
        sending = asyncio.create_task(client.send(sent * 20))
        assert await client.closed() == (TOO_BIG, "a frame may have at most 1000 bytes")
        assert await client.ended()
        sending.cancel()


@both
async def test_too_many_messages_at_once_end_it(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        await client.send(client_frame(FIN | TEXT, b"x") * (LIMITS.burst + 1))
        assert (await client.closed())[0] == TOO_FAST
        assert len((await at.peer()).heard) == LIMITS.burst


@both
async def test_what_was_spent_comes_back_with_time(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        for _ in range(LIMITS.burst):
            await client.say(b"x")
            await client.text()
        silence(at, 1)
        for _ in range(round(LIMITS.per_s * SWEEP_EVERY_S)):
            await client.say(b"x")
            await client.text()
        await client.say(b"one too many")
        assert (await client.closed())[0] == TOO_FAST


async def test_pings_without_end_end_it_too() -> None:
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent") as client:
        await client.send(client_frame(FIN | PING) * (LIMITS.burst + 1))
        assert (await client.closed())[0] == TOO_FAST


# ---- closing


@both
async def test_the_hub_closes_and_waits_for_the_answer(lane: bool) -> None:
    """RFC 6455 7.1.1: the server ends the connection, once both have said so."""
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        await client.say(b"hello")
        await client.text()
        peer = await at.peer()
        peer.wire.send(Frame(b"last words"))
        peer.wire.close(Closing(4503, "later"))
        peer.wire.close(Closing(4400, "the first reason counts"))
        peer.wire.send(Frame(b"too late"))
        assert await client.text() == b"last words"
        assert await client.frame() == (FIN | CLOSE, close_frame(4503, "later")[2:])
        await client.send(client_frame(FIN | CLOSE, close_frame(4503)[2:]))
        assert await client.ended()
        await until(lambda: peer.losses == 1)


@pytest.mark.parametrize("code", [NORMAL, 1001, 4000, NO_STATUS])
async def test_a_close_is_answered_with_its_code(code: int) -> None:
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent") as client:
        await client.send(client_frame(FIN | CLOSE, close_frame(code)[2:]))
        assert (await client.closed())[0] == (NO_CODE if code == NO_STATUS else code)
        assert await client.ended()


@both
async def test_who_does_not_answer_our_close_is_cut_off(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent", buffer_bytes=SMALL) as client:
        peer = await at.peer()
        await flooded(peer.wire)
        peer.wire.close(Closing(4503, "later"))
        at.wires.look(time.monotonic() + CLOSE_WITHIN_S - 0.5)
        assert peer.losses == 0
        at.wires.look(time.monotonic() + CLOSE_WITHIN_S + 0.5)
        await until(lambda: peer.losses == 1)
        assert client.status == 101


@both
async def test_a_connection_that_drops_is_lost_once(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent") as client:
        peer = await at.peer()
        client.writer.transport.abort()
        await until(lambda: peer.losses)
        assert (peer.losses, len(at.wires)) == (1, 0)
        peer.wire.send(Frame(b"to nobody"))
        peer.wire.close(Closing(NORMAL, "to nobody"))


# ---- who does not read


async def flooded(wire: Wire) -> int:
    """Write until the other side is full, what a slow reader's hub does then; how much it was."""
    size = 0
    while not wire.full:
        wire.send(BLOCK)
        size += len(BLOCK.payload)
        await asyncio.sleep(0)
    return size


@both
async def test_who_does_not_read_is_full_until_there_is_room(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/agent", buffer_bytes=SMALL) as client:
        peer = await at.peer()
        size = await flooded(peer.wire)
        assert peer.drains == 0
        while peer.wire.full:
            assert await client.text() == BLOCK.payload
            size -= len(BLOCK.payload)
        await until(lambda: peer.drains == 1)
        while size:
            size -= len(await client.text())


async def test_what_a_slow_peer_costs_is_bounded() -> None:
    """Watching, 12: what waits here, and twice what the kernel was told (socket(7))."""
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent", buffer_bytes=SMALL):
        peer = await at.peer()
        size = await flooded(peer.wire)
        assert size <= 2 * LIMITS.kernel_bytes + 2 * SMALL + len(BLOCK.payload)


async def test_one_that_does_not_read_gets_the_latest_pong_only() -> None:
    """RFC 6455 5.5.3."""
    async with (
        stand(lane=True) as at,
        raw_socket(at.port, "/ws/agent", buffer_bytes=SMALL) as client,
    ):
        peer = await at.peer()
        await flooded(peer.wire)
        for number in range(3):
            await client.send(client_frame(FIN | PING, str(number).encode()))
        await client.say(b"last")
        await until(lambda: peer.heard)
        while (found := await client.frame())[0] & OPCODE == TEXT:
            assert found[1] in (BLOCK.payload, b"last")
        assert found == (FIN | PONG, b"2")


# ---- who is silent


async def test_who_is_silent_is_asked_and_then_dropped() -> None:
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent") as client:
        peer = await at.peer()
        silence(at, PING_AFTER_SWEEPS)
        assert await client.frame() == (FIN | PING, b"")
        await client.send(client_frame(FIN | PONG))
        await client.say(b"heard")
        await client.text()
        silence(at, DROP_AFTER_SWEEPS - 1)
        assert await client.frame() == (FIN | PING, b"")
        assert peer.losses == 0
        silence(at, DROP_AFTER_SWEEPS)
        await until(lambda: peer.losses == 1)


def silence(at: Stand, sweeps: int) -> None:
    """So many sweeps' time passes in which nothing is heard."""
    for _ in range(sweeps):
        at.clock += SWEEP_EVERY_S
        at.wires.look(at.clock)


# ---- compression

OFFER = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}


async def test_compression_is_agreed_on_and_shared() -> None:
    async with (
        stand(lane=True) as at,
        raw_socket(at.port, "/ws/agent", OFFER) as one,
        raw_socket(at.port, "/ws/agent", OFFER) as two,
        raw_socket(at.port, "/ws/agent") as plain,
    ):
        assert ANSWER in one.answer
        assert "extensions" not in plain.answer.lower()
        await until(lambda: len(at.wires) == 3)
        frame = Frame(b"the same for all " * 50)
        for peer in at.peers:
            peer.wire.send(frame)

        assert await plain.frame() == (FIN | TEXT, frame.payload)
        got = [await one.frame(), await two.frame()]
        assert got[0] == got[1]
        first, packed = got[0]
        assert first == FIN | COMPRESSED | TEXT
        assert len(packed) < 100
        inflater = zlib.decompressobj(-15)
        assert inflater.decompress(packed + b"\x00\x00\xff\xff") == frame.payload


async def test_a_bomb_is_too_big() -> None:
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(bytes(500_000)) + packer.flush(zlib.Z_SYNC_FLUSH)
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent", OFFER) as client:
        assert len(bomb) < LIMITS.message_bytes
        await client.send(client_frame(FIN | COMPRESSED | TEXT, bomb[:-4]))
        assert (await client.closed())[0] == TOO_BIG


# ---- what is kept of it


async def test_an_idle_connection_keeps_no_task_and_no_protocol_object() -> None:
    async with stand(lane=True) as at:
        tasks = len(asyncio.all_tasks())
        async with raw_socket(at.port, "/ws/agent"), raw_socket(at.port, "/ws/agent"):
            await until(lambda: len(at.wires) == 2)
            await until(lambda: len(asyncio.all_tasks()) == tasks)
            gc.collect()
            held = [type(one) for one in gc.get_objects()]
            assert Front not in held
            assert Handshake not in held
            assert held.count(Lane) == 2
            assert not at.server.server_state.connections


async def test_it_is_not_let_go_without_a_collection() -> None:
    """A storm of connections leaves no cycles behind."""
    gc.collect()
    gc.disable()
    try:
        async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent"):
            await until(lambda: len(at.wires) == 1 and not living(Handshake))
    finally:
        gc.enable()


def living(kind: type) -> int:
    return sum(type(one) is kind for one in gc.get_objects())

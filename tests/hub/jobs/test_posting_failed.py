"""Receivers that fail: whatever they send, it is an answer, and comes in time."""

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from hub.jobs.posting import Poster
from storage.webhooks.times import TIMES
from tests.hub.jobs.posts import HASTY, LOOPBACK, posted
from tests.receiver import Reply, receiver, throttle


@asynccontextmanager
async def raw(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that reads the head of a request, and answers with whatever bytes; its address."""

    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for task in filter(None, serving):
            task.cancel()
        await asyncio.gather(*filter(None, serving))


@pytest.mark.parametrize(
    "sent",
    [
        b"220 mail.example ESMTP\r\n",
        b"\x16\x03\x01\x00\x05",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"",
    ],
    ids=["mail", "tls", "half", "endless-head", "nothing"],
)
async def test_garbage_is_an_answer_that_failed(sent: bytes) -> None:
    async def garbage(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()

    async with raw(garbage) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ok, answer.ours) == (None, False, False)
    assert "Error" in answer.said


async def test_a_connection_that_is_reset_failed() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with raw(reset) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ours) == (None, False)
    assert "Error" in answer.said


async def test_a_server_that_is_not_there_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with Poster(LOOPBACK) as poster:
        answer = await posted(f"http://127.0.0.1:{port}/", poster)

    assert (answer.status, answer.said.partition(":")[0]) == (None, "ConnectError")


async def test_a_head_that_drips_is_no_answer_in_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        for byte in itertools.cycle(b"H"):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw(drip) as url, Poster(LOOPBACK, times=HASTY) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.said) == (None, "no answer within 0.3 s")


@pytest.mark.parametrize("status", [200, 500])
async def test_a_body_that_drips_for_ever_takes_nothing_away_from_the_status(status: int) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 100000\r\n\r\n".encode())
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.005)

    async with raw(drip) as url, Poster(LOOPBACK, times=TIMES.scaled(0.1)) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ok) == (status, status == 200)
    assert set(answer.said) <= {"x"} and len(answer.said) <= 1_000


async def test_a_body_without_an_end_is_read_to_its_first_thousand_bytes() -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with raw(flood) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.said) == (200, "x" * 1_000)
    assert answer.took_s < 5


async def test_a_body_that_breaks_off_is_a_success_if_its_status_was() -> None:
    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nhalf")
        await writer.drain()

    async with raw(half) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ok) == (202, True)


async def test_https_to_a_server_that_speaks_none_failed() -> None:
    async with receiver() as plain, Poster(LOOPBACK) as poster:
        answer = await posted(f"https://127.0.0.1:{plain.port}/", poster)

    assert answer.status is None
    assert "ssl" in answer.said.lower()
    assert plain.received == []


@pytest.mark.parametrize(
    ("status", "asked", "wait"),
    [
        (429, "120", timedelta(minutes=2)),
        (503, "7", timedelta(seconds=7)),
        (502, "", TIMES.rest),
        (504, "soon", TIMES.rest),
        (500, "120", None),
        (404, "", None),
        (200, "120", None),
    ],
)
async def test_a_receiver_that_is_busy_is_left_alone_as_long_as_it_asks(
    status: int, asked: str, wait: timedelta | None
) -> None:
    async with receiver() as here, Poster(LOOPBACK) as poster:
        here.script.append(throttle(asked, status) if asked else Reply(status))

        answer = await posted(here.url, poster)

    assert (answer.status, answer.wait) == (status, wait)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_whatever_its_number(status: int) -> None:
    async with receiver() as here, receiver() as there, Poster(LOOPBACK) as poster:
        here.script.append(Reply(status, headers={"location": there.url}))

        assert not (await posted(here.url, poster)).ok

    assert (len(here.received), there.received) == (1, [])

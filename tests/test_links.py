"""The faulty link does what other tests rely on."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clock import until
from tests.links import Link, Way, link

SOON_S = 0.1


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.fixture
async def echoing(tmp_path: Path) -> AsyncIterator[Link]:
    path = str(tmp_path / "echo.sock")
    async with await asyncio.start_unix_server(echo, path), link(path) as proxy:
        yield proxy


async def dial(proxy: Link) -> Way:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def say(way: Way, data: bytes) -> bytes:
    reader, writer = way
    writer.write(data)
    async with asyncio.timeout(5):
        return await reader.readexactly(len(data))


async def test_a_good_link_carries_bytes_and_the_end(echoing: Link) -> None:
    reader, writer = way = await dial(echoing)

    assert await say(way, b"x" * 300_000) == b"x" * 300_000
    writer.write_eof()
    assert await reader.read() == b""
    assert echoing.connections == 1
    writer.close()


async def test_a_cut_resets_who_is_connected_and_nobody_else(echoing: Link) -> None:
    way = await dial(echoing)
    await say(way, b"hello")

    echoing.cut()
    with pytest.raises(ConnectionResetError):
        await way[0].read()
    again = await dial(echoing)
    assert await say(again, b"again") == b"again"
    again[1].close()


async def test_what_is_stalled_arrives_when_the_link_resumes(echoing: Link) -> None:
    way = await dial(echoing)
    await say(way, b"hello")

    echoing.stall()
    way[1].write(b"later")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(way[0].read(1), SOON_S)
    await echoing.resume()
    assert await way[0].readexactly(5) == b"later"
    way[1].close()


async def test_a_stalled_link_can_be_cut(echoing: Link) -> None:
    way = await dial(echoing)
    await say(way, b"hello")

    echoing.stall()
    echoing.cut()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(way[0].read(), 5)


async def test_a_refusing_link_keeps_who_is_connected(echoing: Link) -> None:
    way = await dial(echoing)
    await say(way, b"hello")

    echoing.refuse()
    with pytest.raises(ConnectionRefusedError):
        await dial(echoing)
    assert await say(way, b"still here") == b"still here"
    await echoing.resume()
    again = await dial(echoing)
    assert await say(again, b"again") == b"again"
    again[1].close()
    way[1].close()


async def test_a_delay_is_paid_once_in_each_direction(echoing: Link) -> None:
    way = await dial(echoing)
    echoing.delay(ms=50)

    start = time.monotonic()
    await say(way, b"x" * 300_000)
    assert 0.1 <= time.monotonic() - start < 2.0
    way[1].close()


async def test_a_limited_link_takes_its_time(echoing: Link) -> None:
    way = await dial(echoing)
    echoing.limit(bytes_per_s=100_000)

    start = time.monotonic()
    await say(way, b"x" * 30_000)
    assert 0.2 <= time.monotonic() - start < 2.0
    way[1].close()


async def test_a_link_to_nowhere_ends_each_connection(tmp_path: Path) -> None:
    async with link(str(tmp_path / "nobody.sock")) as proxy:
        reader, _ = await dial(proxy)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        await until(lambda: proxy.connections == 1)

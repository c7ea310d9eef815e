"""The process that looks at images: what it refuses is the image's fault, and nothing else is."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hub.http.pictures.decoder import COMMAND, Busy, Decoder
from hub.http.pictures.plain import NotPlain
from tests.hub.http.pictures.test_evidence import jpeg

FIT = (640, 480)
SLOW_TO_DECODE = """
import hub.http.pictures.decoding as one, sys
one.DECODED_WITHIN_S = 0.05
def decoded(data):
    while True: pass
one.decoded = decoded
one.main(sys.stdin.buffer, sys.stdout.buffer)
"""
WAITS = """
import sys, hub.http.pictures.decoding as one
one.decoded = lambda data: sys.stdin.buffer.read(1)
one.main(sys.stdin.buffer, sys.stdout.buffer)
"""


@asynccontextmanager
async def running(*command: str, patience_s: float = 20.0) -> AsyncIterator[Decoder]:
    one = Decoder(command or COMMAND, patience_s)
    try:
        yield one
    finally:
        await one.close()


def script(text: str) -> tuple[str, ...]:
    return sys.executable, "-c", text


@pytest.mark.requirement("R65")
async def test_a_plain_picture_is_what_it_says() -> None:
    async with running() as decoder:
        picture = await decoder.look(jpeg(), FIT)

        assert (picture.width, picture.height) == (64, 48)


@pytest.mark.requirement("R65")
async def test_a_picture_that_takes_the_processor_for_itself_is_refused() -> None:
    async with running(*script(SLOW_TO_DECODE)) as decoder:
        with pytest.raises(NotPlain, match="gave up"):
            await decoder.look(jpeg(), FIT)


async def test_a_machine_without_time_refuses_no_picture() -> None:
    async with running(*script(WAITS), patience_s=0.5) as decoder:
        with pytest.raises(Busy):
            await decoder.look(jpeg(), FIT)


async def test_a_process_that_does_not_come_up_refuses_no_picture() -> None:
    async with running(*script("raise SystemExit(1)")) as decoder:
        with pytest.raises(Busy):
            await decoder.look(jpeg(), FIT)

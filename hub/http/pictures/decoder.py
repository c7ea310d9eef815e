"""Looks at images that devices sent, in a process that may do nothing else."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from hub.http.pictures.plain import NotPlain, Picture, plain

COMMAND = (sys.executable, "-I", "-m", "hub.http.pictures.decoding")
READY = b"ready\n"  # its first words: it is loaded, and may do nothing else from here on
ANSWERS_WITHIN_S = 20.0  # on a machine that has no time: a device waits for 30 s
RENEW_AFTER = 10_000  # images; what a decoder leaks is gone then


class Busy(Exception):
    """Nobody has the time to look at an image: it may well be a good one, and is to come again."""


class Decoder:
    """One at a time; a process that an image ends costs that image alone, and is replaced."""

    def __init__(self, command: Sequence[str] = COMMAND, patience_s: float = ANSWERS_WITHIN_S):
        self._command, self._patience_s = command, patience_s
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._seen = 0

    async def look(self, data: bytes, fit: tuple[int, int]) -> Picture:
        """What it is, fully decoded.

        Raise NotPlain if it is anything else or does not fit, and Busy if it cannot be said now.
        """
        picture = plain(data)
        if picture.width > fit[0] or picture.height > fit[1]:
            raise NotPlain(f"{picture.width}x{picture.height} is over {fit[0]}x{fit[1]}")
        async with self._turn:
            said = await self._asked(data)
        if said != f"ok {picture.width} {picture.height}":
            raise NotPlain(f"it does not decode ({said})")
        return picture

    async def _asked(self, data: bytes) -> str:
        try:
            async with asyncio.timeout(self._patience_s):
                process = await self._ready()
                assert process.stdin and process.stdout
                with suppress(ConnectionError):
                    process.stdin.write(len(data).to_bytes(4) + data)
                    await process.stdin.drain()
                line = await process.stdout.readline()
        except TimeoutError:
            await self.close()
            raise Busy from None
        except asyncio.CancelledError:
            await self.close()  # its answer would be taken for the next image's
            raise
        if not line:
            await self.close()
            return "the decoder gave up"
        return line.decode().strip()

    async def _ready(self) -> Process:
        if self._seen >= RENEW_AFTER:
            await self.close()
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
            )
            self._seen = 0
            assert self._process.stdout
            if await self._process.stdout.readline() != READY:
                await self.close()
                raise Busy
        self._seen += 1
        return self._process

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin:
            process.stdin.close()
        await process.wait()

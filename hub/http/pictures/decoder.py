"""Looks at images that devices sent, in a process that may do nothing else."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from hub.http.pictures.plain import NotPlain, Picture, plain

COMMAND = ("-I", "-m", "hub.http.pictures.decoding")
DECODED_WITHIN_S = 5.0  # a screen of 1920 x 1080 takes 30 ms
RENEW_AFTER = 10_000  # images; what a decoder leaks is gone then


class Decoder:
    """One at a time; a process that hangs or dies costs the image that did it, and is replaced."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._seen = 0

    async def look(self, data: bytes, fit: tuple[int, int]) -> Picture:
        """What it is, fully decoded; raise NotPlain if it is anything else or does not fit."""
        picture = plain(data)
        if picture.width > fit[0] or picture.height > fit[1]:
            raise NotPlain(f"{picture.width}x{picture.height} is over {fit[0]}x{fit[1]}")
        async with self._turn:
            said = await self._asked(data)
        if said != f"ok {picture.width} {picture.height}":
            raise NotPlain(f"it does not decode ({said})")
        return picture

    async def _asked(self, data: bytes) -> str:
        process = await self._ready()
        assert process.stdin and process.stdout
        try:
            async with asyncio.timeout(DECODED_WITHIN_S):
                process.stdin.write(len(data).to_bytes(4) + data)
                await process.stdin.drain()
                line = await process.stdout.readline()
        except TimeoutError:
            line = b""
        except ConnectionError:
            line = b""
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
                sys.executable, *COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
            )
            self._seen = 0
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

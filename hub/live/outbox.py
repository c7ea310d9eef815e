"""What waits to be written to one watcher: bounded by state, not by a queue without end.

A watcher that does not keep up is skipped: its frames are let go, and when it reads again it gets
the last state of every seat that changed since.
"""

import asyncio
from collections import deque
from collections.abc import Iterator

LIMIT_BYTES = 512 * 1024  # what a slow watcher may cost


class Outbox:
    """`sent` is the offset up to which everything was handed out or waits here."""

    def __init__(self) -> None:
        self.sent = 0
        self.behind = False
        self.closed: Exception | None = None
        self._parts: Iterator[bytes] = iter(())
        self._frames: deque[tuple[bytes, int | None]] = deque()
        self._size = 0
        self._ready = asyncio.Event()

    def put(self, frame: bytes, offset: int | None = None) -> None:
        """Queue a frame; `offset` is where the watcher stands once it has it, if it moves."""
        if self.behind:
            return
        if self._size + len(frame) > LIMIT_BYTES:
            self.skip()
            return
        self._frames.append((frame, offset))
        self._size += len(frame)
        self._ready.set()

    def skip(self) -> None:
        """Let go of what waits; the state since `sent` stands in for it."""
        self._frames.clear()
        self._size = 0
        self.behind = True
        self._ready.set()

    def start(self, parts: Iterator[bytes], offset: int) -> None:
        """Begin anew with a snapshot, made part by part as the watcher takes them."""
        self._frames.clear()
        self._size = 0
        self._parts, self.sent, self.behind = parts, offset, False
        self._ready.set()

    def caught_up(self, frames: list[bytes], offset: int) -> None:
        """These frames bring a skipped watcher to `offset`; from here on it is written to again."""
        self.behind = False
        for frame in frames:
            self._frames.append((frame, None))
            self._size += len(frame)
        self.sent = offset
        self._ready.set()

    def close(self, why: Exception) -> None:
        self.closed = why
        self._ready.set()

    async def ready(self) -> None:
        """Wait until there is something to write; raise what closes this watcher."""
        await self._ready.wait()
        if self.closed:
            raise self.closed

    def take(self) -> bytes | None:
        """The next frame; None when there is none, or when the watcher is to be caught up."""
        part = next(self._parts, None)
        if part is not None:
            return part
        if self._frames:
            frame, offset = self._frames.popleft()
            self._size -= len(frame)
            self.sent = self.sent if offset is None else offset
            return frame
        if not self.behind:
            self._ready.clear()
        return None

"""The camera's pictures for people and programs: made small once, for all who look."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from agent.cameras.camera import upright

LARGEST = (640, 480)  # inside of which a picture is fitted: what the agent's camera gives anyway
CLOCK_HZ = 90_000  # of video over RTP (RFC 3551 4)


@dataclass(frozen=True)
class Shot:
    """The planes of one picture, one below the other as PyAV has them, and its time in ticks."""

    pixels: NDArray[np.uint8]
    at: int

    def frame(self) -> VideoFrame:
        made = VideoFrame.from_ndarray(self.pixels, format="yuv420p")
        made.pts, made.time_base = self.at, Fraction(1, CLOCK_HZ)
        return made


class Pictures:
    """A `camera.Tap`. Nothing is kept but the latest picture, and that only while somebody looks.

    Everything but `wanted` and `take` is called on the event loop.
    """

    def __init__(self) -> None:
        self._lookers = 0
        self._latest: Shot | None = None
        self._number = 0
        self._begun = time.monotonic()
        self._fresh = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Pictures come for as long as the block lasts."""
        self._loop = asyncio.get_running_loop()
        self._lookers += 1
        try:
            yield
        finally:
            self._lookers -= 1
            if not self._lookers:
                self._latest = None

    async def after(self, number: int) -> tuple[int, VideoFrame]:
        """The first picture that is newer than `number` (0 for any), with its own number.

        Its format is yuv420p, its time the moment at which the camera gave it. It is the caller's
        own: encoders and converters write into a frame, and two at once would break it.
        """
        while self._latest is None or self._number <= number:
            await self._fresh.wait()
        return self._number, self._latest.frame()

    def cover(self) -> None:
        """The camera is closed: whoever looks sees black, and not for ever the last picture."""
        if self._latest:
            height, width = self._latest.pixels.shape
            self._show(self._shot(black(width, height * 2 // 3)))

    # ---- in the camera's thread

    @property
    def wanted(self) -> bool:
        return self._lookers > 0

    def take(self, picture: VideoFrame) -> None:
        shot = self._shot(picture)
        if self._loop:
            with suppress(RuntimeError):  # the loop has ended without waiting for the camera
                self._loop.call_soon_threadsafe(self._show, shot)

    def _shot(self, picture: VideoFrame) -> Shot:
        pixels = np.asarray(fitted(picture).to_ndarray(), np.uint8)
        return Shot(pixels, int((time.monotonic() - self._begun) * CLOCK_HZ))

    def _show(self, shot: Shot) -> None:
        if not self._lookers:
            return
        self._latest = shot
        self._number += 1
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()


def fitted(picture: VideoFrame) -> VideoFrame:
    """Upright, as large as fits, never larger than it was, with even sides as VP8 wants."""
    if picture.rotation % 360:
        picture = VideoFrame.from_ndarray(upright(picture), format="bgr24")
    scale = min(1.0, LARGEST[0] / picture.width, LARGEST[1] / picture.height)
    return picture.reformat(even(picture.width * scale), even(picture.height * scale), "yuv420p")


def black(width: int, height: int) -> VideoFrame:
    return VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="bgr24")


def even(side: float) -> int:
    return max(2, round(side / 2) * 2)

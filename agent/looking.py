"""The thread that looks: frames into sights, for as long as the camera may be open."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from agent.cameras import camera
from agent.cameras.camera import CameraFault, Frame, Source
from agent.cameras.pictures import Pictures
from agent.decisions.attention import Attention
from agent.decisions.challenge import LOOK_PER_S, Gesture
from agent.decisions.observer import Tempo
from agent.vision.devices import Search
from agent.vision.judgement import Sight

RETRY_S, LONGEST_RETRY_S = 1.0, 30.0  # of a camera that is not there
JOIN_S = 1.0  # a thread that a dead driver holds is left behind


class Mind(Protocol):
    """Whose eyes the thread is: the first four are asked in it, the rest is told on the loop."""

    def sight(self, frame: Frame, search: Search | None) -> Sight: ...
    def gesture(self, frame: Frame) -> Gesture | None: ...
    def tempo(self) -> Tempo: ...
    def asking_now(self) -> bool: ...
    def seen(self, frame: Frame, sight: Sight) -> None: ...
    def gestured(self, gesture: Gesture | None) -> None: ...
    def faulted(self, fault: CameraFault) -> None: ...
    def failed(self, error: Exception) -> None: ...


class Looking:
    """One source's thread. Begins with the camera closed; all but the thread is the loop's."""

    def __init__(self, source: Source, fps: float, pictures: Pictures, mind: Mind) -> None:
        self.source = source
        self._fps, self._pictures, self._mind = fps, pictures, mind
        self._open, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(
            target=self._look, args=(loop,), name="looking", daemon=True
        )
        self._thread.start()

    def open(self) -> None:
        self._open.set()

    def close(self) -> None:
        """Leave the camera; the frame that is being looked at may still be told."""
        self._open.clear()

    def stop(self) -> None:
        """For good; at any time, before the start as well."""
        self._stopping.set()
        self._open.set()

    async def stopped(self) -> None:
        self.stop()
        if self._thread:
            await asyncio.to_thread(self._thread.join, JOIN_S)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Until told to stop; a camera that has gone is tried again."""

        def post(call: Callable[..., None], *what: object) -> None:
            with suppress(RuntimeError):  # the loop has ended without waiting for us
                loop.call_soon_threadsafe(call, *what)

        mind, retry_s = self._mind, RETRY_S
        while self._may_look():
            try:
                attention = Attention(mind.sight, self._fps)
                per_s = self._hurry(attention)
                for frame in camera.frames(
                    self.source, per_s, stop=self._closed, tap=self._pictures
                ):
                    eyed = attention.see(frame, mind.tempo())
                    if mind.asking_now():
                        post(mind.gestured, mind.gesture(frame))
                    post(mind.seen, frame, eyed.sight)
                    retry_s = RETRY_S
                continue
            except CameraFault as fault:
                post(mind.faulted, fault)
                if not self.source.live:
                    return
            except Exception as error:
                post(mind.failed, error)
                return
            self._stopping.wait(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    def _hurry(self, attention: Attention) -> Callable[[], float]:
        """How fast to look: as much as attention asks for, and fast enough to see a blink."""

        def per_s() -> float:
            calm = attention.per_s(self._mind.tempo(), time.monotonic())
            return max(calm, LOOK_PER_S) if self._mind.asking_now() else calm

        return per_s

    def _may_look(self) -> bool:
        """Wait while the camera is to be closed; False when the agent stops."""
        self._open.wait()
        return not self._stopping.is_set()

    def _closed(self) -> bool:
        return self._stopping.is_set() or not self._open.is_set()

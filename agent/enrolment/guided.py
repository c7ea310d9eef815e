"""One guided enrolment: a thread with the camera, a picture to look at, and where it stands."""

import threading
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agent.cameras import camera
from agent.cameras.camera import CameraFault, Source
from agent.enrolment import guide
from agent.enrolment.gallery import ImageSet, image_set
from agent.enrolment.guide import Course, Meter
from agent.troubles import Trouble
from agent.vision.coding import framed, jpeg
from agent.vision.judgement import OTHER_BELOW
from agent.vision.pixels import Image
from agent.vision.sharing import SharedEyes
from hub.protocol.enrolling import Condition
from hub.protocol.facts import Reason

LOOK_PER_S = 5.0
APART_S = 0.5  # between two frames that are taken, so that they differ
PATIENCE_S = 180.0  # nobody sits before a guide for longer
OPENED_WITHIN_S = 10.0  # the agent lets go of the camera, and drivers take their time
RETRY_S = 0.5
JPEG_SCALE = 4  # of FFmpeg's 2 (best) to 31


class NotShown(Exception):
    """The camera did not show enough; `say` names what was to be done last."""

    def __init__(self, say: str) -> None:
        ja, en = guide.SAY[say]
        self.say = Trouble(f"十分に映りませんでした。{ja}", f"the camera did not show enough: {en}")
        super().__init__(str(self.say))


@dataclass(frozen=True)
class View:
    """What the page shows: the last picture as JPEG, the meters, and what to do."""

    course: Course = field(default_factory=Course)
    meters: tuple[Meter, ...] = ()
    say: str = "nobody"
    jpeg: bytes = b""
    number: int = 0


class Guided:
    """Started once; `view` may be read from any thread, `skip` and `stop` be called."""

    def __init__(self, source: Source, eyes: SharedEyes, condition: Condition) -> None:
        self.view = View()
        self.condition = condition
        self._source, self._eyes = source, eyes
        self._embeddings: list[NDArray[np.float32]] = []
        self._stopping = threading.Event()
        self._skipping = threading.Event()
        self._taken_at = 0.0

    def skip(self) -> None:
        self._skipping.set()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def stopped(self) -> bool:
        return self._stopping.is_set()

    def run(self, clock: float) -> ImageSet | None:
        """Blocks until it has all images or was stopped; raise CameraFault or NotShown."""
        begun = time.monotonic()
        while not self._stopping.is_set():
            try:
                for frame in camera.frames(self._source, LOOK_PER_S, stop=self._stopping.is_set):
                    self._see(frame.bgr, time.monotonic())
                    if self.view.course.done:
                        return image_set(self._embeddings, self.condition, clock)
                    if time.monotonic() - begun > PATIENCE_S:
                        raise NotShown(self.view.say)
            except CameraFault as fault:
                late = time.monotonic() - begun > OPENED_WITHIN_S
                if fault.reason is not Reason.CAMERA_BUSY or late:
                    raise
                self._stopping.wait(RETRY_S)
        return None

    def _see(self, bgr: Image, now: float) -> None:
        with self._eyes.turn:
            look = self._eyes.eyes.look(bgr)
        course = self.view.course
        if self._skipping.is_set():
            self._skipping.clear()
            course = guide.skip(course)
        if course.pose is None:
            self._show(bgr, course, (), "done")
            return
        read = guide.meters(guide.facts(look), course.pose)
        say = guide.wrong(read)
        if not say and self._another(look.faces[0].embedding):
            say = "other"
        if not say and now - self._taken_at >= APART_S:
            self._embeddings.append(look.faces[0].embedding)
            self._taken_at = now
            course = guide.take(course)
        self._show(bgr, course, read, say or ("done" if course.done else "hold"))

    def _another(self, embedding: NDArray[np.float32]) -> bool:
        """Certainly not the person of the first picture."""
        return bool(self._embeddings) and float(self._embeddings[0] @ embedding) < OTHER_BELOW

    def _show(self, bgr: Image, course: Course, read: tuple[Meter, ...], say: str) -> None:
        self.view = View(course, read, say, jpeg(framed(bgr), JPEG_SCALE), self.view.number + 1)

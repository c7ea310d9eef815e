"""Looks at a frame and says which faces are there, how well each is seen, and what names it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agent.decisions.challenge import Gesture
from agent.vision.devices import EVERYWHERE, Devices, Search
from agent.vision.faces import (
    Box,
    Mesh,
    Points,
    Recogniser,
    five_of,
    openness,
)
from agent.vision.models import Pack
from agent.vision.photos import Photos
from agent.vision.pixels import Image, light
from agent.vision.scrfd import finder

# A crowd must not slow the frame down: the largest faces say all that is asked.
MAX_FACES = 5

# The middle of an aligned crop, without hair and background.
CORE = slice(24, 88)

# Fine detail that is left, as the variance of second differences over the variance of the face, in
# the direction that has less of it, so that motion counts as blur does. Pictures of 24 members:
# sharp ones .020 to .060; blurred till the cosine falls to .6, .0045; to .4, .0015 to .002.
SHARP = 0.01
# Standard deviation of a well lit face: 37 of 255. At 6 it is still known, at 4 hardly.
CONTRASTED = 20.0
# The nose's way from between the eyes, in eye distances: 0 to .3 from the front, .9 in profile.
TURNED, FRONTAL = 0.8, 0.4


@dataclass(frozen=True)
class Quality:
    """How well a face is seen, each from 0 (useless) to 1 (nothing to wish for)."""

    sharpness: float
    contrast: float
    frontality: float

    @property
    def overall(self) -> float:
        return min(self.sharpness, self.contrast, self.frontality)


@dataclass(frozen=True)
class Face:
    """One face: its box in px, and 512 numbers of length 1 that name it; `turn` as `turn` says."""

    box: Box
    quality: Quality
    embedding: NDArray[np.float32]
    turn: float = 0.0


@dataclass(frozen=True)
class Look:
    """What is in one frame, the largest face first; luminance is the mean of 0..255."""

    width: int
    height: int
    luminance: float
    faces: tuple[Face, ...]


class Eyes:
    """The networks, ready; not to be shared between threads that look at once."""

    def __init__(self, pack: Pack) -> None:
        self._detector = finder(pack)
        self._mesh = Mesh(pack)
        self._recogniser = Recogniser(pack)
        self._devices = Devices(pack)
        self.recogniser = pack.recogniser
        self._pack = pack

    @cached_property
    def _photos(self) -> Photos:
        """Loaded when it is first asked: most tenants never do."""
        return Photos(self._pack)

    def look(self, bgr: Image) -> Look:
        """Find and name the faces of a frame (height x width x 3, BGR)."""
        height, width = bgr.shape[:2]
        faces = (self._face(bgr, box) for box in self._detector.detect(bgr)[:MAX_FACES])
        found = tuple(face for face in faces if face)
        return Look(width, height, float(bgr[::4, ::4].mean()), found)

    def boxes(self, bgr: Image) -> list[Box]:
        """Where all the faces are, also those that are too many or too poor to be named."""
        return self._detector.detect(bgr)

    def phone(self, bgr: Image, search: Search = EVERYWHERE) -> Box:
        """What looks most like a phone in a frame; its score says how much."""
        return self._devices.phone(bgr, search)

    def living(self, bgr: Image, box: Box | None) -> float | None:
        """How sure it is (0..1) that the face there is no photo and no screen."""
        return None if box is None else self._photos.living(bgr, box)

    def gesture(self, bgr: Image) -> Gesture | None:
        """What the largest face does; half as much work as naming it."""
        boxes = self._detector.detect(bgr)
        points = self._mesh.points(bgr, boxes[0]) if boxes else None
        return None if points is None else Gesture(openness(points), turn(five_of(points)))

    def _face(self, bgr: Image, box: Box) -> Face | None:
        five = self._mesh.five(bgr, box)
        if five is None:
            return None
        crop = self._recogniser.align(bgr, five)
        return Face(box, quality(crop, five), self._recogniser.embed(crop), turn(five))


def quality(crop: Image, five: Points) -> Quality:
    core = light(crop[CORE, CORE])
    spread = float(core.std())
    detail = min(float(np.diff(core, 2, axis=axis).var()) for axis in (0, 1))
    return Quality(
        sharpness=min(1.0, detail / max(spread, 1.0) ** 2 / SHARP),
        contrast=min(1.0, spread / CONTRASTED),
        frontality=min(1.0, max(0.0, (TURNED - abs(turn(five))) / (TURNED - FRONTAL))),
    )


def turn(five: Points) -> float:
    """How far the nose lies aside of the middle between the eyes, in eye distances."""
    left, right, nose = five[0], five[1], five[2]
    eyes = right - left
    return float((nose - (left + right) / 2) @ eyes / max(float(eyes @ eyes), 1e-6))

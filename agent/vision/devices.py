"""Finds a phone that is held up to the screen: NanoDet over a frame and parts of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from agent.vision.faces import Box
from agent.vision.models import DEVICES, Pack
from agent.vision.pixels import Image, Planes, planes

SIZE = 416  # px, of the network's input
STRIDES = (8, 16, 32)  # px of the input between two cells; each has scores of its own
# Of blue, green and red, as NanoDet was trained. Fed as 0..1 instead, phones score half as much.
MEAN = np.array([103.53, 116.28, 123.675], np.float32).reshape(3, 1, 1)
SPREAD = np.array([57.375, 57.12, 58.395], np.float32).reshape(3, 1, 1)
CLASSES, PHONE = 80, 67  # COCO's, counted from 0
GREY = 114  # fills what is not square, as in training
BINS = np.arange(11, dtype=np.float32)  # a distance is the mean of these, in strides


@dataclass(frozen=True)
class Crop:
    """A part of a frame, and where it was cut out."""

    bgr: Image
    left: int
    top: int


# What a near crop takes for a phone scores more easily: .38 at worst in 100 pictures without one,
# .34 in the others. Weighed so, one threshold serves both.
NEAR_WEIGHT = 0.86


class Where(IntEnum):
    """A part of the frame: all of it, a square of its height, or one of two thirds of its height.

    Of phones in hands 140 px high (of 480) the first three find 55 to 80 %, all 88 to 100 %.
    """

    FRAME = 0
    LEFT = 1
    RIGHT = 2
    UPPER_LEFT = 3
    UPPER = 4
    UPPER_RIGHT = 5
    LOWER_LEFT = 6
    LOWER = 7
    LOWER_RIGHT = 8

    @property
    def near(self) -> bool:
        return self >= Where.UPPER_LEFT


Search = Sequence[Where]
EVERYWHERE: Search = tuple(Where)
# One part at a time, far and near in turn: a part takes three times as long as the faces do.
ROUND: Search = (
    Where.FRAME, Where.LOWER, Where.LEFT, Where.UPPER,
    Where.FRAME, Where.LOWER_LEFT, Where.RIGHT, Where.LOWER_RIGHT,
    Where.FRAME, Where.UPPER_LEFT, Where.LEFT, Where.UPPER_RIGHT,
)  # fmt: skip


def around(where: Where) -> Search:
    """After a find: the part and those beside it."""
    first = where - where % 3
    return tuple(Where(first + place) for place in range(3))


class Devices:
    """How much of a phone is in a frame. Not to be shared between threads that look at once."""

    def __init__(self, pack: Pack) -> None:
        self._session = pack.session(DEVICES)
        self._input = self._session.get_inputs()[0].name

    def phone(self, bgr: Image, search: Search = EVERYWHERE) -> Box:
        """What looks most like a phone there, however little: the score (0..1) says it."""
        return max((self._best(bgr, where) for where in search), key=lambda box: box.score)

    def _best(self, bgr: Image, where: Where) -> Box:
        crop = cut(bgr, where)
        square, scale = squared(crop.bgr)
        normal = ((square - MEAN) / SPREAD)[None]
        outputs = {
            (out.shape[1], out.shape[2]): out[0]
            for out in self._session.run(None, {self._input: normal})
        }
        box = max((best(outputs, stride) for stride in STRIDES), key=lambda one: one.score)
        return Box(
            crop.left + box.x / scale,
            crop.top + box.y / scale,
            box.width / scale,
            box.height / scale,
            box.score * NEAR_WEIGHT if where.near else box.score,
        )


def cut(bgr: Image, where: Where) -> Crop:
    """That part of a frame; one that is higher than wide has squares of its width instead."""
    height, width = bgr.shape[:2]
    if where is Where.FRAME:
        return Crop(bgr, 0, 0)
    side = min(height, width)
    if where.near and width >= height:
        side = side * 2 // 3
    across, down = PLACES[where]
    left, top = int((width - side) * across), int((height - side) * down)
    return Crop(bgr[top : top + side, left : left + side], left, top)


# How far across and down the room that is left a part lies.
PLACES = {
    Where.LEFT: (0.0, 0.5),
    Where.RIGHT: (1.0, 0.5),
    Where.UPPER_LEFT: (0.0, 0.0),
    Where.UPPER: (0.5, 0.0),
    Where.UPPER_RIGHT: (1.0, 0.0),
    Where.LOWER_LEFT: (0.0, 1.0),
    Where.LOWER: (0.5, 1.0),
    Where.LOWER_RIGHT: (1.0, 1.0),
}


def squared(bgr: Image) -> tuple[Planes, float]:
    """The picture at the top left of the network's input, unstretched, and how it was scaled."""
    scale = SIZE / max(bgr.shape[:2])
    size = round(bgr.shape[1] * scale), round(bgr.shape[0] * scale)
    canvas = np.full((3, SIZE, SIZE), GREY, np.uint8)
    canvas[:, : size[1], : size[0]] = planes(bgr, *size)
    return canvas, scale


def best(outputs: dict[tuple[int, int], NDArray[np.float32]], stride: int) -> Box:
    """The best phone at one stride, in px of the input: its cell, and how far the sides are."""
    cells = SIZE // stride
    scores = outputs[cells * cells, CLASSES][:, PHONE]
    cell = int(scores.argmax())
    logits = outputs[cells * cells, 4 * len(BINS)][cell].reshape(4, len(BINS))
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    left, top, right, bottom = (weights @ BINS / weights.sum(axis=1) * stride).tolist()
    x, y = (cell % cells + 0.5) * stride, (cell // cells + 0.5) * stride
    return Box(x - left, y - top, left + right, top + bottom, float(scores[cell]))

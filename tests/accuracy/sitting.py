"""Ordinary sitting, composed of pictures: people who lean, nod, sway and get up.

No video of a working day was at hand. What a camera would show is made of pictures of each person
alone: each is held for half a minute while it wanders in place, size and tilt, in a light that
comes and goes, with a sensor's noise and a blur whenever somebody moves fast; and now and then the
room is empty. Nobody drinks, telephones, holds a thing or has visitors here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from agent.cameras.camera import Frame
from agent.vision.pixels import Image

HELD_S = 30  # one picture
PRESENT_S, ABSENT_S = 420, 75  # so long at the desk, so long away from it
# How far somebody leans (of the frame), comes nearer, tilts the head (degrees), and how much the
# light changes: standard deviations of a walk that always tends back to the middle.
SWAY = np.array([0.03, 0.03, 0.06, 3.0, 0.10])
WIDEST = 2.5  # of them
RETURN = 0.15  # of the way back each second
FAST_EVERY_S, FAST_BLUR_PX = 20, 7
NOISE, NOISES = 1.5, 16  # of 255, and how many patterns of it take turns at random


@dataclass
class Wander:
    """Where somebody is by now: x, y, size, tilt, light, in standard deviations."""

    chance: np.random.Generator

    def __post_init__(self) -> None:
        self.at = np.zeros(len(SWAY))

    def step(self) -> tuple[float, ...]:
        """One second later."""
        push = self.chance.normal(0, np.sqrt(2 * RETURN), len(SWAY))
        self.at = np.clip(self.at * (1 - RETURN) + push, -WIDEST, WIDEST)
        return tuple(float(one) for one in self.at * SWAY)


def sitting(
    pictures: Sequence[Image], rooms: Sequence[Image], seconds: int, seed: int
) -> Iterator[Frame]:
    """One frame a second of one person; `rooms` are shown while they are away, if there are any."""
    chance = np.random.default_rng(seed)
    wander = Wander(chance)
    shape = (NOISES, *pictures[0].shape)
    noises = chance.normal(0, NOISE, shape).round().astype(np.int16)
    for second in range(seconds):
        lap, within = divmod(second, PRESENT_S + ABSENT_S)
        if within >= PRESENT_S and rooms:
            shown = rooms[lap % len(rooms)]
        else:
            shown = moved(pictures[second // HELD_S % len(pictures)], *wander.step())
            if second % FAST_EVERY_S == FAST_EVERY_S - 1:
                shown = np.asarray(cv2.blur(shown, (FAST_BLUR_PX, 1)), np.uint8)
        noise = cv2.resize(noises[chance.integers(NOISES)], shown.shape[1::-1])
        yield Frame(np.asarray(cv2.add(shown, noise, dtype=cv2.CV_8U), np.uint8), float(second))


def moved(bgr: Image, x: float, y: float, size: float, tilt: float, light: float) -> Image:
    """The picture shifted, scaled, tilted and lit; what comes into view repeats its edge."""
    height, width = bgr.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1 + size)
    turn[:, 2] += (x * width, y * height)
    warped = cv2.warpAffine(bgr, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.convertScaleAbs(warped, alpha=1 + light), np.uint8)

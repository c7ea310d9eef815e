"""How well the recogniser tells people apart: the pairs of a folder, through the agent's eyes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.eyes import Eyes
from agent.vision.pixels import Image
from tests.accuracy.curves import Scores
from tests.accuracy.data import Data, Pair

# Crops that are tight around a face hide its outline from the detector.
PADDED = 0.3


def scores(data: Data, pairs: list[Pair], eyes: Eyes) -> tuple[Scores, list[str]]:
    """The cosine of every pair, and the pictures in which no face was found."""
    named: dict[str, NDArray[np.float32] | None] = {}
    for name in sorted({name for pair in pairs for name in (pair.first, pair.second)}):
        picture = data.picture(name)
        named[name] = None if picture is None else largest(picture, eyes)
    genuine: list[float] = []
    impostor: list[float] = []
    for pair in pairs:
        first, second = named[pair.first], named[pair.second]
        if first is not None and second is not None:
            (genuine if pair.same else impostor).append(float(first @ second))
    unfound = [name for name, face in named.items() if face is None]
    return Scores(tuple(genuine), tuple(impostor)), unfound


def largest(picture: Image, eyes: Eyes) -> NDArray[np.float32] | None:
    faces = eyes.look(padded(picture)).faces
    return faces[0].embedding if faces else None


def padded(picture: Image) -> Image:
    """The picture with more of its edge around it."""
    down, along = (round(size * PADDED) for size in picture.shape[:2])
    wider = cv2.copyMakeBorder(picture, down, down, along, along, cv2.BORDER_REPLICATE)
    return np.asarray(wider, np.uint8)

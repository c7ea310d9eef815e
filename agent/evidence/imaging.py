"""Pictures small enough to send: fitted, compressed to a size, and without any metadata."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from agent.vision.faces import Box, Image
from hub.protocol.images import FIT
from hub.protocol.messages import EvidenceKind

# All images of one capture together stay under 130 kB, so any mean of them does (1 kB = 1000 B).
CAPTURE_MAX_BYTES = 130_000
CAMERA_MAX_BYTES = 30_000
SCREENS_MAX_BYTES = CAPTURE_MAX_BYTES - CAMERA_MAX_BYTES

QUALITIES = (80, 65, 50, 35, 20)  # of 100; under 20 faces and letters dissolve
SHRINK = 0.85  # what does not fit at a fair quality becomes smaller: smaller letters beat smears

# A screen takes 0.4 s to write as WebP and 0.02 s as JPEG, so JPEG tells first about how large it
# will be: at WebP's quality 35 a page of letters takes .7 of what it does at JPEG's 50, photographs
# less.
PROBE, PROBED = 50, 0.7

# A screen full of small letters is 40 % smaller as WebP than as JPEG; a face from a camera is about
# as large as either, and JPEG takes a tenth of the time.
FORMATS = {EvidenceKind.CAMERA: "jpeg", EvidenceKind.SCREEN: "webp"}
FLAGS = {"jpeg": cv2.IMWRITE_JPEG_QUALITY, "webp": cv2.IMWRITE_WEBP_QUALITY}

BLUR_MARGIN = 0.25  # of a face's size on every side: hair and ears tell, too
BLUR_BLOCKS = 6  # a side; recognition asks for 24 px of a face at the very least


@dataclass(frozen=True)
class Compressed:
    data: bytes
    media: str
    width: int
    height: int


def fitted(bgr: Image, kind: EvidenceKind) -> Image:
    """Scaled down to fit inside the kind's frame, its aspect kept; never enlarged."""
    height, width = bgr.shape[:2]
    most_wide, most_high = FIT[kind]
    return scaled(bgr, min(1.0, most_wide / width, most_high / height))


def scaled(bgr: Image, by: float) -> Image:
    if by >= 1.0:
        return bgr
    height, width = bgr.shape[:2]
    size = (max(1, int(width * by + 1e-6)), max(1, int(height * by + 1e-6)))
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def compressed(bgr: Image, kind: EvidenceKind, most_bytes: int) -> Compressed:
    """The best quality that fits into so many bytes; smaller pixels where none does."""
    picture, form = fitted(bgr, kind), FORMATS[kind]
    while len(encoded(picture, "jpeg", PROBE)) * PROBED > most_bytes and min(picture.shape[:2]) > 1:
        picture = scaled(picture, SHRINK)
    while (data := best(picture, form, most_bytes)) is None:
        if min(picture.shape[:2]) < 2:
            raise ValueError(f"no image fits into {most_bytes} bytes")
        picture = scaled(picture, SHRINK)
    height, width = picture.shape[:2]
    return Compressed(data, f"image/{form}", width, height)


def best(bgr: Image, form: str, most_bytes: int) -> bytes | None:
    """By halving: two or three tries."""
    found: bytes | None = None
    low, high = 0, len(QUALITIES)
    while low < high:
        middle = (low + high) // 2
        data = encoded(bgr, form, QUALITIES[middle])
        if len(data) <= most_bytes:
            found, high = data, middle
        else:
            low = middle + 1
    return found


def encoded(bgr: Image, form: str, quality: int) -> bytes:
    done, data = cv2.imencode(f".{form}", bgr, [FLAGS[form], quality])
    if not done:
        raise ValueError(f"the image cannot be written as {form}")
    return data.tobytes()


def blurred(bgr: Image, faces: Iterable[Box]) -> Image:
    """A copy in which these faces are a few flat blocks: nothing of them can be brought back."""
    picture = bgr.copy()
    height, width = picture.shape[:2]
    for face in faces:
        aside, above = face.width * BLUR_MARGIN, face.height * BLUR_MARGIN
        left, top = max(0, int(face.x - aside)), max(0, int(face.y - above))
        right = min(width, int(face.x + face.width + aside) + 1)
        bottom = min(height, int(face.y + face.height + above) + 1)
        if right > left and bottom > top:
            picture[top:bottom, left:right] = blocks(picture[top:bottom, left:right])
    return picture


def blocks(part: Image) -> Image:
    few = cv2.resize(part, (BLUR_BLOCKS, BLUR_BLOCKS), interpolation=cv2.INTER_AREA)
    size = (part.shape[1], part.shape[0])
    return np.asarray(cv2.resize(few, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)

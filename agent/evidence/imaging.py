"""Pictures small enough to send: fitted, compressed to a size, and without any metadata."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from agent.vision.coding import framed, jpeg, webp
from agent.vision.faces import Box
from agent.vision.pixels import Image, resized
from hub.protocol.facts import EvidenceKind
from hub.protocol.images import FIT

# All images of one capture together stay under 130 kB, so any mean of them does (1 kB = 1000 B).
CAPTURE_MAX_BYTES = 130_000
CAMERA_MAX_BYTES = 30_000
SCREENS_MAX_BYTES = CAPTURE_MAX_BYTES - CAMERA_MAX_BYTES

# From fine to where faces and letters dissolve: JPEG at FFmpeg's scale of 2 to 31, WebP of 100.
QUALITIES = {"jpeg": (2, 5, 7, 12, 22), "webp": (80, 65, 50, 35, 20)}
SHRINK = 0.85  # what does not fit at a fair quality becomes smaller: smaller letters beat smears

# A screen takes 0.2 s to write as WebP and 0.02 s as JPEG, so JPEG tells first about how large it
# will be: at WebP's quality 35 a page of letters takes .6 to .72 of what it does at JPEG's 7,
# photographs less.
PROBE, PROBED = 7, 0.7

# A screen full of small letters is 40 % smaller as WebP than as JPEG; a face from a camera is about
# as large as either, and JPEG takes a tenth of the time.
FORMATS = {EvidenceKind.CAMERA: "jpeg", EvidenceKind.SCREEN: "webp"}
WRITERS = {"jpeg": jpeg, "webp": webp}

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
    return resized(bgr, max(1, int(width * by + 1e-6)), max(1, int(height * by + 1e-6)))


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
    low, high = 0, len(QUALITIES[form])
    while low < high:
        middle = (low + high) // 2
        data = encoded(bgr, form, QUALITIES[form][middle])
        if len(data) <= most_bytes:
            found, high = data, middle
        else:
            low = middle + 1
    return found


def encoded(bgr: Image, form: str, quality: int) -> bytes:
    return WRITERS[form](framed(bgr), quality)


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
            flatten(picture[top:bottom, left:right])
    return picture


def flatten(part: Image) -> None:
    """Each of its blocks becomes one colour: the mean of what was there."""
    rows, columns = edges(part.shape[0]), edges(part.shape[1])
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            block = part[top:bottom, left:right]
            block[:] = block.mean(axis=(0, 1))


def edges(length: int) -> list[int]:
    """Where blocks begin and end; a short side has fewer of them."""
    count = min(BLUR_BLOCKS, length)
    return [length * number // count for number in range(count + 1)]

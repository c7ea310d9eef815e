"""May this face be a photo or a screen that is held up? A hint, and no more than that.

Off unless the tenant wants it. It leans on what frames the face, a bezel or the edge of a sheet, so
what fills the picture passes; docs/accuracy.md has the figures.
"""

import numpy as np

from agent.vision.faces import Box
from agent.vision.models import PHOTO, Pack
from agent.vision.pixels import Image, planes

SIZE = 128  # px, of the network's input
AROUND = 2.7  # times the face's box: what it was trained with
LIVING = 0  # which of its three answers
# A camera without colours makes the network call every other living face a photo, so it is not
# asked there: mean difference of the colours, of 255. Webcams of rooms have 10 and more.
COLOURED = 3.0


class Photos:
    """Not to be shared between threads that look at once."""

    def __init__(self, pack: Pack) -> None:
        self._session = pack.session(PHOTO)
        self._input = self._session.get_inputs()[0].name

    def living(self, bgr: Image, box: Box) -> float | None:
        """How sure it is that a face is no photo and no screen (0..1); none where it cannot say."""
        crop = around(bgr, box)
        if not crop.size or colour(crop) < COLOURED:
            return None
        picture = planes(crop, SIZE, SIZE)[None].astype(np.float32)
        [[answers]] = self._session.run(None, {self._input: picture})
        shares = np.exp(answers - answers.max())
        return float(shares[LIVING] / shares.sum())


def around(bgr: Image, box: Box) -> Image:
    """The face and what frames it, moved into the picture where it would reach over the edge."""
    height, width = bgr.shape[:2]
    by = min((height - 1) / box.height, (width - 1) / box.width, AROUND)
    wide, high = box.width * by, box.height * by
    left = min(max(0.0, box.x + (box.width - wide) / 2), width - 1 - wide)
    top = min(max(0.0, box.y + (box.height - high) / 2), height - 1 - high)
    return bgr[int(top) : int(top + high), int(left) : int(left + wide)]


def colour(bgr: Image) -> float:
    """How far blue, green and red lie apart, on average."""
    wide = bgr.astype(np.int16)
    return float((wide.max(axis=2) - wide.min(axis=2)).mean())

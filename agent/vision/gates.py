"""What a glance at a small grey picture tells: that nothing can be seen, or that nothing moved.

It costs a tenth of looking for faces. All figures are of 0..255 levels on 160 x 120 px.
"""

import numpy as np
from numpy.typing import NDArray

from agent.vision.judgement import Glance
from agent.vision.pixels import Grey, Image, small_grey
from hub.protocol.facts import Hint

WIDTH, HEIGHT = 160, 120

# A picture below one of these shows nothing: all 8 covered ones fell, and none of 211 others, dim
# and back-lit ones included (their least detail was 450).
DARK_MEAN = 18.0
FLAT_SPREAD = 7.0  # standard deviation
FLAT_ENTROPY = 1.6  # bit, of 32 equal bins: one or two tones and nothing else
FLAT_DETAIL = 8.0  # variance of the Laplacian: a hand on the lens has light but no edges

# Mean change, and change of the block that changed most, up to which a frame shows what the last
# one showed. The mean alone would not see a far face come: 32 of 480 px are 1 % of the picture.
STILL_CHANGE = 1.2
STILL_BLOCK = 5.5
BLOCK = 10  # px: 40 of a frame 640 px wide


def shrunk(bgr: Image) -> Grey:
    """The small grey picture that everything here looks at."""
    return small_grey(bgr, WIDTH, HEIGHT)


def glance(grey: Grey, before: Grey | None) -> Glance:
    """Judge a frame by itself and beside the one before it."""
    change = None if before is None else float(changed(grey, before).mean())
    mean, spread = float(grey.mean()), float(grey.std())
    if mean < DARK_MEAN:
        return Glance(Hint.DARK, mean, DARK_MEAN, change)
    for measure, limit in (
        (spread, FLAT_SPREAD),
        (entropy(grey), FLAT_ENTROPY),
        (detail(grey), FLAT_DETAIL),
    ):
        if measure < limit:
            return Glance(Hint.FLAT, measure, limit, change)
    return Glance(change=change)


def entropy(grey: Grey) -> float:
    """How many tones there are, in bit."""
    counts = np.bincount(grey.ravel() >> 3, minlength=32)
    shares = counts[counts > 0] / grey.size
    return float(-(shares * np.log2(shares)).sum())


def detail(grey: Grey) -> float:
    """The variance of what each pixel differs by from the four beside it (the Laplacian)."""
    wide = np.pad(grey, 1, mode="reflect").astype(np.int16)
    beside = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    return float((beside - 4 * wide[1:-1, 1:-1]).var())


def still(grey: Grey, before: Grey) -> bool:
    """Whether a frame shows what that one showed, so that it need not be looked at again."""
    change = changed(grey, before)
    if change.mean() >= STILL_CHANGE:
        return False
    blocks = change.reshape(HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK).mean(axis=(1, 3))
    return bool(blocks.max() < STILL_BLOCK)


def changed(grey: Grey, before: Grey) -> NDArray[np.int16]:
    """What each pixel differs by."""
    return np.abs(np.subtract(grey, before, dtype=np.int16))

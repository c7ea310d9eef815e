"""Whose face it is, and what a frame tells: pure, and all that the observer sees of vision."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How sure recognition must be before it says that a face is the member's."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


class Identity(StrEnum):
    MEMBER = "member"
    UNCERTAIN = "uncertain"
    OTHER = "other"


# The detector's score of a face. At .72 the one false alarm of 20 rooms without anybody (score .70)
# is gone; the main face is still found in 102 of 102 frames, a second one of 32 px in 56 of 56.
MIN_SCORE = 0.72

# Cosines from which a face is the member's. Of Japanese strangers (5 women, 392 pictures) 1 % reach
# .565 to .57 and 0.1 % reach .62 to .65, while 94.3 % and 84.1 % of the members' own pictures do.
ACCEPT = {Level.LOW: 0.50, Level.MID: 0.57, Level.HIGH: 0.64}

# Below this a face is somebody else's: of 38 strangers none reached .285, and of 64 pictures of the
# member none fell under .63. What lies between says nothing, for or against.
OTHER_BELOW = 0.38

# Quality from which a face that is not the member's may be held against somebody: blurred or moved
# further than this, 8 of 24 members' own pictures fell under OTHER_BELOW; before it, 1 did.
GOOD_QUALITY = 0.3


@dataclass(frozen=True)
class Seen:
    """One face of a frame: whose, how alike (cosine), how well seen (0..1), how large.

    `height` is its share of the frame's height, `score` the detector's (0..1).
    """

    identity: Identity
    similarity: float
    quality: float
    height: float
    score: float

    @property
    def good(self) -> bool:
        return self.quality >= GOOD_QUALITY


@dataclass(frozen=True)
class Sight:
    """What one frame shows, the largest face first; `accept` is the cosine asked of the member."""

    faces: tuple[Seen, ...] = ()
    accept: float = ACCEPT[Level.MID]

    @property
    def match(self) -> Seen | None:
        """The member's face, wherever in the frame it is."""
        members = [face for face in self.faces if face.identity is Identity.MEMBER]
        return max(members, key=lambda face: face.similarity, default=None)


def identify(similarity: float, level: Level) -> Identity:
    if similarity >= ACCEPT[level]:
        return Identity.MEMBER
    return Identity.OTHER if similarity < OTHER_BELOW else Identity.UNCERTAIN

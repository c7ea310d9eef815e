"""Whose face it is, and what a frame tells: pure, and all that the observer sees of vision."""

from dataclasses import dataclass, field
from enum import StrEnum

from hub.protocol.facts import Hint


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


@dataclass(frozen=True)
class Rates:
    """A threshold level: the cosine from which a face is the member's, and what that does.

    `strangers` is the share of other people's pictures that reach it (false match rate), `members`
    the share of the member's own that do (1 - false non-match rate), ISO/IEC 19795-1. Where
    `at_least` is set, both were only found to be more than that.
    """

    accept: float
    strangers: float
    members: float
    at_least: bool = False


# Measured with 392 pictures of 5 Japanese women, templates of 5 pictures each: .565 to .57 let 1 %
# of the strangers pass, .62 to .65 let 0.1 %. Of 1,000 pairs of five other men none reached .33.
LEVELS = {
    Level.LOW: Rates(0.50, strangers=0.01, members=0.943, at_least=True),
    Level.MID: Rates(0.57, strangers=0.01, members=0.943),
    Level.HIGH: Rates(0.64, strangers=0.001, members=0.841),
}
ACCEPT = {level: rates.accept for level, rates in LEVELS.items()}

# Below this a face is somebody else's: of 38 strangers none reached .285, and of 64 pictures of the
# member none fell under .63. What lies between says nothing, for or against.
OTHER_BELOW = 0.38

# Quality from which a face that is not the member's may be held against somebody: blurred or moved
# further than this, 8 of 24 members' own pictures fell under OTHER_BELOW; before it, 1 did.
GOOD_QUALITY = 0.3

# The phone finder's score. Of 100 pictures without a phone the worst reaches .34; 5 of 6 kinds of
# phones pasted in hands (140 to 300 px of 480, front and back) are found in 80 to 100 % of pictures
# from here on, all 9 pictures with a phone that were labelled. The observer asks for two of three.
MIN_PHONE_SCORE = 0.36

# Mean change from frame to frame (of 0..255 on 160 x 120 px) below which a camera gives the same
# frame again and again: exactly 0 from a file, .001 to .01 after H.264. A still room seen through a
# sensor has .14 to .39.
FROZEN_CHANGE = 0.05


@dataclass(frozen=True)
class Glance:
    """What a frame is like as a whole.

    `cover` says why nothing can be seen in it, by a `measure` that is under its `limit`; `change`
    is what it differs by from the frame before, none for the first.
    """

    cover: Hint | None = None
    measure: float = 0.0
    limit: float = 0.0
    change: float | None = None

    @property
    def frozen(self) -> bool:
        return self.change is not None and self.change < FROZEN_CHANGE


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
    """What one frame shows, the largest face first; `accept` is the cosine asked of the member.

    `phone` is the score of what looks most like one, none where nobody looked for it; `living` is
    how sure it is (0..1) that the face that is judged is no photo and no screen, none where nobody
    asked. A sight that is not `fresh` is that of an earlier frame, for nothing has moved since.
    """

    faces: tuple[Seen, ...] = ()
    accept: float = ACCEPT[Level.MID]
    phone: float | None = None
    glance: Glance = field(default_factory=Glance)
    fresh: bool = True
    living: float | None = None

    @property
    def match(self) -> Seen | None:
        """The member's face, wherever in the frame it is."""
        members = [face for face in self.faces if face.identity is Identity.MEMBER]
        return max(members, key=lambda face: face.similarity, default=None)


def identify(similarity: float, level: Level) -> Identity:
    if similarity >= ACCEPT[level]:
        return Identity.MEMBER
    return Identity.OTHER if similarity < OTHER_BELOW else Identity.UNCERTAIN

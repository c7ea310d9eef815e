"""Guided enrolment, pure: what a frame shows of a face -> which meter is wrong, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from agent.enrolment.enrol import MIN_CONTRAST, MIN_FRONTALITY, MIN_HEIGHT_PX, MIN_SHARPNESS
from agent.vision.eyes import FRONTAL, TURNED, Look

# Where the middle of the face may be, in shares of the frame; a webcam's corners are soft.
LEFT, RIGHT, TOP, BOTTOM = 0.25, 0.75, 0.15, 0.85
MAX_HEIGHT = 0.8  # of the frame's height: nearer, forehead or chin are soon cut off
DARKEST, BRIGHTEST = 40.0, 220.0  # mean of 0..255: beyond, a face has no contrast left, either
# In eye distances, as `agent.vision.eyes.turn`: from the front it is 0 to .3.
AHEAD = 0.3
ASIDE = TURNED - MIN_FRONTALITY * (TURNED - FRONTAL)  # as far as enrolment takes a face


class Pose(StrEnum):
    """Left and right are the person's own."""

    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"


# Seven frames were measured to be enough; a person at work looks aside, too.
WANTED = {Pose.FRONT: 3, Pose.LEFT: 2, Pose.RIGHT: 2}
FEWEST = 3  # whoever cannot turn the head enrols from the front


@dataclass(frozen=True)
class Facts:
    """What is seen of a face: middle and height in shares of the frame, the rest as `Quality`."""

    faces: int
    x: float = 0.5
    y: float = 0.5
    height: float = 0.0
    height_px: float = 0.0
    sharpness: float = 0.0
    contrast: float = 0.0
    luminance: float = 0.0
    turn: float = 0.0


@dataclass(frozen=True)
class Meter:
    """One thing to get right: 0 useless to 1 nothing to wish for; `say` is what to do, if bad."""

    name: str
    value: float
    say: str = ""


SAY = {
    "nobody": ("カメラに顔を映してください", "Show your face to the camera"),
    "several": ("一人だけで映ってください", "Only one person may be in the picture"),
    "farther_left": ("少し左へ動いてください", "Move a little to your left"),
    "farther_right": ("少し右へ動いてください", "Move a little to your right"),
    "lower": ("少し下がってください(顔が上に寄っています)", "Sit lower: your face is too high"),
    "higher": ("少し上へ動いてください(顔が下に寄っています)", "Sit higher: your face is too low"),
    "nearer": ("カメラに近づいてください", "Come nearer to the camera"),
    "back": ("カメラから少し離れてください", "Move back a little"),
    "still": ("動かずに、レンズを拭いてください", "Keep still, and wipe the lens"),
    "brighter": ("顔に光を当ててください", "Put light on your face"),
    "darker": ("明るすぎます。光を弱めてください", "Too bright: less light, please"),
    "ahead": ("正面を向いてください", "Look straight at the camera"),
    "turn_left": ("顔をゆっくり左へ向けてください", "Turn your face slowly to your left"),
    "turn_right": ("顔をゆっくり右へ向けてください", "Turn your face slowly to your right"),
    "less": ("向きすぎです。少し戻してください", "Too far: turn back a little"),
    "hold": ("そのまま動かないでください", "Stay like that"),
    "other": ("先ほどと別の人です。ご本人だけで続けてください", "That is somebody else: only you"),
    "done": ("撮り終わりました", "That is all"),
}


def facts(look: Look) -> Facts:
    """What the guide needs to know of a frame."""
    if not look.faces:
        return Facts(0, luminance=look.luminance)
    face, box = look.faces[0], look.faces[0].box
    return Facts(
        faces=len(look.faces),
        x=(box.x + box.width / 2) / look.width,
        y=(box.y + box.height / 2) / look.height,
        height=box.height / look.height,
        height_px=box.height,
        sharpness=face.quality.sharpness,
        contrast=face.quality.contrast,
        luminance=look.luminance,
        turn=face.turn,
    )


def meters(seen: Facts, pose: Pose) -> tuple[Meter, ...]:
    """Each with its own word; without exactly one face there is nothing else to measure."""
    if seen.faces != 1:
        return (Meter("alone", 0.0, "several" if seen.faces else "nobody"),)
    return (position(seen), size(seen), blur(seen), light(seen), posed(seen.turn, pose))


def wrong(read: Sequence[Meter]) -> str:
    """The one thing to do first, in the order in which it helps; empty when all is well."""
    return next((meter.say for meter in read if meter.say), "")


def position(seen: Facts) -> Meter:
    """A camera is no mirror: what is left in its frame is at the person's right."""
    value = max(0.0, 1 - 2 * max(abs(seen.x - 0.5), abs(seen.y - 0.5)))
    say = ""
    if not LEFT <= seen.x <= RIGHT:
        say = "farther_left" if seen.x < LEFT else "farther_right"
    elif not TOP <= seen.y <= BOTTOM:
        say = "lower" if seen.y < TOP else "higher"
    return Meter("position", value, say)


def size(seen: Facts) -> Meter:
    if seen.height > MAX_HEIGHT:
        return Meter("size", 0.0, "back")
    return Meter(
        "size",
        min(1.0, seen.height_px / (2 * MIN_HEIGHT_PX)),
        "" if seen.height_px >= MIN_HEIGHT_PX else "nearer",
    )


def blur(seen: Facts) -> Meter:
    return Meter("blur", seen.sharpness, "" if seen.sharpness >= MIN_SHARPNESS else "still")


def light(seen: Facts) -> Meter:
    if seen.luminance > BRIGHTEST:
        return Meter("light", 0.0, "darker")
    good = seen.contrast >= MIN_CONTRAST and seen.luminance >= DARKEST
    return Meter(
        "light", min(seen.contrast, seen.luminance / (2 * DARKEST)), "" if good else "brighter"
    )


def posed(turn: float, pose: Pose) -> Meter:
    """A nose that points to the right of the frame points to the person's left."""
    if pose is Pose.FRONT:
        good = abs(turn) <= AHEAD
        return Meter("pose", max(0.0, 1 - abs(turn) / (2 * AHEAD)), "" if good else "ahead")
    aside = turn if pose is Pose.LEFT else -turn
    if aside > ASIDE:
        return Meter("pose", 0.0, "less")
    return Meter("pose", min(1.0, max(0.0, aside / AHEAD)), "" if aside > AHEAD else f"turn_{pose}")


@dataclass(frozen=True)
class Course:
    """How far an enrolment has come: frames taken of each pose, and poses that were left out."""

    taken: tuple[tuple[Pose, int], ...] = ()
    skipped: frozenset[Pose] = frozenset()

    def count(self, pose: Pose) -> int:
        return dict(self.taken).get(pose, 0)

    @property
    def images(self) -> int:
        return sum(count for _, count in self.taken)

    @property
    def pose(self) -> Pose | None:
        """What is wanted next; none when that is all."""
        return next(
            (
                pose
                for pose, wanted in WANTED.items()
                if pose not in self.skipped and self.count(pose) < wanted
            ),
            None,
        )

    @property
    def done(self) -> bool:
        return self.pose is None and self.images >= FEWEST


def take(course: Course) -> Course:
    """One more good frame of the pose that was wanted."""
    if course.pose is None:
        return course
    counts = dict(course.taken) | {course.pose: course.count(course.pose) + 1}
    return replace(course, taken=tuple(counts.items()))


def skip(course: Course) -> Course:
    """Leave the rest of a pose out; never the view from the front."""
    if course.pose in (None, Pose.FRONT):
        return course
    return replace(course, skipped=course.skipped | {course.pose})

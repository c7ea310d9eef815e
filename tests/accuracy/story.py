"""Judges what was decided about a clip against the story that it tells; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PRESENT, AWAY, UNKNOWN = "present", "away", "unknown"

# What a scene of each name must bring, besides the presence that goes with it.
INCIDENTS = {
    "peeping": "peeping",
    "impersonation": "impersonation",
    "phone": "photographing_device",
    "occluded": "camera_covered",
    "frozen": "camera_covered",
}
SEES_MEMBER = {"present", "peeping", "phone"}
# While another sits there, or nothing is seen, the member is away or nothing is known of them.
MAY_LOSE_MEMBER = {"impersonation", "occluded", "frozen"}


@dataclass(frozen=True)
class Scene:
    """One part of the story, seconds from the clip's beginning."""

    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Decision:
    """What the agent said, and when: a presence, or the kind of an incident that shows."""

    what: str
    at_s: float


@dataclass(frozen=True)
class Line:
    """One decision that a scene asks for, and after how many seconds it came, if it did."""

    scene: Scene
    expected: str
    delay_s: float | None


@dataclass(frozen=True)
class Verdict:
    lines: tuple[Line, ...]
    unexpected: tuple[Decision, ...]

    @property
    def exact(self) -> bool:
        """Everything that was asked for came in its scene, and nothing else came."""
        missed = [line for line in self.lines if line.delay_s is None]
        return bool(self.lines) and not missed and not self.unexpected


def scenes(states: Sequence[tuple[float, str]], end_s: float) -> list[Scene]:
    """The story from (second, state) rows: equal ones that follow one another are one scene."""
    starts = [
        (at, label)
        for number, (at, label) in enumerate(states)
        if number == 0 or states[number - 1][1] != label
    ]
    ends = [at for at, _ in starts[1:]] + [end_s]
    return [Scene(label, at, end) for (at, label), end in zip(starts, ends, strict=True)]


def news(decisions: Iterable[Decision]) -> list[Decision]:
    """Without presences that were true already: that only their reason changed is no decision."""
    told: list[Decision] = []
    presence = UNKNOWN
    for one in decisions:
        if one.what != presence:
            told.append(one)
        if one.what in (PRESENT, AWAY, UNKNOWN):
            presence = one.what
    return told


def judge(story: Iterable[Scene], decisions: Sequence[Decision]) -> Verdict:
    """Hold each scene against what was decided in it; a late decision counts for neither scene."""
    lines: list[Line] = []
    unexpected: list[Decision] = []
    presence = UNKNOWN
    for scene in story:
        said = [one for one in decisions if scene.start_s <= one.at_s < scene.end_s]
        asked = expected(scene.label, presence)
        for what in asked:
            first = next((one.at_s for one in said if one.what == what), None)
            lines.append(Line(scene, what, None if first is None else first - scene.start_s))
        unexpected += [one for one in said if one.what not in {*asked, *tolerated(scene.label)}]
        presence = next(
            (one.what for one in reversed(said) if one.what in (PRESENT, AWAY, UNKNOWN)), presence
        )
    return Verdict(tuple(lines), tuple(unexpected))


def expected(label: str, presence: str) -> list[str]:
    """What a scene must bring when `presence` was true before it."""
    asked = []
    if label in SEES_MEMBER and presence != PRESENT:
        asked.append(PRESENT)
    if label == AWAY and presence != AWAY:
        asked.append(AWAY)
    if label in INCIDENTS:
        asked.append(INCIDENTS[label])
    return asked


def tolerated(label: str) -> set[str]:
    """Presences that are true of a scene, whether or not they are news."""
    if label in MAY_LOSE_MEMBER:
        return {AWAY, UNKNOWN}
    return {PRESENT} if label in SEES_MEMBER else {label}


def patience(story: Iterable[Scene]) -> float:
    """Seconds without the member that are an absence in this story.

    Clips are shorter than the minute that the product waits: a second less than the shortest scene
    without anybody, so that a look away in another scene is not one.
    """
    return min((one.end_s - one.start_s for one in story if one.label == AWAY), default=61.0) - 1

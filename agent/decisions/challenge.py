"""An active challenge: blink, or turn your head. A photograph of the member cannot; a film may.

Pure: time and chance are arguments. Off unless the tenant wants it. By itself it accuses nobody:
who is in a conversation does not look at the screen, so its outcome only stands beside a decision.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

ANSWER_WITHIN_S = 15.0  # to notice it, to read it and to do it
LOOK_PER_S = 10.0  # a blink takes 0.1 to 0.4 s
ASK_AGAIN_AFTER_S = 600.0

# Eyes open less than this share of the person's own median are closed: in 990 frames of video the
# one blink was found, and nothing else was taken for one. Half way back they are open again.
CLOSED, OPEN_AGAIN = 0.75, 0.875
MEDIAN_OF = 5  # frames at least, before a blink can be told from narrow eyes
# The nose's way aside, in eye distances: within .1 from the front, .8 and more in profile.
FRONTAL, TURNED = 0.3, 0.6


class Task(StrEnum):
    BLINK = "blink"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"


class Outcome(StrEnum):
    WAITING = "waiting"
    PASSED = "passed"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Gesture:
    """One frame's face: how open the eyes are (height over width), how far the head is turned.

    `turn` is in eye distances, more than 0 towards the person's own left.
    """

    openness: float
    turn: float


@dataclass(frozen=True)
class Challenge:
    task: Task
    asked_at: float
    outcome: Outcome = Outcome.WAITING
    openness: tuple[float, ...] = ()
    begun: bool = False  # the eyes were closed, or the head was seen from the front

    @property
    def until(self) -> float:
        return self.asked_at + ANSWER_WITHIN_S

    @property
    def waiting(self) -> bool:
        return self.outcome is Outcome.WAITING


def ask(chance: float, now: float) -> Challenge:
    """A task that nobody could have recorded before; `chance` is a random number in 0..1."""
    tasks = list(Task)
    return Challenge(tasks[min(int(chance * len(tasks)), len(tasks) - 1)], now)


def due(last: Challenge | None, now: float) -> bool:
    """Whether somebody may be asked (again)."""
    return last is None or now - last.asked_at >= ASK_AGAIN_AFTER_S


def watch(challenge: Challenge, gesture: Gesture | None, now: float) -> Challenge:
    """Take one frame into account; none where no face was seen."""
    if not challenge.waiting:
        return challenge
    if now >= challenge.until:
        return replace(challenge, outcome=Outcome.UNANSWERED)
    if gesture is None:
        return challenge
    return blinks(challenge, gesture) if challenge.task is Task.BLINK else turns(challenge, gesture)


def blinks(challenge: Challenge, gesture: Gesture) -> Challenge:
    """Closed and open again, beside how open these eyes were until then."""
    usual = max(median(challenge.openness or (gesture.openness,)), 1e-6)
    share = gesture.openness / usual
    if challenge.begun:
        passed = share >= OPEN_AGAIN
        return replace(challenge, outcome=Outcome.PASSED) if passed else challenge
    if len(challenge.openness) >= MEDIAN_OF and share < CLOSED:
        return replace(challenge, begun=True)
    return replace(challenge, openness=(*challenge.openness, gesture.openness))


def turns(challenge: Challenge, gesture: Gesture) -> Challenge:
    """From the front to the side that was asked for."""
    aside = gesture.turn if challenge.task is Task.TURN_LEFT else -gesture.turn
    if challenge.begun and aside >= TURNED:
        return replace(challenge, outcome=Outcome.PASSED)
    return replace(challenge, begun=challenge.begun or abs(gesture.turn) <= FRONTAL)

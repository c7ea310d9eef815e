"""A blink or a turn of the head: who does what was asked passes, and a still picture never does."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions import challenge
from agent.decisions.asking import Asking
from agent.decisions.challenge import (
    ANSWER_WITHIN_S,
    ASK_AGAIN_AFTER_S,
    LOOK_PER_S,
    Challenge,
    Gesture,
    Outcome,
    Task,
)
from agent.decisions.observation import Incident, IncidentChanged, PresenceChanged
from hub.protocol.facts import Hint, IncidentKind, Phase, Presence, Why

OPEN, SHUT = Gesture(0.3, 0.0), Gesture(0.1, 0.0)
LEFT, RIGHT = Gesture(0.3, 0.8), Gesture(0.3, -0.8)
WHY = Why(votes=3, of=5)


def done(task: Task, gestures: Iterable[Gesture | None]) -> Outcome:
    asked = Challenge(task, asked_at=100.0)
    for number, gesture in enumerate(gestures):
        asked = challenge.watch(asked, gesture, 100.0 + number / LOOK_PER_S)
    return asked.outcome


@pytest.mark.parametrize(
    ("task", "gestures"),
    [
        (Task.BLINK, [OPEN] * 20 + [SHUT] * 2 + [OPEN] * 3),
        (Task.TURN_LEFT, [OPEN] * 5 + [None, LEFT]),
        (Task.TURN_RIGHT, [OPEN] * 5 + [LEFT, OPEN, RIGHT]),
    ],
)
def test_who_does_it_passes(task: Task, gestures: list[Gesture | None]) -> None:
    assert done(task, gestures) is Outcome.PASSED


@pytest.mark.parametrize(
    ("task", "gestures"),
    [
        (Task.BLINK, [OPEN] * 100),
        (Task.BLINK, [SHUT] * 100),  # narrow eyes
        (Task.BLINK, [OPEN] * 20 + [SHUT] * 80),  # they fell asleep
        (Task.TURN_LEFT, [RIGHT] * 50 + [OPEN] * 20),
        (Task.TURN_LEFT, [LEFT] * 100),  # a photograph in profile
        (Task.TURN_RIGHT, [None] * 100),
    ],
)
def test_who_does_not_is_still_waited_for(task: Task, gestures: list[Gesture | None]) -> None:
    assert done(task, gestures) is Outcome.WAITING


@given(
    st.sampled_from(Task),
    st.floats(0.05, 0.6),
    st.floats(-1, 1),
    st.lists(st.floats(0.9, 1.1), max_size=200),
)
def test_a_still_picture_never_passes(
    task: Task, eyes: float, turn: float, jitter: list[float]
) -> None:
    """Nor does one that is shaken a little: a tenth more or less of everything."""
    assert done(task, [Gesture(eyes * by, turn * by) for by in jitter]) is not Outcome.PASSED


@given(st.sampled_from(Task), st.floats(ANSWER_WITHIN_S, 1e6))
def test_time_ends_it_and_what_comes_later_does_not_count(task: Task, late: float) -> None:
    over = challenge.watch(Challenge(task, 0.0), OPEN, late)

    assert over.outcome is Outcome.UNANSWERED
    assert challenge.watch(over, LEFT, late + 1) == over


@given(st.floats(0, 1))
def test_chance_chooses_the_task(chance: float) -> None:
    assert challenge.ask(chance, 0.0).task in Task


def test_nobody_is_asked_who_the_tenant_does_not_want_asked() -> None:
    asking = Asking()

    asking.consider(doubt=True, presence=Presence.PRESENT, now=0.0)

    assert not asking.waiting


def test_one_is_asked_when_work_starts_and_again_in_doubt_though_not_all_the_time() -> None:
    asking = Asking()
    asking.wanted = True

    asked = []
    for doubt, presence, now in (
        (False, Presence.UNKNOWN, 0.0),
        (False, Presence.PRESENT, 1.0),
        (True, Presence.PRESENT, 60.0),
        (False, Presence.PRESENT, 1.0 + ASK_AGAIN_AFTER_S),
        (True, Presence.PRESENT, 2.0 + ASK_AGAIN_AFTER_S),
    ):
        asking.seen(None, now)
        asking.consider(doubt, presence, now)
        asked.append(asking.waiting)

    assert asked == [False, True, False, False, True]


def test_the_outcome_stands_beside_a_decision_and_changes_nothing_else() -> None:
    asking = Asking()
    asking.wanted = True
    asking.consider(doubt=True, presence=Presence.UNKNOWN, now=0.0)
    kind = IncidentKind.IMPERSONATION
    opened = IncidentChanged(Phase.OPENED, 20.0, Incident(kind, 15.0, 20.0, WHY))
    assert asking.explained(opened, 5.0) == opened

    asking.seen(None, ANSWER_WITHIN_S)

    told = asking.explained(opened, 20.0)
    hint = Hint.CHALLENGE_UNANSWERED
    why = Why(votes=3, of=5, hint=hint)
    assert told == IncidentChanged(Phase.OPENED, 20.0, Incident(kind, 15.0, 20.0, why))
    assert asking.explained(opened, 1000.0) == opened
    away = PresenceChanged(Presence.AWAY, 1.0, None, WHY)
    assert asking.explained(away, 20.0) == away

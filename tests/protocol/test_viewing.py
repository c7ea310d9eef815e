"""A live view goes from its question to its end, by one road, whatever comes and in which order."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from hub.protocol.live_view import ViewEnd
from hub.protocol.viewing import (
    ANSWER_WITHIN_S,
    CONNECT_WITHIN_S,
    LONGEST_S,
    VIEWERS_MAX,
    Stage,
    Viewing,
    admitted,
    answered,
    asked,
    connected,
    ended,
    waited,
)

ROAD = list(Stage)

Happening = Callable[[Viewing, float], Viewing]


def says(accepted: bool) -> Happening:
    return lambda one, now: answered(one, accepted, now)


def ends(why: ViewEnd) -> Happening:
    return lambda one, now: ended(one, why)


HAPPENINGS = [says(True), says(False), connected, waited, *map(ends, ViewEnd)]
happenings = st.sampled_from(HAPPENINGS)
courses = st.lists(st.tuples(happenings, st.floats(0, 60)), max_size=12)


def test_a_question_that_nobody_answers_is_refused_by_itself() -> None:
    question = asked("v", 100.0)

    assert waited(question, 100.0 + ANSWER_WITHIN_S - 0.1) is question
    assert waited(question, 100.0 + ANSWER_WITHIN_S).end is ViewEnd.NO_ANSWER


def test_a_yes_that_leads_to_no_picture_ends_by_itself() -> None:
    accepted = answered(asked("v", 0.0), True, 10.0)

    assert accepted.stage is Stage.ACCEPTED
    assert waited(accepted, 10.0 + CONNECT_WITHIN_S).end is ViewEnd.NO_WAY


def test_nobody_is_looked_at_for_longer_than_a_quarter_of_an_hour_without_a_new_question() -> None:
    seen = connected(answered(asked("v", 0.0), True, 10.0), 12.0)

    assert waited(seen, 12.0 + LONGEST_S - 1) is seen
    assert waited(seen, 12.0 + LONGEST_S).end is ViewEnd.LONG_ENOUGH


@given(courses)
def test_a_view_only_moves_forward_and_an_end_is_final(
    course: list[tuple[Happening, float]],
) -> None:
    one, now = asked("v", 0.0), 0.0
    for happening, later in course:
        now += later
        after = happening(one, now)
        assert ROAD.index(after.stage) >= ROAD.index(one.stage)
        assert one.over is False or after is one
        assert after.over is (after.end is not None)
        one = after


@given(courses)
def test_no_picture_flows_before_a_yes(course: list[tuple[Happening, float]]) -> None:
    one, now, said_yes = asked("v", 0.0), 0.0, False
    for happening, later in course:
        now += later
        before, one = one, happening(one, now)
        said_yes = said_yes or (before.stage, one.stage) == (Stage.ASKED, Stage.ACCEPTED)
        assert one.stage is not Stage.CONNECTED or said_yes


@given(st.lists(courses, max_size=6))
def test_there_are_never_more_viewers_than_may_be(
    crowd: list[list[tuple[Happening, float]]],
) -> None:
    held: list[Viewing] = []
    for course in crowd:
        if admitted(held) is None:
            held.append(asked("v", 0.0))
        for happening, now in course:
            held = [happening(held[0], now), *held[1:]] if held else held
        assert sum(not one.over for one in held) <= VIEWERS_MAX

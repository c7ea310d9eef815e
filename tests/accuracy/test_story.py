"""What was decided about a clip, held against its story."""

import pytest

from tests.accuracy.story import Decision, Scene, expected, judge, news, patience, scenes

STORY = [
    Scene("present", 0, 8),
    Scene("peeping", 8, 16),
    Scene("away", 16, 24),
    Scene("impersonation", 24, 32),
    Scene("phone", 32, 40),
    Scene("frozen", 40, 48),
]
TOLD = [
    Decision("present", 1),
    Decision("peeping", 10),
    Decision("away", 22),
    Decision("impersonation", 27),
    Decision("present", 33),
    Decision("photographing_device", 34),
    Decision("camera_covered", 46),
]


def test_a_story_told_as_it_was_is_exact() -> None:
    verdict = judge(STORY, TOLD)

    assert verdict.exact
    assert [line.delay_s for line in verdict.lines] == [1, 2, 6, 3, 1, 2, 6]


@pytest.mark.parametrize("number", range(len(TOLD)))
def test_a_decision_that_is_missing_is_not_exact(number: int) -> None:
    assert not judge(STORY, TOLD[:number] + TOLD[number + 1 :]).exact


@pytest.mark.parametrize(
    "more",
    [Decision("impersonation", 3), Decision("away", 12), Decision("photographing_device", 18)],
)
def test_a_decision_that_nothing_in_the_scene_explains_is_not_exact(more: Decision) -> None:
    verdict = judge(STORY, sorted([*TOLD, more], key=lambda one: one.at_s))

    assert not verdict.exact
    assert verdict.unexpected == (more,)


def test_a_decision_after_its_scene_is_missed_and_unexpected() -> None:
    late = judge([Scene("present", 0, 2), Scene("away", 2, 9)], [Decision("present", 3)])

    assert not late.exact
    assert late.unexpected == (Decision("present", 3),)


def test_a_covered_camera_may_make_the_member_unknown_and_present_is_then_told_anew() -> None:
    story = [Scene("present", 0, 4), Scene("occluded", 4, 12), Scene("present", 12, 16)]
    told = [
        Decision("present", 1),
        Decision("unknown", 9),
        Decision("camera_covered", 9),
    ]

    assert not judge(story, told).exact
    assert judge(story, [*told, Decision("present", 13)]).exact


def test_nothing_is_asked_of_a_presence_that_is_already_known() -> None:
    assert expected("present", "present") == []
    assert expected("phone", "away") == ["present", "photographing_device"]


def test_equal_states_that_follow_one_another_are_one_scene() -> None:
    rows = [(0.0, "present"), (1.0, "present"), (2.0, "away"), (3.0, "present")]

    assert scenes(rows, 5) == [
        Scene("present", 0, 2),
        Scene("away", 2, 3),
        Scene("present", 3, 5),
    ]


def test_a_presence_that_was_true_already_is_no_news() -> None:
    told = [Decision("unknown", 0), Decision("present", 1), Decision("peeping", 2)]

    assert news([*told, Decision("present", 3), Decision("unknown", 4)]) == [
        *told[1:],
        Decision("unknown", 4),
    ]


def test_an_empty_story_is_not_exact() -> None:
    assert not judge([], []).exact


def test_an_absence_is_shorter_than_the_shortest_scene_without_anybody() -> None:
    assert patience(STORY) == 7
    assert patience([Scene("present", 0, 5)]) == 60

"""Levels draw the line between the member, a stranger, and what nobody can say."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cameras import clips
from agent.enrolment.gallery import Gallery, recognise
from agent.vision.eyes import Eyes
from agent.vision.judgement import ACCEPT, OTHER_BELOW, Identity, Level, Seen, Sight, identify


@pytest.mark.parametrize(
    ("similarity", "low", "mid", "high"),
    [
        (0.70, "member", "member", "member"),
        (0.60, "member", "member", "uncertain"),
        (0.53, "member", "uncertain", "uncertain"),
        (0.45, "uncertain", "uncertain", "uncertain"),
        (0.38, "uncertain", "uncertain", "uncertain"),
        (0.37, "other", "other", "other"),
    ],
)
def test_a_higher_level_asks_for_more(similarity: float, low: str, mid: str, high: str) -> None:
    assert [identify(similarity, level) for level in Level] == [low, mid, high]


@given(st.floats(-1, 1))
def test_no_level_calls_a_stranger_what_another_calls_the_member(similarity: float) -> None:
    judged = {identify(similarity, level) for level in Level}

    assert judged != {Identity.MEMBER, Identity.OTHER}
    assert Identity.OTHER not in judged or len(judged) == 1


@pytest.mark.requirement("R37")
def test_the_level_changes_the_decision_on_one_and_the_same_frame(
    eyes: Eyes, enrolled: Callable[[str], Gallery]
) -> None:
    frame = clips.render(("willow",), at_s=2, number=1)
    foggy = np.asarray(cv2.GaussianBlur(frame, (0, 0), 6.4), np.uint8)
    look = eyes.look(foggy)

    matched = {
        level: recognise(look, enrolled("willow"), level).match is not None for level in Level
    }

    assert matched == {Level.LOW: True, Level.MID: True, Level.HIGH: False}


def test_the_member_is_found_behind_a_larger_face() -> None:
    stranger = Seen(Identity.OTHER, 0.1, 1.0, 0.5, 1.0)
    member = Seen(Identity.MEMBER, 0.8, 1.0, 0.2, 1.0)

    assert Sight((stranger, member)).match == member
    assert Sight((stranger,)).match is None
    assert Sight().match is None


def test_the_thresholds_are_in_order() -> None:
    assert OTHER_BELOW < ACCEPT[Level.LOW] < ACCEPT[Level.MID] < ACCEPT[Level.HIGH]

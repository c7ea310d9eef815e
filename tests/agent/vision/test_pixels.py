"""Smaller, cut-out and turned pictures: the same pixels as OpenCV, which stands in as a judge."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cameras.clips import ASTRONAUT, photograph
from agent.vision.pixels import Image, light, resized, small_grey, square, turned


def portrait() -> Image:
    return photograph(ASTRONAUT)


def apart(one: object, other: object) -> tuple[float, float]:
    """The mean and the worst difference of two pictures, in levels."""
    change = np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32))
    return float(change.mean()), float(change.max())


@pytest.mark.parametrize("size", [(256, 256), (320, 200), (333, 477), (17, 5)])
def test_a_smaller_picture_is_the_mean_of_what_it_covers(size: tuple[int, int]) -> None:
    theirs = cv2.resize(portrait(), size, interpolation=cv2.INTER_AREA)

    mean, worst = apart(resized(portrait(), *size), theirs)

    assert mean < 0.6
    assert worst <= 3


def test_a_larger_picture_lies_between_its_pixels() -> None:
    theirs = cv2.resize(portrait(), (700, 600), interpolation=cv2.INTER_LINEAR)

    assert apart(resized(portrait(), 700, 600), theirs)[0] < 0.5


def test_the_small_grey_picture_is_its_light() -> None:
    theirs = cv2.cvtColor(cv2.resize(portrait(), (160, 120), interpolation=cv2.INTER_AREA), 6)

    assert apart(small_grey(portrait(), 160, 120), theirs)[1] <= 2
    assert apart(light(portrait()), cv2.cvtColor(portrait(), cv2.COLOR_BGR2GRAY))[1] < 0.6


@given(st.floats(-150, 480), st.floats(-150, 480), st.floats(20, 700))
def test_a_square_is_cut_out_with_black_beyond_the_edge(
    left: float, top: float, side: float
) -> None:
    scale = 96 / side
    into = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    theirs = cv2.warpAffine(portrait(), into, (96, 96))

    assert apart(square(portrait(), left, top, side, 96), theirs)[0] < 1.5


@given(st.floats(-3, 3), st.floats(0.2, 3), st.floats(-60, 60))
def test_a_turned_picture_is_what_was_there(angle: float, scale: float, shift: float) -> None:
    across, down = scale * np.cos(angle), scale * np.sin(angle)
    into = np.array([[across, -down, shift], [down, across, -shift]])

    theirs = cv2.warpAffine(portrait(), into, (64, 64))

    assert apart(turned(portrait(), into, 64), theirs)[0] < 1.5

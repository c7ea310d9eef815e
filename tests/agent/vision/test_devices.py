"""Phones: where the search looks, and how cells become boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cameras import clips
from agent.cameras.clips import ASTRONAUT, GROUP, Scene, photograph
from agent.vision.devices import (
    CLASSES,
    EVERYWHERE,
    PHONE,
    ROUND,
    SIZE,
    STRIDES,
    Where,
    around,
    best,
    cut,
    squared,
)
from agent.vision.eyes import Eyes
from agent.vision.judgement import MIN_PHONE_SCORE


@pytest.mark.requirement("R32")
@pytest.mark.parametrize("name", [ASTRONAUT, GROUP])
def test_people_without_a_phone_have_none(eyes: Eyes, name: tuple[str, str]) -> None:
    assert eyes.phone(photograph(name)).score < MIN_PHONE_SCORE


def test_a_desk_with_somebody_at_it_has_none(eyes: Eyes) -> None:
    (frame,) = list(clips.frames([Scene(0.1, ("pine",))], fps=10))

    assert eyes.phone(frame).score < MIN_PHONE_SCORE


@pytest.mark.requirement("R45")
@pytest.mark.parametrize("size", [(640, 480), (640, 360), (1280, 720), (360, 640), (300, 300)])
def test_every_part_of_a_frame_is_searched_near_and_far(size: tuple[int, int]) -> None:
    width, height = size
    frame = np.zeros((height, width, 3), np.uint8)

    for where in EVERYWHERE:
        cut(frame, where).bgr[:] += 1

    assert frame.min() >= 2  # the whole frame, and at least one nearer crop of it


@given(
    st.sampled_from(STRIDES),
    st.integers(0, 10**6),
    st.tuples(*[st.integers(0, 10)] * 4),
    st.floats(0.1, 1),
)
def test_a_cell_and_its_four_distances_are_a_box(
    stride: int, number: int, distances: tuple[int, int, int, int], score: float
) -> None:
    cells = SIZE // stride
    cell = number % (cells * cells)
    scores = np.zeros((cells * cells, CLASSES), np.float32)
    scores[cell, PHONE] = score
    logits = np.zeros((cells * cells, 44), np.float32)
    for side, distance in enumerate(distances):
        logits[cell, side * 11 + distance] = 50

    box = best({(cells * cells, CLASSES): scores, (cells * cells, 44): logits}, stride)

    left, top, right, bottom = (distance * stride for distance in distances)
    assert (box.width, box.height) == pytest.approx((left + right, top + bottom), abs=0.01)
    assert box.x == pytest.approx((cell % cells + 0.5) * stride - left, abs=0.01)
    assert box.y == pytest.approx((cell // cells + 0.5) * stride - top, abs=0.01)
    assert box.score == pytest.approx(score)


@pytest.mark.parametrize("shape", [(480, 640), (360, 640), (640, 360), (100, 100), (1152, 768)])
def test_a_picture_is_never_stretched(shape: tuple[int, int]) -> None:
    height, width = shape
    square, scale = squared(np.full((height, width, 3), 255, np.uint8))

    filled = np.argwhere(square[0] == 255).max(axis=0) + 1
    assert square.shape == (3, SIZE, SIZE)
    assert filled == pytest.approx((height * scale, width * scale), abs=0.51)


def test_a_round_leaves_nothing_out_and_after_a_find_three_parts_are_searched() -> None:
    assert set(ROUND) == set(Where)
    assert all(where in around(where) and len(set(around(where))) == 3 for where in Where)

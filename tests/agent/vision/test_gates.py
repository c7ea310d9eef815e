"""A glance at a small grey picture: dark, flat and still pictures are told from rooms."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agent.cameras import clips
from agent.cameras.clips import ASTRONAUT, GROUP, Scene, photograph
from agent.vision.gates import glance, shrunk, still
from agent.vision.pixels import Image
from hub.protocol.facts import Hint

SHAPE = (480, 640, 3)
CHANCE = np.random.default_rng(0)


def noisy(picture: NDArray[np.uint8], spread: float) -> Image:
    seen = picture + CHANCE.normal(0, spread, picture.shape)
    return np.asarray(np.clip(seen, 0, 255), np.uint8)


def plain(level: int) -> Image:
    return np.full(SHAPE, level, np.uint8)


def gradient() -> Image:
    """A finger on the lens: light from one side, and no edge anywhere."""
    along = np.linspace(90, 140, SHAPE[1], dtype=np.float32)
    return np.asarray(np.broadcast_to(along[None, :, None], SHAPE), np.uint8)


def room() -> Image:
    return np.asarray(cv2.resize(photograph(ASTRONAUT), (640, 480)), np.uint8)


@pytest.mark.requirement("R33")
@pytest.mark.parametrize(
    ("picture", "cover"),
    [
        (noisy(plain(4), 2), Hint.DARK),
        (noisy(plain(120), 3), Hint.FLAT),
        (noisy(gradient(), 1), Hint.FLAT),
        (plain(255), Hint.FLAT),
    ],
)
def test_a_covered_lens_is_told_with_what_was_measured(picture: Image, cover: Hint) -> None:
    seen = glance(shrunk(picture), None)

    assert seen.cover is cover
    assert seen.measure < seen.limit


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture,
        lambda picture: picture * 0.25,
        lambda picture: picture * 0.4 + 150,
        lambda picture: cv2.GaussianBlur(picture, (0, 0), 4),
        lambda picture: noisy(picture, 8),
    ],
)
@pytest.mark.parametrize("name", [ASTRONAUT, GROUP])
def test_dim_pale_blurred_and_noisy_rooms_are_not_covered(
    name: tuple[str, str], change: Callable[[Image], Image]
) -> None:
    picture = np.asarray(change(photograph(name)), np.uint8)

    assert glance(shrunk(picture), None).cover is None


def test_nobody_at_the_desk_is_no_cover() -> None:
    (frame,) = list(clips.frames([Scene(0.1)], fps=10))

    assert glance(shrunk(frame), None).cover is None


def test_the_same_frame_again_is_frozen_and_a_sensors_noise_is_not() -> None:
    first = shrunk(noisy(room(), 2))

    assert not glance(first, None).frozen
    assert glance(first, first).frozen
    assert not glance(shrunk(noisy(room(), 2)), first).frozen


def test_a_quiet_room_is_still_and_a_small_face_in_a_corner_is_not() -> None:
    before = shrunk(noisy(room(), 2))
    visited = room()
    visited[40:76, 560:588] = cv2.resize(photograph(ASTRONAUT)[60:160, 180:260], (28, 36))

    assert still(shrunk(noisy(room(), 2)), before)
    assert not still(shrunk(noisy(visited, 2)), before)


@given(st.integers(0, 255), st.integers(0, 255))
def test_change_is_the_mean_difference_of_two_pictures(one: int, other: int) -> None:
    seen = glance(shrunk(plain(one)), shrunk(plain(other)))

    assert seen.change == pytest.approx(abs(one - other))

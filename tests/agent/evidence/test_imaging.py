"""Images that may leave: small enough, never larger than they were, and only as told."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evidence.imaging import (
    CAMERA_MAX_BYTES,
    SCREENS_MAX_BYTES,
    blurred,
    compressed,
    fitted,
)
from agent.evidence.screens import NoScreen, bgr, forbidden, grab
from agent.vision.faces import Box
from hub.http.pictures.plain import plain as looked_at
from hub.protocol.facts import EvidenceKind
from hub.protocol.images import FIT
from tests.eyewitness import noise, plain

sides = st.integers(1, 2600)


@pytest.mark.requirement("R34")
@settings(max_examples=40)
@given(st.sampled_from(EvidenceKind), sides, sides)
def test_an_image_fits_keeps_its_shape_and_never_grows(
    kind: EvidenceKind, width: int, height: int
) -> None:
    high, wide = fitted(plain(width, height), kind).shape[:2]

    assert wide <= min(width, FIT[kind][0])
    assert high <= min(height, FIT[kind][1])
    assert abs(wide * height - high * width) <= max(width, height)
    fits = width <= FIT[kind][0] and height <= FIT[kind][1]
    assert ((wide, high) == (width, height)) is fits


@pytest.mark.requirement("R34", "R46")
@pytest.mark.parametrize(
    ("kind", "most", "screens"),
    [
        (EvidenceKind.CAMERA, CAMERA_MAX_BYTES, 1),
        (EvidenceKind.SCREEN, SCREENS_MAX_BYTES, 1),
        (EvidenceKind.SCREEN, SCREENS_MAX_BYTES, 3),
    ],
)
def test_even_noise_is_small_enough_and_a_plain_image(
    kind: EvidenceKind, most: int, screens: int
) -> None:
    made = compressed(noise(1920, 1080), kind, most // screens)

    assert len(made.data) <= most // screens
    found = looked_at(made.data)
    assert (found.media, found.width, found.height) == (made.media, made.width, made.height)


def test_what_needs_no_shrinking_keeps_its_pixels() -> None:
    made = compressed(plain(1920, 1080), EvidenceKind.SCREEN, SCREENS_MAX_BYTES)

    assert (made.width, made.height) == (1920, 1080)


@pytest.mark.requirement("R40")
def test_of_a_blurred_face_nothing_is_left_and_the_rest_stays() -> None:
    picture = noise(320, 240)
    faces = [Box(100, 80, 60, 60, 0.9), Box(-20, -10, 50, 40, 0.9), Box(300, 230, 90, 90, 0.8)]
    safe = blurred(picture, faces)

    face = safe[85:135, 105:155]
    assert len(np.unique(face.reshape(-1, 3), axis=0)) <= 36
    assert np.array_equal(safe[:200, 180:270], picture[:200, 180:270])
    again = noise(320, 240)
    assert np.array_equal(picture, again), "the frame itself is not touched"


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wayland"),
        ({"XDG_SESSION_TYPE": "wayland"}, "wayland"),
        ({}, "no_display"),
    ],
)
def test_where_the_screen_cannot_be_seen_the_reason_is_a_word(
    environment: dict[str, str], reason: str
) -> None:
    with pytest.raises(NoScreen) as none:
        forbidden(environment)
    assert none.value.reason == reason


def test_a_display_that_does_not_answer_is_a_reason_and_no_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(NoScreen) as none:
        grab()
    assert none.value.reason == "screen_unreadable"


def test_a_screens_pixels_come_in_the_order_that_the_rest_expects() -> None:
    red = bgr(bytes([0, 0, 255, 255]) * 6, 3, 2)

    assert red.shape == (2, 3, 3)
    assert cv2.cvtColor(red, cv2.COLOR_BGR2RGB)[0, 0].tolist() == [255, 0, 0]

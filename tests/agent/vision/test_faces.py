"""Faces are found where they are, aligned as insightface aligns them, and named by who they are."""

import subprocess
import sys
import warnings
from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cameras.clips import ASTRONAUT, GROUP, photograph
from agent.vision.eyes import Eyes, turn
from agent.vision.faces import STANDARD, Box, Detector, Mesh, Recogniser, similarity
from agent.vision.judgement import OTHER_BELOW
from agent.vision.models import RECOGNISER, Pack
from agent.vision.pixels import Image

# Measured by hand in scikit-image's portrait: both eyes, tip of the nose, corners of the mouth.
ASTRONAUT_POINTS = np.array([(204, 101), (246, 103), (223, 126), (204, 140), (245, 141)])


def test_six_people_are_six_faces_and_no_two_are_taken_for_one(eyes: Eyes) -> None:
    faces = eyes.look(photograph(GROUP)).faces[:5]

    assert len(faces) == 5  # the most that is looked at; six are found
    pairs = [float(a.embedding @ b.embedding) for a, b in combinations(faces, 2)]
    assert max(pairs) < 0.45
    assert sum(cosine < OTHER_BELOW for cosine in pairs) >= 9


def test_all_six_faces_of_the_group_are_found(pack: Pack) -> None:
    assert len(Detector(pack).detect(photograph(GROUP))) == 6


def test_the_five_points_lie_on_eyes_nose_and_mouth(pack: Pack) -> None:
    portrait = photograph(ASTRONAUT)
    [box] = Detector(pack).detect(portrait)

    points = Mesh(pack).five(portrait, box)

    assert points is not None
    eye_distance = np.linalg.norm(ASTRONAUT_POINTS[0] - ASTRONAUT_POINTS[1])
    assert np.linalg.norm(points - ASTRONAUT_POINTS, axis=1).max() < 0.15 * eye_distance


def test_what_is_no_face_has_no_points(pack: Pack) -> None:
    portrait = photograph(ASTRONAUT)

    assert Mesh(pack).five(portrait, Box(300, 300, 100, 120, 0.9)) is None


def test_one_face_keeps_its_name_when_light_size_and_place_change(eyes: Eyes) -> None:
    portrait = photograph(ASTRONAUT)
    darker = (portrait * 0.4).astype(np.uint8)
    smaller = np.asarray(cv2.resize(portrait, None, fx=0.5, fy=0.5), np.uint8)
    [known] = eyes.look(portrait).faces

    for changed in (darker, smaller, np.roll(portrait, 60, axis=1)):
        [face] = eyes.look(changed).faces
        assert known.embedding @ face.embedding > 0.8
        assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-5)


@pytest.mark.requirement("R45")
@pytest.mark.parametrize("size", [(640, 480), (640, 360), (1280, 720), (360, 640)])
def test_every_shape_of_frame_shows_the_same_face(eyes: Eyes, size: tuple[int, int]) -> None:
    width, height = size
    frame = np.full((height, width, 3), 90, np.uint8)
    frame[20:340, 20:340] = cv2.resize(photograph(ASTRONAUT), (320, 320))

    [face] = eyes.look(frame).faces

    [known] = eyes.look(photograph(ASTRONAUT)).faces
    assert known.embedding @ face.embedding > 0.8
    assert 60 < face.box.height < 80


def test_an_upside_down_or_an_empty_frame_is_no_trouble(eyes: Eyes) -> None:
    black: Image = np.zeros((480, 640, 3), np.uint8)

    assert eyes.look(black).faces == ()
    assert eyes.look(black).luminance == 0


def test_blur_and_darkness_are_seen_as_such(eyes: Eyes) -> None:
    portrait = photograph(ASTRONAUT)
    blurred = np.asarray(cv2.GaussianBlur(portrait, (0, 0), 3), np.uint8)
    moved = np.asarray(cv2.filter2D(portrait, -1, np.full((1, 12), 1 / 12)), np.uint8)
    dark = (portrait * 0.12).astype(np.uint8)

    qualities = [eyes.look(image).faces[0].quality for image in (portrait, blurred, moved, dark)]

    assert qualities[0].overall > 0.9
    assert qualities[1].sharpness < 0.3
    assert qualities[2].sharpness < 0.3
    assert qualities[3].contrast < 0.6


def test_a_turned_head_has_its_nose_aside() -> None:
    frontal = np.array([(0, 0), (40, 0), (20, 25), (5, 50), (35, 50)], np.float32)
    aside = frontal.copy()
    aside[2] = (52, 25)

    assert turn(frontal) == pytest.approx(0)
    assert turn(aside) == pytest.approx(0.8)


def test_aligning_is_what_insightface_does(pack: Pack) -> None:
    from insightface.utils import face_align

    portrait = photograph(ASTRONAUT)
    [box] = Detector(pack).detect(portrait)
    points = Mesh(pack).five(portrait, box)
    assert points is not None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # its own way there is to end
        theirs = face_align.estimate_norm(points)

    assert np.array_equal(STANDARD, face_align.arcface_dst)
    assert similarity(points, STANDARD) == pytest.approx(theirs, abs=1e-4)


def test_a_face_is_named_as_insightface_names_it(pack: Pack) -> None:
    from insightface.model_zoo import get_model

    theirs = get_model(str(pack.file(RECOGNISER)), providers=["CPUExecutionProvider"])
    crop = np.asarray(cv2.resize(photograph(ASTRONAUT)[40:180, 150:290], (112, 112)), np.uint8)

    named = theirs.get_feat(crop).ravel()

    ours = Recogniser(pack).embed(crop)
    assert ours @ (named / np.linalg.norm(named)) == pytest.approx(1, abs=1e-5)


def test_looking_needs_nothing_of_insightface() -> None:
    code = (
        "import sys, agent.run; "
        "print(*{'insightface', 'onnx', 'scipy', 'skimage', 'requests'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


@given(
    st.floats(-3, 3),
    st.floats(0.2, 5),
    st.tuples(st.floats(-200, 200), st.floats(-200, 200)),
)
def test_a_turn_scale_and_shift_is_found_again(
    angle: float, scale: float, shift: tuple[float, float]
) -> None:
    source = ASTRONAUT_POINTS.astype(np.float32)
    turned = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    found = similarity(source, (source @ turned.T + shift).astype(np.float32))

    assert found[:, :2] == pytest.approx(turned, abs=1e-3)
    assert found[:, 2] == pytest.approx(np.array(shift), abs=0.5)

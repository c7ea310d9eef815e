"""Enrolment takes good pictures of one person, and says of every other what is wrong with it."""

from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.cameras import clips
from agent.cameras.clips import ASTRONAUT, GROUP, photograph
from agent.enrolment.enrol import Picture, Refused, enrol, enrol_from_camera, pictures
from agent.enrolment.gallery import Gallery
from agent.vision.eyes import Eyes
from agent.vision.pixels import Image


def portrait(change: Callable[[Image], object] = lambda image: image) -> Picture:
    return Picture("me.jpg", np.asarray(change(photograph(ASTRONAUT)), np.uint8))


def drawn(name: str, *people: str) -> Picture:
    return Picture(name, clips.render(people, 0, 0))


def out_of_focus(image: Image) -> object:
    return cv2.GaussianBlur(image, (0, 0), 2.5)


def smaller(image: Image) -> object:
    return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


@pytest.mark.requirement("R28")
@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (lambda: drawn("wall.jpg"), "wall.jpg: no face found: use a picture"),
        (lambda: drawn("two.jpg", "willow", "pine"), "two.jpg: 2 faces found"),
        (lambda: Picture("all.jpg", photograph(GROUP)), "all.jpg: 5 faces found: use a picture of"),
        (lambda: portrait(smaller), r"me.jpg: the face is \d+ px high, 80 are needed: come nearer"),
        (lambda: portrait(lambda image: image * 0.1), "me.jpg: the face is too dark"),
        (lambda: portrait(out_of_focus), "me.jpg: .* is blurred"),
    ],
    ids=["nobody", "two", "crowd", "small", "dark", "blurred"],
)
def test_a_picture_that_cannot_be_used_is_refused_by_name(
    eyes: Eyes, picture: Callable[[], Picture], reason: str
) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        enrol([portrait(), picture()], eyes)

    assert "\n" not in str(refused.value)


def test_pictures_of_two_people_make_no_gallery(eyes: Eyes) -> None:
    other = drawn("other.jpg", "willow")

    with pytest.raises(Refused, match=r"other.jpg: not the person of me.jpg"):
        enrol([portrait(), other], eyes)


@pytest.mark.requirement("R28")
def test_several_pictures_make_one_template(eyes: Eyes) -> None:
    lighter = Picture("light.jpg", np.clip(photograph(ASTRONAUT) * 1.2, 0, 255).astype(np.uint8))

    gallery = enrol([portrait(), lighter], eyes)

    assert gallery.images == 2
    assert gallery.recogniser == eyes.recogniser
    assert gallery.similarity(eyes.look(portrait().bgr).faces[0].embedding) > 0.95


def test_no_pictures_are_no_enrolment(eyes: Eyes) -> None:
    with pytest.raises(Refused, match="no pictures to enrol from"):
        enrol([], eyes)


def test_a_camera_is_watched_until_enough_frames_are_good(eyes: Eyes) -> None:
    bad = Picture("frame", clips.render((), 0, 0))
    good = Picture("frame", clips.render(("pine",), 0, 0))

    gallery: Gallery = enrol_from_camera([bad, good, bad, *repeat(good, 6), bad], eyes)

    assert gallery.images == 7


def test_a_camera_that_shows_nobody_is_given_up_with_the_last_problem(eyes: Eyes) -> None:
    taken = 0

    def empty() -> Iterator[Picture]:
        nonlocal taken
        while True:
            taken += 1
            yield Picture("camera", np.zeros((120, 160, 3), np.uint8))

    with pytest.raises(Refused, match=r"0 of 7 frames could be used.* no face found"):
        enrol_from_camera(empty(), eyes)
    assert taken == 60


def test_a_folder_is_read_by_name_and_other_files_are_left(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png"):
        (tmp_path / name).write_bytes(cv2.imencode(".png", photograph(ASTRONAUT))[1].tobytes())
    (tmp_path / "notes.txt").write_text("hello")

    assert [Path(picture.name).name for picture in pictures([tmp_path])] == ["a.png", "b.JPG"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.jpg", None, "missing.jpg: cannot be read .*: check the path"),
        ("text.jpg", b"hello", "text.jpg: not a picture: use .jpg or .png"),
        ("empty.jpg", b"", "empty.jpg: not a picture"),
    ],
)
def test_a_file_that_is_no_picture_is_named(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(Refused, match=reason):
        list(pictures([tmp_path / name]))


def test_a_folder_without_pictures_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no pictures in this folder"):
        list(pictures([tmp_path]))

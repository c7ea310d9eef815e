"""The composed people are who they are meant to be: in every scene, and to the agent's own eyes."""

import time
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import av
import numpy as np
import pytest

from agent.cameras.clips import HEIGHT, WIDTH, Scene, compose, people, render
from agent.enrolment.gallery import Gallery, recognise
from agent.vision.eyes import Eyes
from agent.vision.judgement import Identity, Level

PEOPLE = people()
NEIGHBOURS = [*zip(PEOPLE, (*PEOPLE[1:], PEOPLE[0]), strict=True)]


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_sits_there_alone_and_is_known_at_every_level(
    eyes: Eyes, enrolled: Callable[[str], Gallery], person: str
) -> None:
    for number in range(0, 60, 7):
        look = eyes.look(render((person,), number / 5, number))
        sight = recognise(look, enrolled(person), Level.HIGH)

        assert [face.identity for face in sight.faces] == [Identity.MEMBER]
        assert sight.faces[0].good


def test_no_person_is_taken_for_another(eyes: Eyes, enrolled: Callable[[str], Gallery]) -> None:
    looks = {person: eyes.look(render((person,), 5, 0)) for person in PEOPLE}

    for member, sitting in permutations(PEOPLE, 2):
        [face] = recognise(looks[sitting], enrolled(member), Level.LOW).faces
        assert face.identity is Identity.OTHER
        assert face.good


@pytest.mark.parametrize(("sitting", "onlooker"), NEIGHBOURS)
def test_an_onlooker_is_a_second_face_and_hides_nobody(
    eyes: Eyes, enrolled: Callable[[str], Gallery], sitting: str, onlooker: str
) -> None:
    for number in range(0, 40, 7):
        look = eyes.look(render((sitting, onlooker), number / 5, number))
        faces = recognise(look, enrolled(sitting), Level.HIGH).faces

        assert [face.identity for face in faces] == [Identity.MEMBER, Identity.OTHER]
        assert faces[1].height > 0.1


def test_the_empty_room_shows_nobody(eyes: Eyes) -> None:
    assert all(not eyes.look(render((), number / 5, number)).faces for number in range(12))


def test_a_clip_is_what_its_scenes_say(tmp_path: Path) -> None:
    clip = compose(tmp_path / "new" / "clip.mp4", [Scene(2, ("pine",)), Scene(1)], fps=5)

    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(stream)]
    assert stream.codec_context.name == "h264"
    assert len(frames) == 15
    assert {frame.shape for frame in frames} == {(HEIGHT, WIDTH, 3)}
    assert np.abs(frames[14].astype(int) - render((), 2.8, 14)).mean() < 3
    assert [file.name for file in clip.parent.iterdir()] == ["clip.mp4"]


def test_a_minute_is_composed_in_seconds(tmp_path: Path) -> None:
    begun = time.process_time()

    clip = compose(tmp_path / "clip.mp4", [Scene(30, ("pine",)), Scene(30)])

    assert time.process_time() - begun < 15  # of both cores together; 4 s of one are usual
    assert clip.stat().st_size < 5_000_000  # most of it is the noise that must be kept

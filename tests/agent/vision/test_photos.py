"""A face of a living person is taken for one; where the network cannot say, it is not asked."""

import cv2
import numpy as np
import pytest

from agent.cameras import clips
from agent.cameras.clips import ASTRONAUT, photograph
from agent.vision.eyes import Eyes
from agent.vision.faces import Box
from agent.vision.photos import AROUND, around
from agent.vision.pixels import Image

FACE = Box(180, 60, 90, 120, 0.9)


def test_without_colours_nothing_is_said(eyes: Eyes) -> None:
    grey = np.repeat(photograph(ASTRONAUT).mean(axis=2, keepdims=True), 3, axis=2)

    assert eyes.living(grey.astype(np.uint8), FACE) is None
    assert eyes.living(photograph(ASTRONAUT), FACE) is not None


def test_where_nobody_is_nothing_is_said(eyes: Eyes) -> None:
    assert eyes.living(photograph(ASTRONAUT), None) is None


@pytest.mark.requirement("R30")
@pytest.mark.parametrize("person", ["ginkgo", "willow"])  # not everybody's: it is a hint
def test_a_picture_on_a_screen_in_a_room_lives_less_than_who_sits_there(
    eyes: Eyes, person: str
) -> None:
    sitting = clips.render((person,), 1.0, 1)
    shown = on_a_screen(sitting)

    seen = {
        name: eyes.living(frame, eyes.look(frame).faces[0].box)
        for name, frame in (("sitting", sitting), ("shown", shown))
    }

    assert seen["shown"] is not None and seen["shown"] < 0.5
    assert seen["sitting"] is not None and seen["shown"] < seen["sitting"]


def on_a_screen(picture: Image) -> Image:
    """Held up before the camera: a black bezel, and the room around it."""
    frame = clips.wall().copy()
    frame[100:380, 220:420] = 12
    frame[120:360, 232:408] = cv2.resize(picture[60:360, 210:430], (176, 240))
    return frame


@pytest.mark.parametrize(
    "box", [FACE, Box(0, 0, 40, 50, 0.9), Box(470, 460, 60, 80, 0.9), Box(-20, -30, 400, 500, 0.9)]
)
def test_what_frames_a_face_is_always_inside_the_picture(box: Box) -> None:
    crop = around(np.zeros((512, 512, 3), np.uint8), box)

    assert 0 < crop.shape[0] <= box.height * AROUND + 1
    assert 0 < crop.shape[1] <= box.width * AROUND + 1

"""A covered and a frozen camera, from pictures to events, as a running agent sees them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.cameras import clips
from agent.cameras.camera import Frame
from agent.cameras.clips import Scene
from agent.decisions.observation import Debounce
from agent.enrolment.gallery import Gallery
from agent.vision.eyes import Eyes
from agent.vision.pixels import Image
from tests.watching import Watching

PER_S = 1
CHANCE = np.random.default_rng(0)


def black() -> Image:
    return CHANCE.integers(0, 6, (480, 640, 3), np.uint8)


def shown(*parts: list[Image]) -> Iterator[Frame]:
    """One picture a second."""
    pictures = [picture for part in parts for picture in part]
    return (Frame(picture, at / PER_S) for at, picture in enumerate(pictures))


@pytest.fixture(scope="module")
def sitting() -> list[Image]:
    return list(clips.frames([Scene(6, ("pine",))], fps=PER_S))


@pytest.fixture
def watching(eyes: Eyes, enrolled: Callable[[str], Gallery]) -> Watching:
    return Watching(eyes, enrolled("pine"))


@pytest.mark.requirement("R33")
def test_a_hand_on_the_lens_and_a_frozen_picture_are_told_within_ten_seconds(
    watching: Watching, sitting: list[Image]
) -> None:
    dark, still = [black() for _ in range(7)], [sitting[-1]] * 7

    told = watching.frames(shown(sitting, dark, sitting, still, sitting))

    assert [(one.name, one.at) for one in told] == [
        ("present", 1.0),
        ("camera_covered opened", 11.0),
        ("unknown camera_covered", 11.0),
        ("unknown starting", 13.0),
        ("present", 14.0),
        ("camera_covered seen", 23.0),
        ("unknown camera_covered", 23.0),
        ("unknown starting", 26.0),
        ("present", 27.0),
    ]


def test_a_room_that_nobody_is_in_is_away_and_not_frozen(
    eyes: Eyes, enrolled: Callable[[str], Gallery], tmp_path: Path
) -> None:
    """Through an encoder, too: what it leaves of the noise must be more than a frozen picture's."""
    clip = clips.compose(tmp_path / "clip.mp4", [Scene(40)])
    timing = replace(Debounce(), away_after_s=10.0)
    watching = Watching(eyes, enrolled("pine"), timing=timing)

    told = watching.clip(str(clip))

    assert [one.name for one in told] == ["away"]
    assert watching.analysed <= 18  # 11 until it was decided; then nothing moves

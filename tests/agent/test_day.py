"""A recorded day becomes reports at a hub, and no picture leaves the machine."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent import deciding
from agent.cameras import camera, clips
from agent.cameras.camera import Frame
from agent.cameras.clips import Scene
from agent.enrolment.gallery import Gallery
from agent.run import Agent
from agent.settings import Settings
from agent.vision.coding import framed, jpeg, webp
from agent.vision.sharing import SharedEyes
from hub.protocol.agents import (
    Bye,
    StateReport,
)
from tests.agent.running import QUICK, story
from tests.consent import heard
from tests.scripted_hub import ScriptedHub, scripted_hub

DAY = (
    Scene(1.2, ("pine",)),
    Scene(1.0, ("pine", "cedar")),
    Scene(1.6),
    Scene(1.4, ("maple",)),
    Scene(1.2, ("pine",)),
)
PICTURES = (b"\xff\xd8\xff\xdb\x00C", b"WEBPVP8", b"\x89PNG\r\n")


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Present, watched by a second person, gone, somebody else, present: six seconds."""
    return clips.compose(tmp_path_factory.mktemp("clips") / "day.mp4", DAY, fps=10)


@dataclass(frozen=True)
class Lived:
    """What was left of the day: what the hub heard, when each frame came, and the agent's folder.

    `frames` are a time of day and the second of the clip: a busy machine comes to it later.
    """

    hub: ScriptedHub
    frames: list[tuple[float, float]]
    folder: Path

    def second(self, since: float) -> float:
        """Of the clip, at that time of day."""
        return [second for at, second in self.frames if at <= since][-1]


@pytest.fixture(scope="module")
def lived(
    day: Path,
    shared: SharedEyes,
    enrolled: Callable[[str], Gallery],
    tmp_path_factory: pytest.TempPathFactory,
) -> Lived:
    folder = tmp_path_factory.mktemp("agents") / "state"
    came: list[tuple[float, float]] = []

    class ClipsClock:
        """A busy machine comes to a frame later; what is decided of it goes by its own second."""

        begun = time.monotonic()

        def monotonic(self) -> float:
            return self.begun + (came[-1][1] if came else 0.0)

        def time(self) -> float:
            return time.time()

    def noted(*args: Any, **named: Any) -> Iterator[Frame]:
        for frame in frames(*args, **named):
            came.append((time.time(), frame.time_s))
            yield frame

    async def live() -> ScriptedHub:
        async with scripted_hub() as hub:
            settings = Settings(hub.url, str(day), fps=QUICK.fps, pace=QUICK.pace)
            heard(folder)
            await Agent(folder, settings, "secret", enrolled("pine"), shared).run()
            return hub

    frames = camera.frames
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(camera, "frames", noted)
        patched.setattr(deciding, "time", ClipsClock())
        return Lived(asyncio.run(live()), came, folder)


@pytest.mark.requirement("R29", "R30", "R31")
def test_a_clip_of_a_day_becomes_its_story_at_the_hub(lived: Lived) -> None:
    told = story(lived.hub.reports)

    assert [one for one in told if not one.endswith("ended")] == [
        "unknown starting",
        "present",
        "peeping opened",
        "away",
        "impersonation opened",
        "present",
        "unknown said_bye",
    ]
    assert told.count("peeping ended") == told.count("impersonation ended") == 1
    every = lived.hub.reports
    assert [report.seq for report in every] == list(range(1, len(every) + 1))
    assert isinstance(lived.hub.heard[-1], Bye)


def test_since_is_the_time_of_day_at_which_it_became_true(lived: Lived) -> None:
    states = [one.facts for one in lived.hub.reports if isinstance(one, StateReport)]
    came, left, back = [lived.second(facts.since) for facts in states if facts.reason is None]

    assert came < 2
    assert 1.5 < left - came < 3.0
    assert 2.0 < back - left < 5.0


def test_no_picture_passes_the_websocket_or_lies_open_on_the_machine(lived: Lived) -> None:
    grey = framed(np.full((48, 64, 3), 128, np.uint8))
    assert all(is_open(image) for image in (jpeg(grey, 5), webp(grey, 50)))
    assert all(isinstance(frame, str) and len(frame) < 1000 for frame in lived.hub.raw)
    for file in lived.folder.rglob("*"):
        assert file.is_dir() or not is_open(file.read_bytes())


def is_open(data: bytes) -> bool:
    """Whether there is a picture in it that anybody could look at."""
    return any(mark in data for mark in PICTURES)

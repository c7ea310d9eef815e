"""A recorded day becomes reports at a hub, and no picture leaves the machine."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.cameras import clips
from agent.cameras.clips import Scene
from agent.enrolment.gallery import Gallery
from agent.run import Agent
from agent.settings import Settings
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
PICTURES = (b"JFIF", b"WEBP", b"PNG")


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Present, watched by a second person, gone, somebody else, present: six seconds."""
    return clips.compose(tmp_path_factory.mktemp("clips") / "day.mp4", DAY, fps=10)


@dataclass(frozen=True)
class Lived:
    """What was left of the day: what the hub heard, since when, and the agent's folder.

    `longer` is by how many seconds it outlasted its clip: to begin and end, and on a busy machine.
    """

    hub: ScriptedHub
    begun: float
    longer: float
    folder: Path


@pytest.fixture(scope="module")
def lived(
    day: Path,
    shared: SharedEyes,
    enrolled: Callable[[str], Gallery],
    tmp_path_factory: pytest.TempPathFactory,
) -> Lived:
    folder, begun = tmp_path_factory.mktemp("agents") / "state", time.time()

    async def live() -> ScriptedHub:
        async with scripted_hub() as hub:
            settings = Settings(hub.url, str(day), fps=QUICK.fps, pace=QUICK.pace)
            heard(folder)
            await Agent(folder, settings, "secret", enrolled("pine"), shared).run()
            return hub

    hub = asyncio.run(live())
    return Lived(hub, begun, time.time() - begun - sum(one.seconds for one in DAY), folder)


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
    came, left, back = [facts.since for facts in states if facts.reason is None]

    assert 0 < came - lived.begun < 0.5 + lived.longer
    assert 1.5 < left - came < 2.5 + lived.longer
    assert 2.0 < back - left < 3.5 + lived.longer


def test_no_picture_passes_the_websocket_or_lies_open_on_the_machine(lived: Lived) -> None:
    assert all(isinstance(frame, str) and len(frame) < 1000 for frame in lived.hub.raw)
    for file in lived.folder.rglob("*"):
        assert file.is_dir() or not any(mark in file.read_bytes() for mark in PICTURES)

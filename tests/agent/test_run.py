"""A running agent: from real frames to reports at a hub, and what happens when a camera goes."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from agent import camera, clips
from agent.camera import CameraFault, Frame, Source
from agent.clips import Scene
from agent.gallery import Gallery
from agent.run import Agent, SharedEyes, debounce
from agent.settings import Settings
from agent.vision.eyes import Eyes
from hub.protocol import closing
from hub.protocol.messages import (
    Bye,
    IncidentReport,
    Presence,
    Reason,
    Report,
    StateReport,
)
from hub.protocol.session import Stopped
from tests.clock import until
from tests.scripted_hub import ScriptedHub, scripted_hub

DAY = (
    Scene(1.2, ("pine",)),
    Scene(1.0, ("pine", "cedar")),
    Scene(1.6),
    Scene(1.4, ("maple",)),
    Scene(1.2, ("pine",)),
)
QUICK = Settings(fps=10, pace=0.01)


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Present, watched by a second person, gone, somebody else, present: six seconds."""
    return clips.compose(tmp_path_factory.mktemp("clips") / "day.mp4", DAY, fps=10)


@pytest.fixture(scope="session")
def shared(eyes: Eyes) -> SharedEyes:
    return SharedEyes(eyes, threading.Lock())


Make = Callable[[ScriptedHub, str], Agent]


@pytest.fixture
def make(tmp_path: Path, shared: SharedEyes, enrolled: Callable[[str], Gallery]) -> Make:
    """An agent of pine's seat that looks at that source."""

    def agent(hub: ScriptedHub, source: str) -> Agent:
        settings = Settings(hub=hub.url, source=source, fps=QUICK.fps, pace=QUICK.pace)
        return Agent(tmp_path / "state", settings, "secret", enrolled("pine"), shared)

    return agent


@asynccontextmanager
async def running(agent: Agent) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(agent.run())
    try:
        yield task
    finally:
        agent.stop()
        with suppress(Stopped, CameraFault):
            await task


def story(reports: list[Report]) -> list[str]:
    """The reports in a few words."""
    return [
        f"{report.facts.presence}" + (f" {report.facts.reason}" if report.facts.reason else "")
        if isinstance(report, StateReport)
        else f"{report.sighting.kind} {report.phase}"
        for report in reports
        if isinstance(report, StateReport | IncidentReport)
    ]


@dataclass(frozen=True)
class Lived:
    """What was left of the day: what the hub heard, since when, and the agent's folder."""

    hub: ScriptedHub
    begun: float
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
            await Agent(folder, settings, "secret", enrolled("pine"), shared).run()
            return hub

    return Lived(asyncio.run(live()), begun, folder)


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
    assert [report.seq for report in lived.hub.reports] == list(range(1, len(told) + 1))
    assert isinstance(lived.hub.heard[-1], Bye)


def test_since_is_the_time_of_day_at_which_it_became_true(lived: Lived) -> None:
    states = [one.facts for one in lived.hub.reports if isinstance(one, StateReport)]
    came, left, back = [facts.since for facts in states if facts.reason is None]

    assert lived.begun < came < lived.begun + 2
    assert 1.5 < left - came < 3.0
    assert 2.0 < back - left < 5.0


def test_no_picture_leaves_the_machine_or_stays_on_it(lived: Lived) -> None:
    assert all(isinstance(frame, str) and len(frame) < 1000 for frame in lived.hub.raw)
    assert {file.name for file in lived.folder.rglob("*")} == {"spool.db", "spool.lock"}


async def test_a_recording_that_is_not_there_ends_the_agent_with_a_line(make: Make) -> None:
    async with scripted_hub() as hub:
        with pytest.raises(CameraFault, match="there is no file nowhere"):
            await make(hub, "nowhere.mp4").run()


@pytest.mark.parametrize("code", [closing.FENCED, closing.UNAUTHORIZED])
async def test_a_hub_that_wants_it_no_more_ends_it(make: Make, code: int) -> None:
    async with scripted_hub() as hub, running(make(hub, "lavfi:testsrc=rate=10")) as task:
        await until(lambda: hub.reports)
        await hub.close(code, "no more")

        with pytest.raises(Stopped) as stopped:
            await task
        assert stopped.value.code == code


async def test_stopping_takes_less_than_two_seconds_and_leaves_no_thread(make: Make) -> None:
    threads = threading.active_count()
    async with scripted_hub() as hub, running(make(hub, "lavfi:testsrc=rate=10")) as task:
        await until(lambda: hub.reports)
        begun = time.monotonic()
        # stop() is called at the end of the block
    assert time.monotonic() - begun < 2.0
    assert task.done()
    assert [t for t in threading.enumerate() if t.name == "looking"] == []
    assert threading.active_count() <= threads + 1  # asyncio keeps the one that joined it


class FakeCamera:
    """The one thing that is not real here: a camera that is told what to show and when to go."""

    def __init__(self) -> None:
        self.fault: CameraFault | None = None
        self.silent = False
        self.opened = 0
        (self.picture,) = list(clips.frames([Scene(0.1, ("pine",))], fps=10))

    def frames(self, source: Source, per_s: float, stop: Callable[[], bool]) -> Iterator[Frame]:
        self.opened += 1
        begun = time.monotonic()
        while not stop():
            if self.fault:
                raise self.fault
            if not self.silent:
                yield Frame(self.picture, time.monotonic() - begun)
            camera.wait(time.monotonic() + 1 / per_s, stop)


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> FakeCamera:
    webcam = FakeCamera()
    monkeypatch.setattr(camera, "frames", webcam.frames)
    monkeypatch.setattr("agent.run.RETRY_S", 0.05)
    return webcam


def last(hub: ScriptedHub) -> tuple[Presence, Reason | None] | None:
    states = [one.facts for one in hub.reports if isinstance(one, StateReport)]
    return (states[-1].presence, states[-1].reason) if states else None


@pytest.mark.parametrize(
    "reason", [Reason.CAMERA_UNPLUGGED, Reason.CAMERA_BUSY, Reason.CAMERA_FORBIDDEN]
)
async def test_a_camera_that_goes_makes_presence_unknown_with_the_reason_and_may_come_back(
    make: Make, webcam: FakeCamera, reason: Reason
) -> None:
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: last(hub) == (Presence.PRESENT, None))
        webcam.fault = CameraFault(reason, "the camera is not to be had")
        await until(lambda: last(hub) == (Presence.UNKNOWN, reason))
        webcam.fault = None
        await until(lambda: last(hub) == (Presence.PRESENT, None))

        assert not [one for one in hub.reports if isinstance(one, IncidentReport)]
        assert webcam.opened >= 2


async def test_a_camera_that_is_not_there_at_the_start_is_waited_for(
    make: Make, webcam: FakeCamera, caplog: pytest.LogCaptureFixture
) -> None:
    webcam.fault = CameraFault(Reason.CAMERA_UNPLUGGED, "there is no camera 0: plug it in")
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: last(hub) == (Presence.UNKNOWN, Reason.CAMERA_UNPLUGGED))
        await until(lambda: webcam.opened > 3)
        said = [record for record in caplog.records if "plug it in" in record.getMessage()]
        assert len(said) == 1

        webcam.fault = None
        await until(lambda: last(hub) == (Presence.PRESENT, None))


async def test_a_camera_that_hangs_is_no_frames_and_not_away(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: last(hub) == (Presence.PRESENT, None))
        webcam.silent = True

        await until(lambda: last(hub) == (Presence.UNKNOWN, Reason.NO_FRAMES))
        assert "away" not in story(hub.reports)


async def test_an_error_in_the_eyes_ends_the_agent_and_is_not_swallowed(
    make: Make, webcam: FakeCamera
) -> None:
    webcam.picture = np.zeros((0, 0, 3), np.uint8)
    async with scripted_hub() as hub:
        with pytest.raises(Exception, match=r".+"):
            async with asyncio.timeout(5):
                await make(hub, "0").run()


async def test_each_outage_of_the_hub_is_said_once_and_so_is_its_end(
    make: Make, webcam: FakeCamera, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="agent")
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: hub.reports)
        for line in hub.lines:
            line.transport.abort()
        await until(lambda: len(hub.hellos) == 2)
        await until(lambda: caplog.text.count("connected to the hub as 木村 楓") == 2)

    assert caplog.text.count("the connection broke") == 1


def test_a_window_has_room_for_its_frames_at_any_pace() -> None:
    timing = debounce(Settings(fps=1, pace=0.01))

    assert timing.away_after_s == 0.6
    assert timing.present_within_s >= timing.present_matches
    assert timing.impersonation_within_s >= timing.impersonation_frames
    assert timing.stall_s > 1


def test_at_its_own_pace_the_times_are_those_that_were_decided() -> None:
    timing = debounce(Settings(away_after_s=90))

    assert (timing.away_after_s, timing.present_within_s, timing.stall_s) == (90, 5, 5)
    assert (timing.impersonation_within_s, timing.incident_quiet_s) == (10, 60)

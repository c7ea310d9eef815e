"""A running agent: from real frames to reports at a hub, and what happens when a camera goes."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from agent.cameras import camera, clips
from agent.cameras.camera import CameraFault, Frame, Source, Tap
from agent.cameras.clips import Scene
from agent.decisions.observation import Event, PresenceChanged
from agent.decisions.timing import debounce
from agent.enrolment.gallery import Gallery
from agent.run import Agent
from agent.settings import Settings
from agent.troubles import Trouble
from agent.vision.eyes import Eyes
from agent.vision.judgement import Level
from agent.vision.sharing import SharedEyes
from hub.protocol import closing
from hub.protocol.agents import (
    Bye,
    Heartbeat,
    Hello,
    IncidentReport,
    PolicyChanged,
    Report,
    StateReport,
)
from hub.protocol.codec import encode
from hub.protocol.facts import Capture, EvidenceLevel, Policy, Presence, Reason
from hub.protocol.on_air import OnAir, PauseAsked, ResumeAsked
from hub.protocol.session import Stopped
from tests.clock import until
from tests.consent import heard
from tests.scripted_hub import Line, Said, ScriptedHub, polite, scripted_hub, welcome

DAY = (
    Scene(1.2, ("pine",)),
    Scene(1.0, ("pine", "cedar")),
    Scene(1.6),
    Scene(1.4, ("maple",)),
    Scene(1.2, ("pine",)),
)
QUICK = Settings(fps=10, pace=0.01)
PICTURES = (b"JFIF", b"WEBP", b"PNG")


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
        heard(tmp_path / "state")
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
            heard(folder)
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
    every = lived.hub.reports
    assert [report.seq for report in every] == list(range(1, len(every) + 1))
    assert isinstance(lived.hub.heard[-1], Bye)


def test_since_is_the_time_of_day_at_which_it_became_true(lived: Lived) -> None:
    states = [one.facts for one in lived.hub.reports if isinstance(one, StateReport)]
    came, left, back = [facts.since for facts in states if facts.reason is None]

    assert lived.begun < came < lived.begun + 2
    assert 1.5 < left - came < 3.0
    assert 2.0 < back - left < 5.0


def test_no_picture_passes_the_websocket_or_lies_open_on_the_machine(lived: Lived) -> None:
    assert all(isinstance(frame, str) and len(frame) < 1000 for frame in lived.hub.raw)
    for file in lived.folder.rglob("*"):
        assert file.is_dir() or not any(mark in file.read_bytes() for mark in PICTURES)


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
        self.frozen = self.open = False
        self.opened = 0
        self.pictures = list(clips.frames([Scene(0.8, ("pine",))], fps=10))  # of like noise is none

    def frames(
        self, source: Source, per_s: Callable[[], float], stop: Callable[[], bool], tap: Tap
    ) -> Iterator[Frame]:
        self.opened += 1
        self.open, begun = True, time.monotonic()
        shown = cycle(self.pictures)
        picture = next(shown)
        try:
            while not stop():
                if self.fault:
                    raise self.fault
                picture = picture if self.frozen else next(shown)
                if not self.silent:
                    yield Frame(picture, time.monotonic() - begun)
                camera.wait(time.monotonic() + 1 / per_s(), stop)
        finally:
            self.open = False


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> FakeCamera:
    webcam = FakeCamera()
    monkeypatch.setattr(camera, "frames", webcam.frames)
    monkeypatch.setattr("agent.looking.RETRY_S", 0.05)
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
        webcam.fault = CameraFault(reason, Trouble("使えません", "it is not to be had"))
        await until(lambda: last(hub) == (Presence.UNKNOWN, reason))
        webcam.fault = None
        await until(lambda: last(hub) == (Presence.PRESENT, None))

        assert not [one for one in hub.reports if isinstance(one, IncidentReport)]
        assert webcam.opened >= 2


async def test_a_camera_that_is_not_there_at_the_start_is_waited_for(
    make: Make, webcam: FakeCamera, caplog: pytest.LogCaptureFixture
) -> None:
    said_once = Trouble("ありません", "there is no camera 0: plug it in")
    webcam.fault = CameraFault(Reason.CAMERA_UNPLUGGED, said_once)
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


def told(hub: ScriptedHub) -> tuple[Presence, Capture, Reason | None] | None:
    states = [one.facts for one in hub.reports if isinstance(one, StateReport)]
    return (states[-1].presence, states[-1].capture, states[-1].reason) if states else None


PRESENT = (Presence.PRESENT, Capture.ON, None)


async def test_a_pause_closes_the_camera_and_its_end_opens_it_again(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: told(hub) == PRESENT)
            agent.pause("電話")
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.PAUSED, None))
            await until(lambda: not webcam.open)
            assert agent.latest is None

            agent.resume()
            await until(lambda: told(hub) == PRESENT)
            assert webcam.opened == 2


async def test_a_pause_ends_by_itself_at_its_time(make: Make, webcam: FakeCamera) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        agent.pause("", time.time() + 0.5)
        async with running(agent):
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.PAUSED, None))
            assert webcam.opened == 0
            await until(lambda: told(hub) == PRESENT)
            assert agent.paused is None


async def test_a_pause_holds_after_the_agent_was_started_again(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            agent.pause("電話")
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.PAUSED, None))
        opened = webcam.opened
        async with running(make(hub, "0")):
            await until(lambda: len(hub.hellos) == 2)
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.PAUSED, None))

        assert webcam.opened == opened


def on_air(hub: ScriptedHub) -> OnAir | None:
    """What the agent said last of what it has on."""
    said = [one.on_air for one in hub.heard if isinstance(one, Heartbeat) and one.on_air]
    return said[-1] if said else None


async def test_what_is_on_is_told_to_the_hub_for_the_workers_page(
    make: Make, webcam: FakeCamera
) -> None:
    def shows(camera: str) -> bool:
        on = on_air(hub)
        return on is not None and on.camera == camera

    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: shows("on"))
            agent.pause("電話\0", time.time() + 900)
            await until(lambda: shows("closed"))
            on = on_air(hub)
            assert on and on.pause and on.pause.reason == "電話"
            assert on.pause.until and 800 < on.pause.until - time.time() < 901
            assert (on.screen, on.next_capture_at) == (False, None)

            agent.resume()
            await until(lambda: shows("on"))
            webcam.fault = CameraFault(Reason.CAMERA_BUSY, Trouble("使用中", "it is busy"))
            await until(lambda: shows("fault"))
            on = on_air(hub)
            assert on and on.reason is Reason.CAMERA_BUSY


async def test_a_pause_that_the_worker_asks_for_on_the_hub_is_like_one_on_this_pc(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: told(hub) == PRESENT)
            await hub.say(PauseAsked("宅配", 900.0))
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.PAUSED, None))
            await until(lambda: not webcam.open)
            assert agent.paused and agent.paused.reason == "宅配"
            assert agent.paused.until and 800 < agent.paused.until - time.time() < 901

            await hub.say(ResumeAsked())
            await until(lambda: told(hub) == PRESENT)


async def test_at_evidence_level_off_the_camera_is_not_opened(
    make: Make, webcam: FakeCamera
) -> None:
    async def off(hub: ScriptedHub, line: Line, said: Said) -> None:
        if isinstance(said, Hello):
            hub.epochs[line] = said.device_epoch
            told_off = replace(welcome(), policy=Policy(EvidenceLevel.OFF))
            await line.send(encode(told_off), text=True)
        else:
            await polite(hub, line, said)

    async with scripted_hub() as hub:
        hub.script = off
        agent = make(hub, "0")
        agent.adopt(Policy(EvidenceLevel.OFF))
        async with running(agent):
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.ON, Reason.NOT_CAPTURING))
            assert webcam.opened == 0

            await hub.say(PolicyChanged(Policy(EvidenceLevel.STATE_ONLY)))
            await until(lambda: told(hub) == PRESENT)


async def test_what_this_pc_withholds_is_told_with_its_reason(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: told(hub) == PRESENT)
            agent.withhold(Reason.NOT_ENROLLED)
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.ON, Reason.NOT_ENROLLED))
            await until(lambda: not webcam.open)


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(("locked", "level"), [(None, Level.MID), ("high", Level.HIGH)])
def test_a_level_that_the_tenant_locks_goes_before_the_setting(
    make: Make, locked: str | None, level: Level
) -> None:
    hub = ScriptedHub()
    hub.port = 1
    agent = make(hub, "0")

    agent.adopt(Policy(level=locked))

    assert agent.level is level


async def test_who_listens_hears_of_decisions_and_the_frame(make: Make, webcam: FakeCamera) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        heard: list[tuple[Event, Frame | None]] = []
        agent.events.append(lambda event, frame: heard.append((event, frame)))
        async with running(agent):
            await until(lambda: told(hub) == PRESENT)

        [seen] = [
            frame
            for event, frame in heard
            if isinstance(event, PresenceChanged) and event.presence is Presence.PRESENT
        ]
        assert seen is not None


@pytest.mark.requirement("R33")
async def test_a_camera_that_freezes_is_covered_and_not_a_fault(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: told(hub) == PRESENT)
        webcam.frozen = True

        covered = (Presence.UNKNOWN, Capture.ON, Reason.CAMERA_COVERED)
        await until(lambda: told(hub) == covered)
        await until(lambda: "camera_covered opened" in story(hub.reports))


async def test_an_error_in_the_eyes_ends_the_agent_and_is_not_swallowed(
    make: Make, webcam: FakeCamera
) -> None:
    webcam.pictures = [np.zeros((0, 0, 3), np.uint8)]
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
        hub.abort()
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

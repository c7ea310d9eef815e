"""A running agent: what happens when a camera or the hub goes, and how it ends."""

import asyncio
import threading
import time

import numpy as np
import pytest

from agent.cameras.camera import CameraFault, Frame
from agent.decisions.observation import Event, PresenceChanged
from agent.troubles import Trouble
from agent.vision.judgement import Level
from hub.protocol import closing
from hub.protocol.agents import (
    IncidentReport,
)
from hub.protocol.facts import Capture, Policy, Presence, Reason
from hub.protocol.session import Stopped
from tests.agent.running import PRESENT, FakeCamera, Make, running, story, told
from tests.clock import PATIENCE_S, until
from tests.scripted_hub import ScriptedHub, scripted_hub


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


@pytest.mark.alone
async def test_stopping_takes_less_than_two_seconds_and_leaves_no_thread(make: Make) -> None:
    threads = threading.active_count()
    async with scripted_hub() as hub:
        async with running(make(hub, "lavfi:testsrc=rate=10")) as task:
            await until(lambda: hub.reports)
            begun = time.monotonic()
            # stop() is called at the end of the block
        assert time.monotonic() - begun < 2.0
    assert task.done()
    assert [t for t in threading.enumerate() if t.name == "looking"] == []
    assert threading.active_count() <= threads + 1  # asyncio keeps the one that joined it


@pytest.mark.parametrize(
    "reason", [Reason.CAMERA_UNPLUGGED, Reason.CAMERA_BUSY, Reason.CAMERA_FORBIDDEN]
)
async def test_a_camera_that_goes_makes_presence_unknown_with_the_reason_and_may_come_back(
    make: Make, webcam: FakeCamera, reason: Reason
) -> None:
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: told(hub) == PRESENT)
        webcam.fault = CameraFault(reason, Trouble("使えません", "it is not to be had"))
        await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.ON, reason))
        webcam.fault = None
        await until(lambda: told(hub) == PRESENT)

        assert not [one for one in hub.reports if isinstance(one, IncidentReport)]
        assert webcam.opened >= 2


async def test_a_camera_that_is_not_there_at_the_start_is_waited_for(
    make: Make, webcam: FakeCamera, caplog: pytest.LogCaptureFixture
) -> None:
    said_once = Trouble("ありません", "there is no camera 0: plug it in")
    webcam.fault = CameraFault(Reason.CAMERA_UNPLUGGED, said_once)
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.ON, Reason.CAMERA_UNPLUGGED))
        await until(lambda: webcam.opened > 3)
        said = [record for record in caplog.records if "plug it in" in record.getMessage()]
        assert len(said) == 1

        webcam.fault = None
        await until(lambda: told(hub) == PRESENT)


async def test_a_camera_that_hangs_is_no_frames_and_not_away(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub, running(make(hub, "0")):
        await until(lambda: told(hub) == PRESENT)
        webcam.silent = True

        await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.ON, Reason.NO_FRAMES))
        assert "away" not in story(hub.reports)


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
            async with asyncio.timeout(PATIENCE_S):
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

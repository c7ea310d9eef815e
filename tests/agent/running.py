"""An agent that runs in a test, the camera that it looks at, and what it told the hub."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle

from agent.cameras import camera, clips
from agent.cameras.camera import CameraFault, Frame, Source, Tap
from agent.cameras.clips import Scene
from agent.run import Agent
from agent.settings import Settings
from hub.protocol.agents import (
    IncidentReport,
    Report,
    StateReport,
)
from hub.protocol.facts import Capture, Presence, Reason
from hub.protocol.session import Stopped
from tests.scripted_hub import ScriptedHub

QUICK = Settings(fps=10, pace=0.01)
Make = Callable[[ScriptedHub, str], Agent]


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


def told(hub: ScriptedHub) -> tuple[Presence, Capture, Reason | None] | None:
    states = [one.facts for one in hub.reports if isinstance(one, StateReport)]
    return (states[-1].presence, states[-1].capture, states[-1].reason) if states else None


PRESENT = (Presence.PRESENT, Capture.ON, None)
PAUSED = (Presence.UNKNOWN, Capture.PAUSED, None)

"""The people of the clips, the eyes that know them, and an agent that looks at them."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cameras import camera
from agent.enrolment.gallery import Gallery
from agent.run import Agent
from agent.settings import Settings
from agent.vision.eyes import Eyes
from agent.vision.sharing import SharedEyes
from tests.agent.running import QUICK, FakeCamera, Make
from tests.consent import heard
from tests.people import enrolled, eyes, pack
from tests.scripted_hub import ScriptedHub

__all__ = ["enrolled", "eyes", "pack"]


@pytest.fixture(scope="session")
def shared(eyes: Eyes) -> SharedEyes:
    return SharedEyes(eyes, threading.Lock())


@pytest.fixture
def make(tmp_path: Path, shared: SharedEyes, enrolled: Callable[[str], Gallery]) -> Make:
    """An agent of pine's seat that looks at that source."""

    def agent(hub: ScriptedHub, source: str) -> Agent:
        settings = Settings(hub=hub.url, source=source, fps=QUICK.fps, pace=QUICK.pace)
        heard(tmp_path / "state")
        return Agent(tmp_path / "state", settings, "secret", enrolled("pine"), shared)

    return agent


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> FakeCamera:
    webcam = FakeCamera()
    monkeypatch.setattr(camera, "frames", webcam.frames)
    monkeypatch.setattr("agent.looking.RETRY_S", 0.05)
    return webcam

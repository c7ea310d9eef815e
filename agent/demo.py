"""The demo's agents, all in one process: each looks at a clip that is composed at first start.

Run as `python -m agent.demo FOLDER --hub URL`. FOLDER has one state folder an agent, named after
its login, with the token in it. What differs from real agents is the source, nothing else.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent import settings, terms
from agent.cameras import clips
from agent.cameras.clips import Scene
from agent.commands import Seat, desk, ended, log_to_terminal, on_signal, open_eyes
from agent.enrolment import gallery
from agent.enrolment.enrol import enrol, pictures
from agent.page.desk import Desk
from agent.run import Agent
from agent.settings import Settings
from agent.vision.eyes import Eyes
from agent.vision.sharing import SharedEyes

FPS = 2
PACE = 0.1  # a minute's patience becomes six seconds, so that a visitor sees something happen


@dataclass(frozen=True)
class Part:
    """Who sits there, and what the camera sees, over and over."""

    person: str
    scenes: Sequence[tuple[float, tuple[str, ...]]]


PARTS = {
    "sato": Part("pine", [(70, ("pine",)), (20, ()), (50, ("pine",))]),
    "suzuki": Part("maple", [(25, ("maple",)), (9, ("maple", "ginkgo")), (80, ("maple",))]),
    "takahashi": Part(
        "willow", [(30, ("willow",)), (10, ()), (14, ("bamboo",)), (60, ("willow",))]
    ),
    "tanaka": Part("cedar", [(40, ()), (75, ("cedar",))]),
    "ito": Part("ginkgo", [(45, ("ginkgo",)), (45, ())]),
    "watanabe": Part("bamboo", [(120, ("bamboo",)), (15, ())]),
    "kobayashi": Part(
        "plum", [(20, ()), (50, ("plum",)), (12, ("plum", "cedar")), (40, ("plum",))]
    ),
}


async def play(folder: Path, hub: str, logins: Sequence[str]) -> None:
    """Prepare one after the other; each starts as soon as it is ready."""
    agents: list[Agent] = []
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        for agent in agents:
            agent.stop()

    on_signal(stop)
    eyes = await asyncio.to_thread(open_eyes, None, {})
    async with asyncio.TaskGroup() as tasks:
        for login in logins:
            if stopping.is_set():
                return
            chosen = await asyncio.to_thread(ready, folder / login, PARTS[login], hub, eyes.eyes)
            at = started(folder / login, chosen, eyes)
            agents.append(at.agent)
            tasks.create_task(ended(at, named=True))
            if stopping.is_set():
                at.agent.stop()


def ready(folder: Path, part: Part, hub: str, eyes: Eyes) -> Settings:
    """Clip, enrolment and settings of one agent; the first two are made once."""
    clip = folder / "camera.mp4"
    if not clip.exists():
        clips.compose(clip, [Scene(seconds, who) for seconds, who in part.scenes], FPS)
    if not gallery.exists(folder):
        learn(folder, part.person, eyes)
    chosen = Settings(hub=hub, source=str(clip), loop=True, fps=FPS, pace=PACE)
    settings.save(folder, chosen)
    return chosen


def started(folder: Path, chosen: Settings, eyes: SharedEyes) -> Desk:
    """People who are made up accept the terms as `run --accept-terms` does."""
    terms.accept(folder, time.time())
    known = gallery.load(folder, eyes.eyes.recogniser)
    return desk(Seat(folder, chosen, settings.token(folder, None, None), known, eyes))


def learn(folder: Path, person: str, eyes: Eyes) -> None:
    shown = clips.enrolment_pictures(person, folder / "enrolment")
    gallery.save(enrol(pictures(shown), eyes), folder)


def main() -> int:
    parser = argparse.ArgumentParser(description="play the demo's agents")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hub", required=True)
    options = parser.parse_args()
    log_to_terminal()
    logins = [login for login in PARTS if (options.folder / login / settings.TOKEN_FILE).exists()]
    asyncio.run(play(options.folder, options.hub, logins))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One seat: `python -m tests.bench.seat latency|start`.

latency: from the frame that decides to the tile that shows it, through a real agent, the hub and
Chromium. start: from `./run` to the first live tile, in this checkout (warm) and in a fresh clone
with empty caches (cold). What an agent costs: `tests.bench.agent`.
"""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from agent.cameras import camera, clips
from agent.cameras.clips import Scene
from agent.commands import open_eyes
from agent.enrolment import gallery
from agent.enrolment.enrol import enrol, pictures
from agent.run import Agent
from agent.settings import Settings
from hub.client import Client, Stopped
from hub.protocol.facts import Label
from hub.protocol.session import WatcherSession
from tests.bench.machine import machine, percentile, result
from tests.e2e.installation import ENDS_WITHIN_S, Installation, installation
from tests.e2e.onlookers import note_tile, open_board
from tests.servers import browser

ROOT = Path(__file__).resolve().parents[2]
PERSON, WORKER = "maple", 2
CHANGES = 60
SCENE_S = 2.0
START_WITHIN_S = 600.0


def enrolled(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True)
    eyes = open_eyes(None, {}).eyes
    shown = clips.enrolment_pictures(PERSON, folder / "pictures")
    gallery.save(enrol(pictures(shown), eyes), folder)
    return folder


class Deciding(logging.Handler):
    """Notes, for each decision of an agent in this process, the time of its latest frame."""

    def __init__(self) -> None:
        super().__init__()
        self.frame_at = 0.0
        self.decided: list[tuple[str, float]] = []

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage().split()
        if words[-1] in (Label.PRESENT, Label.AWAY):
            self.decided.append((words[-1], self.frame_at))

    def frames(self, *args: Any, **options: Any) -> Iterator[camera.Frame]:
        for frame in real_frames(*args, **options):
            self.frame_at = time.time()
            yield frame


real_frames = camera.frames


async def latency(folder: Path) -> None:
    """An agent in this process, so that a frame's time is known; all else is as it ever is."""
    scenes = [Scene(SCENE_S, (PERSON,)), Scene(SCENE_S)] * (CHANGES // 2)
    clip = clips.compose(folder / "clip.mp4", scenes, fps=10)
    desk = enrolled(folder / "agent")
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(installation(folder / "hub"))
        token = await hub.populate()
        await hub.start()
        await hub.agree(token)
        page = await open_board(await stack.enter_async_context(browser()), hub)
        await note_tile(page, WORKER)
        seen = await decisions(desk, hub, token, clip)
        shown = await page.evaluate("window.seen")
    took_ms = sorted(paired(seen, [(one["state"], one["at"]) for one in shown]))
    p50, p99 = percentile(took_ms, 50), percentile(took_ms, 99)
    print(f"frame to tile, {len(took_ms)} changes: p50 {p50:.0f} ms, p99 {p99:.0f} ms; {machine()}")
    result({"changes": len(took_ms), "p50_ms": p50, "p99_ms": p99})


async def decisions(
    desk: Path, hub: Installation, token: str, clip: Path
) -> list[tuple[str, float]]:
    """Play the clip to its end: what was decided, with the time of the frame that decided it."""
    notes = Deciding()
    camera.frames = notes.frames
    logger = logging.getLogger("agent")
    logger.setLevel(logging.INFO)
    logger.addHandler(notes)
    chosen = Settings(hub=hub.url, source=str(clip), fps=10, pace=0.01)
    eyes = open_eyes(None, {})
    known = gallery.load(desk, eyes.eyes.recogniser)
    await Agent(desk, chosen, token, known, eyes).run()
    logger.removeHandler(notes)
    return notes.decided


def paired(seen: list[tuple[str, float]], shown: list[tuple[str, float]]) -> Iterator[float]:
    """Each decision with the first tile that said so afterwards, in milliseconds."""
    for label, frame_at in seen:
        after = [at for state, at in shown if state.split()[0] == label and at >= frame_at]
        if after and min(after) - frame_at < SCENE_S:
            yield (min(after) - frame_at) * 1000


def live(hub: Installation, token: str) -> None:
    asyncio.run(first_live_seat(hub.url, token))


async def first_live_seat(url: str, token: str) -> None:
    """Until some seat is known."""
    session, known = WatcherSession(), asyncio.Event()

    def look() -> None:
        seats = session.replica.board.seats.values()
        if any(seat.label in (Label.PRESENT, Label.AWAY) for seat in seats):
            known.set()

    client = Client(session, url, "/ws/watch", token, look)
    watching = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(START_WITHIN_S):
            await known.wait()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def start(folder: Path) -> None:
    warm_s = await run_to_tile(ROOT, folder / "warm", os.environ)
    clone = folder / "clone"
    cloning = await asyncio.create_subprocess_exec("git", "clone", "--quiet", str(ROOT), str(clone))
    assert await cloning.wait() == 0
    caches = {
        **os.environ,
        "XDG_CACHE_HOME": str(folder / "cache"),
        "UV_CACHE_DIR": str(folder / "uv"),
        "PIP_CACHE_DIR": str(folder / "pip"),
        "npm_config_cache": str(folder / "npm"),
    }
    cold_s = await run_to_tile(clone, folder / "cold", caches)
    print(f"./run to the first live tile: warm {warm_s:.1f} s, cold {cold_s:.1f} s; {machine()}")
    result({"warm_s": warm_s, "cold_s": cold_s})


async def run_to_tile(checkout: Path, state: Path, environment: Any) -> float:
    """Seconds from the command until a demo seat is known on a board."""
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        str(checkout / "run"), "--port", "0", "--state", str(state),
        stdin=DEVNULL, stdout=PIPE, env=environment, process_group=0,
    )  # fmt: skip
    assert process.stdout is not None
    url = password = ""
    while not password:
        line = (await process.stdout.readline()).decode()
        assert line, "./run ended before its demo began"
        url = line.split()[-1] if "http://" in line else url
        password = line.split()[-1] if "password" in line else ""
    hub = Installation(state, port=int(url.rsplit(":", 1)[1]))
    token = await hub.sign_in("admin", password=password)
    await first_live_seat(url, token)
    took_s = time.monotonic() - started
    os.killpg(process.pid, signal.SIGINT)
    async with asyncio.timeout(ENDS_WITHIN_S):
        await process.wait()
    return took_s


BENCHES = {"latency": latency, "start": start}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.seat", description=__doc__)
    parser.add_argument("bench", choices=BENCHES)
    chosen = parser.parse_args().bench
    folder = Path(tempfile.mkdtemp(prefix="zaiseki-bench-"))
    try:
        asyncio.run(BENCHES[chosen](folder))
    except Stopped as stopped:
        sys.exit(f"the hub refused: {stopped}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""What an agent costs its worker's PC: `python -m tests.bench.agent [--seconds S] [--only NAME]`.

The agent as it is installed, at its defaults, before somebody who sits there; and beside it, each
alone and on the same clip at the same frame a second, the loops of `tests.bench.loops`:
insightface's own FaceAnalysis with our files, and a heavy detector on every frame. The clip shows a
person cut out of insightface's own group picture who sits: of every 20 s they move for 5, some px
and half a degree, and else as little as one breathes, with a sensor's noise of 2 of 255 all the
time. It is what a webcam gives: 30 pictures a second, each a JPEG. With --moving they never keep
still.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from agent.cameras import clips
from agent.vision.coding import framed, jpeg
from tests.bench.loops import LOOPS, ROOT
from tests.bench.machine import cost, machine, result
from tests.bench.seat import PERSON, enrolled, live
from tests.e2e.installation import Installation, installation

SITTING_S = 120
ROUND_S, MOVES_S, BREATH = 20.0, 5.0, 0.03
WARM_UP_S = 20.0
FRAMES_PER_S = 1.0
CAMERA_PER_S, JPEG_SCALE = 30, 3  # what webcams give by themselves; a fine quality
LOADED_WITHIN_S = 120.0
AGENT = "agent"


async def agent(folder: Path, clip: Path, seconds: float) -> dict[str, object]:
    """CPU and memory while sitting; and the first decision, with a warm and with a cold cache."""
    desk = enrolled(folder / "desk")
    async with installation(folder / "hub") as hub:
        token = await hub.populate()
        await hub.start()
        session = await hub.sign_in("admin")
        first_s = await first_decision(hub, desk, token, clip, session)
        assert hub.agent
        cpu, rss_mb = await sitting(hub.agent, seconds)
        await hub.end_agent()
        forget(file for folder in (ROOT / ".venv", ROOT / "agent") for file in folder.rglob("*"))
        cold_s = await first_decision(hub, desk, token, clip, session)
    return {
        "cpu_percent_of_core": cpu,
        "rss_mb": rss_mb,
        "first_decision_s": first_s,
        "first_decision_cold_s": cold_s,
        "ms_per_frame": cpu * 10 / FRAMES_PER_S,
    }


async def first_decision(
    hub: Installation, desk: Path, token: str, clip: Path, session: str
) -> float:
    """Seconds from starting the command to the first decision on a board."""
    started = time.monotonic()
    await hub.start_agent(desk, token, clip, "--loop")
    await asyncio.to_thread(live, hub, session)
    return time.monotonic() - started


def recorded(file: Path, moving: bool) -> Path:
    """Somebody at their desk; they are drawn as often as a clip is, and given as often as a camera
    gives."""
    with av.open(str(file), "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=CAMERA_PER_S)
        stream.width, stream.height, stream.pix_fmt = clips.WIDTH, clips.HEIGHT, "yuvj420p"
        for number in range(SITTING_S * clips.FPS):
            at_s = number / clips.FPS
            image = clips.render((PERSON,), at_s if moving else pose(at_s), number)
            data, again = jpeg(framed(image), JPEG_SCALE), CAMERA_PER_S // clips.FPS
            for given in range(number * again, (number + 1) * again):
                container.mux(packet(stream, data, given))
    return file


def packet(stream: VideoStream, data: bytes, number: int) -> "Packet[Stream]":
    made = av.Packet(data)
    made.stream, made.time_base, made.is_keyframe = stream, Fraction(1, CAMERA_PER_S), True
    made.pts = made.dts = number
    return made


def pose(at_s: float) -> float:
    """How far a sitting person is on their way through the poses of one who never keeps still."""
    rounds, within = divmod(at_s, ROUND_S)
    moved = min(within, MOVES_S) + BREATH * max(0.0, within - MOVES_S)
    return rounds * (MOVES_S + BREATH * (ROUND_S - MOVES_S)) + moved


def forget(files: Iterable[Path]) -> None:
    """Ask the kernel to drop what it keeps of these files: all but what another process maps."""
    for file in files:
        if file.is_file():
            handle = os.open(file, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


async def sitting(process: Process, seconds: float) -> tuple[float, float]:
    """CPU in percent of a core, and MB of resident memory at the end."""
    await asyncio.sleep(WARM_UP_S)
    before = cost(process.pid)
    await asyncio.sleep(seconds)
    after = cost(process.pid)
    return 100 * (after.cpu_s - before.cpu_s) / seconds, after.rss_mb


async def loop(name: str, clip: Path, seconds: float) -> dict[str, object]:
    """One of the other loops, or the reason why it cannot be had here."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.loops", name, str(clip), cwd=ROOT, stdout=PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(LOADED_WITHIN_S):
        said = (await process.stdout.readline()).decode().strip()
    if not said.startswith("first"):
        await process.wait()
        return {"missing": said or "it failed, see above"}
    cpu, rss_mb = await sitting(process, seconds)
    process.kill()
    await process.communicate()
    return {"cpu_percent_of_core": cpu, "rss_mb": rss_mb, "ms_per_frame": cpu * 10 / FRAMES_PER_S}


def rounded(figures: dict[str, object]) -> dict[str, object]:
    return {
        name: round(value, 2) if isinstance(value, float) else value
        for name, value in figures.items()
    }


async def run(folder: Path, seconds: float, chosen: list[str], moving: bool) -> None:
    clip = recorded(folder / "sitting.mkv", moving)
    figures: dict[str, object] = {}
    if AGENT in chosen:
        figures = rounded(await agent(folder, clip, seconds))
        print(f"agent: {figures}", flush=True)
    baselines = {}
    for name in [one for one in LOOPS if one in chosen]:
        baselines[name] = rounded(await loop(name, clip, seconds))
        print(f"{name}: {baselines[name]}", flush=True)
    print(f"{seconds:g} s each at {FRAMES_PER_S:g} frame/s, 640 x 480, one after the other; "
          f"{machine()}")  # fmt: skip
    result({**figures, "baselines": baselines})


def main() -> None:
    names = [AGENT, *LOOPS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench.agent", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="to measure each")
    parser.add_argument("--only", choices=names, action="append", help="again for more")
    parser.add_argument("--moving", action="store_true", help="nobody keeps still for a moment")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="zaiseki-bench-"))
    try:
        asyncio.run(run(folder, options.seconds, options.only or names, options.moving))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""What an agent costs its worker's PC: `python -m tests.bench.agent [--seconds S] [--only NAME]`.

The agent as it is installed, at its defaults, before somebody who sits there; and beside it, each
alone and on the same clip at the same frame a second, the loops of `tests.bench.loops`: insightface's
own FaceAnalysis with our files, and a heavy detector with our recogniser on every frame. The clip is
composed of insightface's own group picture: a person cut out, who sways by some px and half a
degree all the time, with a sensor's noise of 2 of 255: sitting, not a still.
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
from pathlib import Path

from agent import clips
from agent.clips import Scene
from tests.bench.loops import LOOPS, ROOT
from tests.bench.machine import cost, machine, result
from tests.bench.seat import PERSON, enrolled, live
from tests.e2e.installation import Installation, installation

SITTING_S = 120
WARM_UP_S = 20.0
FRAMES_PER_S = 1.0
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


async def run(folder: Path, seconds: float, chosen: list[str]) -> None:
    clip = clips.compose(folder / "sitting.mp4", [Scene(SITTING_S, (PERSON,))])
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
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="zaiseki-bench-"))
    try:
        asyncio.run(run(folder, options.seconds, options.only or names))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

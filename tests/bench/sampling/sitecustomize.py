"""Makes a hub say where its time goes: Python imports this first where PYTHONPATH names its folder.

SIGUSR1 begins to sample the main thread by CPU time, SIGUSR2 ends it and writes each stack with
how often it was seen, one a line, to the file that ZAISEKI_BENCH_PROFILE names.
"""

import os
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.004  # of CPU time
DEEPEST = 60

stacks: Counter[str] = Counter()


def sample(_: int, frame: FrameType | None) -> None:
    names: list[str] = []
    while frame is not None and len(names) < DEEPEST:
        code = frame.f_code
        folder, name = os.path.split(code.co_filename)
        names.append(f"{os.path.basename(folder)}/{name}:{code.co_qualname}")
        frame = frame.f_back
    stacks[";".join(reversed(names))] += 1


def begin(*_: object) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)


def end(*_: object) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    lines = [f"{count} {stack}\n" for stack, count in stacks.items()]
    part = Path(target + ".part")
    part.write_text("".join(lines))
    part.rename(target)


if target := os.environ.get("ZAISEKI_BENCH_PROFILE", ""):
    signal.signal(signal.SIGPROF, sample)
    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGUSR2, end)

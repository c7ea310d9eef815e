"""Where a hub's time goes: samples of its main thread during a workload, without any tool.

The hub is started with `sampling/sitecustomize.py`; what C code spends is counted at the line of
Python that called it. For the kernel's share, see the system time that is printed with it.
"""

import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.clock import until

SAMPLING = Path(__file__).with_name("sampling")
SHOWN = 30
EVERYWHERE = 0.8  # a function that nearly all time is below tells nothing


class Profile:
    """The samples of one hub, in a file of its state folder."""

    def __init__(self, state: Path) -> None:
        self.file = state / "profile"

    @property
    def environ(self) -> dict[str, str]:
        """What the hub has to be started with."""
        path = [str(SAMPLING), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(path), "ZAISEKI_BENCH_PROFILE": str(self.file)}

    @asynccontextmanager
    async def taken(self, pid: int) -> AsyncIterator[None]:
        """Of what the hub does during the block."""
        self.file.unlink(missing_ok=True)
        os.kill(pid, signal.SIGUSR1)
        yield
        os.kill(pid, signal.SIGUSR2)
        await until(self.file.exists)

    def lines(self) -> Iterator[str]:
        """The functions where time was spent, and those in or below which it was."""
        at: Counter[str] = Counter()
        within: Counter[str] = Counter()
        for line in self.file.read_text().splitlines():
            count, _, stack = line.partition(" ")
            functions = stack.split(";")
            at[functions[-1]] += int(count)
            within.update(dict.fromkeys(functions, int(count)))
        samples = at.total()
        telling = {name: count for name, count in within.items() if count < samples * EVERYWHERE}
        yield from shares("at", at, samples)
        yield from shares("in or below", Counter(telling), samples)


def shares(title: str, counted: Counter[str], samples: int) -> Iterator[str]:
    yield f"{title} ({samples} samples):"
    for name, count in counted.most_common(SHOWN):
        yield f"  {100 * count / samples:5.1f} %  {name}"

"""What a figure was measured on, and what a process has cost."""

import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds since a process began (user and system), the kernel's among them, and its
    resident memory now."""

    cpu_s: float
    rss_mb: float
    system_s: float


def cost(pid: int) -> Cost:
    """Of one process, from /proc (proc(5): utime and stime are the 14th and 15th fields)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    user, system = int(fields[11]), int(fields[12])
    rss_mb = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return Cost((user + system) / TICKS_PER_S, rss_mb, system / TICKS_PER_S)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which so many percent lie."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def machine() -> str:
    return f"{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"


def result(figures: Mapping[str, object]) -> None:
    """The last line that a bench prints."""
    rounded = {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in figures.items()
    }
    sys.stdout.write(msgspec.json.encode(rounded).decode() + "\n")

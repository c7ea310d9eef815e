"""What the C library keeps of freed memory goes back to the system."""

import sys
from pathlib import Path

from hub.memory import give_back

PAGES = 4  # a piece is several pages large, so that whole pages lie in each hole


def resident_kb() -> int:
    (line,) = [
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line
    ]
    return int(line.split()[1])


async def test_holes_between_what_stays_do_not_make_the_hub_larger() -> None:
    assert sys.platform == "linux"
    pieces = [bytes([1]) * 4096 * PAGES for _ in range(5_000)]
    stays = pieces[::50]
    del pieces
    before = resident_kb()

    await give_back()

    assert resident_kb() < before - 40_000
    assert len(stays) == 100

"""What it costs to seal what is stored, and to open it: `python -m tests.bench.sealing`."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from storage.sealing.sealed import About, Box

SIZES = {"a template": 2048, "an image of the camera": 40_000, "an image of a screen": 200_000}
TIMES = 2_000


def cpu_us(do: Callable[[], object]) -> float:
    """CPU time of one call, µs: the mean of many."""
    started = time.process_time()
    for _ in range(TIMES):
        do()
    return (time.process_time() - started) / TIMES * 1e6


def main() -> None:
    box = Box(1, 1, {1: secrets.token_bytes(32)})
    about = About("image", 7, datetime.now(UTC))
    for what, size in SIZES.items():
        plain = secrets.token_bytes(size)
        sealed = box.seal(about, plain)
        sealing = cpu_us(partial(box.seal, about, plain))
        opening = cpu_us(partial(box.open, about, sealed))
        print(f"{what}, {size:,} bytes: seal {sealing:.0f} µs, open {opening:.0f} µs")


if __name__ == "__main__":
    main()

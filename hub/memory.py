"""Keeps the hub from growing by the holes that the C library leaves in its memory.

Frames and rows of all sizes come and go between what stays. glibc gives each thread a heap of its
own and keeps the holes of all: with 10,000 agents some megabytes a minute (docs/measurements.md).
With one heap, whose whole free pages go back to the system now and then, the hub stays as large as
it is. Elsewhere than on glibc these do nothing.
"""

import asyncio
import ctypes
import sys
from collections.abc import Callable

GIVE_BACK_EVERY_S = 30.0
M_ARENA_MAX = -8  # malloc.h; see mallopt(3)


def _function(name: str) -> Callable[..., object] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


_MALLOPT, _TRIM = _function("mallopt"), _function("malloc_trim")


def one_heap() -> None:
    """Before any thread is started: who has a heap keeps it."""
    if _MALLOPT:
        _MALLOPT(M_ARENA_MAX, 1)


async def give_back() -> None:
    """A few milliseconds, in a thread (malloc_trim(3))."""
    if _TRIM:
        await asyncio.to_thread(_TRIM, 0)

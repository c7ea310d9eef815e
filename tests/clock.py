"""Waiting for a condition, the only way in which a test waits."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast, overload

T = TypeVar("T")

LOOK_AGAIN_S = 0.01
LOOK_AGAIN_MAX_S = 0.1
PATIENCE_S = 30.0  # what two busy cores take at worst; a condition that holds costs nothing


@overload
async def until(condition: Callable[[], Awaitable[T]], timeout_s: float = PATIENCE_S) -> T: ...
@overload
async def until(condition: Callable[[], T], timeout_s: float = PATIENCE_S) -> T: ...
async def until(condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> object:
    """Return the first true value of the condition, which may be a coroutine function.

    Raise AssertionError, with the last value, when there was none within the timeout.
    """
    begun = time.monotonic()
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await cast(Awaitable[object], value)
        if value:
            return value
        waited_s = time.monotonic() - begun
        assert waited_s < timeout_s, f"not within {timeout_s} s; the last was {value!r}"
        await asyncio.sleep(look_again_s(waited_s))


def wait_until(condition: Callable[[], T], timeout_s: float = PATIENCE_S) -> T:
    """The same for tests without an event loop."""
    begun = time.monotonic()
    while not (value := condition()):
        waited_s = time.monotonic() - begun
        assert waited_s < timeout_s, f"not within {timeout_s} s; the last was {value!r}"
        time.sleep(look_again_s(waited_s))
    return value


def look_again_s(waited_s: float) -> float:
    """The longer it takes the rarer: who asks takes the time from those who are to answer."""
    return min(max(LOOK_AGAIN_S, waited_s / 10), LOOK_AGAIN_MAX_S)

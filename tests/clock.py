"""Waiting for a condition, the only way in which a test waits."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast, overload

T = TypeVar("T")

LOOK_AGAIN_S = 0.01
PATIENCE_S = 10.0  # what two busy cores take at worst; a condition that holds costs nothing


@overload
async def until(condition: Callable[[], Awaitable[T]], timeout_s: float = PATIENCE_S) -> T: ...
@overload
async def until(condition: Callable[[], T], timeout_s: float = PATIENCE_S) -> T: ...
async def until(condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> object:
    """Return the first true value of the condition, which may be a coroutine function.

    Raise AssertionError, with the last value, when there was none within the timeout.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await cast(Awaitable[object], value)
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout_s} s; the last was {value!r}"
        await asyncio.sleep(LOOK_AGAIN_S)


def wait_until(condition: Callable[[], T], timeout_s: float = PATIENCE_S) -> T:
    """The same for tests without an event loop."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {timeout_s} s; the last was {value!r}"
        time.sleep(LOOK_AGAIN_S)
    return value

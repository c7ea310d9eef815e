"""Tests marked `alone` have the machine to themselves, however many processes run the suite.

What a storm shows of a hub is true only if nobody else takes the cores that it needs.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / ".cache"


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside of the timeout: waiting is not the test's
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    alone = item.get_closest_marker("alone") is not None
    # Whoever wants to be alone keeps the gate shut, else the others' tests would never make room.
    with held("gate", exclusive=True) as gate, held("room", exclusive=alone):
        if not alone:
            fcntl.flock(gate, fcntl.LOCK_UN)
        return (yield)


@contextmanager
def held(name: str, *, exclusive: bool) -> Iterator[int]:
    FOLDER.mkdir(exist_ok=True)
    opened = os.open(FOLDER / f"tests.{name}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield opened
    finally:
        os.close(opened)

"""A pause is the worker's: it outlives the agent, and a bad disk opens no camera."""

from pathlib import Path

import pytest

from agent import pause
from agent.pause import Pause


@pytest.mark.parametrize("kept", [Pause("昼休み", 1_800_000_000.0), Pause("")])
def test_a_pause_is_still_one_after_a_start(tmp_path: Path, kept: Pause) -> None:
    pause.save(tmp_path, kept)

    assert pause.load(tmp_path) == kept


def test_who_resumed_is_not_paused_after_a_start(tmp_path: Path) -> None:
    pause.save(tmp_path, Pause("a call"))
    pause.save(tmp_path, None)
    pause.save(tmp_path, None)

    assert pause.load(tmp_path) is None


def test_a_pause_that_cannot_be_read_is_a_pause(tmp_path: Path) -> None:
    (tmp_path / pause.FILE).write_bytes(b"{")

    assert pause.load(tmp_path) == Pause("")


def test_a_pause_with_a_time_is_over_then_and_one_without_is_not() -> None:
    assert not Pause("", 100.0).over(99.0)
    assert Pause("", 100.0).over(100.0)
    assert not Pause("").over(1e12)

"""What was sent today: by the PC's own calendar, and not forgotten with the process."""

import time
from pathlib import Path

from agent.evidence.sent import FILE, Sent, Today

NOON = time.mktime((2026, 11, 22, 12, 0, 0, 0, 0, -1))
DAY_S = 24 * 3600.0


def test_a_restart_forgets_nothing_of_today(tmp_path: Path) -> None:
    Sent(tmp_path).add(60_000, NOON)
    after = Sent(tmp_path)
    after.add(40_000, NOON + 1)

    assert after.today(NOON + 2) == Today("2026-11-22", 2, 100_000)


def test_midnight_begins_a_new_count_and_a_clock_set_back_another(tmp_path: Path) -> None:
    sent = Sent(tmp_path)
    sent.add(60_000, NOON)

    assert sent.today(NOON + DAY_S) == Today("2026-11-23")
    sent.add(10_000, NOON + DAY_S)
    assert sent.today(NOON) == Today("2026-11-22")


def test_a_file_that_cannot_be_read_or_written_costs_the_count_alone(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff{")
    sent = Sent(tmp_path)
    assert sent.today(NOON).images == 0
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()

    sent.add(10_000, NOON)

    assert sent.today(NOON).images == 1

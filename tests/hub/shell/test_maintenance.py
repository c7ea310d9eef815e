"""`zaiseki maintenance` as somebody types it, and what the doctor says of a window."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.checks import Level
from hub.checks.maintenance import judged, maintenance
from hub.maintenance import Window
from tests.hub.shell.conftest import Shell
from tests.hubs import settings

pytestmark = pytest.mark.usefixtures("company")

BEGIN, END = "2127-03-31T22:00", "2127-03-31T23:30"  # in Japan, nine hours ahead of UTC
PLAN = ("--from", BEGIN, "--to", END, "--text-ja", "ディスク交換", "--text-en", "A new disk")


def test_a_window_is_announced_begun_and_ended(shell: Shell, tmp_path: Path) -> None:
    known = settings(tmp_path)
    code, printed = shell("maintenance", "announce", *PLAN)
    assert (code, printed.partition(";")[0]) == (
        0, "window 1: 2127-03-31 13:00 UTC to 2127-03-31 14:30 UTC",
    )  # fmt: skip
    assert [one.level for one in asyncio.run(maintenance(known))] == [Level.OK]

    assert shell("maintenance", "begin")[0] == 0
    (found,) = asyncio.run(maintenance(known))
    assert found.level is Level.WARN
    assert "window 1 runs" in found.said

    assert shell("maintenance", "end") == (
        0, "window 1 has ended: agents and boards come back by themselves\n",
    )  # fmt: skip
    assert asyncio.run(maintenance(known)) == []
    listed = shell("maintenance", "list")[1].split("\t")
    assert (listed[:2], listed[3:]) == (["1", "over"], ["ディスク交換", "A new disk\n"])


def test_what_was_announced_can_be_withdrawn(shell: Shell) -> None:
    shell("maintenance", "announce", *PLAN)

    assert shell("maintenance", "end", "1") == (0, "window 1 is withdrawn\n")
    assert "withdrawn" in shell("maintenance", "list")[1]
    assert shell("maintenance", "end", "1")[0] == 1
    assert shell("maintenance", "begin") == (
        1, "zaiseki: there is no maintenance window that is 'announced'\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("begins", "ends", "says"),
    [
        ("tonight", END, "is no time"),
        (BEGIN, "0001-01-01T00:00", "is no time"),
        (END, BEGIN, "is over"),
        ("2020-01-01T00:00Z", "2020-01-02T00:00Z", "is over"),
    ],
)
def test_a_plan_that_is_none_is_refused_in_one_line(
    shell: Shell, begins: str, ends: str, says: str
) -> None:
    code, printed = shell("maintenance", "announce", "--from", begins, "--to", ends)

    assert (code, printed.count("\n")) == (1, 1)
    assert says in printed


def test_the_doctor_says_that_a_window_was_forgotten() -> None:
    now = datetime.now(UTC)
    begun, planned = now - timedelta(hours=3), now - timedelta(hours=1)
    (found,) = judged(Window(7, begun, planned, begun_at=begun), now)

    assert found.level is Level.WARN
    assert found.said.endswith("past its planned end; zaiseki maintenance end")

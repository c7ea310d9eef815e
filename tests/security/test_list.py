"""The list of what protects people: every test that it names exists, every point is there once."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = (ROOT / "docs" / "security.md").read_text()
POINT = re.compile(r"\b(\d{1,2}\.\d{1,2}\.\d{1,2})\b")
TEST = re.compile(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`")
ROWS = [line.split("|") for line in LIST.splitlines() if POINT.match(line.removeprefix("| "))]
LEVEL_1_AND_2 = 253  # points of ASVS 5.0.0


def exists(file: str, name: str) -> bool:
    path = ROOT / file
    return path.is_file() and (not name or f"def {name}(" in path.read_text())


def test_every_test_of_the_list_exists() -> None:
    named = TEST.findall(LIST)

    assert len(named) > 100
    assert [one for one in named if not exists(*one)] == []


def test_every_point_of_both_levels_is_answered_once() -> None:
    points = [point for row in ROWS for point in POINT.findall(row[1])]

    assert sorted({point for point in points if points.count(point) > 1}) == []
    assert len(points) == LEVEL_1_AND_2


def test_every_row_has_its_test_or_its_reason() -> None:
    assert [row for row in ROWS if not row[-2].strip()] == []

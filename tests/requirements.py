"""Which rows of docs/requirements.md have tests that passed: `python -m tests.requirements`.

A complete run of pytest leaves its record in `.cache/requirements.json`; this prints it as a
table. Where there is none, it runs the tests first.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".cache" / "requirements.json"
LIST = ROOT / "docs" / "requirements.md"
PROPERTY = "requirement"  # in which a test's report carries its rows, from other processes too
CHOOSING = ("keyword", "markexpr", "deselect", "lf", "ff", "stepwise")  # options of pytest
ROW = re.compile(r"^\| (R\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    feature: str
    acceptance: str


class Record(msgspec.Struct, frozen=True):
    """What one complete run found: the tests that passed, each with the rows that it names."""

    finished_at: datetime
    passed: dict[str, list[str]]


def rows(text: str) -> list[Row]:
    return [Row(*found.groups()) for found in ROW.finditer(text)]


def table(listed: list[Row], record: Record) -> Iterator[str]:
    """One line for each row, further lines for its further tests, and the count at the end."""
    proven = 0
    for row in listed:
        tests = sorted({test for test, names in record.passed.items() if row.id in names})
        proven += bool(tests)
        yield f"{row.id:<4} {row.feature}"
        yield from (f"       {test}" for test in tests)
    yield f"from the run that ended {record.finished_at.astimezone():%Y-%m-%d %H:%M}"
    yield f"{proven} of {len(listed)} rows have tests"


class Recorder:
    """A pytest plugin: writes the record of a complete run, and refuses rows that do not exist."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.named: dict[str, list[str]] = {}
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            names = [name for mark in item.iter_markers("requirement") for name in mark.args]
            if unknown := set(names) - self.known:
                raise pytest.UsageError(f"{item.nodeid} names {unknown}, not in {LIST.name}")
            item.user_properties += [(PROPERTY, name) for name in names]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)
            names = [str(name) for key, name in report.user_properties if key == PROPERTY]
            self.named |= {report.nodeid: names} if names else {}

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(session.config, "workerinput"):
            return  # one of several processes: the one that started them keeps the record
        ran = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if ran and complete(session.config):
            RECORD.parent.mkdir(exist_ok=True)
            RECORD.write_bytes(msgspec.json.encode(self.record(datetime.now(UTC))))

    def record(self, finished_at: datetime) -> Record:
        proofs: dict[str, list[str]] = {}
        for test in sorted(self.passed - self.failed):
            if names := self.named.get(test):
                function, _, _ = test.partition("[")  # the cases of one test are one test
                proofs[function] = sorted({*proofs.get(function, []), *names})
        return Record(finished_at, proofs)


def complete(config: pytest.Config) -> bool:
    """Whether every test was asked for: a run of some says nothing about the others."""
    chosen = any(config.getoption(name, None) for name in CHOOSING)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def main() -> None:
    if not RECORD.exists():
        subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=ROOT, stdout=sys.stderr)
    if not RECORD.exists():
        sys.exit("pytest did not get as far as running the tests: see its lines above")
    record = msgspec.json.decode(RECORD.read_bytes(), type=Record)
    print(*table(rows(LIST.read_text()), record), sep="\n")


if __name__ == "__main__":
    main()

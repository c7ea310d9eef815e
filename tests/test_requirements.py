"""The list of requirements, and the count of those that have tests."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from tests.requirements import LIST, Record, Recorder, Row, rows, table

WHEN = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def report(
    test: str,
    outcome: Literal["passed", "failed", "skipped"],
    when: Literal["setup", "call", "teardown"] = "call",
) -> pytest.TestReport:
    return pytest.TestReport(test, ("", None, ""), {}, outcome, None, when)


def test_the_list_has_the_rows_r1_to_r85_in_order() -> None:
    assert [row.id for row in rows(LIST.read_text())] == [f"R{n}" for n in range(1, 86)]


def test_only_tests_that_passed_are_counted() -> None:
    recorder = Recorder({"R1", "R2", "R3"})
    recorder.named = {"t::good": ["R1"], "t::bad": ["R2"], "t::skipped": ["R3"], "t::left": ["R3"]}

    recorder.pytest_runtest_logreport(report("t::good", "passed"))
    recorder.pytest_runtest_logreport(report("t::bad", "failed"))
    recorder.pytest_runtest_logreport(report("t::skipped", "skipped", when="setup"))

    assert recorder.record(WHEN) == Record(WHEN, {"t::good": ["R1"]})


def test_a_test_whose_teardown_fails_is_not_counted() -> None:
    recorder = Recorder({"R1"})
    recorder.named = {"t::leaky": ["R1"]}

    recorder.pytest_runtest_logreport(report("t::leaky", "passed"))
    recorder.pytest_runtest_logreport(report("t::leaky", "failed", when="teardown"))

    assert recorder.record(WHEN).passed == {}


def test_the_cases_of_one_test_are_one_test() -> None:
    recorder = Recorder({"R1", "R2"})
    recorder.named = {"t::both[a]": ["R1"], "t::both[b]": ["R2"]}

    for case in recorder.named:
        recorder.pytest_runtest_logreport(report(case, "passed"))

    assert recorder.record(WHEN).passed == {"t::both": ["R1", "R2"]}


def test_the_last_line_of_the_table_is_the_count() -> None:
    listed = [Row("R1", "打刻", "four types"), Row("R2", "有給", "balance")]

    lines = list(table(listed, Record(WHEN, {"t::b": ["R1"], "t::a": ["R1"]})))

    assert lines[:4] == ["R1   打刻", "       t::a", "       t::b", "R2   有給"]
    assert lines[-1] == "1 of 2 rows have tests"

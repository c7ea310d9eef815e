"""Business days of Tokyo, whatever zone the machine is in."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.history.days import DAY, Step, day_of, days, midnight, month, periods

dates = st.dates(date(1971, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_day_begins_at_midnight_in_tokyo(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        assert midnight(date(2026, 11, 22)).timestamp() == 1_795_273_200  # 15:00 UTC the day before
        assert day_of(datetime(2026, 11, 21, 14, 59, 59, tzinfo=UTC)) == date(2026, 11, 21)
        assert day_of(datetime(2026, 11, 21, 15, 0, tzinfo=UTC)) == date(2026, 11, 22)
    finally:
        monkeypatch.undo()
        time.tzset()


@given(dates)
def test_a_day_has_24_hours(day: date) -> None:
    assert midnight(day + DAY) - midnight(day) == timedelta(hours=24)
    assert day_of(midnight(day)) == day


@given(dates, st.integers(1, 400), st.sampled_from(Step))
def test_periods_cover_a_range_without_holes(first: date, length: int, step: Step) -> None:
    end = first + timedelta(days=length)
    found = list(periods(first, end, step))

    assert found[0][0] == first
    assert found[-1][1] == end
    assert all(one[1] == two[0] for one, two in pairwise(found))
    inner = [begin for begin, _ in found[1:]]
    if step is Step.WEEK:
        assert all(begin.isoweekday() == 1 for begin in inner)
    if step is Step.MONTH:
        assert all(begin.day == 1 for begin in inner)
    if step is Step.DAY:
        assert len(found) == length
    if step is Step.NONE:
        assert len(found) == 1


@given(dates)
def test_a_month_has_all_its_days(day: date) -> None:
    first, end = month(day.year, day.month)

    assert [one.month for one in days(first, end)] == [day.month] * (end - first).days
    assert first.day == end.day == 1

"""When things have to go, whatever the machine's own zone is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.erasing.calendar import TOKYO, kept_since, owed_since

MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2060, 1, 1), timezones=st.just(UTC)
)


def tokyo(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.requirement("R52")
@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (tokyo(2026, 11, 15), tokyo(2026, 8, 1)),
        (tokyo(2026, 11, 1), tokyo(2026, 8, 1)),
        (datetime(2026, 10, 31, 14, 59, 59, 999_999, tzinfo=UTC), tokyo(2026, 7, 1)),
        (datetime(2026, 10, 31, 15, tzinfo=UTC), tokyo(2026, 8, 1)),
        (tokyo(2027, 1, 31, 23, 59), tokyo(2026, 10, 1)),
        (tokyo(2028, 5, 31), tokyo(2028, 2, 1)),
    ],
)
def test_three_calendar_months_before_this_one_are_kept(now: datetime, kept: datetime) -> None:
    assert kept_since(now) == kept


@pytest.mark.requirement("R52")
@given(MOMENTS)
def test_no_more_than_four_months_and_no_less_than_three_are_kept(now: datetime) -> None:
    kept = kept_since(now).astimezone(TOKYO)

    assert (kept.day, kept.hour, kept.minute, kept.second, kept.microsecond) == (1, 0, 0, 0, 0)
    assert timedelta(days=89) <= now - kept < timedelta(days=124)


@pytest.mark.requirement("R53")
@pytest.mark.parametrize(
    ("ended", "owed"),
    [
        (tokyo(2026, 11, 30, 12), tokyo(2026, 12, 30, 12)),
        (tokyo(2026, 12, 31), tokyo(2027, 1, 31)),
        (tokyo(2027, 1, 31), tokyo(2027, 2, 28)),
        (tokyo(2028, 1, 31), tokyo(2028, 2, 29)),
        (datetime(2027, 1, 30, 20, tzinfo=UTC), tokyo(2027, 2, 28, 5)),
    ],
)
def test_a_month_after_the_end_is_the_same_day_or_the_last(ended: datetime, owed: datetime) -> None:
    assert owed_since(ended) == owed

"""A day in block characters, times as people type them, and the replay of the past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_tui.past import RATES, Past
from console_tui.rest.history import BoardAt, Change, Changes
from console_tui.strips import (
    FUTURE,
    LEVELS,
    Run,
    cells_of,
    day_begin,
    hours,
    levels,
    longest,
    moment,
    scale,
    with_live,
)
from hub.protocol.facts import Label
from hub.protocol.replica import Board
from hub.protocol.watchers import MemberCard
from tests.console_tui.board_hub import NOW
from tests.console_tui.conftest import seat

DAY = day_begin(NOW)
HOUR = 3600.0
LABELS = st.sampled_from(list(Label))


@st.composite
def days(draw: st.DrawFn) -> list[Run]:
    times = sorted(draw(st.sets(st.integers(0, 86_399), min_size=1, max_size=20)))
    return [(DAY + at, draw(LABELS)) for at in times]


def test_a_cell_is_what_held_longest_and_nothing_is_drawn_of_the_future() -> None:
    runs = [(DAY + 9 * HOUR, Label.PRESENT), (DAY + 10.6 * HOUR, Label.AWAY)]
    found = cells_of(runs, DAY + 8 * HOUR, DAY + 13 * HOUR, 5, DAY + 11.5 * HOUR)
    assert found == [Label.OFF, Label.PRESENT, Label.PRESENT, Label.AWAY, FUTURE]


def test_the_cell_that_has_just_begun_says_what_holds_now() -> None:
    runs = [(DAY + 9 * HOUR, Label.PRESENT), (DAY + 10.1 * HOUR, Label.AWAY)]
    found = cells_of(runs, DAY + 9 * HOUR, DAY + 11 * HOUR, 2, DAY + 10.2 * HOUR)
    assert found[-1] is Label.AWAY


@given(days(), st.floats(0, 86_400), LABELS)
def test_what_the_seat_says_now_goes_before_the_record(
    runs: list[Run], since: float, label: Label
) -> None:
    found = with_live(runs, label, DAY + since)
    assert found[-1] == (DAY + since, label)
    assert found == sorted(found, key=lambda run: run[0])


@given(days(), st.integers(1, 48), st.floats(0, 86_400))
def test_every_cell_has_a_label_that_was_there_or_none_yet(
    runs: list[Run], count: int, now: float
) -> None:
    found = cells_of(runs, *hours(DAY + now), count, DAY + now)
    assert len(found) == count
    assert set(found) <= {label for _, label in runs} | {FUTURE, Label.OFF}


def test_before_the_first_run_somebody_was_off() -> None:
    assert longest([(DAY + HOUR, Label.AWAY)], DAY, DAY + HOUR) is Label.OFF
    assert longest([], DAY, DAY + HOUR) is Label.OFF


@pytest.mark.parametrize(
    ("hour", "shown"), [(9, "8   12  16  "), (21, "12  16  20  "), (3, "0   4   8   ")]
)
def test_the_scale_holds_the_hour_that_it_is(hour: int, shown: str) -> None:
    at = DAY + hour * HOUR
    assert scale(12, at) == shown
    begin, end = hours(at)
    assert begin <= at < end


@given(st.lists(st.integers(0, 10_000), max_size=288), st.integers(1, 40))
def test_the_day_s_line_is_at_most_as_wide_as_asked_and_reaches_the_top(
    present: list[int], width: int
) -> None:
    found = levels(present, width)
    assert len(found) <= width
    assert all(0 <= level <= LEVELS for level in found)
    assert bool(found) is any(present)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:15", DAY + 10.25 * HOUR),
        ("１０：１５", DAY + 10.25 * HOUR),
        ("23:00", DAY - HOUR),
        ("11/17 9:05", DAY - 24 * HOUR + 9 * HOUR + 300),
        ("2026-11-17 9:05", DAY - 24 * HOUR + 9 * HOUR + 300),
        ("-30", NOW - 1800),
        ("12/31 10:00", DAY - (365 - 43) * 24 * HOUR + 10 * HOUR),
        ("noon", None),
        ("25:00", None),
        ("13/40 10:00", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_type_it(text: str, expected: float | None) -> None:
    assert moment(text, NOW) == expected


def begun(*late: int) -> Past:
    past = Past(NOW)
    past.begin(BoardAt(NOW, (seat(1), seat(2)), late))
    return past


def test_whom_the_hub_does_not_tell_of_is_not_there() -> None:
    live = Board(seats={3: seat(3)}, members={3: MemberCard(3, "c")})
    assert begun().board(live).seats.keys() == {1, 2}


def test_time_goes_on_only_as_far_as_it_is_known() -> None:
    past = begun()
    assert past.advance(NOW + 60) == []
    assert past.at == NOW

    past.read(Changes((Change(NOW + 10, seat(1, Label.AWAY)),)), NOW + 30)
    assert [one.member for one in past.advance(NOW + 60)] == [1]
    assert past.at == NOW + 30
    assert past.seats[1].label is Label.AWAY


def test_of_a_cut_page_only_what_is_whole_counts() -> None:
    past = begun()
    changes = (Change(NOW + 5, seat(1, Label.AWAY)), Change(NOW + 9, seat(2, Label.AWAY)))
    past.read(Changes(changes, next=NOW + 9), NOW + 60)
    assert past.known_to == NOW + 9
    past.advance(NOW + 60)
    assert past.seats[2].label is Label.PRESENT


def test_late_news_is_marked_until_news_that_was_not() -> None:
    past = begun(2)
    changes = Change(NOW + 1, seat(1), late=True), Change(NOW + 2, seat(2))
    past.read(Changes(changes), NOW + 10)
    past.advance(NOW + 10)
    assert past.late == {1}


def test_play_is_faster_and_slower_between_its_ends() -> None:
    past = begun()
    found = []
    for steps in (1, 1, 1, 1, 1, -1):
        past.faster(steps)
        found.append(past.rate)
    assert found == [*RATES, RATES[-1], RATES[-2]]

"""The columns of the table share its width: names first, then groups, then what is going on."""

from hypothesis import given
from hypothesis import strategies as st

from console_tui.widgets.table import AGE, GROUP_FROM, GROUP_MAX, NAME_MAX, columns

STATE = 10


@given(st.integers(60, 300))
def test_columns_fill_the_table_and_never_overflow(width: int) -> None:
    wide = columns(width, STATE)
    shown = [wide.state, wide.name, AGE, wide.strip, wide.group, wide.note, wide.last]
    assert sum(1 + cells for cells in shown if cells) + 1 == width  # a blank at the end


@given(st.integers(60, 299))
def test_a_wider_table_shows_no_less_of_a_name(width: int) -> None:
    assert columns(width, STATE).name <= columns(width + 1, STATE).name or width + 1 == GROUP_FROM


def test_a_wide_terminal_shows_long_names_of_people_and_groups_whole() -> None:
    wide = columns(110, STATE)
    assert (wide.name, wide.group) == (NAME_MAX, GROUP_MAX)

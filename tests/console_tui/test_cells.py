"""Text in cells and times as people read them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console_tui.cells import age, clock, cut, fresh, one_line, right, unambiguous
from console_tui.words import Words
from tests.console_tui.board_hub import NOW

JA, EN = Words("ja"), Words("en")
MIXED = st.text(alphabet="aZ 前田ｱ…é", max_size=30)


@given(MIXED, st.integers(0, 40))
def test_a_cut_text_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) == width


@given(MIXED, st.integers(1, 40))
def test_what_fits_is_not_shortened(text: str, width: int) -> None:
    shown = cut(text, width)
    assert shown.startswith(text) or "…" in shown
    if cell_len(text) <= width:
        assert shown.rstrip(" ") == text.rstrip(" ")


@given(st.text(max_size=30))
def test_what_others_wrote_never_leaves_its_line(text: str) -> None:
    assert one_line(text).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("👩\u200d💻 Émilie", "👩💻 Émilie"),
        ("葛\U000e0100城", "葛城"),
        ("ほ\u3099り", "ぼり"),
        ("👍\U0001f3fd", "👍"),
        ("❤\ufe0f", "❤"),
        ("a\u202eb", "ab"),
    ],
)
def test_a_name_is_as_wide_as_its_characters_on_every_terminal(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert cell_len(one_line(text)) == sum(map(cell_len, shown))


@pytest.mark.parametrize(
    ("seconds", "japanese", "english"),
    [
        (-3, "<1分", "<1m"),
        (59, "<1分", "<1m"),
        (60, "1分", "1m"),
        (3599, "59分", "59m"),
        (3600, "1:00", "1:00"),
        (86_399, "23:59", "23:59"),
        (86_400, "1日", "1d"),
    ],
)
def test_an_age_is_whole_minutes_then_hours_then_days(
    seconds: float, japanese: str, english: str
) -> None:
    assert (age(seconds, JA), age(seconds, EN)) == (japanese, english)


def test_a_contact_is_told_in_seconds_while_they_matter() -> None:
    assert [fresh(s, JA) for s in (-1, 46.9, 60)] == ["0秒", "46秒", "1分"]


def test_times_are_japanese_and_other_days_are_dates() -> None:
    assert clock(NOW, NOW) == "20:06"
    assert clock(NOW - 86_400, NOW) == "11/17"


def test_numbers_end_in_one_column() -> None:
    assert cell_len(right("3分", 5)) == cell_len(right("47分", 5)) == 5


@given(st.text(max_size=30))
def test_no_text_of_others_holds_a_character_of_ambiguous_width(text: str) -> None:
    told = unambiguous(text)
    assert len(told) == len(text)
    assert not any(unicodedata.east_asian_width(one) == "A" for one in told)


def test_what_is_not_ambiguous_stays_as_it_was() -> None:
    assert unambiguous("前田 Ünal①…") == "前田 Ünal1."

"""The letters say what happened, what to do, and until when, in the reader's language."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hub.identity import letters
from hub.identity.letters import Letter

UNTIL = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
LINK = "https://hub.example.jp/reset?token=abc"
WITH_A_LINK = (letters.reset, letters.invitation)


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("write", WITH_A_LINK)
def test_a_letter_with_a_link_has_it_on_a_line_of_its_own(
    write: Callable[..., Letter], locale: str
) -> None:
    letter = write(locale, "佐藤", "株式会社A", "sato", LINK, UNTIL)

    assert LINK in letter.text.splitlines()
    assert "2026-11-23 00:30 (JST)" in letter.text
    assert all(word in letter.text for word in ("佐藤", "株式会社A", "sato"))
    assert "\n" not in letter.subject


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_a_new_place_is_told_with_what_shows_whether_it_was_oneself(locale: str) -> None:
    letter = letters.new_place(locale, "佐藤", "株式会社A", "203.0.113.9", "", UNTIL)

    assert "203.0.113.9" in letter.text
    assert "2026-11-23 00:30 (JST)" in letter.text


def test_japanese_comes_first() -> None:
    japanese = letters.reset("ja", "佐藤", "株式会社A", "sato", LINK, UNTIL)

    assert letters.reset("", "佐藤", "株式会社A", "sato", LINK, UNTIL) == japanese
    assert letters.reset("en", "佐藤", "株式会社A", "sato", LINK, UNTIL) != japanese

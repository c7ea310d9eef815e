"""One table of words, complete in both languages."""

from string import Formatter

import pytest

from console_tui.keys import BOARD, LIST
from console_tui.look import ASCII_GLYPHS, DARK, DARK_256, GLYPHS, INCIDENT, LIGHT, SIXTEEN
from console_tui.words import EN, JA, Words
from hub.protocol.facts import Capture, IncidentKind, Label, Link, Presence, Reason, Work
from hub.protocol.session import State

NAMED: dict[str, list[str]] = {
    "label": list(Label),
    "presence": list(Presence),
    "work": list(Work),
    "capture": list(Capture),
    "kind": list(IncidentKind),
    "reason": list(Reason),
    "link": [*Link, *State],
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_the_same_places() -> None:
    assert JA.keys() == EN.keys()
    for key in JA:
        assert fields(JA[key]) == fields(EN[key]), key


@pytest.mark.parametrize("prefix", NAMED)
def test_everything_that_the_hub_can_say_has_a_word(prefix: str) -> None:
    assert {f"{prefix}.{value}" for value in NAMED[prefix]} <= JA.keys()


def test_every_key_of_the_registry_has_a_word() -> None:
    assert {key.word for key in (*BOARD, *LIST)} <= JA.keys()


def test_a_language_that_is_not_there_is_japanese() -> None:
    assert Words("fr")("label.away") == "離席"


def test_every_state_has_its_own_shape_and_a_colour_everywhere() -> None:
    states = [*map(str, Label), INCIDENT]
    for glyphs in (GLYPHS, ASCII_GLYPHS):
        assert len({glyphs[state] for state in states}) == len(states)
    for colours in (DARK, LIGHT, DARK_256, SIXTEEN):
        assert set(states) <= colours.keys()
    assert all(glyph.isascii() for glyph in ASCII_GLYPHS.values())

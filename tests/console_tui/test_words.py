"""One table of words, complete in both languages."""

from string import Formatter

import pytest

from console_tui.cells import unambiguous
from console_tui.keys import EVERY
from console_tui.look import (
    ASCII_GLYPHS,
    ASCII_SPARKS,
    ASCII_STRIP,
    DARK,
    DARK_256,
    GLYPHS,
    INCIDENT,
    LIGHT,
    SIXTEEN,
    SPARKS,
    STRIP,
)
from console_tui.words import LANGUAGES, Words
from console_tui.words.en import EN
from console_tui.words.ja import JA
from hub.protocol.facts import (
    Capture,
    EvidenceKind,
    EvidenceState,
    IncidentKind,
    Label,
    Link,
    Presence,
    Purpose,
    Reason,
    Verdict,
    Work,
)
from hub.protocol.session import State

NAMED: dict[str, list[str]] = {
    "label": list(Label),
    "presence": list(Presence),
    "work": list(Work),
    "capture": list(Capture),
    "kind": list(IncidentKind),
    "reason": list(Reason),
    "link": [*Link, *State],
    "verdict": list(Verdict),
    "purpose": list(Purpose),
    "picture": list(EvidenceKind),
    "evidence": list(EvidenceState),
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
    assert {key.word for key in EVERY} | {"key.judge", "key.now"} <= JA.keys()


def test_a_language_that_is_not_there_is_japanese() -> None:
    assert Words("fr")("label.away") == "離席"


def test_every_state_has_its_own_shape_and_a_colour_everywhere() -> None:
    states = [*map(str, Label), INCIDENT]
    for glyphs in (GLYPHS, ASCII_GLYPHS):
        assert len({glyphs[state] for state in states}) == len(states)
    for colours in (DARK, LIGHT, DARK_256, SIXTEEN):
        assert set(states) <= colours.keys()
    assert all(glyph.isascii() for glyph in ASCII_GLYPHS.values())


def test_the_strip_and_the_day_s_line_tell_without_colour_too() -> None:
    breaks = {"out", "break"}  # both are a break from work, as in the web's hatching
    for blocks in (STRIP, ASCII_STRIP):
        assert set(map(str, Label)) < blocks.keys()
        assert len({blocks[name] for name in blocks.keys() - breaks}) == len(blocks) - 2
    assert len(set(SPARKS)) == len(set(ASCII_SPARKS)) == 9
    assert all(block.isascii() for block in (*ASCII_STRIP.values(), ASCII_SPARKS))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_has_a_character_of_ambiguous_width_on_such_terminals(language: str) -> None:
    words = Words(language, ascii_only=True)
    for key, text in LANGUAGES[language].items():
        told = words(key, **{name: "1" for name in fields(text)})
        assert unambiguous(told) == told, key

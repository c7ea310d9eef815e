"""The filter that people type; its cases are shared with the web."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_tui.filter import OFTEN, BadFilter, Filter, Subject, parse
from console_tui.words import LANGUAGES
from hub.protocol.facts import Label
from tests.console_tui.board_hub import NOW

CASES = json.loads((Path(__file__).parent.parent / "filter_cases.json").read_text())


def subject(told: dict[str, Any]) -> Subject:
    texts = told["name"], told["task"]
    groups, label = tuple(told["groups"]), Label(told["label"])
    return Subject(texts, label, groups, told["todo"], NOW - told["age_s"])


PEOPLE = {name: subject(told) for name, told in CASES["people"].items()}


@pytest.mark.parametrize("case", CASES["finds"], ids=lambda case: case["text"])
def test_a_filter_shows_who_meets_all_its_terms(case: dict[str, Any]) -> None:
    wanted = parse(case["text"])
    assert [name for name, one in PEOPLE.items() if wanted.takes(one, NOW)] == case["who"]


@pytest.mark.parametrize("case", CASES["refuses"], ids=lambda case: case["text"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_meant_gets_a_sentence(case: dict[str, Any], language: str) -> None:
    with pytest.raises(BadFilter) as bad:
        parse(case["text"])
    assert bad.value.key == f"filter.{case['why']}"
    assert case["said"] in LANGUAGES[language][bad.value.key].format(**bad.value.values)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", OFTEN)
def test_what_is_often_wanted_is_a_filter_with_a_name(name: str, language: str) -> None:
    assert parse(OFTEN[name]) != Filter()
    assert LANGUAGES[language][f"saved.{name}"]


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(parse(text), Filter)
    except BadFilter as bad:
        assert bad.key in LANGUAGES["ja"]


@given(st.lists(st.sampled_from(["前田", "state:away", "group:開発", "since>1h", "x"]), max_size=3))
def test_another_kind_of_term_never_shows_more_people(terms: list[str]) -> None:
    for one in PEOPLE.values():
        fewer = parse(" ".join([*terms, "慎吾"]))
        assert not fewer.takes(one, NOW) or parse(" ".join(terms)).takes(one, NOW)

"""The filter that people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_tui.filter import BadFilter, Filter, Subject, parse
from console_tui.words import LANGUAGES
from hub.protocol.facts import Label

MAEDA = Subject("前田 慎吾 データ移行", Label.AWAY, ("開発部",))
YOSHIDA = Subject("吉田 千尋", Label.PRESENT, ("営業部", "第一課"), alert=True)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("", {MAEDA, YOSHIDA}),
        ("前田", {MAEDA}),
        ("移行 慎吾", {MAEDA}),
        ("前田 吉田", set()),
        ("営業", {YOSHIDA}),
        ("state:away", {MAEDA}),
        ("state:離席", {MAEDA}),
        ("STATE:Away", {MAEDA}),
        ("state:離席,在席", {MAEDA, YOSHIDA}),
        ("state:away state:present", {MAEDA, YOSHIDA}),
        ("state:incident", {YOSHIDA}),
        ("state:要対応", {YOSHIDA}),
        ("group:営業", {YOSHIDA}),
        ("group:営業 state:away", set()),
        ("group:開発 group:営業", {MAEDA, YOSHIDA}),
        ("13:18", set()),
    ],
)
def test_terms_of_one_kind_widen_and_kinds_narrow(text: str, who: set[Subject]) -> None:
    wanted = parse(text)
    assert {one for one in (MAEDA, YOSHIDA) if wanted.takes(one)} == who


def test_full_width_letters_find_half_width_ones() -> None:
    assert parse("ＦＡＱ").takes(Subject("faqの改訂", Label.AWAY))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("name:前田", "filter.field"),
        ("state:asleep", "filter.state"),
        ("state:", "filter.empty"),
        ("group:", "filter.empty"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_meant_gets_a_sentence(text: str, key: str, language: str) -> None:
    with pytest.raises(BadFilter) as bad:
        parse(text)
    assert bad.value.key == key
    assert LANGUAGES[language][key].format(**bad.value.values)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(parse(text), Filter)
    except BadFilter as bad:
        assert bad.key in LANGUAGES["ja"]


@given(st.lists(st.sampled_from(["前田", "state:away", "group:開発", "x"]), max_size=3))
def test_another_kind_of_term_never_shows_more_people(terms: list[str]) -> None:
    fewer = parse(" ".join([*terms, "慎吾"]))
    assert not fewer.takes(MAEDA) or parse(" ".join(terms)).takes(MAEDA)

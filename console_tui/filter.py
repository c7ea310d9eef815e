"""The filter that people type: words, `state:` and `group:` terms; a row must meet all of them."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from console_tui.words import LANGUAGES
from hub.protocol.facts import Label

INCIDENT = "incident"


class BadFilter(ValueError):
    """`key` and `values` name the sentence in the table of words."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Subject:
    """What a filter looks at: one seat as its row shows it."""

    text: str
    label: Label
    groups: tuple[str, ...] = ()
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms of one kind widen (離席 or 不明), kinds narrow; every free word must be found."""

    text: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()

    def takes(self, subject: Subject) -> bool:
        return (
            self._states(subject)
            and (not self.groups or self._any(self.groups, subject.groups))
            and all(self._any([word], (subject.text, *subject.groups)) for word in self.text)
        )

    def _states(self, subject: Subject) -> bool:
        if not self.states or subject.label in self.states:
            return True
        return INCIDENT in self.states and subject.alert

    @staticmethod
    def _any(words: Iterable[str], texts: Iterable[str]) -> bool:
        plain = [folded(text) for text in texts]
        return any(word in text for word in words for text in plain)


def folded(text: str) -> str:
    """Full and half width, large and small letters are one: ＤＥＶ finds dev."""
    return unicodedata.normalize("NFKC", text).casefold()


def parse(text: str) -> Filter:
    """Raise BadFilter, with the sentence that says what to write instead."""
    words: list[str] = []
    states: set[str] = set()
    groups: list[str] = []
    for term in folded(text).split():
        field, colon, value = term.partition(":")
        if not colon or field.isdigit():  # 13:18 is text
            words.append(term)
        elif field not in ("state", "group"):
            raise BadFilter("filter.field", field=field)
        elif not value:
            raise BadFilter("filter.empty", term=term)
        elif field == "state":
            states.update(state(one) for one in value.split(","))
        else:
            groups.append(value)
    return Filter(tuple(words), frozenset(states), tuple(groups))


def state(word: str) -> str:
    """離席, away and Away are the same state; 要対応 and incident are any open incident."""
    for name, key in _STATES.items():
        if word == name:
            return key
    raise BadFilter("filter.state", value=word)


_STATES = {
    INCIDENT: INCIDENT,
    **{folded(table["todo"]): INCIDENT for table in LANGUAGES.values()},
    **{str(label): str(label) for label in Label},
    **{folded(table[f"label.{label}"]): label for table in LANGUAGES.values() for label in Label},
}

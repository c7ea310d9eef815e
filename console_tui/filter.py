"""The filter that people type (docs/filter.md): what it shows, or the sentence that it gets."""

import operator
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from console_tui.words import LANGUAGES
from hub.protocol.facts import Label

INCIDENT = "incident"
OFTEN = {
    "todo": "state:todo",
    "long_away": "state:away since>30m",
    "silent": "state:offline,unknown",
}
_UNITS_S = {
    "": 60.0,
    "m": 60.0,
    "分": 60.0,
    "h": 3600.0,
    "時間": 3600.0,
    "d": 86_400.0,
    "日": 86_400.0,
}
_FIELDS = {"state": "state", "状態": "state", "group": "group", "グループ": "group"}
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_SINCE = re.compile(r"(?:since|経過)([<>=:].*)")
_TIME = re.compile(r"([<>]=?)([0-9]{1,6})(m|分|h|時間|d|日|)")


class BadFilter(ValueError):
    """`key` and `values` name the sentence in the table of words."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Subject:
    """What a filter looks at: one seat as its row shows it; `since` is when its label began."""

    texts: tuple[str, ...]
    label: Label
    groups: tuple[str, ...] = ()
    alert: bool = False
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Since:
    """An age of the label against a number of seconds."""

    sign: str
    seconds: float

    def holds(self, age_s: float) -> bool:
        return _COMPARED[self.sign](age_s, self.seconds)


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms of one kind widen (離席 or 不明), kinds narrow; every word and age must hold."""

    words: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()
    ages: tuple[Since, ...] = ()

    def takes(self, subject: Subject, now: float) -> bool:
        return (
            self._states(subject)
            and all(age.holds(now - subject.since) for age in self.ages)
            and (not self.groups or _any(self.groups, subject.groups))
            and all(_any([word], (*subject.texts, *subject.groups)) for word in self.words)
        )

    def _states(self, subject: Subject) -> bool:
        if not self.states or subject.label in self.states:
            return True
        return INCIDENT in self.states and subject.alert


def _any(words: Iterable[str], texts: Iterable[str]) -> bool:
    plain = [folded(text) for text in texts]
    return any(word in text for word in words for text in plain)


def folded(text: str) -> str:
    """Full and half width, large and small letters, and blanks make no difference to people."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def parse(text: str) -> Filter:
    """Raise BadFilter, with the sentence that says what to write instead."""
    words: list[str] = []
    states: set[str] = set()
    groups: list[str] = []
    ages: list[Since] = []
    for term in unicodedata.normalize("NFKC", text).lower().split():
        if since := _SINCE.fullmatch(term):
            ages.append(_since(term, since[1]))
            continue
        field, values = _split(term)
        if field == "state":
            states.update(state(one) for one in values)
        elif field == "group":
            groups.extend(values)
        else:
            words.append(term)
    return Filter(tuple(words), frozenset(states), tuple(groups), tuple(ages))


def _split(term: str) -> tuple[str, list[str]]:
    """The field of a term and its values; no field where it is a word, as 13:18 is."""
    name, colon, rest = term.partition(":")
    if not colon or name.isdigit():
        return "", []
    if name not in _FIELDS:
        raise BadFilter("filter.field", field=name)
    values = [one for one in re.split("[,、]", rest) if one]
    if not values:
        raise BadFilter("filter.empty", term=term)
    return _FIELDS[name], values


def _since(term: str, rest: str) -> Since:
    said = _TIME.fullmatch(rest)
    if said is None:
        raise BadFilter("filter.since", term=term)
    sign, number, unit = said.groups()
    return Since(sign, int(number) * _UNITS_S[unit])


def state(word: str) -> str:
    """離席, away and Away are the same state; 要対応, todo and incident are any that waits."""
    if word not in _STATES:
        raise BadFilter("filter.state", value=word)
    return _STATES[word]


_STATES = {
    INCIDENT: INCIDENT,
    "todo": INCIDENT,
    **{folded(table["todo"]): INCIDENT for table in LANGUAGES.values()},
    **{str(label): str(label) for label in Label},
    **{
        folded(table[f"label.{label}"]): str(label)
        for table in LANGUAGES.values()
        for label in Label
    },
}

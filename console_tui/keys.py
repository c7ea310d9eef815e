"""The one registry of keys: bindings, foot, page of keys, palette and key map come from it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType

_NAMES = {
    "slash": "/", "question_mark": "?", "colon": ":", "plus": "+", "minus": "-", "up": "↑",
    "down": "↓", "left": "←", "right": "→", "escape": "esc", "pageup": "pgup",
    "pagedown": "pgdn",
}  # fmt: skip
_ASCII = {"↑": "up", "↓": "down", "←": "left", "→": "right"}
_KEY = re.compile(r"(?:(?:ctrl|alt|shift|super)\+)*(?:[a-z0-9_]+|\S)", re.IGNORECASE)


class BadKey(ValueError):
    """The text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Key:
    """`keys` as Textual names them, with commas between; `word` in the table of words.

    `id` names it in a key map. `foot` says whether it stands at the foot of the board.
    """

    id: str
    keys: str
    action: str
    word: str
    foot: bool = False

    def shown(self, ascii_only: bool = False) -> str:
        """As people read it."""
        names = []
        for key in self.keys.split(","):
            *held, last = key.split("+") if len(key) > 1 else [key]
            name = _NAMES.get(last, last)
            names.append("+".join([*held, _ASCII.get(name, name) if ascii_only else name]))
        return " ".join(names)


BOARD = (
    Key("filter", "slash", "filter", "key.filter", foot=True),
    Key("open", "enter", "open", "key.open", foot=True),
    Key("take", "a", "take", "key.take", foot=True),
    Key("benign", "1", "judge('benign')", "key.benign"),
    Key("confirmed", "2", "judge('confirmed')", "key.confirmed"),
    Key("false_positive", "3", "judge('false_positive')", "key.false_positive"),
    Key("sort", "s", "sort", "key.sort", foot=True),
    Key("groups", "g", "groups", "key.groups", foot=True),
    Key("past", "t", "past", "key.past", foot=True),
    Key("keys", "question_mark", "keys", "key.keys", foot=True),
    Key("incidents", "i", "incidents", "key.incidents"),
    Key("note", "n", "note", "key.note"),
    Key("undo", "u", "undo", "key.undo"),
    Key("pictures", "v", "pictures", "key.pictures"),
    Key("follow", "f", "follow", "key.follow"),
    Key("palette", "ctrl+p,colon", "palette", "key.palette"),
    Key("dark", "d", "app.dark", "key.dark"),
    Key("clear", "escape", "clear", "key.clear"),
    Key("sign_out", "S", "app.sign_out", "key.sign_out"),
    Key("quit", "q", "app.quit", "key.quit"),
)

PAST = (
    Key("earlier", "left", "step(-1)", "key.earlier", foot=True),
    Key("later", "right", "step(1)", "key.later", foot=True),
    Key("hour_earlier", "shift+left", "step(-60)", "key.hour_earlier"),
    Key("hour_later", "shift+right", "step(60)", "key.hour_later"),
    Key("play", "space", "play", "key.play", foot=True),
    Key("faster", "plus", "faster(1)", "key.faster", foot=True),
    Key("slower", "minus", "faster(-1)", "key.slower", foot=True),
)

VERDICTS = ("benign", "confirmed", "false_positive")

LIST = (
    Key("up", "k,up", "up", "key.up"),
    Key("down", "j,down", "down", "key.down"),
    Key("page_up", "pageup", "page_up", "key.page_up"),
    Key("page_down", "pagedown", "page_down", "key.page_down"),
    Key("first", "home", "first", "key.first"),
    Key("last", "end", "last", "key.last"),
)

EVERY = (*BOARD, *PAST, *LIST)


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    return [Binding(key.keys, key.action, key.word, show=False, id=key.id) for key in keys]


def checked(keymap: Mapping[str, str]) -> dict[str, str]:
    """A key map as people wrote it; raise BadKey for what cannot be meant."""
    known = {key.id for key in EVERY}
    for id, keys in keymap.items():
        if id not in known:
            raise BadKey(f"no action {id!r} in [keys]; there are {', '.join(sorted(known))}")
        if not keys or not all(_KEY.fullmatch(key) for key in keys.split(",")):
            raise BadKey(f'{id} = {keys!r} names no key; write it as "f5" or "ctrl+f,slash"')
    taken: dict[str, str] = {}
    for key in mapped(EVERY, keymap):
        for one in key.keys.split(","):
            if taken.setdefault(one, key.id) != key.id:
                raise BadKey(f"the key {one!r} stands for both {taken[one]} and {key.id}")
    return dict(keymap)


def at_foot(keys: Mapping[str, Key]) -> tuple[Key, ...]:
    """Those that stand at the foot of the board; the three verdicts are one there."""
    three = ",".join(keys[id].keys for id in VERDICTS)
    verdicts = Key("verdicts", three, "", "key.judge")
    found = [keys[key.id] for key in BOARD if key.foot]
    place = found.index(keys["take"]) + 1
    return (*found[:place], verdicts, *found[place:])


def mapped(keys: Iterable[Key], keymap: Mapping[str, str]) -> tuple[Key, ...]:
    """The registry with a person's own keys."""
    return tuple(replace(key, keys=keymap.get(key.id, key.keys)) for key in keys)

"""The one registry of keys: bindings, the foot of the board and the page of keys come from it."""

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """`keys` as Textual names them, `shown` as people read them, `word` in the table of words."""

    keys: str
    shown: str
    action: str
    word: str
    foot: bool = True


BOARD = (
    Key("slash", "/", "filter", "key.filter"),
    Key("enter", "enter", "open", "key.open"),
    Key("s", "s", "sort", "key.sort"),
    Key("g", "g", "groups", "key.groups"),
    Key("d", "d", "app.dark", "key.dark"),
    Key("question_mark", "?", "keys", "key.keys"),
    Key("q", "q", "app.quit", "key.quit"),
    Key("escape", "esc", "clear", "key.clear", foot=False),
    Key("S", "S", "app.sign_out", "key.sign_out", foot=False),
)

LIST = (
    Key("up,k", "k ↑", "up", "key.up", foot=False),
    Key("down,j", "j ↓", "down", "key.down", foot=False),
    Key("pageup", "pgup", "page_up", "key.page_up", foot=False),
    Key("pagedown", "pgdn", "page_down", "key.page_down", foot=False),
    Key("home", "home", "first", "key.first", foot=False),
    Key("end", "end", "last", "key.last", foot=False),
)


def bindings(keys: tuple[Key, ...]) -> list[BindingType]:
    return [Binding(key.keys, key.action, key.word, show=False) for key in keys]

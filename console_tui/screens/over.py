"""What opens over the board where it has no room of its own: a person, the groups, the keys."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from console_tui import cells
from console_tui.keys import BOARD, LIST
from console_tui.scene import Scene
from console_tui.widgets.groups import Groups
from console_tui.widgets.lines import Title
from console_tui.widgets.person import Person

CLOSE: list[BindingType] = [
    Binding("escape,q", "close", show=False),
]


class Over(Vertical):
    """A box with a title, and how to close it at its foot."""

    def __init__(self, scene: Scene, title: str, content: Widget) -> None:
        close = Static(f" {scene.words('keys.close')}", classes="dim")
        super().__init__(Title(scene, title), content, close)


class PersonScreen(ModalScreen[None]):
    """The detail pane on a small terminal; the board keeps telling it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "close", show=False), *CLOSE]

    def __init__(self, scene: Scene, title: str) -> None:
        super().__init__()
        self.person = Person(scene)
        self.pane_title = title

    def compose(self) -> ComposeResult:
        yield Over(self.person.scene, self.pane_title, self.person)

    def action_close(self) -> None:
        self.dismiss()


class GroupsScreen(ModalScreen[int | None]):
    """Choose a group with enter; the answer is its key, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", show=False),
        Binding("g", "close", show=False),
        *CLOSE,
    ]

    def __init__(self, groups: Groups) -> None:
        super().__init__()
        self.groups = groups

    def compose(self) -> ComposeResult:
        yield Over(self.groups.scene, self.groups.scene.words("groups"), self.groups)

    def on_line_list_chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        self.dismiss(self.groups.cursor)

    def action_close(self) -> None:
        self.dismiss(None)


class KeysScreen(ModalScreen[None]):
    """All keys, from the registry."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "close", show=False), *CLOSE]

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene

    def compose(self) -> ComposeResult:
        words = self.scene.words
        told = Text()
        for key in (*BOARD, *LIST):
            told.append(f" {cells.cut(key.shown, 8)}", "bold")
            told.append(f"{words(key.word)}\n")
        yield Over(self.scene, words("keys"), Static(told))

    def action_close(self) -> None:
        self.dismiss()

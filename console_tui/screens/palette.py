"""The command palette: everything that a key does, and every group, found by a few letters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from console_tui.filter import OFTEN, folded
from console_tui.keys import LIST, Key
from console_tui.scene import Scene
from console_tui.screens.over import Over
from console_tui.widgets.lines import LineList

SHOWN = 20  # cells of a key or of a filter


@dataclass(frozen=True, slots=True)
class Command:
    """What it is called, the key that does the same, and the action of the board."""

    title: str
    action: str
    key: str = ""


def commands(
    scene: Scene, keys: Iterable[Key], own: Mapping[str, str], groups: Mapping[int, str]
) -> list[Command]:
    """What keys do, one's own filters and those that are often wanted, and the groups."""
    words = scene.words
    moving = {key.id for key in LIST} | {"palette"}
    often = {words(f"saved.{name}"): text for name, text in OFTEN.items()}
    return [
        *(
            Command(words(key.word), key.action, key.shown(scene.look.ascii_only))
            for key in keys
            if key.id not in moving
        ),
        *(
            Command(f"{words('filter')}: {name}", f"wanted({text!r})", text)
            for name, text in [*own.items(), *often.items()]
        ),
        *(Command(f"{words('groups')}: {name}", f"group({key})") for key, name in groups.items()),
    ]


class Commands(LineList[int]):
    """Those that hold what was typed."""

    can_focus = False

    def __init__(self, scene: Scene, commands: Sequence[Command]) -> None:
        super().__init__(scene)
        self.commands = commands

    def find(self, text: str) -> None:
        words = [folded(word) for word in text.split()]
        found = [
            place
            for place, command in enumerate(self.commands)
            if all(word in folded(command.title) for word in words)
        ]
        self.show(found)
        if found:
            self.choose(found[0])

    def empty(self, width: int) -> str:
        return self.scene.words("palette.none")

    def draw(self, key: int, line: int, width: int) -> Text:
        command = self.commands[key]
        text = Text(" ").append(self.scene.cut(command.title, max(1, width - SHOWN - 2)))
        return text.append(f" {self.scene.cut(command.key, SHOWN)}", self.scene.style("ink-3"))


class PaletteScreen(ModalScreen[str | None]):
    """The answer is the action that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("down,ctrl+n", "down", show=False),
        Binding("up,ctrl+p", "up", show=False),
    ]

    def __init__(self, scene: Scene, commands: Sequence[Command]) -> None:
        super().__init__()
        self.scene = scene
        self.commands = Commands(scene, commands)

    def compose(self) -> ComposeResult:
        field = Input(placeholder=self.scene.words("palette.hint"), compact=True)
        yield Over(self.scene, self.scene.words("palette"), field, self.commands)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.commands.find("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.commands.find(event.value)

    def on_input_submitted(self) -> None:
        place = self.commands.cursor
        self.dismiss(None if place is None else self.commands.commands[place].action)

    def action_down(self) -> None:
        self.commands.action_down()

    def action_up(self) -> None:
        self.commands.action_up()

    def action_close(self) -> None:
        self.dismiss(None)

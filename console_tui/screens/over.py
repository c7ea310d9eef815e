"""What opens over the board where it has no room of its own: a person, groups, keys, a line."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from console_tui import cells
from console_tui.keys import BOARD, VERDICTS, Key
from console_tui.scene import Scene
from console_tui.widgets.groups import Groups
from console_tui.widgets.lines import Title
from console_tui.widgets.person import Person

CLOSE: list[BindingType] = [
    Binding("escape,q", "close", show=False),
]
OF_ONE = ("take", *VERDICTS, "note", "undo", "pictures")


class Over(Vertical):
    """A box with a title, and how to close it at its foot."""

    def __init__(self, scene: Scene, title: str, *content: Widget) -> None:
        close = Static(f" {scene.words('keys.close')}", classes="dim")
        super().__init__(Title(scene, title), *content, close)


class PersonScreen(ModalScreen[None]):
    """The detail pane on a small terminal; the board keeps telling it, and hears its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "close", show=False),
        *CLOSE,
        *(
            Binding(key.keys, f"board({key.action!r})", show=False, id=key.id)
            for key in BOARD
            if key.id in OF_ONE
        ),
    ]

    def __init__(self, scene: Scene, title: str, board: Widget) -> None:
        super().__init__()
        self.person = Person(scene)
        self.pane_title = title
        self.board = board

    def compose(self) -> ComposeResult:
        yield Over(self.person.scene, self.pane_title, self.person)

    async def action_board(self, action: str) -> None:
        await self.board.run_action(action)

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

    def __init__(self, scene: Scene, keys: Iterable[Key]) -> None:
        super().__init__()
        self.scene = scene
        self.keys = tuple(keys)

    def compose(self) -> ComposeResult:
        """Two columns: all of them stand on 24 lines."""
        told = Text()
        half = (len(self.keys) + 1) // 2
        right_side: list[Key | None] = [*self.keys[half:], None]
        for left, right in zip(self.keys[:half], right_side, strict=False):
            told.append_text(self._line(left))
            if right:
                told.append_text(self._line(right))
            told.append("\n")
        yield Over(self.scene, self.scene.words("keys"), Static(told))

    def _line(self, key: Key) -> Text:
        shown = key.shown(self.scene.look.ascii_only)
        text = Text(f" {self.scene.cut(shown, 12)} ", "bold")
        return text.append(cells.cut(self.scene.words(key.word), 20), "not bold")

    def action_close(self) -> None:
        self.dismiss()


class AskScreen(ModalScreen[str | None]):
    """One line to be typed; the answer is what stands in it at enter, None at esc."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False)]

    def __init__(self, scene: Scene, title: str, hint: str, given: str = "") -> None:
        super().__init__()
        self.scene, self.pane_title, self.hint, self.given = scene, title, hint, given

    def compose(self) -> ComposeResult:
        yield Over(
            self.scene,
            self.pane_title,
            Label(f" {self.hint}", classes="dim", markup=False),
            Input(self.given, compact=True),
        )

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())

    def action_close(self) -> None:
        self.dismiss(None)

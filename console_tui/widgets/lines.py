"""Drawn lines: one that stands alone, and a list of any length that draws what is seen of it."""

import math
import time
from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from console_tui import cells
from console_tui.keys import LIST, bindings
from console_tui.scene import Scene

K = TypeVar("K", bound=Hashable)


class Drawn(Widget):
    """Lines of text that know the width they have; drawn again only where they changed."""

    def __init__(self, scene: Scene, id: str | None = None) -> None:
        super().__init__(id=id)
        self.scene = scene
        self._lines: dict[int, Text] = {}

    def draw(self, line: int, width: int) -> Text:
        """What stands on that line, from 0; blank unless there is more to say."""
        return Text()

    def touch(self) -> None:
        """Look whether what is shown is still true, and draw the lines where it is not."""
        for line in range(self.size.height):
            if self._lines.get(line) != self.draw(line, self.size.width):
                self.refresh(Region(0, line, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        text = self._lines[y] = self.draw(y, self.size.width)
        return strip(self, text, self.size.width)


class Title(Drawn):
    """The rule above a pane, with what the pane shows."""

    def __init__(self, scene: Scene, text: str = "") -> None:
        super().__init__(scene)
        self.text = text

    def say(self, text: str) -> None:
        self.text = text
        self.touch()

    def draw(self, line: int, width: int) -> Text:
        rule, style = self.scene.look.glyph("rule"), self.scene.look.style("line")
        title = self.scene.cut(self.text, min(cell_len(self.text), max(0, width - 4)))
        text = Text(f"{rule} ", style).append(title, self.scene.style("ink", bold=True))
        return text.append(f" {rule * max(0, width - text.cell_len - 1)}", style)


class LineList(ScrollView, Generic[K], can_focus=True):
    """Rows named by keys. The cursor stays on its key, whatever comes, goes or moves around it."""

    BINDINGS = bindings(LIST)

    cursor: reactive[K | None] = reactive(None)

    class Moved(Message):
        """The cursor stands on another key."""

        def __init__(self, lines: "LineList[Any]") -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> "LineList[Any]":
            return self.lines

    class Chosen(Moved):
        """Enter or a second click on the key under the cursor."""

    def __init__(self, scene: Scene, id: str | None = None) -> None:
        super().__init__(id=id)
        self.scene = scene
        self.row_height = 1
        self.moved_at = -math.inf  # by hand, on the clock of time.monotonic
        self.keys: Sequence[K] = ()
        self._place: dict[K, int] = {}
        self._lines: dict[int, Text] = {}

    def draw(self, key: K, line: int, width: int) -> Text:
        """Line `line` (from 0) of the row named `key`; the name itself unless there is more."""
        return Text(f" {key}")

    def empty(self, width: int) -> str:
        """What stands where there is nothing: what will appear here, and the first step."""
        return ""

    def show(self, keys: Sequence[K]) -> None:
        """Take these rows in this order; what is being read keeps its place on the screen."""
        was, seat = self.index, self._seen_at()
        self.keys = keys
        self._place = {key: place for place, key in enumerate(keys)}
        self.virtual_size = Size(self.size.width, len(keys) * self.row_height)
        if self.cursor not in self._place:
            self.cursor = keys[min(was or 0, len(keys) - 1)] if keys else None
        if self.scroll_offset.y > 0 and seat is not None and self.index is not None:
            self.scroll_to(y=self.index * self.row_height - seat, animate=False)
        self.touch()

    @property
    def index(self) -> int | None:
        return self._place.get(self.cursor) if self.cursor is not None else None

    def _seen_at(self) -> int | None:
        """The cursor's line on the screen, or None where it is out of sight."""
        if self.index is None:
            return None
        seat = self.index * self.row_height - self.scroll_offset.y
        return seat if 0 <= seat < self.size.height else None

    def touch(self) -> None:
        for y in range(self.size.height):
            if self._lines.get(y) != self._text(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def _text(self, y: int) -> Text:
        width = self.size.width
        place, line = divmod(y + self.scroll_offset.y, self.row_height)
        if not self.keys:
            return self._told_empty(y - 1, width)
        if place >= len(self.keys):
            return Text("")
        text = self.draw(self.keys[place], line, width)
        if self.keys[place] == self.cursor:
            text = self._under_cursor(text, width)
        return text

    def _told_empty(self, line: int, width: int) -> Text:
        told = Text(self.empty(width), self.scene.style("ink-2"))
        lines = told.wrap(self.app.console, max(1, width - 2))
        return Text(" ").append(lines[line]) if 0 <= line < len(lines) else Text()

    def _under_cursor(self, text: Text, width: int) -> Text:
        """Reverse marks the cursor where there is focus; it needs no colour to be seen."""
        text = text.copy()
        text.pad_right(max(0, width - text.cell_len))
        if not self.has_focus:
            text.stylize(Style(underline=False, bold=True))
        elif self.scene.look.few or self.app.no_color:
            text = Text(text.plain, Style(reverse=True))
        else:
            text.stylize(Style(bgcolor=self.scene.look.colours["selected"]))
            text.stylize(Style(reverse=True), 0, 1)
        return text

    def render_line(self, y: int) -> Strip:
        text = self._lines[y] = self._text(y)
        return strip(self, text, self.size.width)

    def watch_cursor(self) -> None:
        self.touch()
        self.post_message(self.Moved(self))

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.touch()

    def choose(self, key: K) -> None:
        """Put the cursor there, where it can be seen."""
        if key in self._place:
            self.cursor = key
            self._go(0)

    def _go(self, steps: int) -> None:
        self.moved_at = time.monotonic()
        if not self.keys:
            return
        place = min(max(0, (self.index or 0) + steps), len(self.keys) - 1)
        self.cursor = self.keys[place]
        top, height = place * self.row_height, self.size.height
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)
        elif top + self.row_height > self.scroll_offset.y + height:
            self.scroll_to(y=top + self.row_height - height, animate=False)

    def action_up(self) -> None:
        self._go(-1)

    def action_down(self) -> None:
        self._go(1)

    def action_page_up(self) -> None:
        self._go(-max(1, self.size.height // self.row_height - 1))

    def action_page_down(self) -> None:
        self._go(max(1, self.size.height // self.row_height - 1))

    def action_first(self) -> None:
        self._go(-len(self.keys))

    def action_last(self) -> None:
        self._go(len(self.keys))

    def on_click(self, event: events.Click) -> None:
        self.moved_at = time.monotonic()
        place = (event.y + self.scroll_offset.y) // self.row_height
        if place < len(self.keys):
            again = self.keys[place] == self.cursor
            self.cursor = self.keys[place]
            if again:
                self.post_message(self.Chosen(self))

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.keys) * self.row_height)


def strip(widget: "Drawn | LineList[K]", text: Text, width: int) -> Strip:
    """A text as exactly `width` cells on the widget's own background."""
    console = widget.app.console
    if widget.scene.look.ascii_only:
        text = text.copy()
        text.plain = cells.unambiguous(text.plain)
    base = widget.rich_style + console.get_style(text.style)
    return Strip(text.render(console)).adjust_cell_length(width).apply_style(base)

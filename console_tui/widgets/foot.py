"""The foot of the board: keys, or for a moment what came of the last one."""

import time

from rich.text import Text

from console_tui.keys import Key
from console_tui.scene import Scene
from console_tui.widgets.lines import Drawn


class Foot(Drawn):
    """One line of keys and what they do; what does not fit is on the page of keys."""

    def __init__(self, scene: Scene, keys: tuple[Key, ...]) -> None:
        super().__init__(scene)
        self.keys = keys
        self._said: Text | None = None
        self._until = 0.0

    def say(self, text: str, style: str = "ink", for_s: float = 10.0) -> None:
        """In place of the keys, until `for_s` have gone by."""
        self._said = Text(f" {text}", self.scene.style(style, bold=True))
        self._until = time.monotonic() + for_s
        self.touch()

    def quiet(self) -> None:
        self._said = None
        self.touch()

    def draw(self, line: int, width: int) -> Text:
        if self._said and time.monotonic() < self._until:
            return self.scene.fit(self._said, width)
        return self.scene.fit(self._keys(), width)

    def _keys(self) -> Text:
        text = Text()
        for key in self.keys:
            shown = key.shown(self.scene.look.ascii_only)
            text.append(f" {shown}", "bold").append(f" {self.scene.words(key.word)} ")
        return text

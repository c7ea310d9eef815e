"""The keys at the foot, from the registry; what does not fit is on the page of keys."""

from rich.text import Text

from console_tui.keys import BOARD
from console_tui.widgets.lines import Drawn


class Foot(Drawn):
    """One line of keys and what they do."""

    def draw(self, line: int, width: int) -> Text:
        text = Text()
        for key in BOARD:
            if key.foot:
                text.append(f" {key.shown}", "bold").append(f" {self.scene.words(key.word)} ")
        return self.scene.fit(text, width)

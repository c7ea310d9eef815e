"""What every part of the board needs in order to draw: words, look, time, and which time it is."""

from dataclasses import dataclass

from rich.text import Text

from console_tui import cells
from console_tui.look import INCIDENT, Look
from console_tui.words import Words


@dataclass(slots=True)
class Scene:
    """`now` is the hub's time, or the time that is shown while `past`.

    `lost_at` is the time of the last news while the link is lost.
    """

    words: Words
    look: Look
    now: float = 0.0
    lost_at: float | None = None
    past: bool = False

    @property
    def lost(self) -> bool:
        return self.lost_at is not None

    @property
    def still(self) -> bool:
        """Nothing of what is shown grows older: times stand in place of ages."""
        return self.lost or self.past

    @property
    def shown_to(self) -> float:
        """Nothing newer than this is drawn."""
        return self.now if self.lost_at is None else self.lost_at

    def style(self, token: str, bold: bool = False) -> str:
        """Lost: shapes stay, every colour is grey."""
        if self.lost:
            token = "ink-3"
        return self.look.style(token, bold)

    def age(self, since: float) -> str:
        """How long, or since when: neither an old board nor another day's has ages."""
        if self.still:
            return cells.clock(since, self.now)
        return cells.age(self.now - since, self.words)

    def told_since(self, since: float) -> str:
        """The same, as a phrase of its own."""
        return self.words("since", time=self.age(since)) if self.still else self.age(since)

    def clock(self, at: float) -> str:
        return cells.clock(at, self.now)

    def cut(self, text: str, width: int) -> str:
        return cells.cut(text, width, self.look.glyph("ellipsis"))

    def mark(self, name: str, word: str, style: str = "", bold: bool = False) -> Text:
        """Glyph and word of a state or of an incident."""
        text = f"{self.look.glyph(name)} {word}"
        return Text(text, self.style(style or name, bold), no_wrap=True, end="")

    def state(self, label: str) -> Text:
        return self.mark(label, self.words(f"label.{label}"), bold=True)

    def incident(self, kind: str) -> Text:
        return self.mark(INCIDENT, self.words(f"kind.{kind}"), bold=True)

    def fit(self, text: Text, width: int) -> Text:
        """A styled text in exactly `width` cells."""
        fitted = Text(self.cut(text.plain, width), text.style, no_wrap=True, end="")
        for span in text.spans:
            fitted.stylize(span.style, span.start, span.end)  # what was cut off has no style
        return fitted

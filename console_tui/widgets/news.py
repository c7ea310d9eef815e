"""The feeds at the foot of the board: incidents, and what moved."""

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.text import Text

from console_tui import cells
from console_tui.feed import Move
from console_tui.incidents import Entry
from console_tui.scene import Scene
from console_tui.widgets.lines import Drawn
from console_tui.widgets.person import detail
from console_tui.words import Words
from hub.protocol.facts import IncidentKind

NAME, TIME = 12, 5  # cells


def kind_cells(words: Words) -> int:
    """What the longest kind of incident takes, with its glyph."""
    return 2 + max(cell_len(words(f"kind.{kind}")) for kind in IncidentKind)


class IncidentFeed(Drawn):
    """Newest first; a live opening is marked, and says 記録中 until the record has it."""

    def __init__(self, scene: Scene, name_of: Callable[[int], str]) -> None:
        super().__init__(scene)
        self.name_of = name_of
        self.entries: Sequence[Entry] = ()

    def draw(self, line: int, width: int) -> Text:
        scene = self.scene
        if not self.entries and line == 0:
            return Text(" " + scene.words("incidents.none"), scene.style("ink-3"))
        if line >= len(self.entries):
            return Text()
        entry = self.entries[line]
        loud = entry.ongoing or entry.new(scene.now)
        text = Text(" ").append(scene.fit(scene.incident(entry.kind), kind_cells(scene.words)))
        text.append(f" {scene.cut(self.name_of(entry.member), NAME)}", scene.style("ink", loud))
        text.append(f" {cells.right(scene.clock(entry.at), TIME)} ", scene.style("ink-3"))
        text.append(detail(entry, scene), scene.style("ink", entry.new(scene.now)))
        return scene.fit(text, width)


class MoveFeed(Drawn):
    """Who came, went or fell silent, and which incidents opened; newest first."""

    def __init__(self, scene: Scene, name_of: Callable[[int], str]) -> None:
        super().__init__(scene)
        self.name_of = name_of
        self.moves: Sequence[Move] = ()

    def draw(self, line: int, width: int) -> Text:
        scene = self.scene
        if not self.moves and line == 0:
            return Text(" " + scene.words("moves.none"), scene.style("ink-3"))
        if line >= len(self.moves):
            return Text()
        move = self.moves[-1 - line]
        time = cells.right(scene.clock(move.at), TIME)
        text = Text(f" {time} ", scene.style("ink-3"))
        what = scene.incident(move.kind) if move.kind else scene.state(move.label or "")
        text.append(scene.fit(what, kind_cells(scene.words)))
        text.append(f" {self.name_of(move.member)}", scene.style("ink"))
        return scene.fit(text, width)

"""The panes at the foot of the board: incidents to review, and what moved."""

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from console_tui import cells
from console_tui.feed import Move
from console_tui.incidents import Entry
from console_tui.scene import Scene
from console_tui.widgets.lines import Drawn, LineList
from console_tui.words import Words
from hub.protocol.facts import IncidentKind

NAME, TIME, TAKER = 12, 5, 10  # cells
TAKER_FROM = 64  # cells of the pane from which on it says who has taken what
NAME_WIDE = 18  # cells, from there on


def kind_cells(words: Words) -> int:
    """What the longest kind of incident takes, with its glyph."""
    return 2 + max(cell_len(words(f"kind.{kind}")) for kind in IncidentKind)


class IncidentPane(LineList[str]):
    """What waits first; a live opening is marked, and says 記録中 until the record has it."""

    def __init__(self, scene: Scene, name_of: Callable[[int], str]) -> None:
        super().__init__(scene)
        self.name_of = name_of
        self.entries: Mapping[str, Entry] = {}

    def tell(self, entries: Sequence[Entry]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.show([entry.id for entry in entries])

    @property
    def chosen(self) -> Entry | None:
        return self.entries.get(self.cursor) if self.cursor else None

    def empty(self, width: int) -> str:
        return self.scene.words("incidents.none")

    def draw(self, key: str, line: int, width: int) -> Text:
        entry, scene = self.entries[key], self.scene
        loud = entry.ongoing or entry.new(scene.now)
        name = NAME_WIDE if width >= TAKER_FROM else NAME
        kind = scene.incident(entry.kind)
        if not entry.waits:
            kind = scene.mark("incident", scene.words(f"kind.{entry.kind}"), "ink-3")
        text = Text(" ").append(scene.fit(kind, kind_cells(scene.words)))
        ink = scene.style("ink" if entry.waits else "ink-3", loud and entry.waits)
        text.append(f" {scene.cut(self.name_of(entry.member), name)}", ink)
        text.append(f" {cells.right(scene.clock(entry.at), TIME)} ", scene.style("ink-3"))
        taker = self._taker(entry) if width >= TAKER_FROM else ""
        room = width - text.cell_len - (TAKER + 1 if taker else 0)
        what = Text(detail(entry, scene), scene.style("ink", entry.new(scene.now)))
        text.append(scene.fit(what, room))
        if taker:
            text.append(f" {scene.cut(taker, TAKER)}", scene.style("ink-3"))
        return scene.fit(text, width)

    def _taker(self, entry: Entry) -> str:
        """Who has taken it, while it waits."""
        if not entry.waits:
            return ""
        if entry.taker is None:
            return self.scene.words("incident.nobody")
        return cells.one_line(entry.taker_name) or self.name_of(entry.taker)


class ReviewKeys(Drawn):
    """Which keys say what an incident is; the past cannot be judged."""

    def __init__(self, scene: Scene, shown: Sequence[tuple[str, str]]) -> None:
        super().__init__(scene)
        self.shown = shown

    def draw(self, line: int, width: int) -> Text:
        text = Text()
        for key, word in () if self.scene.past else self.shown:
            text.append(f" {key} ", self.scene.style("ink", bold=True))
            text.append(f"{self.scene.words(word)} ", self.scene.style("ink-2"))
        return self.scene.fit(text, width)


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


def detail(entry: Entry, scene: Scene) -> str:
    """Where an incident stands, and why it is one: the score against its threshold, or votes."""
    words, parts = scene.words, []
    if entry.verdict:
        parts.append(words(f"verdict.{entry.verdict}"))
        parts.append(cells.one_line(entry.judge))
    if entry.disputed:
        parts.append(words("incident.disputed"))
    if entry.escalation:
        parts.append(words("incident.escalated"))
    if entry.new(scene.now):
        parts.append(words("incident.new"))
    if entry.recorded is False:
        parts.append(words("incident.recording"))
    if entry.late:
        parts.append(words("incident.late"))
    end = "" if entry.verdict else words(f"incident.{'ongoing' if entry.ongoing else 'ended'}")
    return " ".join(part for part in (*parts, reason(entry, scene), end) if part)


def reason(entry: Entry, scene: Scene) -> str:
    why = entry.why
    if why and why.score is not None and why.threshold is not None:
        sign = "<" if why.score < why.threshold else ">="
        return f"{why.score:.2f} {sign} {why.threshold:.2f}"
    if why and why.votes is not None and why.of is not None:
        return scene.words("incident.votes", votes=why.votes, of=why.of)
    return ""

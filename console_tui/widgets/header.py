"""The head of the board: how many of what, the link and the age of its news; and the banner."""

from collections.abc import Sequence

from rich.text import Text

from console_tui import cells, strips
from console_tui.look import INCIDENT
from console_tui.rest.maintenance import Notice
from console_tui.rows import Counts, counts
from console_tui.scene import Scene
from console_tui.widgets.lines import Drawn
from hub.protocol.facts import Label
from hub.protocol.replica import Board
from hub.protocol.session import State

SPARKS = 24  # cells of the day's line
OLD_NEWS_S = 15.0  # a hub pulses every 10 s; what is older is marked
ALWAYS = (
    Label.PRESENT,
    Label.AWAY,
    Label.BREAK,
    Label.UNKNOWN,
    Label.OFFLINE,
    Label.PAUSED,
)
WHEN_THERE = (Label.OUT, Label.OFF)  # nobody misses a nought of these


class Header(Drawn):
    """Counts and link; where there is a second line, also the day so far, and which epoch."""

    def __init__(self, scene: Scene, whose: str) -> None:
        super().__init__(scene)
        self.whose = whose
        self.counts = counts(())
        self.state = State.CONNECTING
        self.heard_at: float | None = None
        self.epoch = ""
        self.place = 0
        self.latency_s: float | None = None
        self.present: Sequence[int] = ()  # of the day so far, five minutes each

    def tell(self, board: Board, state: State, heard_at: float | None) -> None:
        self.counts = counts(board.seats.values())
        self.state, self.heard_at = state, heard_at
        self.epoch, self.place = cells.one_line(board.epoch), board.offset

    def draw(self, line: int, width: int) -> Text:
        return self._whose(width) if line else self._counts(width)

    def _counts(self, width: int) -> Text:
        end = Text(f"{self._link()} {cells.clock_with_seconds(self.scene.now)} ")
        if self.scene.past:
            end = Text(
                f" {self.scene.words('past')} {cells.day_and_clock(self.scene.now)} ", "reverse"
            )
        room = width - end.cell_len
        start = counted(self.counts, self.scene, words=True)
        if start.cell_len > room:
            start = counted(self.counts, self.scene, words=False)
        if start.cell_len > room:
            todo = waiting(self.counts, self.scene)
            people = labelled(self.counts, self.scene, words=False)
            start = Text.assemble(self.scene.fit(people, room - todo.cell_len), todo)
        return Text.assemble(self.scene.fit(start, room), end)

    def _link(self) -> str:
        words = self.scene.words
        if self.scene.lost:
            return words("link.lost")
        ping = "" if self.latency_s is None else f" {round(self.latency_s * 1000)}ms"
        return words(f"link.{self.state}") + ping

    def _whose(self, width: int) -> Text:
        words, end = self.scene.words, Text(style=self.scene.style("ink-3"))
        if self.heard_at is not None:
            old = self.scene.now - self.heard_at > OLD_NEWS_S
            age = cells.fresh(self.scene.now - self.heard_at, words)
            stand = words("epoch", epoch=self.epoch[:8], offset=f"{self.place:,}")
            end.append(stand.replace("·", self.scene.look.glyph("dot")) + "  ")
            if not self.scene.past:
                end.append(words("news", age=age) + " ", "bold" if old else "")
        start = self._today()
        start.append(f"  {self.whose}", self.scene.style("ink-3"))
        return Text.assemble(self.scene.fit(start, width - end.cell_len), end)

    def _today(self) -> Text:
        """How many were present in the course of the day, and now."""
        shown = strips.levels(self.present, SPARKS)
        text = Text(f" {self.scene.words('today')} ", self.scene.style("ink-3"))
        text.append(self.scene.look.sparks(shown), self.scene.style("present"))
        now = self.counts.labels.get(Label.PRESENT, 0)
        text.append(f" {now}", self.scene.style("ink", bold=True))
        return text.append(f" / {self.counts.people}", self.scene.style("ink-3"))


def counted(of: Counts, scene: Scene, words: bool) -> Text:
    """` 在席  ●在席41 ○離席6 … ▲要対応2 `, without the words where they do not fit."""
    return Text.assemble(labelled(of, scene, words), waiting(of, scene))


def labelled(of: Counts, scene: Scene, words: bool) -> Text:
    text = Text(f" {scene.words('product')} ", scene.style("ink", bold=True))
    shown = [*ALWAYS, *(label for label in WHEN_THERE if of.labels.get(label))]
    for label in shown:
        text.append(" " + scene.look.glyph(label), scene.style(label))
        text.append(_named(scene.words(f"label.{label}")) if words else "", "not bold")
        text.append(str(of.labels.get(label, 0)))
    return text


def waiting(of: Counts, scene: Scene) -> Text:
    """Those with an incident that waits, which have their place on any terminal."""
    alarm = scene.style(INCIDENT, bold=True) if of.todo else scene.style("ink-3")
    return Text(f" {scene.look.glyph(INCIDENT)}{_named(scene.words('todo'))}{of.todo} ", alarm)


def _named(word: str) -> str:
    """A number follows a Japanese word at once, an English one after a blank."""
    return f"{word} " if word.isascii() else word


class Banner(Drawn):
    """What is not now, since when and why, or which time of the past is shown; and when it will be.

    `notice` is a maintenance window that runs or is announced.
    """

    unreached = False
    why = ""
    rate = 0
    notice: Notice | None = None

    def draw(self, line: int, width: int) -> Text:
        scene = self.scene
        if scene.past:
            return Text(scene.cut(self._past(), width), "bold reverse")
        if scene.lost_at is None:
            return Text(scene.cut(self._announced(self.notice), width)) if self.notice else Text()
        since = cells.clock_with_seconds(scene.lost_at)
        if self.notice and self.notice.stage == "running":
            ends = cells.day_and_clock(self.notice.ends_at)
            told = scene.words("closed", time=since, ends=ends)
            told += " " + cells.unambiguous(cells.one_line(self.notice.text))
            return Text(scene.cut(f" {scene.look.glyph('offline')} {told}", width), "bold reverse")
        told = scene.words("lost.unreached" if self.unreached else "lost", time=since)
        if self.why and not self.unreached:
            told += " " + scene.words("lost.why", why=self.why)
        return Text(scene.cut(f" {scene.look.glyph('offline')} {told}", width), "bold reverse")

    def _announced(self, notice: Notice) -> str:
        begins, ends = cells.day_and_clock(notice.begins_at), cells.day_and_clock(notice.ends_at)
        told = self.scene.words("closed.soon", begins=begins, ends=ends)
        return f" {told} {cells.unambiguous(cells.one_line(notice.text))}"

    def _past(self) -> str:
        scene, words = self.scene, self.scene.words
        time = cells.day_and_clock(scene.now)
        played = words("past.playing", rate=self.rate) if self.rate else words("past.standing")
        lost = "  " + words("link.lost") if scene.lost else ""
        glyph = scene.look.glyph("play") if self.rate else scene.look.glyph("paused")
        return f" {words('past.banner', time=time)} {glyph} {played}{lost}  {words('past.leave')}"

"""The board as a table: one line for each person, columns counted in cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from console_tui import cells, strips
from console_tui.rows import Row
from console_tui.scene import Scene
from console_tui.strips import Run
from console_tui.widgets.lines import Drawn, LineList
from console_tui.widgets.news import kind_cells
from hub.protocol.facts import Label, Link

AGE, LAST, STRIP = 5, 5, 12  # cells: 23:59; 59秒 and 11/20; an hour each
GROUP_MIN, GROUP_MAX = 12, 24
NAME_MIN, NAME_MAX = 12, 24
NAME_OF_ROOM = 0.45  # of what name and note share: a name cut short is nobody's
NOTE_MIN = 6  # cells under which a note says nothing
NOTE_LONG = 16  # of a kind of incident or a task; what is over it serves names, then groups
GROUP_FROM = 84  # cells of the table from which on a column of groups fits
REASONED = (Label.UNKNOWN, Label.OFFLINE, Label.PAUSED, Label.AWAY)

RunsOf = Callable[[int], Sequence[Run]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; a column of width 0 is not there. One blank stands between and before."""

    state: int
    name: int
    strip: int
    group: int
    note: int
    last: int


def columns(width: int, state: int) -> Columns:
    """Name, group and note share what the fixed columns leave; the last contact goes first."""
    room = width - (1 + state + 1 + 1 + AGE + 1 + STRIP + 1)
    last = LAST if room >= NAME_MIN + 1 + LAST else 0
    room -= last + 1 if last else 0
    group = GROUP_MIN if width >= GROUP_FROM else 0
    room -= group + 1 if group else 0
    if room < NAME_MIN + 1 + NOTE_MIN:
        return Columns(state, max(1, room), STRIP, group, 0, last)
    name = min(NAME_MAX, max(NAME_MIN, int(room * NAME_OF_ROOM)))
    note = room - name - 1
    if group:
        spare = max(0, note - NOTE_LONG)
        longer = min(NAME_MAX - name, spare)
        wider = min(GROUP_MAX - group, spare - longer)
        name, group, note = name + longer, group + wider, note - longer - wider
    return Columns(state, name, STRIP, group, note, last)


class TableHead(Drawn):
    """The names of the columns."""

    def draw(self, line: int, width: int) -> Text:
        words, wide = self.scene.words, columns(width, kind_cells(self.scene.words))
        age = "column.from" if self.scene.still else "column.age"
        parts = [
            self.scene.cut(words("column.state"), wide.state),
            self.scene.cut(words("column.name"), wide.name),
            cells.right(words(age), AGE),
            strips.scale(wide.strip, self.scene.now),
            self.scene.cut(words("column.group"), wide.group) if wide.group else None,
            self.scene.cut(words("column.note"), wide.note) if wide.note else None,
            cells.right(words("column.last"), wide.last) if wide.last else None,
        ]
        text = " " + " ".join(part for part in parts if part is not None)
        return Text(text, self.scene.style("ink-3"))


class Table(LineList[int]):
    """All who are shown, in the order in which they are shown; `runs_of` has their day."""

    def __init__(self, scene: Scene, runs_of: RunsOf) -> None:
        super().__init__(scene)
        self.rows: Mapping[int, Row] = {}
        self.runs_of = runs_of
        self.told_empty = ""

    def empty(self, width: int) -> str:
        return self.told_empty

    def in_sight(self) -> Sequence[int]:
        top = self.scroll_offset.y
        return self.keys[top : top + self.size.height]

    def draw(self, key: int, line: int, width: int) -> Text:
        wide = columns(width, kind_cells(self.scene.words))
        return drawn(self.rows[key], self.scene, wide, self.runs_of(key))


def drawn(row: Row, scene: Scene, wide: Columns, runs: Sequence[Run] = ()) -> Text:
    """Bold marks what is late: the last contact of somebody who is not heard.

    An incident that waits stands before the state: the strip's end still tells that one.
    """
    seat, quiet = row.seat, scene.style("ink-3")
    ink = scene.style("ink" if row.known else "ink-3")
    silent = row.silent_since
    state = scene.incident(seat.alert.kind) if seat.alert else scene.state(seat.label)
    parts = [
        scene.fit(state, wide.state),
        Text(scene.cut(row.name, wide.name), f"bold {ink}" if seat.alert else ink),
        Text(cells.right(age(row, scene), AGE), ink),
        strip(row, scene, runs, wide.strip) if wide.strip else None,
        Text(scene.cut(", ".join(row.groups), wide.group), quiet) if wide.group else None,
        Text(scene.cut(note(row, scene), wide.note), quiet) if wide.note else None,
        Text(cells.right(last(row, scene), wide.last), quiet if silent is None else f"bold {ink}")
        if wide.last
        else None,
    ]
    text = Text(" ", no_wrap=True, end="")
    text.append(Text(" ").join(part for part in parts if part is not None))
    return text


def age(row: Row, scene: Scene) -> str:
    """How long the state holds, or the incident that stands in its place waits."""
    if row.seat.alert:
        return scene.age(row.seat.alert.at)
    return scene.age(row.seat.since) if row.seat.label is not Label.OFF else ""


def strip(row: Row, scene: Scene, runs: Sequence[Run], width: int) -> Text:
    """The day of somebody, an hour in a cell; nothing is drawn that is not known yet."""
    begin, end = strips.hours(scene.now)
    day = strips.with_live(runs, row.seat.label, row.seat.since)
    text = Text()
    for name in strips.cells_of(day, begin, end, width, scene.shown_to):
        style = "ink-3" if name == strips.FUTURE else name
        text.append(scene.look.block(name), scene.style(style))
    return text


def note(row: Row, scene: Scene) -> str:
    """What was known only later, else the reason of a state, else the task."""
    seat = row.seat
    if row.late:
        return scene.words("past.late")
    if seat.reason and seat.label in REASONED:
        return scene.words(f"reason.{seat.reason}")
    return cells.one_line(seat.task or "")


def last(row: Row, scene: Scene) -> str:
    """The last contact; nothing for somebody who was never heard at all."""
    silent_since = row.silent_since
    if silent_since is None:
        heard = row.seat.link is Link.ONLINE and not scene.lost
        return scene.words("last.now") if heard else ""
    if scene.still:
        return scene.clock(silent_since)
    return cells.fresh(scene.now - silent_since, scene.words)

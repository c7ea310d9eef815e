"""The board as a table: one line for each person, columns counted in cells."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.text import Text

from console_tui import cells
from console_tui.look import INCIDENT
from console_tui.rows import Row
from console_tui.scene import Scene
from console_tui.widgets.lines import Drawn, LineList
from hub.protocol.facts import Label, Link

STATE, AGE, LAST = 10, 5, 5  # cells: 一時停止 with its glyph, 23:59, 59秒 and 11/20
GROUP = 12
NAME_MIN, NAME_MAX = 12, 20
GROUP_FROM = 70  # cells of the table from which on a column of groups fits
REASONED = (Label.UNKNOWN, Label.OFFLINE, Label.PAUSED, Label.AWAY)


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; a column of width 0 is not there. One blank stands between and before."""

    name: int
    group: int
    note: int


def columns(width: int) -> Columns:
    """Name, group and note share what the fixed columns leave."""
    room = width - (1 + STATE + 1 + 1 + AGE + 1 + 1 + LAST + 1)
    group = GROUP if width >= GROUP_FROM else 0
    room -= group + 1 if group else 0
    name = min(NAME_MAX, max(NAME_MIN, room // 2 - 1))
    return Columns(name, group, max(0, room - name - 1))


class TableHead(Drawn):
    """The names of the columns."""

    def draw(self, line: int, width: int) -> Text:
        words, wide = self.scene.words, columns(width)
        age = "column.from" if self.scene.lost else "column.age"
        parts = [
            self.scene.cut(words("column.state"), STATE),
            self.scene.cut(words("column.name"), wide.name),
            cells.right(words(age), AGE),
            self.scene.cut(words("column.group"), wide.group) if wide.group else None,
            self.scene.cut(words("column.note"), wide.note),
            cells.right(words("column.last"), LAST),
        ]
        text = " " + " ".join(part for part in parts if part is not None)
        return Text(text, self.scene.style("ink-3"))


class Table(LineList):
    """All who are shown, in the order in which they are shown."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.rows: Mapping[int, Row] = {}
        self.told_empty = ""

    def empty(self, width: int) -> str:
        return self.told_empty

    def draw(self, key: int, line: int, width: int) -> Text:
        return drawn(self.rows[key], self.scene, columns(width))


def drawn(row: Row, scene: Scene, wide: Columns) -> Text:
    """Bold marks what is late: the last contact of somebody who is not heard."""
    seat, quiet = row.seat, scene.style("ink-3")
    ink = scene.style("ink" if row.known else "ink-3")
    silent = row.silent_since
    parts = [
        scene.fit(scene.state(seat.label), STATE),
        Text(scene.cut(row.name, wide.name), f"bold {ink}" if seat.alert else ink),
        Text(cells.right(scene.age(seat.since) if seat.label is not Label.OFF else "", AGE), ink),
        Text(scene.cut(", ".join(row.groups), wide.group), quiet) if wide.group else None,
        scene.fit(note(row, scene, wide.note), wide.note),
        Text(cells.right(last(row, scene), LAST), quiet if silent is None else f"bold {ink}"),
    ]
    text = Text(" ", no_wrap=True, end="")
    text.append(Text(" ").join(part for part in parts if part is not None))
    return text


def note(row: Row, scene: Scene, width: int) -> Text:
    """What matters most beside the state: an incident, else a reason, else the task."""
    seat, quiet = row.seat, scene.style("ink-3")
    if seat.alert:
        told = scene.mark(INCIDENT, scene.words(f"kind.{seat.alert.kind}"), bold=True)
        age = Text(f" {scene.age(seat.alert.at)}", scene.style("ink"))
        return told.append(age) if told.cell_len + age.cell_len <= width else told
    if seat.reason and seat.label in REASONED:
        return Text(scene.words(f"reason.{seat.reason}"), quiet)
    return Text(cells.one_line(seat.task or ""), quiet)


def last(row: Row, scene: Scene) -> str:
    """The last contact; nothing for somebody who was never heard at all."""
    silent_since = row.silent_since
    if silent_since is None:
        heard = row.seat.link is Link.ONLINE and not scene.lost
        return scene.words("last.now") if heard else ""
    if scene.lost:
        return scene.clock(silent_since)
    return cells.fresh(scene.now - silent_since, scene.words)

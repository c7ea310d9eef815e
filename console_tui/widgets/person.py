"""Everything that the board knows of one person; the pane at the right, or a screen of its own."""

from collections.abc import Sequence

from rich.text import Text

from console_tui import cells, strips
from console_tui.feed import Move
from console_tui.incidents import Entry
from console_tui.rows import Row
from console_tui.scene import Scene
from console_tui.strips import Run
from console_tui.widgets.lines import Drawn
from console_tui.widgets.news import detail
from console_tui.widgets.table import strip
from hub.protocol.facts import Capture, Label, Link
from hub.protocol.watchers import SeatView

FIELD = 9  # cells of a field's name
TOLD = 4  # incidents of one person, and their last moves
STRIP = 24  # cells of the day: half an hour each


class Person(Drawn):
    """The person under the cursor."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._told: list[Text] = []

    def tell(
        self,
        row: Row | None,
        incidents: Sequence[Entry],
        moves: Sequence[Move],
        runs: Sequence[Run],
    ) -> None:
        if row is None:
            told = Text(" " + self.scene.words("person.none"), self.scene.style("ink-3"))
            self._told = [told]
        else:
            own = [entry for entry in incidents if entry.member == row.member]
            last = [move for move in reversed(moves) if move.member == row.member]
            self._told = lines(row, own, last, runs, self.scene, self.size.height)
        self.touch()

    def draw(self, line: int, width: int) -> Text:
        told = self._told
        return self.scene.fit(told[line], width) if line < len(told) else Text()


def lines(
    row: Row,
    incidents: Sequence[Entry],
    moves: Sequence[Move],
    runs: Sequence[Run],
    scene: Scene,
    room: int,
) -> list[Text]:
    """The pane from its top: state, day, incidents, facts, devices, last events.

    Of many incidents so many are told that all the rest fits into `room` lines, and at least one.
    """
    seat = row.seat
    head = Text(" ").append(scene.state(seat.label))
    if seat.label is not Label.OFF:
        head.append(f" {scene.told_since(seat.since)}", scene.style("ink"))
    above = [head, *_day(row, runs, scene)]
    below = [*_facts(row, scene), *_devices(seat, scene), *_moves(moves, scene)]
    told = _alerts(incidents, scene, TOLD)
    for count in range(TOLD - 1, 0, -1):
        if len(above) + len(told) + len(below) > room:
            told = _alerts(incidents, scene, count)
    return [*above, *told, *below]


def _day(row: Row, runs: Sequence[Run], scene: Scene) -> list[Text]:
    scale = Text(f" {strips.scale(STRIP, scene.now)}", scene.style("ink-3"))
    return [scale, Text(" ").append(strip(row, scene, runs, STRIP)), Text()]


def _facts(row: Row, scene: Scene) -> list[Text]:
    seat, words = row.seat, scene.words
    heard = _heard(seat, scene)
    capture = "" if seat.capture is Capture.ON else f" ({words(f'capture.{seat.capture}')})"
    facts = [
        ("person.group", ", ".join(row.groups) or words("groups.none")),
        ("person.work", words(f"work.{seat.work}")),
        ("person.presence", words(f"presence.{seat.presence}") + capture),
        ("person.link", words(f"link.{seat.link}") + heard),
        ("person.reason", words(f"reason.{seat.reason}") if seat.reason else ""),
        ("person.task", cells.one_line(seat.task or "")),
        ("person.late", words("past.late") if row.late else ""),
    ]
    return [_fact(words(key), value, scene) for key, value in facts if value]


def _heard(seat: SeatView, scene: Scene) -> str:
    if seat.link is Link.ONLINE or seat.heard is None:
        return ""
    if scene.still:
        return " " + scene.clock(seat.heard)
    age = cells.fresh(scene.now - seat.heard, scene.words)
    return " " + scene.words("ago", age=age)


def _fact(name: str, value: str, scene: Scene) -> Text:
    text = Text(" " + scene.cut(name, FIELD), scene.style("ink-3"))
    return text.append(value, scene.style("ink"))


def _devices(seat: SeatView, scene: Scene) -> list[Text]:
    told = [Text(), _title(scene.words("person.devices", n=len(seat.devices)), scene)]
    for device in seat.devices:
        state = device.presence if device.link is Link.ONLINE else Label.OFFLINE
        if device.capture is Capture.PAUSED:
            state = Label.PAUSED
        line = Text(" ").append(scene.look.glyph(state), scene.style(state))
        line.append(f" {scene.words('person.device', id=device.id)} ", scene.style("ink"))
        line.append(scene.words(f"label.{state}"), scene.style(state))
        told.append(line.append(f" {scene.age(device.since)}", scene.style("ink-3")))
    return told if seat.devices else []


def _alerts(incidents: Sequence[Entry], scene: Scene, count: int) -> list[Text]:
    """The first so many, what is behind each, and how many more there are."""
    if not incidents:
        return []
    told = []
    for entry in incidents[:count]:
        style = "incident" if entry.waits else "ink-3"
        word = scene.words(f"kind.{entry.kind}")
        line = Text(" ").append(scene.mark("incident", word, style, bold=entry.waits))
        told.append(line.append(f" {scene.clock(entry.at)}", scene.style("ink")))
        told.append(Text("   " + detail(entry, scene), scene.style("ink-3")))
        if behind := _behind(entry, scene):
            told.append(Text("   " + behind, scene.style("ink-3")))
    more = len(incidents) - count
    if more > 0:
        told.append(_title(scene.words("person.alerts", n=more), scene))
    return [*told, _title(scene.words("person.pictures"), scene), Text()]


def _behind(entry: Entry, scene: Scene) -> str:
    """What a score alone does not say: how many frames agreed, and how good they were."""
    why, told = entry.why, []
    if why and why.score is not None and why.votes is not None and why.of is not None:
        told.append(scene.words("person.votes", votes=why.votes, of=why.of))
    if why and why.quality is not None:
        told.append(scene.words("person.quality", quality=f"{why.quality:.2f}"))
    return "  ".join(told)


def _moves(moves: Sequence[Move], scene: Scene) -> list[Text]:
    """The last events, newest first."""
    told = [Text(), _title(scene.words("moves"), scene)]
    for move in moves[:TOLD]:
        time = cells.right(scene.clock(move.at), 5)
        what = scene.incident(move.kind) if move.kind else scene.state(move.label or "")
        told.append(Text(f" {time} ", scene.style("ink-3")).append(what))
    return told if moves else []


def _title(text: str, scene: Scene) -> Text:
    return Text(f" {text}", scene.style("ink-2", bold=True))

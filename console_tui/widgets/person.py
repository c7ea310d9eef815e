"""Everything that the board knows of one person; the pane at the right, or a screen of its own."""

from rich.text import Text

from console_tui import cells
from console_tui.incidents import Entry
from console_tui.rows import Row
from console_tui.scene import Scene
from console_tui.widgets.lines import Drawn
from hub.protocol.facts import Capture, Label, Link
from hub.protocol.watchers import SeatView

FIELD = 9  # cells of a field's name
TOLD = 5  # incidents of one person


class Person(Drawn):
    """The person under the cursor."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._told: list[Text] = []

    def tell(self, row: Row | None, incidents: list[Entry]) -> None:
        if row is None:
            told = Text(" " + self.scene.words("person.none"), self.scene.style("ink-3"))
            self._told = [told]
        else:
            own = [entry for entry in incidents if entry.member == row.member]
            self._told = lines(row, own, self.scene)
        self.touch()

    def draw(self, line: int, width: int) -> Text:
        told = self._told
        return self.scene.fit(told[line], width) if line < len(told) else Text()


def lines(row: Row, incidents: list[Entry], scene: Scene) -> list[Text]:
    """The pane from its top: state, facts, devices, incidents."""
    seat = row.seat
    head = Text(" ").append(scene.state(seat.label))
    if seat.label is not Label.OFF:
        head.append(f" {scene.told_since(seat.since)}", scene.style("ink"))
    return [head, Text(), *_facts(row, scene), *_devices(seat, scene), *_alerts(incidents, scene)]


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
    ]
    return [_fact(words(key), value, scene) for key, value in facts if value]


def _heard(seat: SeatView, scene: Scene) -> str:
    if seat.link is Link.ONLINE or seat.heard is None:
        return ""
    if scene.lost:
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


def _alerts(incidents: list[Entry], scene: Scene) -> list[Text]:
    if not incidents:
        return []
    told = [Text(), _title(scene.words("person.incidents"), scene)]
    for entry in incidents[:TOLD]:
        line = Text(" ").append(scene.incident(entry.kind))
        told.append(line.append(f" {scene.clock(entry.at)}", scene.style("ink")))
        told.append(Text("   " + detail(entry, scene), scene.style("ink-3")))
    more = len(incidents) - TOLD
    if more > 0:
        told.append(_title(scene.words("person.alerts", n=more), scene))
    return told


def _title(text: str, scene: Scene) -> Text:
    return Text(f" {text}", scene.style("ink-2", bold=True))


def detail(entry: Entry, scene: Scene) -> str:
    """Where an incident stands, and why it is one: votes and the score against its threshold."""
    words, parts = scene.words, []
    if entry.new(scene.now):
        parts.append(words("incident.new"))
    if entry.recorded is False:
        parts.append(words("incident.recording"))
    if entry.late:
        parts.append(words("incident.late"))
    if not entry.ongoing:
        parts.append(words("incident.ended"))
    elif not parts:
        parts.append(words("incident.ongoing"))
    why = entry.why
    if why and why.score is not None and why.threshold is not None:
        sign = "<" if why.score < why.threshold else ">="
        parts.append(f"{why.score:.2f} {sign} {why.threshold:.2f}")
    elif why and why.votes is not None and why.of is not None:
        parts.append(words("incident.votes", votes=why.votes, of=why.of))
    return " ".join(parts)

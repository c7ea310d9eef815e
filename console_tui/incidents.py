"""Incidents as the feed shows them: opened, recorded, ended; told by news, seats and the record."""

from dataclasses import dataclass, replace

from hub.protocol.facts import IncidentKind, Phase, Why
from hub.protocol.replica import Board
from hub.protocol.watchers import Alert, IncidentNews

KEPT = 200  # more than any pane shows; the rest is in the web console's queue
NEW_S = 60.0  # how long an opening that was seen live stays marked


@dataclass(frozen=True, slots=True)
class Entry:
    """One incident. `recorded` is None where nobody said; `live_at` is None for what was found."""

    id: str
    member: int
    kind: IncidentKind
    at: float
    ongoing: bool
    recorded: bool | None = None
    late: bool = False
    live_at: float | None = None
    why: Why | None = None

    def new(self, now: float) -> bool:
        return self.live_at is not None and now - self.live_at < NEW_S


class Incidents:
    """All that is known of them, newest first, at most `KEPT`."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def newest(self) -> list[Entry]:
        return sorted(self._entries.values(), key=lambda entry: (-entry.at, entry.id))

    def heard(self, news: IncidentNews, now: float) -> None:
        """One step of an incident's life; recorded never becomes unrecorded again."""
        sighting, old = news.sighting, self._entries.get(news.sighting.id)
        entry = Entry(
            sighting.id,
            news.member,
            sighting.kind,
            sighting.opened_at,
            sighting.ongoing,
            news.recorded,
            news.late,
            now if news.phase is Phase.OPENED and not news.late else None,
            sighting.why,
        )
        if old:
            entry = replace(
                entry,
                recorded=entry.recorded or bool(old.recorded),
                live_at=old.live_at,
                why=entry.why or old.why,
            )
        self._keep(entry)

    def found(self, member: int, alert: Alert) -> None:
        """What a seat says of its gravest incident."""
        old = self._entries.get(alert.id)
        new = Entry(alert.id, member, alert.kind, alert.at, alert.ongoing)
        self._keep(replace(old, ongoing=alert.ongoing) if old else new)

    def listed(self, entries: list[Entry]) -> None:
        """What the record says; a mark of a live opening stays."""
        for entry in entries:
            old = self._entries.get(entry.id)
            self._keep(replace(entry, live_at=old.live_at, late=old.late) if old else entry)

    def within(self, board: Board) -> None:
        """Forget whoever has left the view."""
        self._entries = {k: e for k, e in self._entries.items() if e.member in board.seats}

    def _keep(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        if len(self._entries) > KEPT:
            oldest = min(self._entries.values(), key=lambda entry: (entry.at, entry.id))
            del self._entries[oldest.id]

"""Incidents as the pane shows them: told by news, seats and the record; what waits comes first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hub.protocol.facts import IncidentKind, Phase, Verdict, Why
from hub.protocol.replica import Board
from hub.protocol.watchers import Alert, IncidentNews

KEPT = 300  # more than anybody reads in a pane; the rest is in the web console's queue
NEW_S = 60.0  # how long an opening that was seen live stays marked
_GRAVITY = {kind: place for place, kind in enumerate(IncidentKind)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One incident. `recorded` is None where nobody said; `live_at` is None for what was found.

    `judge` and `taker_name` are names, empty where nobody said; `note` belongs to the verdict.
    `dated`: the record said when it was judged (`judged_at`; None: not yet); news do not.
    """

    id: str
    member: int
    kind: IncidentKind
    at: float
    ongoing: bool
    recorded: bool | None = None
    late: bool = False
    live_at: float | None = None
    why: Why | None = None
    verdict: Verdict | None = None
    note: str = ""
    judge: str = ""
    judged_at: float | None = None
    dated: bool = False
    taker: int | None = None
    taker_name: str = ""
    escalation: int = 0
    disputed: bool = False

    @property
    def waits(self) -> bool:
        return self.verdict is None or self.disputed

    def new(self, now: float) -> bool:
        return self.live_at is not None and now - self.live_at < NEW_S


class Incidents:
    """All that is known of them, at most `KEPT`."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def get(self, id: str | None) -> Entry | None:
        return self._entries.get(id) if id else None

    def newest(self) -> list[Entry]:
        return sorted(self._entries.values(), key=lambda entry: (-entry.at, entry.id))

    def queue(self) -> list[Entry]:
        """What waits, by gravity and age; then what was judged, the newest first."""
        return sorted(self._entries.values(), key=_place)

    def heard(self, news: IncidentNews, now: float) -> None:
        """One step of an incident's life; recorded never becomes unrecorded again."""
        sighting, old = news.sighting, self._entries.get(news.sighting.id)
        if old is None:
            opened = news.phase is Phase.OPENED and not news.late
            old = Entry(
                sighting.id,
                news.member,
                sighting.kind,
                sighting.opened_at,
                sighting.ongoing,
                live_at=now if opened else None,
            )
        entry = replace(
            old,
            ongoing=sighting.ongoing,
            recorded=news.recorded or bool(old.recorded),
            late=news.late,
            why=sighting.why or old.why,
        )
        self._keep(_after(entry, news))

    def found(self, member: int, alert: Alert) -> None:
        """What a seat says of its gravest incident."""
        old = self._entries.get(alert.id)
        new = Entry(alert.id, member, alert.kind, alert.at, alert.ongoing)
        self._keep(replace(old, ongoing=alert.ongoing) if old else new)

    def listed(self, entries: Iterable[Entry]) -> None:
        """What the record says; a mark of a live opening stays."""
        for entry in entries:
            old = self._entries.get(entry.id)
            self._keep(replace(entry, live_at=old.live_at, late=old.late) if old else entry)

    def within(self, board: Board) -> None:
        """Forget whoever has left the view."""
        self._entries = {k: e for k, e in self._entries.items() if e.member in board.seats}

    def _keep(self, entry: Entry) -> None:
        """Over the limit the oldest goes, and of what waits the last of all."""
        self._entries[entry.id] = entry
        if len(self._entries) > KEPT:
            oldest = min(self._entries.values(), key=lambda one: (one.waits, one.at, one.id))
            del self._entries[oldest.id]


def _after(entry: Entry, news: IncidentNews) -> Entry:
    """What people did with it; names and notes are in the record alone.

    The hub's answer to one's own step may come before its news, which then takes no name away.
    """
    match news.phase:
        case Phase.JUDGED:
            if news.verdict is entry.verdict and not entry.disputed:
                return entry
            said = replace(entry, verdict=news.verdict, dated=False)
            return replace(said, judge="", note="", disputed=False)
        case Phase.TAKEN:
            if news.assignee == entry.taker:
                return entry
            return replace(entry, taker=news.assignee, taker_name="")
        case Phase.ESCALATED:
            return replace(entry, escalation=entry.escalation + 1)
        case Phase.DISPUTED:
            objection = replace(entry, disputed=True)
            if entry.verdict is None:
                return objection
            return replace(objection, taker=None, taker_name="", escalation=0)  # it begins anew
        case _:
            return entry


def _place(entry: Entry) -> tuple[bool, float, float, str]:
    if entry.waits:
        return (False, _GRAVITY[entry.kind], entry.at, entry.id)
    return (True, 0, -entry.at, entry.id)

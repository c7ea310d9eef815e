"""The live news: one watcher session, what it changed since the last look, and what moved."""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct

from console_tui.incidents import Incidents
from hub.client import Client
from hub.protocol.facts import IncidentKind, Label, Phase
from hub.protocol.replica import Board, Change
from hub.protocol.session import State, WatcherSession

PATH = "/ws/watch"
MOVES_KEPT = 200


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the feed: a person's label changed, or an incident opened (`kind`)."""

    at: float
    member: int
    label: Label | None = None
    kind: IncidentKind | None = None


class Watching(WatcherSession):
    """A watcher session that remembers what changed until somebody looks."""

    def __init__(self) -> None:
        super().__init__()
        self.incidents = Incidents()
        self.moves: deque[Move] = deque(maxlen=MOVES_KEPT)
        self.heard_at: float | None = None
        self.begun = False
        self.seats: set[int] = set()
        self.whole = False
        self._labels: dict[int, Label] = {}

    @property
    def board(self) -> Board:
        return self.replica.board

    def hub_time(self, clock: float) -> float:
        return clock + self.replica.hub_clock_s

    def received(self, frame: bytes | str, now: float, clock: float) -> list[Struct]:
        answer = super().received(frame, now, clock)
        self.heard_at = self.hub_time(clock)
        self._note(self.change, self.heard_at)
        return answer

    def take(self) -> tuple[set[int], bool]:
        """The members whose seats changed since the last call, and whether everything did."""
        taken = self.seats, self.whole
        self.seats, self.whole = set(), False
        return taken

    def _note(self, change: Change, now: float) -> None:
        if change.whole:
            self.begun = self.whole = True
            self.incidents.within(self.board)
        members = self.board.seats.keys() if change.whole else change.seats
        for news in change.incidents:
            self.incidents.heard(news, now)
            if news.phase is Phase.OPENED:
                sighting = news.sighting
                self.moves.append(Move(sighting.opened_at, news.member, kind=sighting.kind))
        self.seats |= change.seats | {news.member for news in change.incidents}
        self._note_seats(members)

    def _note_seats(self, members: Iterable[int]) -> None:
        for member in members:
            seat = self.board.seats.get(member)
            if seat is None:
                self._labels.pop(member, None)
                continue
            if self._labels.get(member, seat.label) is not seat.label:
                self.moves.append(Move(seat.since, member, seat.label))
            self._labels[member] = seat.label
            if seat.alert:
                self.incidents.found(member, seat.alert)


class Feed:
    """The session with its connection. `lost` is true whenever the board may be old."""

    def __init__(self, hub: str, token: str) -> None:
        self.hub = hub
        self.session = Watching()
        self.client = Client(self.session, hub, PATH, token)

    @property
    def lost(self) -> bool:
        return self.session.begun and self.session.state is not State.LIVE

    @property
    def now(self) -> float:
        """The hub's time, as far as its last news tells."""
        return self.session.hub_time(time.time())

    async def run(self) -> None:
        """Raise Stopped when the hub says that coming back is of no use."""
        await self.client.run()

"""Another time's board: its seats, and what changed after it, so that time can run again. Pure."""

from collections import deque
from dataclasses import dataclass, field

from console_tui.rest.history import BoardAt, Changes
from hub.protocol.replica import Board
from hub.protocol.watchers import MemberCard, SeatView

RATES = (1, 10, 60, 600)
AHEAD_S = 600.0  # of the past are read at once, or ten seconds of play if that is more
AHEAD_PLAYED_S = 10.0
DAY_S = 86_400.0  # the most that one request may cover


@dataclass(slots=True)
class Past:
    """The board at `at`; `known_to` is until when the changes are here. Paused, `rate` is 0."""

    at: float
    seats: dict[int, SeatView] = field(default_factory=dict)
    late: set[int] = field(default_factory=set)
    left: tuple[MemberCard, ...] = ()
    known_to: float = 0.0
    rate: int = 0
    _coming: deque[tuple[float, SeatView, bool]] = field(default_factory=deque)

    def begin(self, board: BoardAt) -> None:
        """Whom the hub does not tell of is not there: not seen yet, or not for these eyes."""
        self.at = self.known_to = board.time
        self.seats = {seat.member: seat for seat in board.seats}
        self.late, self.left = set(board.late), board.left
        self._coming.clear()

    def ahead(self) -> float:
        """How far to read on from here."""
        return min(DAY_S, max(AHEAD_S, self.rate * AHEAD_PLAYED_S))

    def read(self, found: Changes, asked_to: float) -> None:
        """Take the changes after `known_to`; a page that is not the last reaches to its `next`."""
        upto = asked_to if found.next is None else found.next
        fresh = (one for one in found.changes if found.next is None or one.at < found.next)
        self._coming.extend((one.at, one.seat, one.late) for one in fresh)
        self.known_to = max(self.known_to, upto)

    def advance(self, to: float) -> list[SeatView]:
        """Go on to that time, at most to what is known; the seats that changed on the way."""
        self.at = min(to, self.known_to)
        changed = []
        while self._coming and self._coming[0][0] <= self.at:
            _, seat, late = self._coming.popleft()
            self.seats[seat.member] = seat
            (self.late.add if late else self.late.discard)(seat.member)
            changed.append(seat)
        return changed

    def board(self, live: Board) -> Board:
        """The seats of then, with the names and groups of now."""
        cards = {card.id: card for card in self.left} | live.members
        return Board(live.epoch, live.offset, live.view, cards, live.groups, self.seats)

    def faster(self, steps: int) -> None:
        """The next rate up or down; from a standstill, the slowest."""
        place = RATES.index(self.rate) + steps if self.rate else 0
        self.rate = RATES[min(max(0, place), len(RATES) - 1)]

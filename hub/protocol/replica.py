"""Snapshot and deltas -> board: what a watcher knows, and whether it has missed something."""

from collections.abc import Set
from dataclasses import dataclass, field

from hub.protocol.watchers import (
    BoardNews,
    Cursor,
    Delta,
    GroupCard,
    IncidentNews,
    MemberCard,
    Pulse,
    Resume,
    Resumed,
    SeatView,
    Snapshot,
)


@dataclass(slots=True)
class Board:
    """Everything that a view shows, at one (epoch, offset)."""

    epoch: str = ""
    offset: int = -1
    view: str = ""
    members: dict[int, MemberCard] = field(default_factory=dict)
    groups: dict[int, GroupCard] = field(default_factory=dict)
    seats: dict[int, SeatView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What one message did. `whole` means that everything is to be drawn anew."""

    seats: Set[int] = frozenset()
    incidents: tuple[IncidentNews, ...] = ()
    whole: bool = False
    resume: Resume | None = None


NOTHING = Change()


class Replica:
    """The board of one watcher. `hub_clock_s` is the hub's clock minus the local one."""

    def __init__(self) -> None:
        self.board = Board()
        self.hub_clock_s = 0.0
        self._coming: Board | None = None
        self._parts = 0
        self._held: list[Delta] = []  # came between the parts of a snapshot; the hub bounds them
        self._asked = False

    @property
    def cursor(self) -> Cursor | None:
        board = self.board
        return Cursor(board.epoch, board.offset, board.view) if board.epoch else None

    def restart(self) -> None:
        """A new connection: half a snapshot and an unanswered resume are worth nothing."""
        self._coming, self._asked = None, False

    def apply(self, message: BoardNews, clock: float) -> Change:
        match message:
            case Snapshot():
                self.hub_clock_s = message.now - clock
                return self._snapshot(message)
            case Resumed():
                self.hub_clock_s = message.now - clock
                self._asked = False
                return Change(whole=True)
            case Pulse():
                self.hub_clock_s = message.now - clock
                return self._pulse(message)
            case Delta():
                return self._delta(message)

    def _snapshot(self, part: Snapshot) -> Change:
        if part.part == 0:
            self._coming = Board(part.epoch, part.offset, part.view)
            self._parts, self._held = 0, []
        coming = self._coming
        if coming is None or (coming.epoch, coming.offset) != (part.epoch, part.offset):
            return self._ask()
        if part.part != self._parts:
            return self._ask()
        self._parts += 1
        coming.members.update((member.id, member) for member in part.members)
        coming.groups.update((group.id, group) for group in part.groups)
        coming.seats.update((seat.member, seat) for seat in part.seats)
        return self._whole(coming) if part.last else NOTHING

    def _whole(self, board: Board) -> Change:
        """The snapshot is complete: it becomes the board, and what was held goes on top."""
        self.board, self._coming, self._asked = board, None, False
        changes = [self._delta(delta) for delta in self._held]
        self._held = []
        incidents = tuple(news for change in changes for news in change.incidents)
        resume = next((change.resume for change in changes if change.resume), None)
        return Change(whole=True, incidents=incidents, resume=resume)

    def _delta(self, delta: Delta) -> Change:
        if self._coming:
            self._held.append(delta)
            return NOTHING
        board = self.board
        if delta.epoch != board.epoch or delta.after > board.offset:
            return self._ask()
        if delta.offset <= board.offset:
            return NOTHING
        board.offset = delta.offset
        board.seats.update((seat.member, seat) for seat in delta.seats)
        for member in delta.gone:
            board.seats.pop(member, None)
            board.members.pop(member, None)
        board.members.update((member.id, member) for member in delta.members)
        if delta.groups:
            board.groups = {group.id: group for group in delta.groups}
        touched = {seat.member for seat in delta.seats} | {card.id for card in delta.members}
        return Change(touched | set(delta.gone), delta.incidents, whole=bool(delta.groups))

    def _pulse(self, pulse: Pulse) -> Change:
        if self._coming:
            return NOTHING
        if pulse.epoch != self.board.epoch or pulse.offset > self.board.offset:
            return self._ask()
        return NOTHING

    def _ask(self) -> Change:
        """Ask once: until the answer is there, more of the same gap says nothing new."""
        cursor = self.cursor
        if self._asked or cursor is None:
            return NOTHING
        self._asked = True
        return Change(resume=Resume(cursor))

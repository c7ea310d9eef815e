"""The board as rows: who is on it, in which order, how many of what. Pure; time is an argument."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console_tui.cells import one_line
from console_tui.filter import Filter, Subject
from hub.protocol.facts import Label, Link
from hub.protocol.replica import Board
from hub.protocol.watchers import GroupCard, SeatView

LONG_AWAY_S = 1800  # from half an hour on an absence comes before the others

# What needs a look first; incidents come before all of these.
_ATTENTION: Mapping[Label, float] = {
    Label.OFFLINE: 1,
    Label.UNKNOWN: 2,
    Label.AWAY: 4,
    Label.PAUSED: 5,
    Label.BREAK: 6,
    Label.OUT: 6.5,
    Label.PRESENT: 7,
    Label.OFF: 9,
}
_LONG_AWAY = 3.0

NO_GROUP = 0  # of members who are in none; no group has this number


class Order(StrEnum):
    ATTENTION = "attention"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Row:
    """One person on the board; `groups` are the names of their groups.

    `late` is of the past alone: what the seat says was told only later.
    """

    seat: SeatView
    name: str
    groups: tuple[str, ...]
    group_ids: tuple[int, ...]
    late: bool = False

    @property
    def member(self) -> int:
        return self.seat.member

    @property
    def known(self) -> bool:
        return self.seat.label not in (Label.UNKNOWN, Label.OFFLINE)

    @property
    def silent_since(self) -> float | None:
        """The last contact of a seat that is not heard now."""
        return None if self.seat.link is Link.ONLINE else self.seat.heard

    def subject(self) -> Subject:
        seat = self.seat
        texts = self.name, one_line(seat.task or "")
        return Subject(texts, seat.label, self.groups, bool(seat.alert), seat.since)


def row(board: Board, member: int, late: bool = False) -> Row:
    """A seat whose member has no card yet goes by its number."""
    seat, card = board.seats[member], board.members.get(member)
    if card is None:
        return Row(seat, f"#{member}", (), (), late)
    groups = [group for number in card.groups if (group := board.groups.get(number))]
    return Row(
        seat,
        one_line(card.name),
        tuple(one_line(group.name) for group in groups),
        tuple(group.id for group in groups),
        late,
    )


def attention(one: Row, now: float) -> tuple[float, float, int]:
    """Newest incident first, then the oldest trouble; who is present stays in member order."""
    seat = one.seat
    if seat.alert:
        return (0, -seat.alert.at, seat.member)
    rank = _ATTENTION[seat.label]
    if seat.label is Label.AWAY and now - seat.since >= LONG_AWAY_S:
        rank = _LONG_AWAY
    quiet = seat.label in (Label.PRESENT, Label.OFF)
    return (rank, 0.0 if quiet else seat.since, seat.member)


def ordered(rows: Iterable[Row], order: Order, now: float) -> list[Row]:
    if order is Order.ATTENTION:
        return sorted(rows, key=lambda one: attention(one, now))
    return sorted(rows, key=lambda one: (not one.groups, one.groups, one.name, one.member))


def visible(
    rows: Iterable[Row], wanted: Filter, within: frozenset[int] | None, now: float
) -> list[Row]:
    """Those who meet the filter and, unless `within` is None, are in one of these groups."""
    everybody = wanted == Filter()
    return [
        one
        for one in rows
        if (within is None or within.intersection(one.group_ids or (NO_GROUP,)))
        and (everybody or wanted.takes(one.subject(), now))
    ]


@dataclass(frozen=True, slots=True)
class Counts:
    """People by label, and those with an incident that waits."""

    labels: Mapping[Label, int]
    todo: int
    people: int


def counts(seats: Iterable[SeatView]) -> Counts:
    every = list(seats)
    labels = Counter(seat.label for seat in every)
    return Counts(labels, sum(seat.alert is not None for seat in every), len(every))


def counts_by_branch(rows: Iterable[Row], tree: Sequence["Branch"]) -> dict[int, Counts]:
    """For every group those at or below it, each person once; `NO_GROUP` for who is in none."""
    above: dict[int, set[int]] = {}
    for branch in tree:
        for group in branch.within:
            above.setdefault(group, set()).add(branch.id)
    seats: dict[int, list[SeatView]] = {NO_GROUP: [], **{branch.id: [] for branch in tree}}
    for one in rows:
        hit = set().union(*(above.get(group, ()) for group in one.group_ids))
        for branch_id in hit if one.group_ids else (NO_GROUP,):
            seats[branch_id].append(one.seat)
    return {branch_id: counts(found) for branch_id, found in seats.items()}


@dataclass(frozen=True, slots=True)
class Branch:
    """One group in the tree: how deep it stands, and all groups at or below it."""

    id: int
    name: str
    depth: int
    within: frozenset[int]
    last: bool = False


def branches(groups: Mapping[int, GroupCard]) -> list[Branch]:
    """The tree from its roots down; a group whose parent is not in view is a root."""
    below: dict[int | None, list[GroupCard]] = {}
    for group in sorted(groups.values(), key=lambda group: group.id):
        parent = group.parent if group.parent in groups else None
        below.setdefault(parent, []).append(group)
    found: list[Branch] = []
    _grow(below, None, 0, found)
    return found


def _grow(
    below: Mapping[int | None, Sequence[GroupCard]],
    parent: int | None,
    depth: int,
    found: list[Branch],
) -> frozenset[int]:
    whole: frozenset[int] = frozenset()
    siblings = below.get(parent, ())
    for group in siblings:
        place = len(found)
        found.append(Branch(group.id, one_line(group.name), depth, frozenset()))
        within = _grow(below, group.id, depth + 1, found) | {group.id}
        last = group is siblings[-1]
        found[place] = Branch(group.id, one_line(group.name), depth, within, last)
        whole |= within
    return whole

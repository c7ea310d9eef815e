"""A watcher's board: whole after a snapshot, and never silently missing something."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hub.protocol.facts import IncidentKind, Label, Phase, Sighting
from hub.protocol.replica import NOTHING, Board, Change, Replica
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

NOON = 1_780_000_000.0
VIEW = "v1"
MEMBERS = range(4)


def seat(member: int, label: Label = Label.PRESENT, since: float = NOON) -> SeatView:
    return SeatView(member, label, since)


def card(member: int) -> MemberCard:
    return MemberCard(member, f"member {member}")


def snapshot(
    offset: int, seats: Sequence[SeatView] = (), part: int = 0, last: bool = True, epoch: str = "b1"
) -> Snapshot:
    cards = tuple(card(one.member) for one in seats)
    return Snapshot(epoch, offset, VIEW, part, last, NOON, members=cards, seats=tuple(seats))


def delta(after: int, offset: int, *seats: SeatView, epoch: str = "b1") -> Delta:
    return Delta(epoch, after, offset, seats)


def board(offset: int = 5, *seats: SeatView) -> Replica:
    replica = Replica()
    replica.apply(snapshot(offset, seats or (seat(1),)), NOON)
    return replica


def test_a_snapshot_becomes_the_board_with_its_last_part() -> None:
    replica = Replica()
    assert replica.apply(snapshot(5, [seat(1)], part=0, last=False), NOON) == NOTHING
    assert replica.cursor is None

    assert replica.apply(snapshot(5, [seat(2)], part=1), NOON) == Change(whole=True)
    assert sorted(replica.board.seats) == sorted(replica.board.members) == [1, 2]
    assert replica.cursor == Cursor("b1", 5, VIEW)


def test_the_old_board_stays_until_the_new_one_is_whole() -> None:
    replica = board(5, seat(1))
    replica.apply(snapshot(9, [seat(2)], part=0, last=False), NOON)

    assert list(replica.board.seats) == [1]


def test_what_changes_between_the_parts_wins_over_the_parts() -> None:
    replica = Replica()
    replica.apply(snapshot(5, [seat(1)], part=0, last=False), NOON)
    assert replica.apply(delta(5, 6, seat(2, Label.AWAY)), NOON) == NOTHING
    change = replica.apply(snapshot(5, [seat(2)], part=1), NOON)

    assert change == Change(whole=True)
    assert replica.board.seats[2].label is Label.AWAY
    assert replica.board.offset == 6


def test_half_a_snapshot_is_worth_nothing_on_a_new_connection() -> None:
    replica = Replica()
    replica.apply(snapshot(5, [seat(1)], part=0, last=False), NOON)
    replica.restart()

    assert replica.apply(snapshot(5, [seat(2)], part=1), NOON) == NOTHING
    assert replica.board == Board()


def test_a_delta_that_follows_is_applied_and_says_what_to_draw() -> None:
    replica = board()
    change = replica.apply(delta(5, 8, seat(1, Label.AWAY)), NOON)

    assert change == Change(seats={1})
    assert replica.board.seats[1].label is Label.AWAY


def test_a_delta_twice_is_harmless() -> None:
    replica = board()
    replica.apply(delta(5, 8, seat(1, Label.AWAY)), NOON)
    replica.apply(delta(8, 9, seat(1, Label.PRESENT)), NOON)

    assert replica.apply(delta(5, 8, seat(1, Label.AWAY)), NOON) == NOTHING
    assert replica.board.seats[1].label is Label.PRESENT


def test_a_gap_is_asked_for_once_and_changes_nothing() -> None:
    replica = board()
    asked = replica.apply(delta(7, 8, seat(1, Label.AWAY)), NOON)

    assert asked == Change(resume=Resume(Cursor("b1", 5, VIEW)))
    assert replica.apply(delta(8, 9), NOON) == NOTHING
    assert replica.board.seats[1].label is Label.PRESENT


def test_another_epoch_is_asked_for() -> None:
    assert board().apply(delta(5, 6, epoch="b2"), NOON).resume == Resume(Cursor("b1", 5, VIEW))


def test_a_pulse_shows_what_was_missed_at_the_end() -> None:
    replica = board()
    assert replica.apply(Pulse("b1", 5, NOON), NOON) == NOTHING

    assert replica.apply(Pulse("b1", 6, NOON), NOON).resume == Resume(Cursor("b1", 5, VIEW))


def test_after_the_answer_it_may_ask_again() -> None:
    replica = board()
    replica.apply(Pulse("b1", 6, NOON), NOON)
    assert replica.apply(Resumed("b1", 5, VIEW, NOON), NOON) == Change(whole=True)

    assert replica.apply(Pulse("b1", 7, NOON), NOON).resume


def test_who_left_the_view_is_gone() -> None:
    replica = board(5, seat(1), seat(2))
    change = replica.apply(Delta("b1", 5, 6, gone=(2,)), NOON)

    assert change == Change(seats={2})
    assert list(replica.board.seats) == list(replica.board.members) == [1]


def test_who_entered_the_view_or_was_renamed_is_there() -> None:
    replica = board(5, seat(1))
    renamed = MemberCard(1, "renamed"), card(3)
    change = replica.apply(Delta("b1", 5, 6, seats=(seat(3),), members=renamed), NOON)

    assert change == Change(seats={1, 3})
    assert replica.board.members == {1: renamed[0], 3: renamed[1]}


def test_new_groups_replace_all_and_draw_everything() -> None:
    replica = board()
    replica.apply(Delta("b1", 5, 6, groups=(GroupCard(1, "old"), GroupCard(2, "kept"))), NOON)
    change = replica.apply(Delta("b1", 6, 7, groups=(GroupCard(2, "kept"),)), NOON)

    assert change.whole
    assert list(replica.board.groups) == [2]


def test_an_incident_is_told_once() -> None:
    seen = Sighting("0" * 32, IncidentKind.PEEPING, NOON, NOON)
    opened = Delta("b1", 5, 6, incidents=(IncidentNews(1, Phase.OPENED, seen),))
    replica = board()

    assert replica.apply(opened, NOON).incidents == opened.incidents
    assert replica.apply(opened, NOON).incidents == ()


def test_the_hubs_clock_is_known_from_what_it_says() -> None:
    replica = board()
    replica.apply(Pulse("b1", 5, NOON + 90), NOON)

    assert replica.hub_clock_s == 90.0


class Hub:
    """The other end: a history of deltas, and an honest answer to every resume."""

    def __init__(self) -> None:
        self.epoch, self.offset = "b1", 0
        self.seats: dict[int, SeatView] = {}
        self.history: list[Delta] = []

    def change(self, member: int, label: Label) -> Delta:
        """Other views take numbers too, so offsets leap."""
        after, self.offset = self.offset, self.offset + 3
        self.seats[member] = seat(member, label, NOON + self.offset)
        self.history.append(delta(after, self.offset, self.seats[member], epoch=self.epoch))
        return self.history[-1]

    def restart(self) -> None:
        """The broker's data are gone: another epoch, no history, numbers from the start."""
        self.epoch, self.offset, self.history = self.epoch + "'", 1, []

    def answer(self, resume: Resume) -> list[BoardNews]:
        cursor = resume.cursor
        if cursor.epoch == self.epoch:
            missed = [one for one in self.history if one.offset > cursor.offset]
            return [Resumed(self.epoch, cursor.offset, VIEW, NOON), *missed]
        return self.snapshot()

    def snapshot(self) -> list[BoardNews]:
        seats = list(self.seats.values())
        return [
            snapshot(self.offset, seats[:2], 0, False, self.epoch),
            snapshot(self.offset, seats[2:], 1, True, self.epoch),
        ]

    def pulse(self) -> Pulse:
        return Pulse(self.epoch, self.offset, NOON)


@given(st.data())
def test_whatever_is_lost_or_doubled_the_board_is_right_in_the_end(data: st.DataObject) -> None:
    hub, replica = Hub(), Replica()
    on_the_way: list[BoardNews] = hub.snapshot()
    asked: list[Resume] = []

    def deliver(message: BoardNews) -> None:
        change = replica.apply(message, NOON)
        if change.resume:
            asked.append(change.resume)
            on_the_way.extend(hub.answer(change.resume))

    while on_the_way:
        deliver(on_the_way.pop(0))
    steps = st.sampled_from(["change", "lose", "double", "deliver", "restart", "old"])
    for step in data.draw(st.lists(steps, max_size=40)):
        if step == "change":
            label = data.draw(st.sampled_from(Label))
            on_the_way.append(hub.change(data.draw(st.sampled_from(MEMBERS)), label))
        elif step == "restart":
            hub.restart()
        elif step == "old" and hub.history:
            deliver(data.draw(st.sampled_from(hub.history)))
        elif step == "lose" and on_the_way and isinstance(on_the_way[0], Delta):
            on_the_way.pop(0)
        elif step == "double" and on_the_way and isinstance(on_the_way[0], Delta):
            on_the_way.insert(0, on_the_way[0])
        elif step == "deliver" and on_the_way:
            deliver(on_the_way.pop(0))
    for _ in range(3):  # the hub pulses when it is quiet; an answer may have been lost in part
        on_the_way.append(hub.pulse())
        while on_the_way:
            deliver(on_the_way.pop(0))

    assert replica.board.seats == hub.seats
    assert replica.cursor == Cursor(hub.epoch, hub.offset, VIEW)


@given(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=20))
def test_a_gap_of_any_length_costs_one_resume(members: list[int]) -> None:
    hub, replica = Hub(), Replica()
    for message in hub.snapshot():
        replica.apply(message, NOON)
    hub.change(0, Label.AWAY)  # lost
    changes = [replica.apply(hub.change(member, Label.AWAY), NOON) for member in members]

    assert changes[0].resume and not any(change.resume for change in changes[1:])

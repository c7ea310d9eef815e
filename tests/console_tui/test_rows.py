"""Order, counts and the tree of groups."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from console_tui.filter import Filter
from console_tui.rows import NO_GROUP, Order, Row, branches, counts, ordered, row, visible
from hub.protocol.facts import Label
from hub.protocol.replica import Board
from hub.protocol.watchers import GroupCard, MemberCard
from tests.console_tui.board_hub import NOW
from tests.console_tui.conftest import alert, seat


def rows(*labels: Label) -> list[Row]:
    return [Row(seat(n, label), f"名{n}", (), ()) for n, label in enumerate(labels, 1)]


def test_attention_is_incident_offline_unknown_long_away_away_and_present_last() -> None:
    people = [
        Row(seat(1, Label.PRESENT), "a", (), ()),
        Row(seat(2, Label.AWAY, 5), "b", (), ()),
        Row(seat(3, Label.AWAY, 45), "c", (), ()),
        Row(seat(4, Label.UNKNOWN), "d", (), ()),
        Row(seat(5, Label.OFFLINE), "e", (), ()),
        Row(replace(seat(6, Label.PRESENT), alert=alert()), "f", (), ()),
        Row(seat(7, Label.OFF), "g", (), ()),
        Row(seat(8, Label.BREAK), "h", (), ()),
    ]
    found = [one.member for one in ordered(people, Order.ATTENTION, NOW)]
    assert found == [6, 5, 4, 3, 2, 8, 1, 7]


def test_the_newest_incident_comes_first_and_the_oldest_trouble() -> None:
    old, new = replace(alert(1), at=NOW - 600), replace(alert(2), at=NOW - 10)
    people = [
        Row(replace(seat(1), alert=old), "a", (), ()),
        Row(replace(seat(2), alert=new), "b", (), ()),
        Row(seat(3, Label.AWAY, 5), "c", (), ()),
        Row(seat(4, Label.AWAY, 9), "d", (), ()),
    ]
    assert [one.member for one in ordered(people, Order.ATTENTION, NOW)] == [2, 1, 4, 3]


@given(st.lists(st.sampled_from(list(Label)), max_size=12), st.sampled_from(list(Order)))
def test_an_order_loses_and_doubles_nobody(labels: list[Label], order: Order) -> None:
    people = rows(*labels)
    found = ordered(people, order, NOW)
    assert sorted(one.member for one in found) == [one.member for one in people]


@given(st.lists(st.sampled_from(list(Label)), max_size=12))
def test_unknown_and_offline_are_never_counted_as_away(labels: list[Label]) -> None:
    found = counts(one.seat for one in rows(*labels))
    assert found.labels.get(Label.AWAY, 0) == labels.count(Label.AWAY)
    assert sum(found.labels.values()) == found.people == len(labels)


def test_the_tree_holds_each_group_under_its_parent_with_all_below_it() -> None:
    groups = {
        1: GroupCard(1, "営業部"),
        2: GroupCard(2, "第一課", 1),
        3: GroupCard(3, "係", 2),
        4: GroupCard(4, "よその子", 99),
    }
    found = branches(groups)
    assert [(one.id, one.depth) for one in found] == [(1, 0), (2, 1), (3, 2), (4, 0)]
    assert found[0].within == {1, 2, 3}
    assert found[3].last and not found[0].last


def test_groups_that_are_their_own_ancestors_hang_nothing() -> None:
    assert branches({1: GroupCard(1, "a", 2), 2: GroupCard(2, "b", 1)}) == []


def test_who_is_in_no_group_is_found_there() -> None:
    people = [Row(seat(1), "a", ("営業部",), (1,)), Row(seat(2), "b", (), ())]
    found = visible(people, Filter(), frozenset({NO_GROUP}), NOW)
    assert [one.member for one in found] == [2]


def test_a_seat_without_a_card_goes_by_its_number() -> None:
    board = Board(seats={7: seat(7)})
    assert row(board, 7).name == "#7"
    board.members[7] = MemberCard(7, "名\x1b[2J", (1,))
    assert row(board, 7).name == "名 [2J"

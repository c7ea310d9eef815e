"""The table of members: what it asks for, and what is said of each line that cannot be taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import Role
from hub.http.people import roster
from storage.people.members import Edit, MemberRow

GROUPS = {"営業": 10, "営業/東京": 11, "開発": 20}
PATHS = {group: path for path, group in GROUPS.items()}
ME = 1
BOSS = MemberRow(ME, "boss", "管理 花子", Role.ADMINISTRATOR, "ja", False)
MORI = MemberRow(2, "mori", "森", Role.WORKER, "ja", False, "mori@example.com", (11,))
GONE = MemberRow(3, "kato", "加藤", Role.WORKER, "en", True)
KNOWN = (BOSS, MORI, GONE)
HEAD = ["login", "name", "role", "state", "groups", "supervises"]


def planned(*lines: list[str], head: list[str] = HEAD, limit: int | None = None) -> roster.Plan:
    return roster.plan([head, *lines], KNOWN, GROUPS, ME, limit)


def said(*lines: list[str], head: list[str] = HEAD, limit: int | None = None) -> list[str]:
    made = planned(*lines, head=head, limit=limit)
    assert all(all(one.said) for one in made.bad)
    return [f"{one.line} {one.column}".strip() for one in made.bad]


def test_new_people_are_added_and_those_who_are_known_are_changed() -> None:
    made = planned(
        ["suzuki", "鈴木", "上司", "", "開発", "営業; 営業/東京"],
        ["ＭＯＲＩ", "森 太郎", "", "", "", ""],
        ["kato", "", "", "有効", "", ""],
        ["boss", "", "administrator", "active", "", ""],
    )

    assert made.bad == []
    assert made.new == [
        Edit("suzuki", "鈴木", role=Role.SUPERVISOR, groups=(20,), supervises=(10, 11))
    ]
    assert made.edits == {2: Edit(name="森 太郎")}
    assert made.access == {3: False}
    assert (made.changed, made.unchanged) == (2, 1)


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (["", "名無し", "", "", "", ""], "2 login"),
        (["a b", "空白", "", "", "", ""], "2 login"),
        (["x" * 101, "長い", "", "", "", ""], "2 login"),
        (["ito", "", "", "", "", ""], "2 name"),
        (["ito", "伊藤", "社長", "", "", ""], "2 role"),
        (["ito", "伊藤", "operator", "", "", ""], "2 role"),
        (["ito", "伊藤", "", "たぶん", "", ""], "2 state"),
        (["ito", "伊藤", "", "無効", "", ""], "2 state"),
        (["ito", "伊藤", "", "", "大阪", ""], "2 groups"),
        (["ito", "伊藤", "", "", "東京", ""], "2 groups"),
        (["ito", "伊藤", "", "", "", "営業"], "2 supervises"),
        (["boss", "", "worker", "", "", ""], "2 role"),
        (["boss", "", "", "disabled", "", ""], "2 role"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_with_its_column(line: list[str], where: str) -> None:
    assert said(line) == [where]


def test_every_bad_line_is_listed_not_only_the_first() -> None:
    found = said(
        ["ito", "伊藤", "社長", "", "", ""],
        ["mori", "", "", "", "", ""],
        ["ito2", "", "", "", "", ""],
        ["MORI", "", "", "", "", ""],
    )

    assert found == ["2 role", "4 name", "5 login"]


def test_a_head_that_is_not_known_is_said_at_once() -> None:
    assert said(head=["name"]) == ["1 login"]
    assert said(head=["login", "給料"]) == ["1"]
    assert said(head=["login", "ログイン"]) == ["1"]
    assert [one.line for one in roster.plan([], KNOWN, GROUPS, ME, None).bad] == [1]


@pytest.mark.requirement("R75")
def test_more_than_the_contract_has_seats_for_is_refused_as_a_whole() -> None:
    ito, ueda = ["ito", "伊藤", "", "", "", ""], ["ueda", "上田", "", "", "", ""]

    assert said(ito, limit=3) == []
    assert said(ito, ueda, limit=3) == ["1"]
    assert said(ito, ueda, ["mori", "", "", "無効", "", ""], limit=3) == []
    assert said(["kato", "", "", "有効", "", ""], limit=2) == ["1"]
    assert said(["mori", "新しい名前", "", "", "", ""], limit=1) == [], "nobody comes in"


names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20)
rows = st.builds(
    MemberRow,
    st.just(2),
    st.just("mori"),
    names,
    st.sampled_from([role for role in Role if role is not Role.OPERATOR]),
    st.sampled_from(["ja", "en"]),
    st.booleans(),
    st.none() | st.just("mori@example.com"),
    st.sets(st.sampled_from(sorted(PATHS))).map(lambda found: tuple(sorted(found))),
)


@given(rows, st.sampled_from(["ja", "en"]))
def test_what_was_exported_changes_nothing_when_it_is_imported(row: MemberRow, locale: str) -> None:
    table = [roster.head(locale), roster.line_of(row, PATHS, locale)]

    made = roster.plan(table, [BOSS, row], GROUPS, ME, None)

    assert made == roster.Plan(unchanged=1)

"""Who may do what: the whole answer as a table, and what must never happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import Action, Actor, Role, Scope, Subject, may, scope, with_all_below

ME, OTHER, STRANGER = 1, 2, 3
MINE, BELOW, ELSEWHERE = frozenset({10}), frozenset({11}), frozenset({20})
HERE, ABROAD = 100, 200

ACTORS = {
    "administrator": Actor(HERE, ME, Role.ADMINISTRATOR),
    "supervisor": Actor(HERE, ME, Role.SUPERVISOR, MINE | BELOW),
    "worker": Actor(HERE, ME, Role.WORKER),
}
SUBJECTS = {
    "self": Subject(HERE, ME, ELSEWHERE),
    "in my group": Subject(HERE, OTHER, MINE),
    "below it": Subject(HERE, OTHER, BELOW),
    "elsewhere": Subject(HERE, STRANGER, ELSEWHERE),
    "in no group": Subject(HERE, STRANGER),
    "tenant": Subject(HERE),
    "other tenant": Subject(ABROAD, ME, MINE),
}

# One letter for each subject above; a letter for yes, a dot for no.
TABLE = """
                 administrator  supervisor  worker
see_seat         sgbent.        sgb....     s......
see_member       sgbent.        sgb....     s......
see_incident     sgbent.        sgb....     s......
see_punches      sgbent.        sgb....     s......
see_evidence     sgbent.        sgb....     s......
see_viewings     sgbent.        s......     s......
punch            s......        s......     s......
view_live        sgbent.        .gb....     .......
enrol            sgbent.        s......     s......
approve_enrolment sgbent.        .gb....     .......
manage_members   sgbent.        .......     .......
manage_groups    sgbent.        .......     .......
manage_devices   sgbent.        .......     .......
manage_webhooks  sgbent.        .......     .......
manage_policy    sgbent.        .......     .......
"""
LETTERS = "sgbent!"


def table() -> str:
    """The matrix as it is."""
    lines = [f"{'':16} {'administrator':14} {'supervisor':11} worker"]
    for action in Action:
        cells = [
            "".join(
                letter if may(actor, action, subject) else "."
                for letter, subject in zip(LETTERS, SUBJECTS.values(), strict=True)
            )
            for actor in ACTORS.values()
        ]
        lines.append(f"{action:16} {cells[0]:14} {cells[1]:11} {cells[2]}")
    return "\n".join(lines)


@pytest.mark.requirement("R2", "R64")
def test_the_rights_are_exactly_these() -> None:
    found = table()
    print(found)

    assert [line.split() for line in found.splitlines()] == [
        line.split() for line in TABLE.strip().splitlines()
    ]


groups = st.frozensets(st.integers(1, 6), max_size=4)
actors = st.builds(Actor, st.integers(1, 2), st.integers(1, 4), st.sampled_from(Role), groups)
subjects = st.builds(Subject, st.integers(1, 2), st.none() | st.integers(1, 4), groups)
actions = st.sampled_from(Action)


@given(actors, actions, subjects)
def test_nothing_crosses_tenants(actor: Actor, action: Action, subject: Subject) -> None:
    if actor.tenant != subject.tenant:
        assert not may(actor, action, subject)


@given(actors, subjects)
def test_nobody_punches_for_anybody_else(actor: Actor, subject: Subject) -> None:
    if may(actor, Action.PUNCH, subject):
        assert subject.member == actor.member


@given(actors, subjects)
def test_only_who_answers_for_somebody_may_ask_to_see_them_live(
    actor: Actor, subject: Subject
) -> None:
    if may(actor, Action.VIEW_LIVE, subject):
        over = actor.role is Role.SUPERVISOR and bool(actor.supervises & subject.groups)
        assert actor.role is Role.ADMINISTRATOR or over


@given(actors, actions, subjects)
def test_whoever_sees_less_of_the_groups_may_never_do_more(
    actor: Actor, action: Action, subject: Subject
) -> None:
    less = Actor(actor.tenant, actor.member, actor.role)

    if may(less, action, subject):
        assert may(actor, action, subject)


@given(actors, actions)
def test_only_an_administrator_manages(actor: Actor, action: Action) -> None:
    if may(actor, action, Subject(actor.tenant)):
        assert actor.role is Role.ADMINISTRATOR


def test_an_empty_scope_holds_nobody_not_even_the_tenant() -> None:
    assert not any(Scope(HERE).holds(subject) for subject in SUBJECTS.values())


@given(st.dictionaries(st.integers(1, 8), st.none() | st.integers(1, 8)), groups)
def test_all_below_a_group_comes_with_it_even_if_the_tree_were_a_ring(
    parents: dict[int, int | None], given: frozenset[int]
) -> None:
    found = with_all_below(given, parents)

    assert given <= found
    assert {group for group, parent in parents.items() if parent in found} <= found
    assert found <= given | set(parents)


def test_a_scope_says_the_same_as_the_question() -> None:
    actor = ACTORS["supervisor"]

    assert scope(actor, Action.SEE_SEAT) == Scope(HERE, False, ME, MINE | BELOW)

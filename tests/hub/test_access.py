"""Who may do what: what must never happen, whatever the table says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import (
    Action,
    Actor,
    Role,
    Scope,
    Sharing,
    Subject,
    among,
    may,
    only,
    refused,
    scope,
    with_all_below,
)

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

groups = st.frozensets(st.integers(1, 6), max_size=4)
lonely = st.builds(Actor, st.integers(1, 2), st.integers(1, 4), st.sampled_from(Role), groups)
actors = st.builds(among, lonely, st.sampled_from(Sharing), groups)
subjects = st.builds(Subject, st.integers(1, 2), st.none() | st.integers(1, 4), groups)
actions = st.sampled_from(Action)
LOGS = {Action.SEE_LOG, Action.EXPORT_LOG, Action.SEE_PROOFS}
CROSSING = {Action.OPERATE_TENANTS, Action.OPERATE_MAINTENANCE}
OF_THE_OPERATOR = LOGS | CROSSING
OWN_ACCOUNT = {
    Action.EDIT_PROFILE,
    Action.MANAGE_CREDENTIALS,
    Action.SEE_SESSIONS,
    Action.REVOKE_SESSIONS,
}


@given(actors, actions, subjects)
@pytest.mark.requirement("R64")
def test_nothing_crosses_tenants_but_the_operators_hand_on_contracts(
    actor: Actor, action: Action, subject: Subject
) -> None:
    if actor.tenant != subject.tenant and may(actor, action, subject):
        assert actor.role is Role.OPERATOR and action in CROSSING
        assert subject.member is None


@given(actors, actions, subjects)
@pytest.mark.requirement("R55")
def test_the_operator_reaches_nothing_of_any_person_but_their_own_account(
    actor: Actor, action: Action, subject: Subject
) -> None:
    if actor.role is Role.OPERATOR and subject.member is not None and may(actor, action, subject):
        assert action in OF_THE_OPERATOR or action in OWN_ACCOUNT
        assert action in LOGS or subject.member == actor.member


@given(actors, subjects)
@pytest.mark.requirement("R55")
def test_the_operator_opens_no_evidence(actor: Actor, subject: Subject) -> None:
    if actor.role is Role.OPERATOR:
        assert not may(actor, Action.SEE_EVIDENCE, subject)
        assert not may(actor, Action.VIEW_LIVE, subject)


@given(actors, st.sampled_from((Action.SEE_EVIDENCE, Action.SEE_SEAT, Action.VIEW_LIVE)), subjects)
def test_contractor_and_auditor_see_no_image_of_anybody_else(
    actor: Actor, action: Action, subject: Subject
) -> None:
    if actor.role in (Role.CONTRACTOR, Role.AUDITOR) and may(actor, action, subject):
        assert subject.member == actor.member


@given(actors, actions, subjects)
def test_an_auditor_changes_nothing_of_the_tenant(
    actor: Actor, action: Action, subject: Subject
) -> None:
    if actor.role is Role.AUDITOR and may(actor, action, subject):
        assert subject.member == actor.member or action.startswith(("see_", "export_"))


@given(actors, actions, subjects, st.frozensets(actions))
def test_a_program_may_do_no_more_than_the_person_and_than_it_was_made_for(
    actor: Actor, action: Action, subject: Subject, given: frozenset[Action]
) -> None:
    allowed = may(only(actor, given), action, subject)

    assert allowed == (may(actor, action, subject) and action in given)


@given(lonely, st.sampled_from(Sharing), groups, actions, subjects)
@pytest.mark.requirement("R11")
def test_colleagues_share_their_status_and_nothing_else(
    alone: Actor, sharing: Sharing, own: frozenset[int], action: Action, subject: Subject
) -> None:
    actor = among(alone, sharing, own)
    if may(actor, action, subject) and not may(alone, action, subject):
        assert action is Action.SEE_STATUS
        assert actor.role in (Role.WORKER, Role.SUPERVISOR)
        assert subject.tenant == actor.tenant
        assert sharing is Sharing.EVERYBODY or (own & subject.groups and sharing is Sharing.GROUPS)


@given(actors, subjects)
def test_whose_seat_is_seen_their_status_is_seen(actor: Actor, subject: Subject) -> None:
    if may(actor, Action.SEE_SEAT, subject):
        assert may(actor, Action.SEE_STATUS, subject)


@given(actors, actions, subjects)
def test_what_is_refused_outright_is_refused_for_everybody(
    actor: Actor, action: Action, subject: Subject
) -> None:
    if refused(actor, action):
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
def test_only_an_administrator_or_the_contractor_manages(actor: Actor, action: Action) -> None:
    if action.startswith("manage_") and may(actor, action, Subject(actor.tenant)):
        assert actor.role in (Role.ADMINISTRATOR, Role.CONTRACTOR)


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

"""Scopes: by area, to read or to write; a token with one of them reaches nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import Action, Actor, Role, Subject, may, only
from hub.http.contracts import Operation
from hub.http.operations import OPERATIONS
from hub.identity.scopes import (
    ACTIONS,
    PATHS,
    ApiScope,
    actions_of,
    opening,
    opens,
    scopes_of,
    watches,
)

pytestmark = pytest.mark.requirement("R72")

SCOPES = st.frozensets(st.sampled_from(ApiScope))
CHANGES = {"POST", "PUT", "PATCH", "DELETE"}


def test_every_scope_does_something_and_says_which_actions() -> None:
    assert set(ACTIONS) == set(PATHS) == set(ApiScope)
    assert all(PATHS.values())


def test_only_what_is_called_write_changes_anything() -> None:
    for scope, paths in PATHS.items():
        changes = any(CHANGES & set(methods) for methods, _ in paths)
        assert changes == scope.endswith(":write"), scope


def test_who_writes_an_area_reads_it() -> None:
    for scope in ApiScope:
        area, _, way = scope.partition(":")
        if way == "write":
            read = ApiScope(f"{area}:read")
            own = {path for methods, path in PATHS[scope] if "GET" in methods}
            theirs = {path for methods, path in PATHS[read] if "GET" in methods}
            assert {path for path in theirs if area in path} <= own, scope


@given(SCOPES, st.sampled_from(OPERATIONS))
def test_each_scope_opens_its_own_operations_and_no_other(
    scopes: frozenset[ApiScope], operation: Operation
) -> None:
    method, path = operation.method, operation.path
    own = any(method in how and path == at for one in scopes for how, at in PATHS[one])

    assert opens(scopes, method, path) == own == bool(scopes & set(opening(method, path)))


@given(SCOPES, st.sampled_from(Action), st.sampled_from(Role), st.booleans())
def test_a_token_never_does_more_than_whoever_made_it(
    scopes: frozenset[ApiScope], action: Action, role: Role, own: bool
) -> None:
    holder = Actor(1, 7, role, frozenset({3}))
    subject = Subject(1, 7 if own else 8, frozenset({3}))
    if may(only(holder, actions_of(scopes)), action, subject):
        assert may(holder, action, subject)
        assert any(action in ACTIONS[scope] for scope in scopes)


def test_a_board_is_followed_by_people_and_by_tokens_that_say_so() -> None:
    assert watches(scopes_of(None))
    assert watches(scopes_of(["members:read", "watch"]))
    assert not watches(scopes_of([one for one in ApiScope if one is not ApiScope.WATCH]))
    assert not watches(scopes_of([]))
    assert actions_of(scopes_of([])) == frozenset()

"""The policy in force: a group may only take away."""

from hypothesis import given
from hypothesis import strategies as st

from hub.policy import NARROWEST_FIRST, in_force, narrowed_through
from hub.protocol.facts import EvidenceLevel, Policy

levels = st.sampled_from(EvidenceLevel)
ids = st.integers(1, 6)
trees = st.dictionaries(ids, st.none() | ids)


@given(levels, trees, st.dictionaries(ids, levels), st.frozensets(ids))
def test_no_group_ever_gives_more_than_the_tenant_or_than_a_group_above_it(
    level: EvidenceLevel,
    parents: dict[int, int | None],
    given: dict[int, EvidenceLevel],
    groups: frozenset[int],
) -> None:
    through = narrowed_through(parents, given)
    found = in_force(Policy(level, 60.0), groups, through)

    limits = [level, *(through[group] for group in groups if group in through)]
    assert found == Policy(min(limits, key=NARROWEST_FIRST.index), 60.0)
    for group, parent in parents.items():
        if parent in through and parent in parents:
            assert NARROWEST_FIRST.index(through[group]) <= NARROWEST_FIRST.index(through[parent])


def test_a_member_without_a_group_has_the_tenants_policy() -> None:
    assert in_force(Policy(), [], {7: EvidenceLevel.OFF}) == Policy()


def test_what_is_narrowed_above_holds_below() -> None:
    tree = {1: None, 2: 1, 3: 2, 4: None}
    narrowed = {1: EvidenceLevel.STATE_ONLY, 3: EvidenceLevel.PERIODIC}

    below = dict.fromkeys((1, 2, 3), EvidenceLevel.STATE_ONLY)
    assert narrowed_through(tree, narrowed) == below

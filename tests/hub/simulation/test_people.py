"""Who is simulated: the same people each time, in groups of a size that somebody can look after."""

from collections import Counter

from hub.simulation.people import GROUP_SIZE, people


def test_the_same_people_come_each_time() -> None:
    assert list(people(500))[:100] == list(people(100))


def test_groups_have_one_size_and_names_of_their_own() -> None:
    sizes = Counter(one.group for one in people(GROUP_SIZE * 20))
    assert len(sizes) == 20
    assert set(sizes.values()) == {GROUP_SIZE}


def test_hardly_anybody_in_a_group_has_the_name_of_another() -> None:
    for group in range(20):
        names = [one.name for one in list(people(GROUP_SIZE * 20)) if one.group]
        there = names[group * GROUP_SIZE : (group + 1) * GROUP_SIZE]
        assert len(set(there)) == GROUP_SIZE

"""An agent's backlog in memory: numbers in order, nothing forgotten before it is recorded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.protocol.agents import StateReport
from hub.protocol.facts import Facts, IncidentKind, Phase, Presence, Sighting
from hub.protocol.memory import Memory

NOON = 1_780_000_000.0
FACTS = Facts(NOON, Presence.PRESENT)


@given(st.lists(st.one_of(st.sampled_from(list(Presence)), st.integers(0, 5))))
def test_what_is_not_acknowledged_is_there_in_order(steps: list[Presence | int]) -> None:
    """A presence is told, a number acknowledges that many more."""
    memory, told, upto = Memory("e", FACTS), list[Presence](), 0
    for step in steps:
        if isinstance(step, Presence):
            told.append(step)
            memory.become(Facts(NOON, step))
        else:
            upto = min(upto + step, len(told))
            memory.forget(upto)
        left = memory.unrecorded(0, 1_000)
        assert [one.seq for one in left] == list(range(upto + 1, len(told) + 1))
        assert [one.facts.presence for one in left if isinstance(one, StateReport)] == told[upto:]
        assert (memory.waiting, memory.recorded) == (upto < len(told), upto)
        assert memory.next_seq() == len(told) + 1
        assert memory.facts().presence == (told[-1] if told else Presence.PRESENT)


def test_incidents_go_on_until_they_end() -> None:
    memory = Memory("e", FACTS)
    one, other = (
        Sighting(id, kind, NOON, NOON)
        for id, kind in (("1", IncidentKind.PEEPING), ("2", IncidentKind.CAMERA_COVERED))
    )
    memory.see(NOON, Phase.OPENED, one)
    memory.see(NOON, Phase.OPENED, other)
    memory.see(NOON, Phase.ENDED, Sighting("1", one.kind, NOON, NOON, ongoing=False))

    assert memory.sightings() == (other,)
    assert memory.next_seq() == 4


def test_a_hub_that_knows_more_than_was_told_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="more reports"):
        Memory("e", FACTS).renew()

"""The memory of a simulated device: numbers in order, nothing forgotten before it is recorded."""

from random import Random

from hub.protocol.agents import IncidentReport, StateReport
from hub.protocol.facts import Facts, Phase, Presence
from hub.simulation.seat import Memory

NOW = 1_800_000_000.0
FACTS = Facts(NOW, Presence.PRESENT)


def test_reports_are_numbered_in_order_and_kept_until_they_are_recorded() -> None:
    memory, chance = Memory("epoch", FACTS), Random(1)
    for _ in range(5):
        memory.change(chance, NOW)
    assert [one.seq for one in memory.unrecorded(0, 256)] == [1, 2, 3, 4, 5]
    memory.forget(3)
    assert [one.seq for one in memory.unrecorded(3, 1)] == [4]
    assert (memory.recorded, memory.next_seq()) == (3, 6)


def test_what_came_before_waits_to_be_told_late() -> None:
    past = [Facts(NOW - 60, Presence.AWAY), FACTS]
    memory = Memory("epoch", FACTS, past)
    assert [one.facts for one in memory.unrecorded(0, 9) if isinstance(one, StateReport)] == past
    assert memory.next_seq() == 3


def test_an_incident_goes_on_until_it_ends_once() -> None:
    memory = Memory("epoch", FACTS)
    memory.raise_incident(Random(1), NOW)
    [one] = memory.sightings()
    memory.end_incident(NOW + 20)
    memory.end_incident(NOW + 21)
    told = [report for report in memory.unrecorded(0, 9) if isinstance(report, IncidentReport)]
    assert memory.sightings() == ()
    assert [(report.phase, report.sighting.id) for report in told] == [
        (Phase.OPENED, one.id),
        (Phase.ENDED, one.id),
    ]
    assert [report.sighting.ongoing for report in told] == [True, False]

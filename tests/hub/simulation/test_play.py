"""What simulated people do: a plausible office, and only what a real device may say."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.protocol.agents import IncidentReport, StateReport
from hub.protocol.codec import encode, from_agent
from hub.protocol.facts import Facts, Phase, Presence
from hub.simulation import play

NOW = 1_800_000_000.0
seeds = st.integers(0, 2**32).map(Random)


def same(facts: Facts) -> Facts:
    """Without when it began."""
    return Facts(0, facts.presence, facts.work, facts.capture, facts.reason)


@given(seeds)
def test_every_change_changes_something(chance: Random) -> None:
    facts = play.met(chance, NOW)
    for second in range(20):
        later = play.changed(facts, chance, NOW + second)
        assert same(later) != same(facts)
        assert later.since == NOW + second
        facts = later


@given(seeds)
def test_somebody_who_is_met_has_been_so_for_a_while(chance: Random) -> None:
    assert NOW - play.BEGAN_AGO_S <= play.met(chance, NOW).since < NOW


def test_most_people_are_at_their_desks() -> None:
    chance = Random(1)
    office = [play.met(chance, NOW).presence for _ in range(1000)]
    assert 600 < office.count(Presence.PRESENT) < 850


@given(seeds)
def test_a_day_is_told_in_order_and_ends_before_now(chance: Random) -> None:
    day = list(play.day(chance, NOW - 8 * 3600, NOW))
    times = [facts.since for facts in day]
    assert len(day) > 5
    assert times == sorted(times)
    assert times[-1] < NOW


@given(seeds)
def test_the_protocol_takes_all_of_it(chance: Random) -> None:
    state = StateReport(1, play.met(chance, NOW))
    incident = IncidentReport(2, NOW, Phase.OPENED, play.incident(chance, NOW))
    for report in (state, incident):
        assert from_agent(encode(report)) == report


@given(seeds, st.floats(1e9, 4e9), st.floats(0.01, 1e6))
def test_ids_are_uuids_of_version_7_that_sort_by_time(
    chance: Random, now: float, later_s: float
) -> None:
    early, late = play.minted(chance, now), play.minted(chance, now + later_s)
    assert early < late
    assert (len(early), early[12], early[16] in "89ab") == (32, "7", True)

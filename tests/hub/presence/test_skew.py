"""A device's times in the hub's clock."""

from hypothesis import given
from hypothesis import strategies as st

from hub.presence.skew import hello_by_hub, report_by_hub
from hub.protocol.agents import (
    EvidenceReport,
    GapReport,
    Hello,
    IncidentReport,
    Report,
    StateReport,
)
from hub.protocol.codec import encode, from_agent
from hub.protocol.facts import LATEST, Facts, IncidentKind, Phase, Sighting
from tests.hub.presence.people import NOON, hellos, reports


def times(message: Hello | Report) -> list[float]:
    """Every time that a message tells, in the order in which it tells them."""
    match message:
        case Hello(facts=facts, incidents=incidents):
            of_each = [[one.opened_at, one.seen_at] for one in incidents]
            return [facts.since, *(time for both in of_each for time in both)]
        case StateReport(facts=facts):
            return [facts.since]
        case IncidentReport(at=at, sighting=sighting):
            return [at, sighting.opened_at, sighting.seen_at]
        case GapReport():
            return [message.lost_from, message.lost_to]
        case EvidenceReport():
            return [message.at]


@given(hellos | reports, st.floats(-7200, 7200))
def test_every_time_of_a_device_moves_by_the_measured_skew(
    message: Hello | Report, skew_s: float
) -> None:
    """Order and delivery, 6."""
    by_hub = (
        hello_by_hub(message, skew_s)
        if isinstance(message, Hello)
        else report_by_hub(message, skew_s)
    )

    assert times(by_hub) == [time - skew_s for time in times(message)]


@given(st.floats(0, LATEST), st.floats(0, LATEST))
def test_a_clock_without_sense_cannot_make_a_time_that_others_refuse(
    clock: float, at: float
) -> None:
    sighting = Sighting("i", IncidentKind.PEEPING, at, at)
    said = IncidentReport(1, at, Phase.OPENED, sighting)
    by_hub = report_by_hub(said, clock - NOON)

    assert from_agent(encode(by_hub)) == by_hub
    state = report_by_hub(StateReport(1, Facts(at)), clock - NOON)
    assert from_agent(encode(state)) == state

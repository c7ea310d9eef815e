"""Seats, devices and what they say, drawn at random or made by hand."""

from hypothesis import strategies as st

from hub.presence.changes import join
from hub.presence.seat import Alarm, Device, Seat, settled
from hub.protocol.agents import GapReport, Hello, IncidentReport, Report, StateReport
from hub.protocol.facts import (
    VERSION,
    Capture,
    Facts,
    IncidentKind,
    Link,
    Phase,
    Presence,
    Reason,
    Sighting,
    Work,
)

NOON = 1_780_000_000.0
MEMBER, PC, TABLET = 7, 11, 12

names = st.sampled_from(["a", "b", "c", "d"])
moments = st.floats(NOON, NOON + 3600)
kinds = st.sampled_from(IncidentKind)
facts = st.builds(
    Facts,
    since=moments,
    presence=st.sampled_from(Presence),
    work=st.sampled_from(Work),
    capture=st.sampled_from(Capture),
    reason=st.none() | st.sampled_from(Reason),
)
sightings = st.builds(
    Sighting,
    id=names,
    kind=kinds,
    opened_at=moments,
    seen_at=moments,
    count=st.integers(1, 9),
    ongoing=st.booleans(),
)
hellos = st.builds(
    Hello,
    version=st.just(VERSION),
    session=names,
    device_epoch=st.just("e"),
    next_seq=st.integers(1, 50),
    clock=moments,
    facts=facts,
    incidents=st.lists(sightings, max_size=3).map(tuple),
)
states = st.builds(StateReport, seq=st.integers(1, 99), facts=facts)
incidents = st.builds(
    IncidentReport,
    seq=st.integers(1, 99),
    at=moments,
    phase=st.sampled_from([Phase.OPENED, Phase.SEEN, Phase.ENDED]),
    sighting=sightings,
)
gaps = st.builds(
    GapReport,
    seq=st.integers(1, 99),
    lost_from=moments,
    lost_to=moments,
    count=st.integers(1, 500),
    reason=st.just("full"),
)
reports: st.SearchStrategy[Report] = st.one_of(states, incidents, gaps)
alarms = st.builds(
    Alarm, id=names, kind=kinds, device=st.sampled_from([PC, TABLET]), opened_at=moments,
    seen_at=moments, ongoing=st.booleans(),
)  # fmt: skip


def devices(id: int) -> st.SearchStrategy[Device]:
    return st.builds(
        Device,
        id=st.just(id),
        session=names,
        generation=st.integers(1, 9),
        since=moments,
        device_epoch=st.just("e"),
        seq=st.integers(0, 50),
        link=st.sampled_from(Link),
        presence=st.sampled_from(Presence),
        work=st.sampled_from(Work),
        capture=st.sampled_from(Capture),
        reason=st.none() | st.sampled_from(Reason),
    )


@st.composite
def seats(draw: st.DrawFn) -> Seat:
    """A seat with the PC, perhaps a tablet too, and its label as it must be."""
    both = draw(st.booleans())
    on_it = (draw(devices(PC)), draw(devices(TABLET))) if both else (draw(devices(PC)),)
    known = {alarm.id: alarm for alarm in draw(st.lists(alarms, max_size=4))}
    seat = Seat(
        MEMBER,
        rev=draw(st.integers(1, 99)),
        by_punch=draw(st.booleans()),
        punched=draw(st.sampled_from(Work)),
        devices=on_it,
        alarms=tuple(known.values()),
    )
    return settled(seat, NOON)


def hello(
    session: str = "run-1",
    presence: Presence = Presence.PRESENT,
    *,
    next_seq: int = 1,
    since: float = NOON,
    incidents: tuple[Sighting, ...] = (),
) -> Hello:
    return Hello(VERSION, session, "e", next_seq, NOON, Facts(since, presence), incidents)


def joined(*hellos: Hello, device: int = PC) -> Seat:
    """A seat on which these hellos were said, one after the other."""
    seat = Seat(MEMBER)
    for one in hellos:
        seat, _ = join(seat, device, one, NOON)
    return seat


def sighting(id: str = "i", kind: IncidentKind = IncidentKind.PEEPING) -> Sighting:
    return Sighting(id, kind, NOON, NOON)


def online(id: int, presence: Presence, capture: Capture = Capture.ON) -> Device:
    return Device(id, "run", 1, NOON, presence=presence, capture=capture)

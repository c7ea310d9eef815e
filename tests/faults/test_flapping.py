"""An hour of 1,000 agents that flap every 15 s, on the pure core in simulated time."""

from random import Random

from hub.presence.changes import Timing, expire, join
from hub.presence.seat import Seat, device_of
from hub.protocol.agents import Hello
from hub.protocol.facts import Facts, Label, Link, Presence

AGENTS = 1_000
HOUR_S = 3600.0
EVERY_S = 15.0
AWAY_MAX_S = 3.0  # while its lease runs a device tries again at most so far apart
DEVICE = 1


def hello(name: str, since: float, now: float) -> Hello:
    return Hello(1, name, "e", 1, now, Facts(since, Presence.PRESENT))


def test_1000_agents_that_flap_for_an_hour_are_no_event() -> None:
    """Lease and fencing, 4: not one of 240,000 reconnects moves a seat or makes a row."""
    chance, timing = Random(15), Timing()
    for number in range(AGENTS):
        name, now = f"run-{number}", chance.uniform(0, EVERY_S)
        began = now
        seat, effects = join(Seat(number), DEVICE, hello(name, began, now), now)
        assert len(effects) == 1
        whole, lease_until = seat, now + timing.lease_s
        while now < HOUR_S:
            now += EVERY_S + chance.uniform(0, AWAY_MAX_S)
            assert now < lease_until
            skewed = began + chance.uniform(-0.3, 0.3)  # the skew is measured anew, with its delay
            seat, effects = join(seat, DEVICE, hello(name, skewed, now), now)
            lease_until = now + timing.lease_s
            assert effects == []
        assert seat is whole


def test_one_that_stays_away_longer_than_its_lease_is_one_event_each_way() -> None:
    timing = Timing()
    seat, _ = join(Seat(1), DEVICE, hello("run", 0, 0), 0)
    for round in range(1, 100):
        deadline = round * 100.0
        seat, went = expire(seat, DEVICE, deadline, timing.lease_s)
        assert seat.label is Label.UNKNOWN
        seat, came = join(seat, DEVICE, hello("run", 0, deadline + 1), deadline + 1)
        assert (len(went), len(came)) == (1, 1)
        assert seat.label is Label.PRESENT
    known = device_of(seat, DEVICE)
    assert known and known.link is Link.ONLINE

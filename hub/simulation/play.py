"""What simulated people do: a working day, one change after another. Pure: chance comes in."""

from collections.abc import Iterable
from random import Random

from hub.protocol.facts import (
    Capture,
    Facts,
    Hint,
    IncidentKind,
    Presence,
    Reason,
    Sighting,
    Why,
    Work,
)

PRESENT = Facts(0, Presence.PRESENT)
# How often each comes up: most people sit at their desk most of the time. An invented office.
STATES = (
    (72, PRESENT),
    (11, Facts(0, Presence.AWAY)),
    (8, Facts(0, Presence.AWAY, work=Work.BREAK)),
    (2, Facts(0, Presence.UNKNOWN, reason=Reason.CAMERA_UNPLUGGED)),
    (1, Facts(0, Presence.AWAY, reason=Reason.LOCKED)),
    (1, Facts(0, Presence.UNKNOWN, capture=Capture.PAUSED)),
    (1, Facts(0, Presence.AWAY, work=Work.OUT)),
    (4, Facts(0, Presence.UNKNOWN, work=Work.OFF)),
)
WEIGHTS = [weight for weight, _ in STATES]
KINDS = tuple(IncidentKind)
BEGAN_AGO_S = 2 * 3600  # how long ago the state of somebody who is met may have begun
DESK_S = (20 * 60, 100 * 60)
ELSEWHERE_S = (3 * 60, 20 * 60)
LEAVES = 0.02  # of the changes: the device ends in good order
AWAY_FOR_S = (30.0, 300.0)  # and begins again after that long


def _at(facts: Facts, since: float) -> Facts:
    return Facts(since, facts.presence, facts.work, facts.capture, facts.reason)


def met(chance: Random, now: float) -> Facts:
    """Somebody as they are found: in a state for a while already."""
    facts = chance.choices([state for _, state in STATES], WEIGHTS)[0]
    return _at(facts, now - chance.uniform(1, BEGAN_AGO_S))


def changed(before: Facts, chance: Random, now: float) -> Facts:
    """Back to the desk as a rule; from the desk to something else."""
    if before.presence is not Presence.PRESENT and chance.random() < 0.9:
        return _at(PRESENT, now)
    others = [(weight, state) for weight, state in STATES[1:] if _at(state, before.since) != before]
    facts = chance.choices([state for _, state in others], [weight for weight, _ in others])[0]
    return _at(facts, now)


def day(chance: Random, start: float, until: float) -> Iterable[Facts]:
    """What came before, from about `start` to about `until`: desk, something else, desk again."""
    at, facts = start + chance.uniform(-1800, 1800), PRESENT
    while at < until:
        facts = _at(facts, at)
        yield facts
        stretch = DESK_S if facts.presence is Presence.PRESENT else ELSEWHERE_S
        facts = changed(facts, chance, at)
        at += chance.uniform(*stretch)


def incident(chance: Random, now: float) -> Sighting:
    """One that opens now, with the votes that decided it."""
    kind = chance.choice(KINDS)
    covered = kind is IncidentKind.CAMERA_COVERED
    why = Why(hint=Hint.DARK) if covered else Why(3, 5, round(chance.uniform(0.1, 0.4), 2), 0.42)
    return Sighting(minted(chance, now), kind, now, now, why=why)


def minted(chance: Random, now: float) -> str:
    """An id that sorts by time (UUIDv7, RFC 9562 5.7), as devices make them."""
    high = int(now * 1000) << 80 | 0x7 << 76 | chance.getrandbits(12) << 64
    return f"{high | 0b10 << 62 | chance.getrandbits(62):032x}"

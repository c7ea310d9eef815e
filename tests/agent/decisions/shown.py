"""What an observer is shown in tests, frame by frame, and what it told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.decisions.observation import (
    Debounce,
    Event,
    Incident,
    IncidentChanged,
    Observation,
    PresenceChanged,
)
from agent.decisions.observer import begin, blind, observe
from agent.vision.judgement import Glance, Identity, Seen, Sight
from hub.protocol.facts import Hint, IncidentKind, Phase, Presence, Reason

TIMING = Debounce()
PEEPING, IMPERSONATION = IncidentKind.PEEPING, IncidentKind.IMPERSONATION
DEVICE, COVERED = IncidentKind.PHOTOGRAPHING_DEVICE, IncidentKind.CAMERA_COVERED
MEMBER = Seen(Identity.MEMBER, similarity=0.8, quality=0.9, height=0.4, score=1.0)
DOUBTFUL = Seen(Identity.UNCERTAIN, similarity=0.45, quality=0.9, height=0.4, score=1.0)
STRANGER = Seen(Identity.OTHER, similarity=0.1, quality=0.9, height=0.4, score=1.0)
BLURRED = replace(STRANGER, quality=0.1)
ONLOOKER = replace(STRANGER, height=0.15)
FAR_AWAY = replace(STRANGER, height=0.04)
SIGHTS = {
    "nobody": Sight(),
    "member": Sight((MEMBER,)),
    "doubtful": Sight((DOUBTFUL,)),
    "stranger": Sight((STRANGER,)),
    "blurred": Sight((BLURRED,)),
    "watched": Sight((MEMBER, ONLOOKER)),
    "passed": Sight((MEMBER, FAR_AWAY)),
}
# The camera is covered, or gives the same picture of the member again and again.
COVERS = {
    "dark": Sight(glance=Glance(Hint.DARK, measure=4.0, limit=18.0, change=0.3)),
    "frozen": Sight((MEMBER,), glance=Glance(change=0.0), fresh=False),
}
PHONES = {
    "phone": Sight((MEMBER,), phone=0.6),
    "no phone": Sight((MEMBER,), phone=0.1),
}
ALL = SIGHTS | COVERS | PHONES


@dataclass(frozen=True)
class Told:
    """An event and when it was told."""

    at: float
    event: Event


def play(
    shown: Sequence[tuple[float, str]], timing: Debounce = TIMING
) -> tuple[Observation, list[Told]]:
    """Let the observer see frames, or `blind` ones, at their times."""
    state, told = begin(0.0), []
    for at, name in shown:
        if name == "blind":
            state, events = blind(state, Reason.CAMERA_UNPLUGGED, at, timing)
        else:
            state, events = observe(state, ALL[name], at, timing)
        told += [Told(at, event) for event in events]
    return state, told


def seconds(*runs: tuple[str, int]) -> list[tuple[float, str]]:
    """One frame a second: so many of each."""
    names = [name for name, count in runs for _ in range(count)]
    return [(float(at), name) for at, name in enumerate(names)]


def presences(told: list[Told]) -> list[tuple[Presence, float, float]]:
    """What presence became, when it was told, and since when it is so."""
    return [
        (one.event.presence, one.at, one.event.since)
        for one in told
        if isinstance(one.event, PresenceChanged)
    ]


def incidents(told: list[Told], kind: IncidentKind) -> list[tuple[Phase, float, Incident]]:
    return [
        (one.event.phase, one.at, one.event.incident)
        for one in told
        if isinstance(one.event, IncidentChanged) and one.event.incident.kind is kind
    ]

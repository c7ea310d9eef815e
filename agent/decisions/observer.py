"""What frames mean over time: presence and incidents, debounced. Pure; `now` never goes back."""

from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum

from agent.decisions.observation import (
    Debounce,
    Event,
    Observation,
    Step,
    become,
    expire,
    forget,
    shows,
)
from agent.decisions.rules import RULES, hidden, judge_cover
from agent.vision.judgement import (
    Identity,
    Sight,
)
from hub.protocol.facts import IncidentKind, Presence, Reason


def begin(now: float) -> Observation:
    """Nothing is known yet."""
    return Observation(Presence.UNKNOWN, now, Reason.STARTING)


def observe(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """Take one frame into account."""
    events: list[Event] = []
    looking = state.watching_since is not None or state.covered_since is not None
    if looking and now - state.frame_at > timing.stall_s:
        state, events = blind(state, Reason.NO_FRAMES, now, timing)
    for rule in (judge_cover, *(() if hidden(state, sight, now, timing) else RULES)):
        state, more = rule(state, sight, now, timing)
        events += more
    state, ended = expire(replace(state, frame_at=now), now, timing)
    return state, events + ended


def blind(state: Observation, reason: Reason, now: float, timing: Debounce) -> Step:
    """There are no frames, and `reason` says why: nothing is known since the last one.

    To be told about once a second while it lasts, so that incidents end in time.
    """
    since = now if state.watching_since is None else max(state.since, state.frame_at)
    return unsighted(state, since, reason, now, timing)


def shut(state: Observation, reason: Reason | None, now: float, timing: Debounce) -> Step:
    """The camera is closed on purpose: as `blind`, from this moment."""
    return unsighted(state, now, reason, now, timing)


def reopen(state: Observation, now: float) -> Step:
    """The camera is about to be opened again after `shut`: nothing is known yet."""
    return become(state, Presence.UNKNOWN, now, Reason.STARTING, None)


def unsighted(
    state: Observation, since: float, reason: Reason | None, now: float, timing: Debounce
) -> Step:
    state = forget(replace(state, covered_since=None, covered_frames=0))
    state, ended = expire(state, now, timing)
    if (state.presence, state.reason) == (Presence.UNKNOWN, reason):
        return state, ended
    state, changed = become(state, Presence.UNKNOWN, since, reason, None)
    return state, ended + changed


class Tempo(IntEnum):
    """How closely to look: calm may pass over frames in which nothing moved."""

    CALM = 0
    AWAKE = 1
    URGENT = 2


def tempo(state: Observation, timing: Debounce) -> Tempo:
    """Never calm while a decision is pending; urgent while frames are being counted for one."""
    if any(counting(state, timing)):
        return Tempo.URGENT
    seen = state.presence is Presence.PRESENT and not state.frames
    settled = seen or state.presence is Presence.AWAY
    return Tempo.CALM if settled and state.covered_since is None else Tempo.AWAKE


def in_doubt(state: Observation, timing: Debounce) -> bool:
    """Whether the last frames have shown somebody else, without that being decided."""
    return not shows(state, IncidentKind.IMPERSONATION) and any(
        vote.face.identity is Identity.OTHER
        and state.frame_at - vote.at <= timing.impersonation_within_s
        for vote in state.votes
    )


def counting(state: Observation, timing: Debounce) -> Iterator[bool]:
    """For each decision whether the last frames have brought something towards it."""

    def lately(at: float, within_s: float) -> bool:
        return state.frame_at - at <= within_s

    yield state.presence is not Presence.PRESENT and any(
        lately(match.at, timing.present_within_s) for match in state.matches
    )
    yield in_doubt(state, timing)
    yield not shows(state, IncidentKind.PEEPING) and bool(state.second)
    yield not shows(state, IncidentKind.PHOTOGRAPHING_DEVICE) and any(
        one.hit and lately(one.at, timing.device_within_s) for one in state.passes
    )

"""What the observer remembers of the frames, and what it tells. Pure."""

from dataclasses import dataclass, replace

from agent.vision.judgement import (
    MIN_PHONE_SCORE,
    Seen,
)
from hub.protocol.facts import IncidentKind, Phase, Presence, Reason, Why


@dataclass(frozen=True)
class Debounce:
    """How long what must be seen. Times are seconds; the defaults fit one frame a second."""

    present_matches: int = 2
    present_within_s: float = 5.0
    away_after_s: float = 60.0
    impersonation_votes: int = 3
    impersonation_frames: int = 5
    impersonation_over_s: float = 3.0
    impersonation_within_s: float = 10.0
    peeping_for_s: float = 2.0
    peeping_break_s: float = 0.5  # a small face is missed in 3 of 100 frames: one at three a second
    peeping_min_height: float = 0.06  # of the frame's height: 29 of 480 px, 100 % found from 32 on
    device_hits: int = 2
    device_passes: int = 3
    device_within_s: float = 10.0
    covered_for_s: float = 5.0
    incident_quiet_s: float = 60.0
    stall_s: float = 5.0

    def scaled(self, factor: float) -> "Debounce":
        """The same rules in another tempo; a demo or a test is then as quick as it likes."""
        return replace(
            self,
            present_within_s=self.present_within_s * factor,
            away_after_s=self.away_after_s * factor,
            impersonation_over_s=self.impersonation_over_s * factor,
            impersonation_within_s=self.impersonation_within_s * factor,
            peeping_for_s=self.peeping_for_s * factor,
            peeping_break_s=self.peeping_break_s * factor,
            device_within_s=self.device_within_s * factor,
            covered_for_s=self.covered_for_s * factor,
            incident_quiet_s=self.incident_quiet_s * factor,
            stall_s=self.stall_s * factor,
        )


@dataclass(frozen=True)
class Incident:
    """One incident without its id; `count` is how often it was seen anew."""

    kind: IncidentKind
    opened_at: float
    seen_at: float
    why: Why
    count: int = 1
    showing: bool = True


@dataclass(frozen=True)
class PresenceChanged:
    """`since` is when it became true: for away, when the member was last seen."""

    presence: Presence
    since: float
    reason: Reason | None
    why: Why | None


@dataclass(frozen=True)
class IncidentChanged:
    """An incident opened, was seen anew, or ended (it was not seen for long enough)."""

    phase: Phase
    at: float
    incident: Incident


Event = PresenceChanged | IncidentChanged


@dataclass(frozen=True)
class Moment:
    """One frame's part in a decision."""

    at: float
    face: Seen


@dataclass(frozen=True)
class Pass:
    """One search for a phone, and the score of the best find."""

    at: float
    score: float

    @property
    def hit(self) -> bool:
        return self.score >= MIN_PHONE_SCORE


@dataclass(frozen=True)
class Observation:
    """Everything that the observer remembers."""

    presence: Presence
    since: float
    reason: Reason | None = None
    watching_since: float | None = None  # none while there are no frames
    frame_at: float = 0.0
    frames: int = 0  # looked at since the last match
    nearest: float | None = None  # the best cosine among them
    matches: tuple[Moment, ...] = ()
    votes: tuple[Moment, ...] = ()
    second: tuple[Moment, ...] = ()  # first and last frame with a second face, without a break
    second_votes: int = 0
    second_frames: int = 0
    passes: tuple[Pass, ...] = ()
    covered_since: float | None = None
    covered_frames: int = 0
    incidents: tuple[Incident, ...] = ()


Step = tuple[Observation, list[Event]]


def forget(state: Observation) -> Observation:
    """No frame of before counts any more."""
    return replace(
        state,
        watching_since=None,
        frames=0,
        nearest=None,
        matches=(),
        votes=(),
        second=(),
        second_votes=0,
        second_frames=0,
        passes=(),
        incidents=tuple(replace(known, showing=False) for known in state.incidents),
    )


def shows(state: Observation, kind: IncidentKind) -> bool:
    known = find(state, kind)
    return known is not None and known.showing


def become(
    state: Observation, presence: Presence, since: float, reason: Reason | None, why: Why | None
) -> Step:
    state = replace(state, presence=presence, since=since, reason=reason)
    return state, [PresenceChanged(presence, since, reason, why)]


def show(
    state: Observation, kind: IncidentKind, first: float, last: float, now: float, why: Why
) -> Step:
    """An incident shows: it opens, or goes on, or is seen anew after a break."""
    known = find(state, kind)
    if known is None:
        incident = Incident(kind, first, last, why)
        return keep(state, incident), [IncidentChanged(Phase.OPENED, now, incident)]
    if known.showing:
        return keep(state, replace(known, seen_at=last)), []
    incident = replace(known, seen_at=last, count=known.count + 1, why=why, showing=True)
    return keep(state, incident), [IncidentChanged(Phase.SEEN, now, incident)]


def hide(state: Observation, kind: IncidentKind) -> Observation:
    known = find(state, kind)
    return keep(state, replace(known, showing=False)) if known else state


def expire(state: Observation, now: float, timing: Debounce) -> Step:
    """An incident that was not seen for long enough is over."""
    quiet = [known for known in state.incidents if now - known.seen_at >= timing.incident_quiet_s]
    left = tuple(known for known in state.incidents if known not in quiet)
    return replace(state, incidents=left), [
        IncidentChanged(Phase.ENDED, now, replace(known, showing=False)) for known in quiet
    ]


def find(state: Observation, kind: IncidentKind) -> Incident | None:
    return next((known for known in state.incidents if known.kind is kind), None)


def keep(state: Observation, incident: Incident) -> Observation:
    others = tuple(known for known in state.incidents if known.kind is not incident.kind)
    return replace(state, incidents=(*others, incident))

"""What frames mean over time: presence and incidents, debounced. Pure; `now` never goes back.

The rules are those of presence.md's "Debounce": a glance away is no absence, a passer-by is no
peeper, and one bad frame accuses nobody. Every decision carries why it was taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from agent.vision.judgement import (
    FROZEN_CHANGE,
    MIN_PHONE_SCORE,
    MIN_SCORE,
    OTHER_BELOW,
    Identity,
    Seen,
    Sight,
)
from hub.protocol.messages import Hint, IncidentKind, Phase, Presence, Reason, Why


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


def watch(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """Frames come, so an earlier lack of them is over, though nothing is decided yet."""
    if state.watching_since is not None:
        return state, []
    state = replace(state, watching_since=now)
    if state.reason is Reason.STARTING:
        return state, []
    return become(state, Presence.UNKNOWN, now, Reason.STARTING, None)


def judge_presence(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    match = sight.match
    if match is None:
        return judge_absence(state, sight, now, timing)
    recent = [seen for seen in state.matches if now - seen.at <= timing.present_within_s]
    matches = (*recent, Moment(now, match))[-timing.present_matches :]
    state = replace(state, matches=matches, frames=0, nearest=None)
    if state.presence is Presence.PRESENT or len(matches) < timing.present_matches:
        return state, []
    why = explain(len(matches), len(matches), match, sight.accept)
    return become(state, Presence.PRESENT, matches[0].at, None, why)


def judge_absence(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """Away is who was not matched for long, whoever else sits there."""
    cosines = [face.similarity for face in sight.faces]
    known = [state.nearest] if state.nearest is not None else []
    nearest = max(known + cosines, default=None)
    state = replace(state, frames=state.frames + 1, nearest=nearest)
    last_seen = state.matches[-1].at if state.matches else state.watching_since
    if last_seen is None or state.presence is Presence.AWAY:
        return state, []
    if now - last_seen < timing.away_after_s:
        return state, []
    why = Why(votes=0, of=state.frames, score=nearest, threshold=sight.accept)
    since = max(last_seen, state.since)
    return become(replace(state, matches=()), Presence.AWAY, since, None, why)


def judge_impersonation(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """Somebody else sits in the member's place: most good frames say so, for long enough."""
    face = sight.match or (sight.faces[0] if sight.faces else None)
    recent = [vote for vote in state.votes if now - vote.at <= timing.impersonation_within_s]
    good = face is not None and (face.good or face.identity is Identity.MEMBER)
    if good and face and (not recent or now - recent[-1].at >= apart_s(timing)):
        recent.append(Moment(now, face))
    votes = tuple(recent)[-timing.impersonation_frames :]
    state = replace(state, votes=votes)
    others = [vote for vote in votes if vote.face.identity is Identity.OTHER]
    if (
        len(others) < timing.impersonation_votes
        or others[-1].at - others[0].at < timing.impersonation_over_s
    ):
        return hide(state, IncidentKind.IMPERSONATION), []
    nearest = max((vote.face for vote in others), key=lambda other: other.similarity)
    why = explain(len(others), len(votes), nearest, OTHER_BELOW)
    return show(state, IncidentKind.IMPERSONATION, others[0].at, others[-1].at, now, why)


def apart_s(timing: Debounce) -> float:
    """How far apart the votes are at least: who looks faster must not decide on fewer seconds."""
    return timing.impersonation_over_s / (timing.impersonation_frames - 1)


def judge_peeping(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """A second person looks on, without a break, for long enough."""
    faces = [face for face in sight.faces if face.height >= timing.peeping_min_height]
    if len(faces) < 2:
        return miss_second(state, now, timing), []
    onlooker = min(faces, key=lambda face: face.similarity)
    last = Moment(now, onlooker)
    first = state.second[0] if state.second else last
    votes, frames = state.second_votes + 1, state.second_frames + 1
    state = replace(state, second=(first, last), second_votes=votes, second_frames=frames)
    if now - first.at < timing.peeping_for_s:
        return state, []
    why = Why(votes, frames, onlooker.score, MIN_SCORE, onlooker.quality)
    return show(state, IncidentKind.PEEPING, first.at, now, now, why)


def miss_second(state: Observation, now: float, timing: Debounce) -> Observation:
    """A frame without a second face: one that was missed is no break, longer is."""
    if state.second and now - state.second[-1].at <= timing.peeping_break_s:
        return replace(state, second_frames=state.second_frames + 1)
    state = replace(state, second=(), second_votes=0, second_frames=0)
    return hide(state, IncidentKind.PEEPING)


def judge_device(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """A phone is held up: two of three searches find one."""
    if sight.phone is None:
        return state, []
    recent = [one for one in state.passes if now - one.at <= timing.device_within_s]
    passes = (*recent, Pass(now, sight.phone))[-timing.device_passes :]
    state = replace(state, passes=passes)
    hits = [one for one in passes if one.hit]
    if len(hits) < timing.device_hits:
        return hide(state, IncidentKind.PHOTOGRAPHING_DEVICE), []
    best = max(one.score for one in hits)
    why = Why(len(hits), len(passes), best, MIN_PHONE_SCORE)
    kind = IncidentKind.PHOTOGRAPHING_DEVICE
    return show(state, kind, hits[0].at, hits[-1].at, now, why)


def judge_cover(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """The lens is covered, or the picture stands still: what is there, nobody knows.

    That is unknown and never away, and apart from a camera that gives no frames at all.
    """
    why = covering(sight, state.covered_frames + 1)
    if why is None:
        state = replace(state, covered_since=None, covered_frames=0)
        return hide(state, IncidentKind.CAMERA_COVERED), []
    since = begun(state, sight, now) if state.covered_since is None else state.covered_since
    state = replace(state, covered_since=since, covered_frames=state.covered_frames + 1)
    if now - since < timing.covered_for_s:
        return state, []
    told = (state.presence, state.reason) == (Presence.UNKNOWN, Reason.CAMERA_COVERED)
    state = state if told else forget(state)
    state, events = show(state, IncidentKind.CAMERA_COVERED, since, now, now, why)
    if told:
        return state, events
    since = max(state.since, since)
    state, changed = become(state, Presence.UNKNOWN, since, Reason.CAMERA_COVERED, why)
    return state, events + changed


def begun(state: Observation, sight: Sight, now: float) -> float:
    """A picture stands still since the frame before, for this one is the same."""
    stands = not sight.glance.cover and state.watching_since is not None
    return state.frame_at if stands else now


def covering(sight: Sight, frames: int) -> Why | None:
    """Why this frame does not show what is there, if so."""
    glance = sight.glance
    if glance.cover:
        return Why(frames, frames, glance.measure, glance.limit, hint=glance.cover)
    if glance.frozen:
        return Why(frames, frames, glance.change, FROZEN_CHANGE, hint=Hint.FROZEN)
    return None


def hidden(state: Observation, sight: Sight, now: float, timing: Debounce) -> bool:
    """Whether the frame says nothing about people: a picture that just froze may still be true."""
    if sight.glance.cover:
        return True
    frozen_since = state.covered_since if sight.glance.frozen else None
    return frozen_since is not None and now - frozen_since >= timing.covered_for_s


# What a frame with a picture in it goes through, in this order.
RULES = (watch, judge_presence, judge_impersonation, judge_peeping, judge_device)


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


def explain(votes: int, of: int, face: Seen, threshold: float) -> Why:
    return Why(votes, of, face.similarity, threshold, face.quality)

"""What frames mean over time: presence and incidents, debounced. Pure; `now` never goes back.

The rules are those of presence.md's "Debounce": a glance away is no absence, a passer-by is no
peeper, and one bad frame accuses nobody. Every decision carries why it was taken.
"""

from dataclasses import dataclass, replace

from agent.vision.judgement import MIN_SCORE, OTHER_BELOW, Identity, Seen, Sight
from hub.protocol.messages import IncidentKind, Phase, Presence, Reason, Why


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
    peeping_min_height: float = 0.06  # of the frame's height: 29 of 480 px, 100 % found from 32 on
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
    second_frames: int = 0
    incidents: tuple[Incident, ...] = ()


Step = tuple[Observation, list[Event]]


def begin(now: float) -> Observation:
    """Nothing is known yet."""
    return Observation(Presence.UNKNOWN, now, Reason.STARTING)


def observe(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """Take one analysed frame into account."""
    events: list[Event] = []
    if state.watching_since is not None and now - state.frame_at > timing.stall_s:
        state, events = blind(state, Reason.NO_FRAMES, now, timing)
    for rule in (watch, judge_presence, judge_impersonation, judge_peeping):
        state, more = rule(state, sight, now, timing)
        events += more
    state, ended = expire(state, now, timing)
    return state, events + ended


def blind(state: Observation, reason: Reason, now: float, timing: Debounce) -> Step:
    """There are no frames, and `reason` says why: nothing is known since the last one.

    To be told about once a second while it lasts, so that incidents end in time.
    """
    since = now if state.watching_since is None else max(state.since, state.frame_at)
    state = replace(
        state,
        watching_since=None,
        frames=0,
        nearest=None,
        matches=(),
        votes=(),
        second=(),
        second_frames=0,
        incidents=tuple(replace(known, showing=False) for known in state.incidents),
    )
    state, ended = expire(state, now, timing)
    if (state.presence, state.reason) == (Presence.UNKNOWN, reason):
        return state, ended
    state, changed = become(state, Presence.UNKNOWN, since, reason, None)
    return state, ended + changed


def watch(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """Frames come, so an earlier lack of them is over, though nothing is decided yet."""
    state = replace(state, frame_at=now)
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
    votes = tuple([*recent, Moment(now, face)] if good and face else recent)
    votes = votes[-timing.impersonation_frames :]
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


def judge_peeping(state: Observation, sight: Sight, now: float, timing: Debounce) -> Step:
    """A second person looks on, without a break, for long enough."""
    faces = [face for face in sight.faces if face.height >= timing.peeping_min_height]
    if len(faces) < 2:
        return hide(replace(state, second=(), second_frames=0), IncidentKind.PEEPING), []
    onlooker = min(faces, key=lambda face: face.similarity)
    last = Moment(now, onlooker)
    first = state.second[0] if state.second else last
    state = replace(state, second=(first, last), second_frames=state.second_frames + 1)
    if now - first.at < timing.peeping_for_s:
        return state, []
    frames = state.second_frames
    why = Why(frames, frames, onlooker.score, MIN_SCORE, onlooker.quality)
    return show(state, IncidentKind.PEEPING, first.at, now, now, why)


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

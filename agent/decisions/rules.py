"""The rules of deciding, each over one frame and what is remembered. Pure.

A glance away is no absence, a passer-by is no peeper, and one bad frame accuses nobody. Every
decision carries why it was taken.
"""

from dataclasses import replace

from agent.decisions.observation import (
    Debounce,
    Moment,
    Observation,
    Pass,
    Step,
    become,
    forget,
    hide,
    show,
)
from agent.vision.judgement import (
    FROZEN_CHANGE,
    MIN_PHONE_SCORE,
    MIN_SCORE,
    OTHER_BELOW,
    Identity,
    Seen,
    Sight,
)
from hub.protocol.facts import Hint, IncidentKind, Presence, Reason, Why


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


def explain(votes: int, of: int, face: Seen, threshold: float) -> Why:
    return Why(votes, of, face.similarity, threshold, face.quality)

"""What the page says is on, as one message; nothing that a policy holds leaves any of it out."""

import time
from dataclasses import dataclass

from msgspec import Struct

from agent import terms
from agent.decisions.observation import Event, IncidentChanged
from agent.enrolment import guide
from agent.enrolment.gallery import Gallery, ImageSet
from agent.enrolment.guided import Guided
from agent.live.view import Seen
from agent.pause import Pause
from agent.run import Agent
from agent.troubles import Trouble
from agent.vision.judgement import LEVELS
from hub.protocol.enrolling import CharterTold, Condition, EnrolmentState, Looked
from hub.protocol.facts import Policy, Why


class Sharing(Struct, frozen=True):
    stream: bool
    virtual_camera: bool
    viewers: int
    trouble: Trouble | None


class Asked(Struct, frozen=True):
    """Somebody who asks to look live, or does."""

    view: str
    by: str
    purpose: str
    left_s: float


class Threshold(Struct, frozen=True):
    """`strangers` is the measured share that is taken for the member, `members` that is known."""

    level: str
    locked: bool
    accept: float
    strangers: float
    members: float
    at_least: bool


class Decision(Struct, frozen=True):
    """What was decided, when (s since 1970), and why."""

    at: float
    what: str
    phase: str = ""
    reason: str = ""
    why: Why | None = None


class SetItem(Struct, frozen=True):
    name: str
    condition: Condition
    images: int
    made_at: float
    state: EnrolmentState
    filed: bool


class MeterItem(Struct, frozen=True):
    name: str
    value: float
    good: bool


class GuideItem(Struct, frozen=True):
    """A guided enrolment that is going on."""

    pose: str
    say: tuple[str, str]
    taken: int
    wanted: int
    may_skip: bool
    number: int
    meters: list[MeterItem]


class OnAir(Struct, frozen=True):
    """Everything; `camera` is on, closed or fault; `said` is what went wrong on the page last."""

    name: str
    linked: bool
    camera: str
    presence: str
    reason: str
    for_s: float
    troubles: list[Trouble]
    pause: Pause | None
    policy: Policy
    next_capture_s: float | None
    images_today: int
    bytes_today: int
    waiting: int
    asks: list[Asked]
    watching: list[Asked]
    sharing: Sharing
    threshold: Threshold
    decisions: list[Decision]
    looked: list[Looked]
    task: str
    consent: terms.Consent
    consented: bool
    charter: CharterTold
    sets: list[SetItem]
    guide: GuideItem | None
    enrolled: bool
    said: Trouble | None


@dataclass(frozen=True)
class Around:
    """What the page knows beside its agent."""

    gallery: Gallery
    consent: terms.Consent
    consents: bool
    guided: Guided | None
    decisions: list[Decision]
    looked: list[Looked]
    said: Trouble | None
    charter: CharterTold
    asked_again: bool


def on_air(agent: Agent, around: Around) -> OnAir:
    now, taken, outlets = agent.now(), agent.evidence.status(), agent.share.outlets
    asked = agent.asking.challenge
    return OnAir(
        name=now.name,
        linked=now.linked,
        camera=now.camera,
        presence=now.presence,
        reason=now.reason or "",
        for_s=now.for_s,
        troubles=[*now.troubles, *([taken.trouble] if taken.trouble else [])],
        pause=agent.paused,
        policy=agent.policy,
        next_capture_s=taken.next_capture_s,
        images_today=taken.images_today,
        bytes_today=taken.bytes_today,
        waiting=taken.waiting,
        asks=list(map(named, agent.views.pending)),
        watching=list(map(named, agent.views.active)),
        sharing=Sharing(outlets.stream, outlets.virtual_camera, outlets.viewers, outlets.trouble),
        threshold=threshold(agent),
        decisions=around.decisions,
        looked=around.looked,
        task=asked.task if asked and asked.waiting else "",
        consent=around.consent,
        consented=around.consents and not around.asked_again,
        charter=around.charter,
        sets=[item(one) for one in around.gallery.sets],
        guide=guiding(around.guided) if around.guided else None,
        enrolled=bool(len(around.gallery.templates)),
        said=around.said,
    )


def item(one: ImageSet) -> SetItem:
    return SetItem(one.name, one.condition, one.images, one.made_at, one.state, one.hub is not None)


def named(seen: Seen) -> Asked:
    return Asked(seen.view, seen.by, seen.purpose, seen.left_s)


def threshold(agent: Agent) -> Threshold:
    rates = LEVELS[agent.level]
    return Threshold(
        agent.level, bool(agent.policy.level), rates.accept, rates.strangers, rates.members,
        rates.at_least,
    )  # fmt: skip


def guiding(guided: Guided) -> GuideItem:
    view = guided.view
    pose = view.course.pose
    return GuideItem(
        pose=pose or "",
        say=guide.SAY[view.say],
        taken=view.course.images,
        wanted=sum(guide.WANTED.values()),
        may_skip=pose not in (None, guide.Pose.FRONT),
        number=view.number,
        meters=[MeterItem(one.name, one.value, not one.say) for one in view.meters],
    )


def decided(event: Event) -> Decision:
    """The times of events are of another clock: it was decided just now."""
    clock = time.time()
    if isinstance(event, IncidentChanged):
        return Decision(clock, event.incident.kind, event.phase, why=event.incident.why)
    return Decision(clock, event.presence, reason=event.reason or "", why=event.why)

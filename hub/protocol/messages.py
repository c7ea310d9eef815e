"""Everything that agents, watchers and the hub say to each other: a message is a type.

Times are seconds since 1970 (UTC) as floats. A device's times are by the device's own clock; times
that the hub sends are by the hub's clock. Nothing is ever ordered by them.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

VERSION = 1

# Limits of what devices may say: everything that they send must fit into the record.
LATEST = 4_102_444_800  # the year 2100
Time = Annotated[float, Meta(ge=0, le=LATEST)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]  # what JSON readers keep exact (RFC 8259 6)
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Name = Annotated[str, Meta(max_length=32, pattern=r"^[0-9A-Za-z_.-]+$")]
Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")]  # PostgreSQL takes no NUL


class Work(StrEnum):
    """What the person says they do: by punches, or by the device while it is linked."""

    OFF = "off"
    WORKING = "working"
    BREAK = "break"
    OUT = "out"


class Presence(StrEnum):
    """What the camera knows; unknown is never shown or counted as away."""

    PRESENT = "present"
    AWAY = "away"
    UNKNOWN = "unknown"


class Link(StrEnum):
    """Whether the hub hears the device: silence is not absence."""

    ONLINE = "online"
    STALE = "stale"
    OFFLINE = "offline"


class Capture(StrEnum):
    ON = "on"
    PAUSED = "paused"


class Label(StrEnum):
    """The one word for a seat, in the order in which `hub.presence.label` tries them."""

    OFF = "off"
    OUT = "out"
    BREAK = "break"
    PAUSED = "paused"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    AWAY = "away"
    PRESENT = "present"


class IncidentKind(StrEnum):
    """From the gravest to the least."""

    IMPERSONATION = "impersonation"
    PHOTOGRAPHING_DEVICE = "photographing_device"
    PEEPING = "peeping"
    CAMERA_COVERED = "camera_covered"


class Phase(StrEnum):
    """A step in an incident's life as a watcher hears of it."""

    OPENED = "opened"
    SEEN = "seen"
    ENDED = "ended"
    RECORDED = "recorded"
    JUDGED = "judged"


class Verdict(StrEnum):
    """What a person says that an incident was (正当, 不正, 誤検知)."""

    BENIGN = "benign"
    CONFIRMED = "confirmed"
    FALSE_POSITIVE = "false_positive"


class Reason(StrEnum):
    """Why presence is what it is, where the label alone does not say it."""

    STARTING = "starting"
    CAMERA_UNPLUGGED = "camera_unplugged"
    CAMERA_BUSY = "camera_busy"
    CAMERA_FORBIDDEN = "camera_forbidden"
    CAMERA_UNREADABLE = "camera_unreadable"
    CAMERA_COVERED = "camera_covered"
    NO_FRAMES = "no_frames"
    NOT_ENROLLED = "not_enrolled"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    SILENT = "silent"
    SAID_BYE = "said_bye"
    HUB_GAP = "hub_gap"
    NOT_CAPTURING = "not_capturing"


class EvidenceLevel(StrEnum):
    """Which images leave a device, from none at all to the most; `off` opens no camera."""

    OFF = "off"
    STATE_ONLY = "state_only"
    INCIDENT_ONLY = "incident_only"
    PERIODIC = "periodic"


class EvidenceKind(StrEnum):
    CAMERA = "camera"
    SCREEN = "screen"


class EvidenceState(StrEnum):
    """Where an image is: to come, here, never taken (with a reason), overwritten, or erased."""

    PENDING = "pending"
    STORED = "stored"
    ABSENT = "absent"
    OVERWRITTEN = "overwritten"
    ERASED = "erased"


class Purpose(StrEnum):
    """What somebody looks at another person for; asked each time, and told to that person."""

    INCIDENT_REVIEW = "incident_review"
    WORK_CHECK = "work_check"
    MEMBER_REQUEST = "member_request"
    AUDIT = "audit"


class Quiet(StrEnum):
    """Why no camera is opened, whatever the evidence level; no setting takes any of them away."""

    NO_CHARTER = "no_charter"  # the tenant has not said yet what it watches for
    NO_CONSENT = "no_consent"
    OFF_WORK = "off_work"  # by the member's punches
    NOT_HEARD = "not_heard"  # on a device alone: no hub has told it yet what it may do


class Policy(Struct, frozen=True, omit_defaults=True):
    """What a tenant lets a member's devices do; a group may only narrow the evidence level.

    `interval_s` is between the images of level periodic: 150 captures in 8 hours. `level` locks
    how sure recognition must be (low, mid or high). `challenge` asks for a blink or a turn,
    `hint` marks what may be a photo or a screen.

    The rest is nobody's setting: `quiet` says why no camera is opened, if none is; `faces` and
    `live` whether the member's consent covers face templates and live views.
    """

    evidence: EvidenceLevel = EvidenceLevel.INCIDENT_ONLY
    interval_s: Annotated[float, Meta(ge=30, le=86_400)] = 192.0
    level: Annotated[str, Meta(pattern="^(low|mid|high)$")] | None = None
    challenge: bool = False
    hint: bool = False
    quiet: Quiet | None = None
    faces: bool = True
    live: bool = True


class Hint(StrEnum):
    """What else is to be known of a decision; by itself it accuses nobody."""

    DARK = "dark"
    FLAT = "flat"
    FROZEN = "frozen"
    CHALLENGE_PASSED = "challenge_passed"
    CHALLENGE_UNANSWERED = "challenge_unanswered"
    PHOTO_OR_SCREEN = "photo_or_screen"


class Why(Struct, frozen=True, omit_defaults=True):
    """The explanation of a decision: `votes` frames of `of`, a score against its threshold.

    `score` is a cosine similarity in -1..1 (or a detector's score in 0..1), `quality` 0..1. For a
    covered camera `hint` says what was measured: mean light, or its spread, or the mean change from
    frame to frame, each of 0..255.
    """

    votes: int | None = None
    of: int | None = None
    score: float | None = None
    threshold: float | None = None
    quality: float | None = None
    hint: Hint | None = None


class Facts(Struct, frozen=True, omit_defaults=True):
    """The whole state of one device; `since` is when it became true, by the device's clock."""

    since: Time
    presence: Presence = Presence.UNKNOWN
    work: Work = Work.WORKING
    capture: Capture = Capture.ON
    reason: Reason | None = None


class Sighting(Struct, frozen=True, omit_defaults=True):
    """One incident as its device knows it; the device mints the id (32 hex digits, UUIDv7)."""

    id: Name
    kind: IncidentKind
    opened_at: Time
    seen_at: Time
    count: Count = 1
    ongoing: bool = True
    why: Why | None = None


# ---- live view: what agents, watchers and the hub say alike

Sdp = Annotated[str, Meta(max_length=12_000)]  # ours have 2 kB; a PC with 60 addresses has 8


class ViewEnd(StrEnum):
    """Why a live view ended, or never began."""

    REFUSED = "refused"  # the worker said no
    NO_ANSWER = "no_answer"
    NOT_ALLOWED = "not_allowed"  # by the tenant's evidence level, or without a camera: no question
    BUSY = "busy"
    OFFLINE = "offline"  # no agent there, or none that the asker may know of
    WATCHER_LEFT = "watcher_left"
    WORKER_ENDED = "worker_ended"
    AGENT_LEFT = "agent_left"
    NO_WAY = "no_way"  # no connection came about, or it broke
    LONG_ENOUGH = "long_enough"
    FAILED = "failed"  # it could not be recorded, so it may not be


class SdpKind(StrEnum):
    OFFER = "offer"
    ANSWER = "answer"


class IceServer(Struct, frozen=True, omit_defaults=True):
    """A STUN or TURN server of the hub's own settings (RFC 8489, RFC 8656)."""

    url: str
    username: str | None = None
    credential: str | None = None


class ViewSignal(Struct, frozen=True, tag="view_signal"):
    """A session description with all candidates in it (RFC 8829): the agent offers."""

    view: Name
    kind: SdpKind
    sdp: Sdp


class ViewConnected(Struct, frozen=True, tag="view_connected"):
    """The asker's browser shows the first picture."""

    view: Name


class ViewEnded(Struct, frozen=True, tag="view_ended"):
    """Over, whoever says it; the view's name means nothing any more."""

    view: Name
    reason: ViewEnd


# ---- agent -> hub


class Hello(Struct, frozen=True, tag="hello", omit_defaults=True):
    """First message of an agent: the whole current state, unnumbered, for the live picture only.

    `session` names this run of the agent; a newer session of a device fences the older one.
    `next_seq` is the first number that is not queued yet: smaller ones are late.
    `clock` is the device's clock at sending, for the measured skew.
    """

    version: int
    session: Name
    device_epoch: Name
    next_seq: Seq
    clock: Time
    facts: Facts
    incidents: Annotated[tuple[Sighting, ...], Meta(max_length=64)] = ()
    agent: Text = ""


class StateReport(Struct, frozen=True, tag="state", omit_defaults=True):
    """The device's state changed: the whole new state."""

    seq: Seq
    facts: Facts
    why: Why | None = None


class IncidentReport(Struct, frozen=True, tag="incident", omit_defaults=True):
    """An incident opened, was seen again or ended: its whole new state."""

    seq: Seq
    at: Time
    phase: Phase
    sighting: Sighting


class GapReport(Struct, frozen=True, tag="gap", omit_defaults=True):
    """What the agent had to overwrite while nobody listened."""

    seq: Seq
    lost_from: Time
    lost_to: Time
    count: Count
    reason: Text


class EvidencePiece(Struct, frozen=True, omit_defaults=True):
    """One image, or why there is none; the device mints the id (32 hex digits, UUIDv7).

    `screen` counts the monitors of a device from 0. Only pending, absent and overwritten are told.
    """

    id: Name
    kind: EvidenceKind
    taken_at: Time
    state: EvidenceState = EvidenceState.PENDING
    incident: Name | None = None
    screen: Count = 0
    reason: Text | None = None


class EvidenceReport(Struct, frozen=True, tag="evidence", omit_defaults=True):
    """Images were taken, or could not be, or had to be overwritten before they were sent."""

    seq: Seq
    at: Time
    pieces: Annotated[tuple[EvidencePiece, ...], Meta(max_length=64)]


Report = StateReport | IncidentReport | GapReport | EvidenceReport


class Heartbeat(Struct, frozen=True, tag="heartbeat"):
    """I am here; nothing changed."""


class Bye(Struct, frozen=True, tag="bye"):
    """The agent stops in good order: offline at once."""


class ViewAnswered(Struct, frozen=True, tag="view_answered"):
    """The worker's word on one question; an agent that may not ask them ends the view instead."""

    view: Name
    accepted: bool


FromAgent = (
    Hello
    | StateReport
    | IncidentReport
    | GapReport
    | EvidenceReport
    | Heartbeat
    | Bye
    | ViewAnswered
    | ViewSignal
    | ViewEnded
)

# ---- hub -> agent


class Welcome(Struct, frozen=True, tag="welcome", omit_defaults=True):
    """The lease is yours. `recorded` is the highest seq of your device_epoch that SQL has.

    `policy` is the one in force for the device's member; see `PolicyChanged`.
    """

    epoch: str
    generation: int
    recorded: int
    now: float
    lease_s: float
    heartbeat_s: float
    member: int
    name: str
    policy: Policy = Policy()


class Ack(Struct, frozen=True, tag="ack"):
    """Everything up to `seq` is durable in the record: forget it."""

    device_epoch: str
    seq: int


class PolicyChanged(Struct, frozen=True, tag="policy"):
    """From now on this policy is in force for you."""

    policy: Policy


class ViewAsked(Struct, frozen=True, tag="view_asked", omit_defaults=True):
    """Somebody wants to see the camera's picture live: `by` is their name, `at` by the hub's clock.

    The worker answers each time; `ice` are the hub's servers for the way between the two.
    """

    view: Name
    by: str
    purpose: Purpose
    at: float
    ice: tuple[IceServer, ...] = ()


ToAgent = Welcome | Ack | PolicyChanged | ViewAsked | ViewSignal | ViewEnded

# ---- watcher -> hub


class Cursor(Struct, frozen=True):
    """Where a watcher stands: the life of the broker's data, the offset in it, and its view."""

    epoch: str
    offset: int
    view: str


class Subscribe(Struct, frozen=True, tag="subscribe", omit_defaults=True):
    """Start watching; with a cursor, go on from it if the history still has it."""

    version: int
    cursor: Cursor | None = None


class Resume(Struct, frozen=True, tag="resume"):
    """I saw a gap: replay from here, or send a new snapshot."""

    cursor: Cursor


class AskView(Struct, frozen=True, tag="ask_view"):
    """Ask the person at that device for a live view; `request` is the asker's own word for it."""

    request: Name
    member: int
    device: int
    purpose: Purpose


FromWatcher = Subscribe | Resume | AskView | ViewSignal | ViewConnected | ViewEnded

# ---- hub -> watcher


class DeviceView(Struct, frozen=True, omit_defaults=True):
    """What one device says, beside the merged seat."""

    id: int
    since: float
    presence: Presence = Presence.UNKNOWN
    link: Link = Link.ONLINE
    capture: Capture = Capture.ON
    reason: Reason | None = None


class Alert(Struct, frozen=True, omit_defaults=True):
    """The gravest incident of a seat that is ongoing or unreviewed; `open` says how many are."""

    id: str
    kind: IncidentKind
    at: float
    ongoing: bool = False
    open: int = 1


class SeatView(Struct, frozen=True, omit_defaults=True):
    """The whole state of one seat; the last one written wins, so applying it twice is harmless.

    `since` is when the label became true. `heard` is the last contact, told once the link is not
    online any more. `label` is `hub.presence.label` of the fields, so that all screens agree.
    """

    member: int
    label: Label
    since: float
    work: Work = Work.OFF
    presence: Presence = Presence.UNKNOWN
    link: Link = Link.OFFLINE
    capture: Capture = Capture.ON
    reason: Reason | None = None
    heard: float | None = None
    task: str | None = None
    alert: Alert | None = None
    devices: tuple[DeviceView, ...] = ()


class MemberCard(Struct, frozen=True, omit_defaults=True):
    id: int
    name: str
    groups: tuple[int, ...] = ()


class GroupCard(Struct, frozen=True, omit_defaults=True):
    id: int
    name: str
    parent: int | None = None


class IncidentNews(Struct, frozen=True, omit_defaults=True):
    """One step of an incident; incidents are never conflated. Only a live opening may sound.

    A judged one has its verdict; without one a verdict was taken back.
    """

    member: int
    phase: Phase
    sighting: Sighting
    late: bool = False
    recorded: bool = False
    verdict: Verdict | None = None


class Snapshot(Struct, frozen=True, tag="snapshot", omit_defaults=True):
    """The whole view in parts of at most 64 kB; it becomes the board with its last part."""

    epoch: str
    offset: int
    view: str
    part: int
    last: bool
    now: float
    recovered: bool = False
    members: tuple[MemberCard, ...] = ()
    groups: tuple[GroupCard, ...] = ()
    seats: tuple[SeatView, ...] = ()


class Resumed(Struct, frozen=True, tag="resumed"):
    """Nothing was lost: deltas go on from your cursor."""

    epoch: str
    offset: int
    view: str
    now: float
    recovered: bool = True


class Delta(Struct, frozen=True, tag="delta", omit_defaults=True):
    """What changed at `offset`; `after` is the offset of the previous frame of this view.

    `gone` names members that left the view; `members` those that entered or were renamed or moved;
    `groups`, where not empty, are all the groups of the view anew.
    """

    epoch: str
    after: int
    offset: int
    seats: tuple[SeatView, ...] = ()
    gone: tuple[int, ...] = ()
    members: tuple[MemberCard, ...] = ()
    groups: tuple[GroupCard, ...] = ()
    incidents: tuple[IncidentNews, ...] = ()


class Pulse(Struct, frozen=True, tag="pulse"):
    """The hub's heartbeat to a quiet view: you are at this offset, and it is now."""

    epoch: str
    offset: int
    now: float


class ViewOpened(Struct, frozen=True, tag="view_opened", omit_defaults=True):
    """Your request is the view of this name; the worker is asked, for at most `answer_s`."""

    request: Name
    view: Name
    answer_s: float
    ice: tuple[IceServer, ...] = ()


BoardNews = Snapshot | Resumed | Delta | Pulse
ToWatcher = BoardNews | ViewOpened | ViewAnswered | ViewSignal | ViewEnded

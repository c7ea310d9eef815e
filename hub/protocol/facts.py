"""What is said of people and incidents: the words, and the limits of what may be said.

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
    TAKEN = "taken"
    ESCALATED = "escalated"
    DISPUTED = "disputed"


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

"""What watchers and the hub say to each other: a message is a type."""

from msgspec import Struct

from hub.protocol.facts import (
    Capture,
    IncidentKind,
    Label,
    Link,
    Phase,
    Presence,
    Reason,
    Sighting,
    Verdict,
    Work,
)
from hub.protocol.live_view import (
    AskView,
    ViewAnswered,
    ViewConnected,
    ViewEnded,
    ViewOpened,
    ViewSignal,
)


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


FromWatcher = Subscribe | Resume | AskView | ViewSignal | ViewConnected | ViewEnded


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

    A judged one has its verdict; without one a verdict was taken back. One that was taken names
    its assignee; without one it was let go. An escalated one names who is to be told of it now.
    """

    member: int
    phase: Phase
    sighting: Sighting
    late: bool = False
    recorded: bool = False
    verdict: Verdict | None = None
    assignee: int | None = None
    told: tuple[int, ...] = ()


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


BoardNews = Snapshot | Resumed | Delta | Pulse

ToWatcher = BoardNews | ViewOpened | ViewAnswered | ViewSignal | ViewEnded

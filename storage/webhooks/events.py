"""What webhooks tell: one struct for each type of event, and what each means to people.

Bodies are thin: ids and states. Images, templates, screens, names and words are fetched by REST,
where every look is written down.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from hub.access import Role
from hub.protocol.enrolling import ConsentPurpose
from hub.protocol.facts import (
    Capture,
    IncidentKind,
    Label,
    Link,
    Presence,
    Purpose,
    Reason,
    Verdict,
    Work,
)
from hub.workforce.punching import PunchKind


class PresenceUpdated(Struct, frozen=True):
    """A seat's state changed; (epoch, seq) orders the changes of one epoch, the newest wins."""

    TYPE: ClassVar[str] = "presence.updated"
    epoch: str
    seq: int
    member: int
    label: Label
    since: datetime
    work: Work
    presence: Presence
    link: Link
    capture: Capture
    reason: Reason | None = None


class IncidentOpened(Struct, frozen=True):
    """An incident began. `late` = it was queued on the device while nobody could be told.

    Told once it is recorded, so that it can be fetched at once.
    """

    TYPE: ClassVar[str] = "incident.opened"
    epoch: str
    seq: int
    id: str
    kind: IncidentKind
    member: int
    device: int
    opened_at: datetime
    late: bool = False


class IncidentStep(StrEnum):
    """What happened to an incident since it was opened, beside its review."""

    ENDED = "ended"
    TAKEN = "taken"
    RELEASED = "released"
    ESCALATED = "escalated"
    DISPUTED = "disputed"


class IncidentUpdated(Struct, frozen=True):
    """An incident ended, was taken or let go, went up, or its member objected.

    `by` did it (None: a device, or the program); `told` hear of an escalation. What objections
    say is fetched.
    """

    TYPE: ClassVar[str] = "incident.updated"
    id: str
    kind: IncidentKind
    member: int
    device: int
    opened_at: datetime
    step: IncidentStep
    ended_at: datetime | None = None
    by: int | None = None
    assignee: int | None = None
    level: int = 0
    told: tuple[int, ...] = ()


class IncidentReviewed(Struct, frozen=True):
    """Somebody said what an incident was, or took it back: the verdict that counts now, if any."""

    TYPE: ClassVar[str] = "incident.reviewed"
    id: str
    kind: IncidentKind
    member: int
    device: int
    opened_at: datetime
    by: int
    verdict: Verdict | None = None


class PunchCreated(Struct, frozen=True):
    """Somebody punched; `work` is where they stand by it."""

    TYPE: ClassVar[str] = "punch.created"
    id: int
    member: int
    kind: PunchKind
    at: datetime
    work: Work


class ConsentGiven(Struct, frozen=True):
    """Somebody agreed to these purposes, under that version of the charter."""

    TYPE: ClassVar[str] = "consent.given"
    member: int
    purposes: tuple[ConsentPurpose, ...]
    charter: int | None = None
    device: int | None = None


class ConsentWithdrawn(Struct, frozen=True):
    """Somebody withdrew their consent to these purposes."""

    TYPE: ClassVar[str] = "consent.withdrawn"
    member: int
    purposes: tuple[ConsentPurpose, ...]
    charter: int | None = None
    device: int | None = None


class DeviceOffline(Struct, frozen=True):
    """A device has gone: it said so (said_bye), or was silent for 90 seconds (silent)."""

    TYPE: ClassVar[str] = "device.offline"
    epoch: str
    seq: int
    device: int
    member: int
    since: datetime
    reason: Reason


class DeviceGap(Struct, frozen=True):
    """A device had to overwrite `count` reports (or images) of this time before they were sent."""

    TYPE: ClassVar[str] = "device.gap"
    epoch: str
    seq: int
    device: int
    member: int
    lost_from: datetime
    lost_to: datetime
    count: int
    images: bool = False


class UserCreated(Struct, frozen=True):
    """There is a new member."""

    TYPE: ClassVar[str] = "user.created"
    member: int
    role: Role
    groups: tuple[int, ...]
    supervises: tuple[int, ...] = ()


class UserUpdated(Struct, frozen=True):
    """A member was changed, or let in again: this is their state now. Names are fetched."""

    TYPE: ClassVar[str] = "user.updated"
    member: int
    role: Role
    groups: tuple[int, ...]
    supervises: tuple[int, ...] = ()
    disabled: bool = False


class UserDisabled(Struct, frozen=True):
    """A member does not get in any more, nor do their devices."""

    TYPE: ClassVar[str] = "user.disabled"
    member: int


class EvidenceViewed(Struct, frozen=True):
    """Somebody opened an image of a member, and said what for."""

    TYPE: ClassVar[str] = "evidence.viewed"
    id: int
    evidence: str
    viewer: int
    member: int
    device: int | None
    purpose: Purpose


class RetentionPurged(Struct, frozen=True):
    """What was older than the retention period is gone: so many rows of each kind."""

    TYPE: ClassVar[str] = "retention.purged"
    before: datetime
    gone: dict[str, int]


class Ping(Struct, frozen=True):
    """A test that somebody asked for; sent whatever the endpoint's filter says."""

    TYPE: ClassVar[str] = "webhook.ping"
    endpoint: int


Data = (
    PresenceUpdated
    | IncidentOpened
    | IncidentUpdated
    | IncidentReviewed
    | PunchCreated
    | ConsentGiven
    | ConsentWithdrawn
    | DeviceOffline
    | DeviceGap
    | UserCreated
    | UserUpdated
    | UserDisabled
    | EvidenceViewed
    | RetentionPurged
    | Ping
)


@dataclass(frozen=True, slots=True)
class EventType:
    """A type that an endpoint may choose, its data, and what it tells, in both languages."""

    data: type[Data]
    ja: str
    en: str

    @property
    def type(self) -> str:
        return self.data.TYPE

    @property
    def personal(self) -> bool:
        """Whether it is about a member, whose groups filter it."""
        return "member" in self.data.__struct_fields__


EVENT_TYPES = (
    EventType(
        PresenceUpdated,
        "在席状態(在席・離席・不明など)が変わった",
        "A person's presence changed",
    ),
    EventType(
        IncidentOpened,
        "インシデント(なりすまし・のぞき見など)が発生し、記録された",
        "An incident began and is recorded",
    ),
    EventType(
        IncidentUpdated,
        "インシデントが終了した、受け持たれた、手放された、上申された、または異議が出された",
        "An incident ended, was taken, let go, escalated or disputed",
    ),
    EventType(
        IncidentReviewed,
        "インシデントが判定された、または判定が取り消された",
        "An incident was judged, or the verdict was taken back",
    ),
    EventType(PunchCreated, "打刻された", "Somebody punched"),
    EventType(ConsentGiven, "本人が同意した", "Somebody gave their consent"),
    EventType(ConsentWithdrawn, "本人が同意を撤回した", "Somebody withdrew their consent"),
    EventType(
        DeviceOffline,
        "端末の接続が切れた(終了した、または 90 秒間応答がない)",
        "A device has gone offline (it stopped, or was silent for 90 seconds)",
    ),
    EventType(
        DeviceGap,
        "端末で記録の一部が上書きされ、失われた",
        "A device had to overwrite part of its record, which is lost",
    ),
    EventType(UserCreated, "利用者が追加された", "A member was added"),
    EventType(
        UserUpdated,
        "利用者の登録内容・役割・所属が変わった、または再び有効になった",
        "A member's entry, role or groups changed, or they were let in again",
    ),
    EventType(UserDisabled, "利用者が無効にされた", "A member was disabled"),
    EventType(
        EvidenceViewed,
        "誰かが本人の画像を開いた(目的つき)",
        "Somebody opened an image of a person, for a purpose",
    ),
    EventType(
        RetentionPurged,
        "保存期間を過ぎた記録が削除された",
        "Records past their retention period were erased",
    ),
)
TYPES = tuple(one.type for one in EVENT_TYPES)


class Event(Struct, frozen=True):
    """Something to tell: `key` is unique in tenant and type, so telling it twice is telling once.

    `at` is when it became true.
    """

    key: str
    at: datetime
    data: Data

    @property
    def member(self) -> int | None:
        """Whom it is about: their groups filter it. What is about nobody passes no group filter."""
        member: int | None = getattr(self.data, "member", None)
        return member


def message_id(tenant_id: int, kind: str, key: str) -> str:
    """The same event has the same id on every attempt and however often it is recorded."""
    return "msg_" + hashlib.sha256(f"{tenant_id} {kind} {key}".encode()).hexdigest()[:32]

"""Events that people are told of: each says what became true, and has a key to be told once by.

They carry ids, never a name, a secret or an image: names are put in for whoever reads.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from msgspec import Struct

from hub.notifying import NoticeType
from hub.protocol.facts import IncidentKind

AT_ONCE = timedelta(0)


class IncidentOpened(Struct, frozen=True, tag="incident_opened", omit_defaults=True):
    """`late`: it was queued on the device while nobody could be told, and is no alarm any more."""

    TYPE: ClassVar = NoticeType.INCIDENT_OPENED
    WAITS: ClassVar = AT_ONCE
    at: datetime
    incident: str
    kind: IncidentKind
    member: int
    late: bool = False

    @property
    def key(self) -> str:
        return self.incident

    @property
    def subject(self) -> int | None:
        return self.member


class IncidentEscalated(Struct, frozen=True, tag="incident_escalated", omit_defaults=True):
    """Nobody took or judged it in time: `told` are those above who hear of it now.

    `disputed_at`: it was judged, and what nobody answers is what the member objects to that.
    """

    TYPE: ClassVar = NoticeType.INCIDENT_ESCALATED
    WAITS: ClassVar = AT_ONCE
    at: datetime
    incident: str
    kind: IncidentKind
    member: int
    level: int
    told: tuple[int, ...]
    disputed_at: datetime | None = None

    @property
    def key(self) -> str:
        place = f"{self.incident}/{self.level}"
        return f"{place}/{self.disputed_at.timestamp():.0f}" if self.disputed_at else place

    @property
    def subject(self) -> int | None:
        return self.member


class DeviceOffline(Struct, frozen=True, tag="device_offline"):
    """No device of a member at work is heard any more, and none said good-bye.

    It is told when it is still so after a while: a train's tunnel is nobody's news, nor is a hub
    that was away itself. `place` is the change's in the record.
    """

    TYPE: ClassVar = NoticeType.DEVICE_OFFLINE
    WAITS: ClassVar = timedelta(minutes=5)
    at: datetime
    member: int
    place: str

    @property
    def key(self) -> str:
        return self.place

    @property
    def subject(self) -> int | None:
        return self.member


class DeviceGap(Struct, frozen=True, tag="device_gap"):
    """A device had no room for what it saw while nobody listened: `count` images are lost."""

    TYPE: ClassVar = NoticeType.DEVICE_GAP
    WAITS: ClassVar = AT_ONCE
    at: datetime
    member: int
    device: int
    number: str
    since: datetime
    until: datetime
    count: int

    @property
    def key(self) -> str:
        return f"{self.device}/{self.number}"

    @property
    def subject(self) -> int | None:
        return self.member


class HubGap(Struct, frozen=True, tag="hub_gap"):
    """The live path was lost: nobody's presence is known since `at`, which begins `epoch`."""

    TYPE: ClassVar = NoticeType.HUB_GAP
    WAITS: ClassVar = AT_ONCE
    at: datetime
    epoch: str

    @property
    def key(self) -> str:
        return self.epoch

    @property
    def subject(self) -> int | None:
        return None


class WebhookDisabled(Struct, frozen=True, tag="webhook_disabled"):
    """Nothing is sent there any more: the receiver is gone (410), or has failed for five days.

    `host` alone: an address may have a secret in it.
    """

    TYPE: ClassVar = NoticeType.WEBHOOK_DISABLED
    WAITS: ClassVar = AT_ONCE
    at: datetime
    endpoint: int
    host: str
    why: Literal["gone", "failing"]

    @property
    def key(self) -> str:
        return f"{self.endpoint}/{self.at.timestamp():.0f}"

    @property
    def subject(self) -> int | None:
        return None


class MaintenanceAnnounced(Struct, frozen=True, tag="maintenance", omit_defaults=True):
    """The hub will be away from `starts_at` to `ends_at`; a change of it is another `revision`."""

    TYPE: ClassVar = NoticeType.MAINTENANCE
    WAITS: ClassVar = AT_ONCE
    at: datetime
    window: int
    starts_at: datetime
    ends_at: datetime
    text_ja: str = ""
    text_en: str = ""
    revision: int = 0

    @property
    def key(self) -> str:
        return f"{self.window}/{self.revision}"

    @property
    def subject(self) -> int | None:
        return None


class More(Struct, frozen=True, tag="more"):
    """So many of one type that they are counted, not told one by one."""

    at: datetime
    of: NoticeType

    @property
    def subject(self) -> int | None:
        return None


Event = (
    IncidentOpened
    | IncidentEscalated
    | DeviceOffline
    | DeviceGap
    | HubGap
    | WebhookDisabled
    | MaintenanceAnnounced
)
Said = Event | More

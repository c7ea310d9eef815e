"""How a member wants to be told: what, on which ways, and when not."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.protocol.facts import IncidentKind

JAPAN = ZoneInfo("Asia/Tokyo")  # whose nights are quiet, wherever the hub stands

Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Hour = Annotated[int, Meta(ge=0, le=23)]


class Channel(StrEnum):
    """By mail; on the desktop, which is also by push; by a sound while a page is open."""

    MAIL = "mail"
    DESKTOP = "desktop"
    SOUND = "sound"


class Channels(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a kind of incident is told on each of them."""

    mail: bool
    desktop: bool
    sound: bool


ALL = Channels(mail=True, desktop=True, sound=True)
SILENT = Channels(mail=True, desktop=True, sound=False)


class Kinds(Struct, frozen=True, forbid_unknown_fields=True):
    """From the gravest to the least; a covered camera is often a draught, and makes no sound."""

    impersonation: Channels = ALL
    photographing_device: Channels = ALL
    peeping: Channels = ALL
    camera_covered: Channels = SILENT


class NoticeType(StrEnum):
    """What people are told of."""

    INCIDENT_OPENED = "incident_opened"
    INCIDENT_ESCALATED = "incident_escalated"
    DEVICE_OFFLINE = "device_offline"
    DEVICE_GAP = "device_gap"
    HUB_GAP = "hub_gap"
    WEBHOOK_DISABLED = "webhook_disabled"
    MAINTENANCE = "maintenance"


class Mailed(StrEnum):
    """Never, at once, or with the one mail of the day."""

    OFF = "off"
    NOW = "now"
    DIGEST = "digest"


class NoticeWays(Struct, frozen=True, forbid_unknown_fields=True):
    """`app`: in the list of notices. `push`: by Web Push, where a browser is signed up for it."""

    app: bool = True
    mail: Mailed = Mailed.OFF
    push: bool = False


URGENT = NoticeWays(mail=Mailed.NOW, push=True)
CALLED = NoticeWays(push=True)
AT_ONCE = NoticeWays(mail=Mailed.NOW)
DAILY = NoticeWays(mail=Mailed.DIGEST)
SHOWN = NoticeWays()


class NoticeTypes(Struct, frozen=True, forbid_unknown_fields=True):
    """Mail at once is for what stands still until somebody acts."""

    incident_opened: NoticeWays = CALLED
    incident_escalated: NoticeWays = URGENT
    device_offline: NoticeWays = SHOWN
    device_gap: NoticeWays = DAILY
    hub_gap: NoticeWays = SHOWN
    webhook_disabled: NoticeWays = AT_ONCE
    maintenance: NoticeWays = DAILY


class Notifications(Struct, frozen=True, forbid_unknown_fields=True):
    """What one member chose. Nothing disturbs between `quiet_from` and `quiet_to` (Asia/Tokyo).

    Both are given, or neither; from later than to goes over midnight. The mail of the day goes out
    at `digest_hour` (Asia/Tokyo); what quiet hours held back goes with it.
    """

    kinds: Kinds = Kinds()
    types: NoticeTypes = NoticeTypes()
    digest_hour: Hour = 8
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None


def whole(chosen: Notifications) -> bool:
    """Whether the quiet hours have a beginning and another end, or there are none."""
    begin, end = chosen.quiet_from, chosen.quiet_to
    return begin is end is None or (begin is not None and end is not None and begin != end)


def wanted(chosen: Notifications, kind: IncidentKind, channel: Channel) -> bool:
    """Whether a member wants to be told of such an incident on this channel at any time."""
    channels: Channels = getattr(chosen.kinds, kind)
    told: bool = getattr(channels, channel)
    return told


def ways(
    chosen: Notifications,
    type: NoticeType,
    at: datetime,
    kind: IncidentKind | None = None,
    *,
    pressing: bool = True,
) -> NoticeWays:
    """How a member is told of this at this moment.

    An incident's `kind` has a say, too. What is not `pressing`, or comes in quiet hours, is not
    pushed, and waits for the mail of the day.
    """
    asked: NoticeWays = getattr(chosen.types, type)
    mail, push = asked.mail, asked.push
    if kind is not None:
        mail = mail if wanted(chosen, kind, Channel.MAIL) else Mailed.OFF
        push = push and wanted(chosen, kind, Channel.DESKTOP)
    if pressing and not quiet(chosen, at):
        return NoticeWays(asked.app, mail, push)
    return NoticeWays(asked.app, Mailed.DIGEST if mail is Mailed.NOW else mail, False)


def quiet(chosen: Notifications, at: datetime) -> bool:
    """Whether the moment lies in the member's quiet hours."""
    if chosen.quiet_from is None or chosen.quiet_to is None:
        return False
    begin, end = time.fromisoformat(chosen.quiet_from), time.fromisoformat(chosen.quiet_to)
    now = at.astimezone(JAPAN).time()
    return begin <= now < end if begin < end else now >= begin or now < end


def digest_after(chosen: Notifications, at: datetime) -> datetime:
    """When the next mail of the day goes out: the chosen hour's next beginning in Japan."""
    local = at.astimezone(JAPAN)
    today = local.replace(hour=chosen.digest_hour, minute=0, second=0, microsecond=0)
    return today if local < today else today + timedelta(days=1)

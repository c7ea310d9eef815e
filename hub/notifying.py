"""How a member wants to be told of incidents: by mail, on the desktop, by sound; and when not."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.protocol.facts import IncidentKind

JAPAN = ZoneInfo("Asia/Tokyo")  # whose nights are quiet, wherever the hub stands

Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Channel(StrEnum):
    """Mail tells of what was escalated; desktop and sound of what happens while a page is open."""

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


class Notifications(Struct, frozen=True, forbid_unknown_fields=True):
    """What one member chose. Nothing disturbs between `quiet_from` and `quiet_to` (Asia/Tokyo).

    Both are given, or neither; from later than to goes over midnight.
    """

    kinds: Kinds = Kinds()
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None


def whole(chosen: Notifications) -> bool:
    """Whether the quiet hours have a beginning and another end, or there are none."""
    begin, end = chosen.quiet_from, chosen.quiet_to
    return begin is end is None or (begin is not None and end is not None and begin != end)


def tells(chosen: Notifications, kind: IncidentKind, channel: Channel, at: datetime) -> bool:
    """Whether a member wants to be told of such an incident at this moment, on this channel."""
    channels: Channels = getattr(chosen.kinds, kind)
    wanted: bool = getattr(channels, channel)
    return wanted and not quiet(chosen, at)


def quiet(chosen: Notifications, at: datetime) -> bool:
    """Whether the moment lies in the member's quiet hours."""
    if chosen.quiet_from is None or chosen.quiet_to is None:
        return False
    begin, end = time.fromisoformat(chosen.quiet_from), time.fromisoformat(chosen.quiet_to)
    now = at.astimezone(JAPAN).time()
    return begin <= now < end if begin < end else now >= begin or now < end

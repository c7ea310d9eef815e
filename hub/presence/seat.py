"""A seat: what the devices of one person say, merged into what every screen shows.

Times are by the hub's clock, in seconds since 1970.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from hub.protocol.facts import Capture, IncidentKind, Label, Link, Presence, Reason, Work
from hub.protocol.watchers import Alert, DeviceView, SeatView

GRAVITY = {kind: place for place, kind in enumerate(IncidentKind)}  # 0 is the gravest
ALARMS_MAX = 32  # kept on a seat for the badge; the record has them all


class Device(Struct, frozen=True, omit_defaults=True):
    """One device of the person. (epoch, generation) is the fencing token of its session.

    `seq` is the highest report of `device_epoch` that the live picture has seen. `fenced` names
    the sessions that newer ones have replaced; one without a session is as the record had it.
    """

    id: int
    session: str
    generation: int
    since: float
    device_epoch: str = ""
    seq: int = 0
    link: Link = Link.ONLINE
    presence: Presence = Presence.UNKNOWN
    work: Work = Work.WORKING
    capture: Capture = Capture.ON
    reason: Reason | None = None
    heard: float | None = None
    fenced: tuple[str, ...] = ()


class Alarm(Struct, frozen=True, omit_defaults=True):
    """An incident that is ongoing or unreviewed; a judged one stays, unseen, until it ends."""

    id: str
    kind: IncidentKind
    device: int
    opened_at: float
    seen_at: float
    count: int = 1
    ongoing: bool = True
    judged: bool = False


class Seat(Struct, frozen=True, omit_defaults=True):
    """One person's seat. `rev` is the offset at which it last changed: the compare of every set.

    `by_punch` is the tenant's rule that work comes from punches alone.
    """

    member: int
    rev: int = 0
    by_punch: bool = False
    label: Label = Label.OFF
    since: float = 0.0
    punched: Work = Work.OFF
    task: str | None = None
    devices: tuple[Device, ...] = ()
    alarms: tuple[Alarm, ...] = ()


def together(devices: tuple[Device, ...]) -> tuple[Presence, Link, Capture]:
    """What a person's devices say, in one pass: every seat that is shown goes through here.

    Presence, of those that are online and look: any present, else all away; anything else is not
    known. Link is the best of them, offline without any. Paused, unless another one that is
    online sees the person present: a paused camera knows nothing, whatever it saw last.
    """
    best, paused = Link.OFFLINE, False
    seen = Presence.UNKNOWN
    looking = all_away = False
    for device in devices:
        if device.link is not Link.ONLINE:
            if best is Link.OFFLINE:
                best = device.link
            continue
        best = Link.ONLINE
        if device.capture is Capture.PAUSED:
            paused = True
        elif device.presence is Presence.PRESENT:
            seen = Presence.PRESENT
        else:
            all_away = device.presence is Presence.AWAY and (all_away or not looking)
            looking = True
    if seen is Presence.PRESENT:
        return seen, best, Capture.ON
    return Presence.AWAY if all_away else seen, best, Capture.PAUSED if paused else Capture.ON


def linked(devices: tuple[Device, ...]) -> list[Device]:
    return [device for device in devices if device.link is Link.ONLINE]


def work(seat: Seat) -> Work:
    """A punched break, outing or start stands; without one the device says it, while it is known.

    A device that fell silent leaves its last word: the label then says 切断, not 勤務外.
    """
    if seat.by_punch or seat.punched is not Work.OFF:
        return seat.punched
    known = linked(seat.devices) or list(seat.devices)
    said = [device.work for device in known if device.work is not Work.OFF]
    if Work.WORKING in said:
        return Work.WORKING
    return said[0] if said else Work.OFF


def label(work: Work, capture: Capture, link: Link, presence: Presence) -> Label:
    """The one word that web, terminal and CSV show: the first that holds."""
    if work is Work.OFF:
        return Label.OFF
    if work is Work.OUT:
        return Label.OUT
    if work is Work.BREAK:
        return Label.BREAK
    if capture is Capture.PAUSED:
        return Label.PAUSED
    if link is Link.OFFLINE:
        return Label.OFFLINE
    if presence is Presence.UNKNOWN or link is Link.STALE:
        return Label.UNKNOWN
    return Label.AWAY if presence is Presence.AWAY else Label.PRESENT


def label_of(seat: Seat) -> Label:
    presence, link, capture = together(seat.devices)
    return label(work(seat), capture, link, presence)


def alert(alarms: tuple[Alarm, ...]) -> Alert | None:
    """What the badge shows, and how many there are."""
    shown = [alarm for alarm in alarms if not alarm.judged]
    if not shown:
        return None
    top = gravest(shown)
    return Alert(top.id, top.kind, top.opened_at, top.ongoing, len(shown))


def gravest(alarms: Sequence[Alarm]) -> Alarm:
    """Of those that nobody has judged; among equals an ongoing one, then the latest."""

    def weight(alarm: Alarm) -> tuple[bool, int, bool, float]:
        return alarm.judged, GRAVITY[alarm.kind], not alarm.ongoing, -alarm.opened_at

    return min(alarms, key=weight)


def reason(seat: Seat) -> Reason | None:
    """Why the label is what it is, from the device that decides it."""
    if seat.label not in (Label.UNKNOWN, Label.AWAY, Label.OFFLINE):
        return None
    deciding = linked(seat.devices) or list(seat.devices)
    return next((device.reason for device in deciding if device.reason), None)


def heard(seat: Seat) -> float | None:
    """The last contact of any device; told once none is online."""
    return max((device.heard for device in seat.devices if device.heard), default=None)


def view(seat: Seat) -> SeatView:
    """What watchers get: everything that a screen shows, nothing that fences or numbers."""
    devices = seat.devices
    presence, link, capture = together(devices)
    return SeatView(
        member=seat.member,
        label=seat.label,
        since=seat.since,
        work=work(seat),
        presence=presence,
        link=link,
        capture=capture,
        reason=reason(seat),
        heard=None if link is Link.ONLINE else heard(seat),
        task=seat.task,
        alert=alert(seat.alarms),
        devices=tuple(
            DeviceView(one.id, one.since, one.presence, one.link, one.capture, one.reason)
            for one in devices
        ),
    )


def status(seen: SeatView) -> SeatView:
    """What colleagues see of a seat: the word, since when, the task, and whether it is heard.

    The facts under it say no more than the word does: who is off work is not seen at the PC.
    """
    word = seen.label
    return SeatView(
        member=seen.member,
        label=word,
        since=seen.since,
        work=seen.work,
        presence=_SEEN.get(word, Presence.UNKNOWN),
        link=Link.OFFLINE if word is Label.OFF else seen.link,
        capture=Capture.PAUSED if word is Label.PAUSED else Capture.ON,
        task=seen.task,
    )


_SEEN = {Label.PRESENT: Presence.PRESENT, Label.AWAY: Presence.AWAY}


def settled(seat: Seat, at: float) -> Seat:
    """Put the label right; `since` moves only when the word does."""
    word = label_of(seat)
    return seat if word is seat.label else replace(seat, label=word, since=at)


def device_of(seat: Seat, id: int) -> Device | None:
    return next((device for device in seat.devices if device.id == id), None)


def with_device(seat: Seat, device: Device, at: float) -> Seat:
    """The seat with this device in its place, or added."""
    others = tuple(device if one.id == device.id else one for one in seat.devices)
    devices = others if device in others else (*others, device)
    return settled(replace(seat, devices=devices), at)

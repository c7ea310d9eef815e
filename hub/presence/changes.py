"""What happens to a seat: (seat, event, now) -> (seat, effects), with times by the hub's clock.

A function that returns the same seat has changed nothing that anybody could see.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from hub.presence.alarms import ended_unless, seen
from hub.presence.seat import Device, Seat, device_of, settled, with_device
from hub.protocol.messages import (
    Capture,
    Facts,
    GapReport,
    Hello,
    IncidentNews,
    IncidentReport,
    Link,
    Phase,
    Presence,
    Reason,
    Report,
    StateReport,
    Why,
    Work,
)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long silence takes to mean something; one table, so that tests can scale it."""

    heartbeat_s: float = 10.0
    lease_s: float = 40.0
    offline_after_s: float = 90.0  # of silence, counted from the last contact
    renew_s: float = 2.0

    def scaled(self, pace: float) -> "Timing":
        """All of it shorter by a factor (0 < pace <= 1), for tests and measurements."""
        return Timing(
            self.heartbeat_s * pace,
            self.lease_s * pace,
            self.offline_after_s * pace,
            self.renew_s * pace,
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """The seat changed in a way that is a row of the record.

    `seq` is None where the hub made the change itself.
    """

    cause: str
    at: float
    device: int | None = None
    device_epoch: str | None = None
    seq: int | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class News:
    """A step in an incident's life that every watcher hears of."""

    incident: IncidentNews


@dataclass(frozen=True, slots=True)
class Fenced:
    """A session spoke that a newer one has replaced: it changes nothing and shall not come back."""

    device: int


Effect = Moved | News | Fenced


def join(seat: Seat, device: int, hello: Hello, now: float) -> tuple[Seat, list[Effect]]:
    """A device says hello: its whole state, and a newer session fences the older one.

    The same session with the same state within its lease changes nothing: boards must not flicker.
    """
    old = device_of(seat, device)
    joined = joining(old, device, hello)
    alarms, news = ended_unless(seat, device, hello.incidents)
    if old is not None and replace(joined, seq=old.seq) == old and not news:
        return seat, []
    changed = with_device(replace(seat, alarms=alarms), joined, hello.facts.since)
    return changed, [Moved("hello", now, device), *map(News, news)]


def joining(old: Device | None, device: int, hello: Hello) -> Device:
    same = old is not None and old.session == hello.session
    generation = 1 if old is None else old.generation + (not same)
    known = Device(device, hello.session, generation, hello.facts.since)
    return replace(
        told(known, hello.facts), device_epoch=hello.device_epoch, seq=hello.next_seq - 1
    )


def told(device: Device, facts: Facts) -> Device:
    """The device as its own words have it: heard, so online."""
    return replace(
        device,
        since=facts.since,
        presence=facts.presence,
        work=facts.work,
        capture=facts.capture,
        reason=facts.reason,
        link=Link.ONLINE,
        heard=None,
    )


def report(
    seat: Seat, device: int, generation: int, device_epoch: str, what: Report, late: bool
) -> tuple[Seat, list[Effect]]:
    """A numbered report: late ones and repeated ones never touch the live picture."""
    one = device_of(seat, device)
    if one is None or generation < one.generation:
        return seat, [Fenced(device)]
    if late or what.seq <= one.seq:
        return seat, late_news(seat, what)
    numbered = replace(one, device_epoch=device_epoch, seq=what.seq)
    match what:
        case StateReport(seq, facts, why):
            changed = with_device(seat, told(numbered, facts), facts.since)
            return changed, [Moved("report", facts.since, device, device_epoch, seq, why)]
        case IncidentReport(seq, at, phase, sighting):
            known = replace(seat, alarms=seen(seat.alarms, device, sighting))
            moved = Moved("incident", at, device, device_epoch, seq, sighting.why)
            news = News(IncidentNews(seat.member, phase, sighting))
            return with_device(known, numbered, at), [moved, news]
        case GapReport():
            return seat, []


def late_news(seat: Seat, what: Report) -> list[Effect]:
    """An incident from before the hello is told quietly; one that the seat knows was told then."""
    if not isinstance(what, IncidentReport):
        return []
    if any(alarm.id == what.sighting.id for alarm in seat.alarms):
        return []
    return [News(IncidentNews(seat.member, what.phase, what.sighting, late=True))]


def expire(seat: Seat, device: int, deadline: float, lease_s: float) -> tuple[Seat, list[Effect]]:
    """A device that nobody hears is stale, later offline; silence is not absence."""
    one = device_of(seat, device)
    if one is None or one.link is Link.OFFLINE:
        return seat, []
    if one.link is Link.ONLINE:
        stale = replace(silent(one, Link.STALE, Reason.SILENT), heard=deadline - lease_s)
        return with_device(seat, stale, deadline), [Moved("expiry", deadline, device)]
    return gone(seat, silent(one, Link.OFFLINE, Reason.SILENT), deadline, "expiry")


def bye(seat: Seat, device: int, generation: int, now: float) -> tuple[Seat, list[Effect]]:
    """A device that stops in good order is offline at once."""
    one = device_of(seat, device)
    if one is None or generation < one.generation or one.link is Link.OFFLINE:
        return seat, []
    left = replace(silent(one, Link.OFFLINE, Reason.SAID_BYE), heard=now)
    return gone(seat, left, now, "bye")


def silent(device: Device, link: Link, why: Reason) -> Device:
    return replace(device, link=link, presence=Presence.UNKNOWN, capture=Capture.ON, reason=why)


def gone(seat: Seat, device: Device, at: float, cause: str) -> tuple[Seat, list[Effect]]:
    """Nobody watches any more, so nothing of this device goes on; what it saw stays unreviewed."""
    alarms, news = ended_unless(seat, device.id, ())
    left = with_device(replace(seat, alarms=alarms), device, at)
    return left, [Moved(cause, at, device.id), *map(News, news)]


def punch(seat: Seat, work: Work, task: str | None, at: float) -> tuple[Seat, list[Effect]]:
    if (work, task) == (seat.punched, seat.task):
        return seat, []
    return settled(replace(seat, punched=work, task=task), at), [Moved("punch", at)]


def restore(seat: Seat, recorded: Seat, vouched: float) -> tuple[Seat, list[Effect]]:
    """The broker's data began anew: nothing is known since the record's last word.

    Generations of an epoch that is over fence nobody. What has come back already stays.
    """
    back = {device.id for device in seat.devices}
    lost = tuple(forgotten(one, vouched) for one in recorded.devices if one.id not in back)
    known = replace(recorded, rev=seat.rev, by_punch=seat.by_punch, devices=(*seat.devices, *lost))
    return settled(known, vouched), [Moved("hub_gap", vouched)]


def forgotten(device: Device, vouched: float) -> Device:
    known = replace(device, session="", generation=0)
    if device.link is Link.OFFLINE:
        return known
    return replace(silent(known, Link.STALE, Reason.HUB_GAP), heard=vouched)


def opening(news: IncidentNews) -> bool:
    """Only the live opening of an incident may sound, and is told to webhooks."""
    return news.phase is Phase.OPENED and not news.late

"""What happens to a seat: (seat, event, now) -> (seat, effects), with times by the hub's clock.

A function that returns the same seat has changed nothing that anybody could see.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from hub.presence.alarms import ended_unless, judged, seen
from hub.presence.seat import Device, Seat, device_of, settled, with_device
from hub.protocol.agents import (
    EvidenceReport,
    GapReport,
    Hello,
    IncidentReport,
    Report,
    StateReport,
)
from hub.protocol.facts import (
    Capture,
    Facts,
    Link,
    Phase,
    Presence,
    Reason,
    Sighting,
    Verdict,
    Why,
    Work,
)
from hub.protocol.watchers import IncidentNews

SAME_S = 1.0  # the skew is measured anew at each hello, so the same time differs by a delay
FENCED_KEPT = 8  # replaced sessions that a device remembers, so that none of them comes back


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


@dataclass(frozen=True, slots=True)
class Unmet:
    """A session spoke that has not said hello in this epoch: it shall say it again."""

    device: int


Effect = Moved | News | Fenced | Unmet


def join(seat: Seat, device: int, hello: Hello, now: float) -> tuple[Seat, list[Effect]]:
    """A device says hello: its whole state, and a newer session fences the older one.

    The same session with the same state within its lease changes nothing that anybody could see:
    boards must not flicker. Numbers before the hello are late from here on.
    """
    old = device_of(seat, device)
    if old is not None and hello.session in old.fenced:
        return seat, [Fenced(device)]
    if old is not None and is_outdated(old, hello):
        return seat, []
    joined = joining(old, device, hello)
    alarms, news = ended_unless(seat, device, hello.incidents)
    if old is not None and replace(joined, seq=old.seq) == old and not news:
        return (seat if joined == old else with_device(seat, joined, now)), []
    changed = with_device(replace(seat, alarms=alarms), joined, joined.since)
    return changed, [Moved("hello", now, device), *map(News, news)]


def is_outdated(old: Device, hello: Hello) -> bool:
    """An older connection of the same session is heard after the newer one."""
    same = (old.session, old.device_epoch) == (hello.session, hello.device_epoch)
    return same and hello.next_seq - 1 < old.seq


def joining(old: Device | None, device: int, hello: Hello) -> Device:
    if old is None:
        known = Device(device, hello.session, 1, hello.facts.since)
    elif old.session == hello.session:
        known = old
    else:
        replaced = (*old.fenced, old.session)[-FENCED_KEPT:] if old.session else old.fenced
        known = replace(old, session=hello.session, generation=old.generation + 1, fenced=replaced)
    numbered = replace(known, device_epoch=hello.device_epoch, seq=hello.next_seq - 1)
    joined = told(numbered, hello.facts)
    nearly = abs(joined.since - known.since) < SAME_S
    return replace(joined, since=known.since) if nearly else joined


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
    seat: Seat, device: int, session: str, device_epoch: str, what: Report, late: bool
) -> tuple[Seat, list[Effect]]:
    """A numbered report: late ones and repeated ones never touch the live picture."""
    one = device_of(seat, device)
    if one is None or not one.session:
        return seat, [Unmet(device)]
    if one.session != session:
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
        case GapReport() | EvidenceReport():
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


def bye(seat: Seat, device: int, session: str, now: float) -> tuple[Seat, list[Effect]]:
    """A device that stops in good order is offline at once."""
    one = device_of(seat, device)
    if one is None or one.session != session:
        return seat, [Fenced(device)]
    if one.link is Link.OFFLINE:
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


def judge(
    seat: Seat, device: int, sighting: Sighting, verdict: Verdict | None, at: float
) -> tuple[Seat, list[Effect]]:
    """A person has said what an incident was, or takes it back (None); every board hears it."""
    alarms = judged(seat.alarms, device, sighting, verdict)
    news = News(IncidentNews(seat.member, Phase.JUDGED, sighting, recorded=True, verdict=verdict))
    if alarms == seat.alarms:
        return seat, [news]
    return replace(seat, alarms=alarms), [Moved("verdict", at), news]


def restore(seat: Seat, recorded: Seat, vouched: float) -> tuple[Seat, list[Effect]]:
    """The broker's data began anew: nothing is known since the record's last word.

    It is the first that happens to a seat in an epoch, whoever does it; generations of an epoch
    that is over fence nobody.
    """
    if replace(seat, rev=0) != Seat(seat.member, by_punch=seat.by_punch):
        return seat, []
    devices = tuple(forgotten(one, vouched) for one in recorded.devices)
    known = replace(recorded, rev=seat.rev, by_punch=seat.by_punch, devices=devices)
    return settled(known, vouched), [Moved("hub_gap", vouched)]


def forgotten(device: Device, vouched: float) -> Device:
    known = replace(device, session="", generation=0, fenced=())
    if device.link is Link.OFFLINE:
        return known
    return replace(silent(known, Link.STALE, Reason.HUB_GAP), heard=vouched)

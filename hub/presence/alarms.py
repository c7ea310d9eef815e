"""The life of incidents on a seat: ongoing, then unreviewed until somebody judges."""

from collections.abc import Iterable

from msgspec.structs import replace

from hub.presence.seat import ALARMS_MAX, GRAVITY, Alarm, Seat, gravest
from hub.protocol.facts import Phase, Sighting, Verdict
from hub.protocol.watchers import IncidentNews


def seen(alarms: tuple[Alarm, ...], device: int, sighting: Sighting) -> tuple[Alarm, ...]:
    """The alarms with this sighting's last word; one that was judged is over when it ends."""
    known = found(alarms, sighting.id)
    judged = known is not None and known.judged
    if judged and not sighting.ongoing:
        return without(alarms, sighting.id)
    return with_alarm(alarms, alarm_of(device, sighting, judged))


def judged(
    alarms: tuple[Alarm, ...], device: int, sighting: Sighting, verdict: Verdict | None
) -> tuple[Alarm, ...]:
    """A verdict takes an alarm off the badge; one that is taken back puts it there again."""
    known = found(alarms, sighting.id)
    if verdict is None:
        alarm = known or alarm_of(device, sighting)
        return with_alarm(alarms, replace(alarm, judged=False))
    if known is None or not known.ongoing:
        return without(alarms, sighting.id)
    return with_alarm(alarms, replace(known, judged=True))


def found(alarms: tuple[Alarm, ...], id: str) -> Alarm | None:
    return next((alarm for alarm in alarms if alarm.id == id), None)


def without(alarms: tuple[Alarm, ...], id: str) -> tuple[Alarm, ...]:
    return tuple(alarm for alarm in alarms if alarm.id != id)


def with_alarm(alarms: tuple[Alarm, ...], alarm: Alarm) -> tuple[Alarm, ...]:
    """The latest word on it comes last. Over the limit, see `kept`."""
    return kept((*without(alarms, alarm.id), alarm))


def alarm_of(device: int, sighting: Sighting, judged: bool = False) -> Alarm:
    return Alarm(
        sighting.id,
        sighting.kind,
        device,
        sighting.opened_at,
        sighting.seen_at,
        sighting.count,
        sighting.ongoing,
        judged,
    )


def kept(alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
    """Over the limit the gravest stays, and what goes on; the oldest of the rest give way."""
    if len(alarms) <= ALARMS_MAX:
        return alarms
    top = gravest(alarms)

    def weight(alarm: Alarm) -> tuple[bool, bool, bool, int, float]:
        grave = GRAVITY[alarm.kind]
        return alarm is not top, alarm.judged, not alarm.ongoing, grave, -alarm.opened_at

    return tuple(sorted(alarms, key=weight)[:ALARMS_MAX])


def ended_unless(
    seat: Seat, device: int, ongoing: Iterable[Sighting]
) -> tuple[tuple[Alarm, ...], list[IncidentNews]]:
    """What the device names goes on, anything else of it has ended; and the news of both."""
    named = {sighting.id: sighting for sighting in ongoing if sighting.ongoing}
    known = {alarm.id: alarm for alarm in seat.alarms}
    alarms, news = seat.alarms, []
    for alarm in seat.alarms:
        if alarm.device == device and alarm.ongoing and alarm.id not in named:
            ended = ending(alarm)
            alarms = seen(alarms, device, ended)
            news.append(IncidentNews(seat.member, Phase.ENDED, ended))
    for sighting in named.values():
        before = known.get(sighting.id)
        if before is None or not before.ongoing:
            phase = Phase.OPENED if before is None else Phase.SEEN
            alarms = seen(alarms, device, sighting)
            news.append(IncidentNews(seat.member, phase, sighting))
    return alarms, news


def ending(alarm: Alarm) -> Sighting:
    return Sighting(
        alarm.id, alarm.kind, alarm.opened_at, alarm.seen_at, alarm.count, ongoing=False
    )

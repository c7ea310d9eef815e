"""The life of incidents on a seat: ongoing, then unreviewed until somebody judges."""

from collections.abc import Iterable

from hub.presence.seat import ALARMS_MAX, GRAVITY, Alarm, Seat, gravest
from hub.protocol.messages import IncidentNews, Phase, Sighting


def seen(alarms: tuple[Alarm, ...], device: int, sighting: Sighting) -> tuple[Alarm, ...]:
    """The alarms with this sighting's last word."""
    alarm = Alarm(
        sighting.id,
        sighting.kind,
        device,
        sighting.opened_at,
        sighting.seen_at,
        sighting.count,
        sighting.ongoing,
    )
    others = tuple(one for one in alarms if one.id != sighting.id)
    return kept((*others, alarm))


def kept(alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
    """Over the limit the gravest stays, and what goes on; the oldest of the rest give way."""
    if len(alarms) <= ALARMS_MAX:
        return alarms
    top = gravest(alarms)

    def weight(alarm: Alarm) -> tuple[bool, bool, int, float]:
        return alarm is not top, not alarm.ongoing, GRAVITY[alarm.kind], -alarm.opened_at

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

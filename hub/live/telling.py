"""What the outside hears of the live path: recorded rows become the events of webhooks."""

from collections.abc import Iterable, Iterator

from hub.protocol.agents import IMAGES_OVERWRITTEN
from hub.protocol.facts import Link, Phase, Reason
from hub.protocol.watchers import DeviceView
from storage.seats.transitions import Hole, Moment, Place, Step, utc
from storage.webhooks.events import (
    DeviceGap,
    DeviceOffline,
    Event,
    IncidentOpened,
    IncidentStep,
    IncidentUpdated,
    PresenceUpdated,
)

ENDINGS = ("expiry", "bye")  # causes by which a device may have gone


def events(
    moments: Iterable[Moment], steps: Iterable[Step], holes: Iterable[Hole]
) -> Iterator[Event]:
    """A seat's word changed, a device has gone, an incident began or ended, something was lost.

    Late rows change nothing that was told; a late incident is told as one.
    """
    for moment in moments:
        if moment.place and moment.relabelled:
            yield presence_updated(moment, moment.place)
        if moment.place and (gone := gone_device(moment)):
            yield device_offline(moment, moment.place, gone)
    for step in steps:
        if step.phase is Phase.OPENED:
            yield incident_opened(step)
        elif step.phase is Phase.ENDED:
            yield incident_ended(step)
    for hole in holes:
        yield device_gap(hole)


def presence_updated(moment: Moment, place: Place) -> Event:
    state = moment.state
    data = PresenceUpdated(
        epoch=place.epoch,
        seq=place.offset,
        member=moment.member,
        label=state.label,
        since=utc(state.since),
        work=state.work,
        presence=state.presence,
        link=state.link,
        capture=state.capture,
        reason=state.reason,
    )
    return Event(key_of(place), utc(moment.event_time), data)


def gone_device(moment: Moment) -> DeviceView | None:
    """The device that this moment took away; one that is only stale is not gone yet."""
    if moment.cause not in ENDINGS:
        return None
    views = (one for one in moment.state.devices if one.id == moment.device)
    return next((one for one in views if one.link is Link.OFFLINE), None)


def device_offline(moment: Moment, place: Place, device: DeviceView) -> Event:
    data = DeviceOffline(
        epoch=place.epoch,
        seq=place.offset,
        device=device.id,
        member=moment.member,
        since=utc(moment.event_time),
        reason=device.reason or Reason.SILENT,
    )
    return Event(key_of(place), utc(moment.event_time), data)


def incident_opened(step: Step) -> Event:
    number, sighting = step.number, step.sighting
    data = IncidentOpened(
        epoch=number.device_epoch,
        seq=number.seq,
        id=sighting.id,
        kind=sighting.kind,
        member=step.member,
        device=number.device,
        opened_at=utc(sighting.opened_at),
        late=step.late,
    )
    return Event(sighting.id, utc(step.event_time), data)


def incident_ended(step: Step) -> Event:
    sighting = step.sighting
    data = IncidentUpdated(
        id=sighting.id,
        kind=sighting.kind,
        member=step.member,
        device=step.number.device,
        opened_at=utc(sighting.opened_at),
        step=IncidentStep.ENDED,
        ended_at=utc(sighting.seen_at),
    )
    return Event(f"{sighting.id}/{IncidentStep.ENDED}", utc(step.event_time), data)


def device_gap(hole: Hole) -> Event:
    number, gap = hole.number, hole.gap
    data = DeviceGap(
        epoch=number.device_epoch,
        seq=number.seq,
        device=number.device,
        member=hole.member,
        lost_from=utc(gap.lost_from),
        lost_to=utc(gap.lost_to),
        count=gap.count,
        images=gap.reason == IMAGES_OVERWRITTEN,
    )
    at = utc(hole.received_at)
    return Event(f"{number.device}/{number.device_epoch}/{number.seq}", at, data)


def key_of(place: Place) -> str:
    """A row's place is its name."""
    return f"{place.epoch}/{place.offset}/{place.position}"

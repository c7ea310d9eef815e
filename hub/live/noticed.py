"""What people are to be told of what the recorder writes: it goes into the same transaction."""

from collections.abc import Sequence

from hub.notices.events import DeviceGap, DeviceOffline, Event, HubGap, IncidentOpened
from hub.protocol.facts import Label, Phase, Reason
from storage.seats.transitions import Hole, Moment, Step, utc

HUB_GAP = "hub_gap"


def noticed(moments: Sequence[Moment], steps: Sequence[Step], holes: Sequence[Hole]) -> list[Event]:
    """Incidents that began, people at work whom nobody hears, images lost, a lost live path.

    However many seats a loss of the live path hits, it is one event of its tenant.
    """
    lost = {
        moment.place.epoch: moment for moment in reversed(moments) if moment.place and _gap(moment)
    }
    return [
        *(_opened(step) for step in steps if step.phase is Phase.OPENED),
        *(_offline(moment) for moment in moments if _silent(moment)),
        *(_overwritten(hole) for hole in holes if hole.gap.count),
        *(HubGap(utc(moment.event_time), epoch) for epoch, moment in lost.items()),
    ]


def _gap(moment: Moment) -> bool:
    """Who was off work is not missed."""
    return moment.cause == HUB_GAP and moment.state.label is Label.UNKNOWN


def _silent(moment: Moment) -> bool:
    """The word changed to 切断: somebody at work, and no device said good-bye."""
    state = moment.state
    cut = state.label is Label.OFFLINE and state.reason is Reason.SILENT
    return cut and moment.relabelled and moment.place is not None


def _opened(step: Step) -> IncidentOpened:
    sighting = step.sighting
    at = utc(sighting.opened_at)
    return IncidentOpened(at, sighting.id, sighting.kind, step.member, step.late)


def _offline(moment: Moment) -> DeviceOffline:
    place = moment.place
    assert place is not None
    key = f"{place.epoch}/{place.offset}/{place.position}"
    return DeviceOffline(utc(moment.received_at), moment.member, key)


def _overwritten(hole: Hole) -> DeviceGap:
    number, gap = hole.number, hole.gap
    return DeviceGap(
        utc(hole.received_at), hole.member, number.device, f"{number.device_epoch}/{number.seq}",
        utc(gap.lost_from), utc(gap.lost_to), gap.count,
    )  # fmt: skip

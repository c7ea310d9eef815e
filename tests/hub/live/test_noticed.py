"""What of a batch of the record people are told of: little of what moves, and a crash once."""

import pytest
from msgspec.structs import replace

from hub.live.noticed import noticed
from hub.notices.events import DeviceGap, DeviceOffline, HubGap, IncidentOpened
from hub.presence.seat import Device, Seat, settled, view
from hub.protocol.agents import GapReport
from hub.protocol.facts import IncidentKind, Link, Phase, Presence, Reason, Sighting, Work
from storage.seats.transitions import Hole, Moment, Number, Place, Step

AT = 1_795_000_000.0
MEMBER, DEVICE = 7, 3
NUMBER = Number(DEVICE, "e", 1)
SIGHTING = Sighting("a" * 32, IncidentKind.PEEPING, AT, AT)


def moment(
    link: Link = Link.OFFLINE,
    reason: Reason = Reason.SILENT,
    work: Work = Work.WORKING,
    cause: str = "expiry",
    offset: int = 1,
) -> Moment:
    device = Device(DEVICE, "s", 1, AT, Presence.UNKNOWN, link=link, reason=reason, work=work)
    seat = settled(Seat(MEMBER, devices=(device,)), AT)
    return Moment(
        MEMBER, cause, AT, AT, view(seat), DEVICE, None, Place("epoch", offset, 0), relabelled=True
    )


def test_somebody_at_work_whom_nobody_hears_any_more_is_told() -> None:
    (event,) = noticed([moment()], [], [])

    assert isinstance(event, DeviceOffline)
    assert (event.member, event.key) == (MEMBER, "epoch/1/0")


@pytest.mark.parametrize(
    "other",
    [
        moment(reason=Reason.SAID_BYE, cause="bye"),
        moment(work=Work.OFF),
        moment(link=Link.STALE),
        replace(moment(), relabelled=False),
        replace(moment(), place=None),
    ],
    ids=["said good-bye", "off work", "a moment's silence", "known already", "late"],
)
def test_nobody_is_told_of_any_other_silence(other: Moment) -> None:
    assert noticed([other], [], []) == []


def test_a_lost_live_path_is_one_event_of_its_epoch_however_many_sit_there() -> None:
    lost = [moment(Link.STALE, Reason.HUB_GAP, cause="hub_gap", offset=n) for n in range(1, 50)]
    off_work = moment(Link.STALE, Reason.HUB_GAP, Work.OFF, cause="hub_gap")

    (event,) = noticed(lost, [], [])
    assert isinstance(event, HubGap)
    assert event.key == "epoch"
    assert noticed([off_work], [], []) == []


def test_an_incident_is_told_when_it_opens_and_lost_images_if_there_were_any() -> None:
    step = Step(MEMBER, NUMBER, Phase.OPENED, SIGHTING, AT, AT, late=True)
    hole = Hole(MEMBER, NUMBER, GapReport(1, AT - 60, AT, 12, "full"), AT)
    empty = changed_count(hole, 0)
    opened, gap = noticed([], [step, replace(step, phase=Phase.SEEN)], [hole, empty])

    assert isinstance(opened, IncidentOpened)
    assert (opened.key, opened.member, opened.late) == ("a" * 32, MEMBER, True)
    assert isinstance(gap, DeviceGap)
    assert (gap.key, gap.count) == ("3/e/1", 12)


def changed_count(hole: Hole, count: int) -> Hole:
    return replace(hole, gap=replace(hole.gap, count=count))

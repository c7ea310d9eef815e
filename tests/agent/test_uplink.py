"""From decisions to reports: ids, times of day, and what a run that was killed left open."""

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.observation import Incident, IncidentChanged, PresenceChanged
from agent.spool import Spool
from agent.uplink import SEEN_EVERY_S, VOUCH_EVERY_S, Uplink, mint
from hub.protocol.agents import IncidentReport, Report, StateReport
from hub.protocol.codec import encode, from_agent
from hub.protocol.facts import Facts, IncidentKind, Phase, Presence, Reason, Why

NOON = 1_780_000_000.0  # the time of day at 100.0 of the observer's clock
WHY = Why(votes=2, of=2)


def present(since: float = 100.0) -> PresenceChanged:
    return PresenceChanged(Presence.PRESENT, since, None, WHY)


def peeping(phase: Phase, at: float, count: int = 1) -> IncidentChanged:
    seen = Incident(IncidentKind.PEEPING, opened_at=90.0, seen_at=at, why=WHY, count=count)
    return IncidentChanged(phase, at, seen)


class Desk:
    """An uplink on a spool, and how often it woke the client."""

    def __init__(self, folder: Path, clock: float = NOON) -> None:
        self.woken = 0
        self.spool = Spool(folder, clock)
        self.uplink = Uplink(self.spool, self.wake)

    def wake(self) -> None:
        self.woken += 1

    def tell(self, event: PresenceChanged | IncidentChanged, at: float = 100.0) -> None:
        self.uplink.tell([event], at, NOON + at - 100.0)

    def reports(self) -> list[Report]:
        return list(self.spool.unrecorded(0, 1000))

    def incidents(self) -> list[IncidentReport]:
        return [one for one in self.reports() if isinstance(one, IncidentReport)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_before_any_decision_nothing_is_known(desk: Desk) -> None:
    desk.uplink.begin(NOON)

    assert desk.reports() == [StateReport(1, Facts(NOON, reason=Reason.STARTING))]
    assert desk.woken == 1


def test_a_decision_is_told_with_its_time_of_day_and_its_why(desk: Desk) -> None:
    desk.tell(present(since=97.5))

    assert desk.reports() == [StateReport(1, Facts(NOON - 2.5, Presence.PRESENT), WHY)]


def test_a_clock_that_was_corrected_is_followed(desk: Desk) -> None:
    desk.uplink.tell([present(since=100.0)], 100.0, NOON)
    desk.uplink.tell([present(since=200.0)], 200.0, NOON + 100 - 3600)

    (_, second) = desk.reports()
    assert isinstance(second, StateReport)
    assert second.facts.since == NOON + 100 - 3600


def test_a_clock_that_stands_at_1970_makes_no_report_that_the_hub_refuses(desk: Desk) -> None:
    desk.uplink.tell([present(since=40.0), peeping(Phase.OPENED, 100.0)], 100.0, 5.0)

    for report in desk.reports():
        assert from_agent(encode(report)) == report


def test_an_incident_keeps_its_id_from_its_opening_to_its_end(desk: Desk) -> None:
    desk.tell(peeping(Phase.OPENED, 100.0))
    (ongoing,) = desk.spool.sightings()
    desk.tell(peeping(Phase.ENDED, 170.0), at=170.0)
    opened, ended = desk.incidents()

    assert opened.sighting == ongoing
    assert (opened.sighting.opened_at, opened.at) == (NOON - 10, NOON)
    assert (ended.sighting.id, ended.sighting.ongoing) == (opened.sighting.id, False)
    assert desk.spool.sightings() == ()


def test_the_next_incident_of_a_kind_has_another_id(desk: Desk) -> None:
    for at in (100.0, 300.0):
        desk.tell(peeping(Phase.OPENED, at), at)
        desk.tell(peeping(Phase.ENDED, at + 60), at + 60)

    assert len({report.sighting.id for report in desk.incidents()}) == 2


def test_an_incident_that_flickers_is_told_now_and_then_and_its_end_tells_all(desk: Desk) -> None:
    desk.tell(peeping(Phase.OPENED, 100.0))
    for count in range(2, 31):
        desk.tell(peeping(Phase.SEEN, 99.0 + count, count), 99.0 + count)
    desk.tell(peeping(Phase.ENDED, 190.0, 30), 190.0)
    told = desk.incidents()

    seen = [report.at for report in told if report.phase is Phase.SEEN]
    assert 2 <= len(seen) <= 29 / SEEN_EVERY_S + 1
    assert told[-1].sighting.count == 30


def test_what_a_killed_run_left_is_ended_when_it_last_vouched_for_it(tmp_path: Path) -> None:
    """What was said at noon held for a minute at least; of later nobody knows."""
    killed = Desk(tmp_path)
    killed.tell(present())
    killed.tell(peeping(Phase.OPENED, 100.0))
    killed.uplink.beat(NOON + 60)
    killed.spool.close()
    desk = Desk(tmp_path, NOON + 3600)
    desk.uplink.begin(NOON + 3600)
    _, opened, ended, lost, starting = desk.reports()

    assert isinstance(ended, IncidentReport) and isinstance(opened, IncidentReport)
    assert (ended.phase, ended.at, ended.sighting.id) == (
        Phase.ENDED, NOON + 60, opened.sighting.id,
    )  # fmt: skip
    assert isinstance(lost, StateReport)
    assert lost.facts == Facts(NOON + 60, reason=Reason.SILENT)
    assert isinstance(starting, StateReport)
    assert starting.facts == Facts(NOON + 3600, reason=Reason.STARTING)
    assert desk.spool.sightings() == ()


def test_a_stop_in_good_order_leaves_nothing_open(tmp_path: Path) -> None:
    stopped = Desk(tmp_path)
    stopped.tell(present())
    stopped.tell(peeping(Phase.OPENED, 100.0))
    stopped.uplink.end(NOON + 5)
    assert stopped.spool.facts() == Facts(NOON + 5, reason=Reason.SAID_BYE)
    stopped.spool.close()
    desk = Desk(tmp_path)
    desk.uplink.begin(NOON + 10)

    assert [report.seq for report in desk.reports()] == [1, 2, 3, 4, 5]
    assert desk.reports()[-1] == StateReport(5, Facts(NOON + 10, reason=Reason.STARTING))


def test_an_unknown_presence_needs_no_vouching(desk: Desk) -> None:
    desk.uplink.begin(NOON)
    desk.uplink.beat(NOON + VOUCH_EVERY_S)
    assert desk.spool.vouched == NOON

    desk.tell(present())
    desk.uplink.beat(NOON + VOUCH_EVERY_S)
    assert desk.spool.vouched == NOON + VOUCH_EVERY_S


@given(st.floats(0, 4e9), st.integers(0, (1 << 74) - 1))
def test_an_id_is_a_uuid_of_version_7_that_tells_its_time(clock: float, chance: int) -> None:
    made = UUID(mint(clock, chance))

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(clock * 1000)


@given(st.floats(0, 4e9), st.lists(st.integers(0, (1 << 74) - 1), unique=True, max_size=5))
def test_ids_of_one_moment_differ_and_sort_before_later_ones(
    clock: float, chances: list[int]
) -> None:
    made = [mint(clock, chance) for chance in chances]

    assert len(set(made)) == len(chances)
    assert all(one < mint(clock + 1, 0) for one in made)

"""What the feed knows of incidents."""

from dataclasses import replace as replace_entry

from msgspec.structs import replace

from console_tui.incidents import KEPT, NEW_S, Entry, Incidents
from hub.protocol.facts import IncidentKind, Phase, Sighting, Verdict
from hub.protocol.replica import Board
from hub.protocol.watchers import IncidentNews
from tests.console_tui.board_hub import NOW
from tests.console_tui.conftest import alert, seat


def news(
    number: int = 1,
    phase: Phase = Phase.OPENED,
    *,
    late: bool = False,
    recorded: bool = False,
    ongoing: bool = True,
) -> IncidentNews:
    sighting = Sighting(f"{number:032x}", IncidentKind.PEEPING, NOW, NOW, ongoing=ongoing)
    return IncidentNews(1, phase, sighting, late, recorded)


def only(incidents: Incidents) -> Entry:
    (entry,) = incidents.newest()
    return entry


def test_a_live_opening_is_new_for_a_minute_and_a_late_one_never() -> None:
    live, late = Incidents(), Incidents()
    live.heard(news(), NOW)
    late.heard(news(late=True), NOW)

    assert only(live).new(NOW + NEW_S - 1)
    assert not only(live).new(NOW + NEW_S)
    assert not only(late).new(NOW)


def test_what_is_recorded_stays_recorded_whatever_is_heard_later() -> None:
    incidents = Incidents()
    incidents.heard(news(), NOW)
    assert only(incidents).recorded is False

    incidents.heard(news(phase=Phase.RECORDED, recorded=True), NOW)
    incidents.heard(news(phase=Phase.ENDED, ongoing=False), NOW)

    assert only(incidents).recorded is True
    assert not only(incidents).ongoing


def test_a_seat_s_alert_claims_nothing_about_the_record() -> None:
    incidents = Incidents()
    incidents.found(1, alert())
    assert only(incidents).recorded is None


def test_the_record_s_list_does_not_take_the_mark_of_a_live_opening() -> None:
    incidents = Incidents()
    incidents.heard(news(), NOW)
    incidents.listed([Entry(f"{1:032x}", 1, IncidentKind.PEEPING, NOW, True, True)])

    assert only(incidents).new(NOW + 1)
    assert only(incidents).recorded is True


def test_only_so_many_are_kept_and_the_newest_stay() -> None:
    incidents = Incidents()
    for number in range(KEPT + 5):
        sighting = Sighting(f"{number:032x}", IncidentKind.PEEPING, NOW + number, NOW)
        incidents.heard(IncidentNews(1, Phase.OPENED, sighting), NOW)

    kept = incidents.newest()
    assert len(kept) == KEPT
    assert kept[0].at == NOW + KEPT + 4


def test_who_left_the_view_takes_their_incidents_along() -> None:
    incidents = Incidents()
    incidents.found(1, alert(1))
    incidents.found(2, alert(2))
    incidents.within(Board(seats={2: seat(2)}))
    assert only(incidents).member == 2


def test_what_waits_stands_by_gravity_and_age_and_what_was_judged_after_it() -> None:
    incidents = Incidents()
    kinds = IncidentKind.PEEPING, IncidentKind.IMPERSONATION
    entries = [
        Entry("old", 1, kinds[0], NOW - 600, False),
        Entry("new", 1, kinds[0], NOW - 60, True),
        Entry("grave", 1, kinds[1], NOW, True),
        Entry("judged", 1, kinds[1], NOW - 5, False, verdict=Verdict.BENIGN),
        Entry("disputed", 1, kinds[1], NOW - 9, False, verdict=Verdict.CONFIRMED, disputed=True),
    ]
    incidents.listed(entries)

    assert [one.id for one in incidents.queue()] == ["disputed", "grave", "old", "new", "judged"]


def test_a_verdict_taken_back_waits_again() -> None:
    incidents = Incidents()
    incidents.heard(news(), NOW)
    incidents.heard(replace(news(phase=Phase.JUDGED), verdict=Verdict.BENIGN), NOW)
    assert not only(incidents).waits

    incidents.heard(news(phase=Phase.JUDGED), NOW)
    assert only(incidents).waits


def test_the_news_of_ones_own_word_takes_no_name_away() -> None:
    incidents = Incidents()
    incidents.heard(news(), NOW)
    answer = replace_entry(only(incidents), verdict=Verdict.BENIGN, judge="木村 亮", note="掃除")
    incidents.listed([answer])

    incidents.heard(replace(news(phase=Phase.JUDGED), verdict=Verdict.BENIGN), NOW)
    assert only(incidents) == answer

    incidents.heard(replace(news(phase=Phase.JUDGED), verdict=Verdict.CONFIRMED), NOW)
    assert (only(incidents).judge, only(incidents).note) == ("", "")


def test_an_objection_to_a_verdict_waits_anew_and_is_nobody_s() -> None:
    incidents = Incidents()
    incidents.heard(news(), NOW)
    taken = replace_entry(only(incidents), taker=9, taker_name="斎藤", escalation=2)
    incidents.listed([taken])
    incidents.heard(news(phase=Phase.DISPUTED), NOW)
    assert (only(incidents).taker, only(incidents).escalation) == (9, 2)

    incidents.listed([replace_entry(taken, verdict=Verdict.CONFIRMED)])
    incidents.heard(news(phase=Phase.DISPUTED), NOW)
    entry = only(incidents)
    assert (entry.waits, entry.disputed) == (True, True)
    assert (entry.taker, entry.taker_name, entry.escalation) == (None, "", 0)

"""Facts about a person: one word that every screen shows, and how devices become one seat."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.presence.alarms import judged, kept, seen
from hub.presence.seat import (
    ALARMS_MAX,
    GRAVITY,
    Alarm,
    Device,
    Seat,
    alert,
    label,
    label_of,
    settled,
    together,
    view,
    work,
)
from hub.protocol.facts import (
    Capture,
    IncidentKind,
    Label,
    Link,
    Presence,
    Reason,
    Sighting,
    Verdict,
    Work,
)
from hub.protocol.watchers import Alert
from tests.hub.presence.people import (
    MEMBER,
    NOON,
    PC,
    TABLET,
    alarms,
    devices,
    hello,
    joined,
    kinds,
    online,
    seats,
)

WORD = {
    Label.OFF: "勤務外",
    Label.OUT: "中抜け",
    Label.BREAK: "休憩",
    Label.PAUSED: "一時停止",
    Label.OFFLINE: "切断",
    Label.UNKNOWN: "不明",
    Label.AWAY: "離席",
    Label.PRESENT: "在席",
}

# work, capture, link, presence (empty = whatever it is) -> the word. The first line that fits.
TABLE = """
off      .       .        .         勤務外
out      .       .        .         中抜け
break    .       .        .         休憩
working  paused  .        .         一時停止
working  on      offline  .         切断
working  on      stale    .         不明
working  on      online   unknown   不明
working  on      online   away      離席
working  on      online   present   在席
"""
ROWS = [line.split() for line in TABLE.split("\n") if line]


@pytest.mark.requirement("R5")
@pytest.mark.parametrize(
    "facts", list(product(Work, Capture, Link, Presence)), ids=lambda facts: "-".join(facts)
)
def test_the_label_is_the_first_that_holds(facts: tuple[Work, Capture, Link, Presence]) -> None:
    """Facts about a person, 1."""
    fits = [
        row
        for row in ROWS
        if all(want in (".", fact) for want, fact in zip(row[:-1], facts, strict=True))
    ]

    assert WORD[label(*facts)] == fits[0][-1]


def test_the_table_has_every_label() -> None:
    assert {row[-1] for row in ROWS} == set(WORD.values())
    assert list(WORD) == list(Label)


@given(seats())
def test_a_person_of_whom_nothing_is_known_is_never_shown_as_away(seat: Seat) -> None:
    """Facts about a person, 1: 不明 is never 離席."""
    if label_of(seat) is Label.AWAY:
        watching = [one for one in seat.devices if one.link is Link.ONLINE]
        assert any(one.presence is Presence.AWAY for one in watching)
        assert not any(
            one.presence is Presence.UNKNOWN and one.capture is Capture.ON for one in watching
        )


@given(seats())
def test_screens_can_compute_the_label_from_the_fields_they_get(seat: Seat) -> None:
    shown = view(seat)

    assert shown.label is label(shown.work, shown.capture, shown.link, shown.presence)


P, A, U = Presence.PRESENT, Presence.AWAY, Presence.UNKNOWN
ON, PAUSED = Capture.ON, Capture.PAUSED


@pytest.mark.parametrize(
    ("pc", "tablet", "word"),
    [
        ((P, ON), (A, ON), Label.PRESENT),
        ((P, ON), (U, ON), Label.PRESENT),
        ((P, ON), (U, PAUSED), Label.PRESENT),
        ((A, ON), (U, PAUSED), Label.PAUSED),
        ((A, ON), (P, PAUSED), Label.PAUSED),
        ((A, ON), (A, ON), Label.AWAY),
        ((A, ON), (U, ON), Label.UNKNOWN),
        ((U, ON), (U, ON), Label.UNKNOWN),
    ],
)
def test_several_devices_make_one_word(
    pc: tuple[Presence, Capture], tablet: tuple[Presence, Capture], word: Label
) -> None:
    """Facts about a person, 2."""
    both = (online(PC, *pc), online(TABLET, *tablet))

    assert label_of(Seat(MEMBER, devices=both)) is word
    assert label_of(Seat(MEMBER, devices=both[::-1])) is word


@given(seats(), devices(99), st.sampled_from([Link.STALE, Link.OFFLINE]))
def test_a_device_that_is_not_heard_says_nothing_about_presence(
    seat: Seat, silent: Device, how: Link
) -> None:
    """Facts about a person, 2: among live devices."""
    more = (*seat.devices, replace(silent, link=how))

    seen, _, capture = together(more)
    assert (seen, capture) == together(seat.devices)[::2]


@given(seats())
def test_the_link_is_the_best_of_the_devices(seat: Seat) -> None:
    """Facts about a person, 2."""
    links = {device.link for device in seat.devices}
    best = next(one for one in (Link.ONLINE, Link.STALE, Link.OFFLINE) if one in links)

    assert together(seat.devices)[1] is best


def test_a_person_without_a_device_is_not_working_until_they_punch() -> None:
    """Facts about a person, 1."""
    nobody = Seat(MEMBER)

    assert label_of(nobody) is Label.OFF
    assert label_of(replace(nobody, punched=Work.WORKING)) is Label.OFFLINE


@pytest.mark.parametrize("said", [Work.WORKING, Work.BREAK, Work.OUT, Work.OFF])
def test_work_comes_from_the_device_unless_it_was_punched(said: Work) -> None:
    """Facts about a person, 1: work_from."""
    seat = Seat(MEMBER, devices=(replace(online(PC, P), work=said),))

    assert work(seat) is said
    assert work(replace(seat, punched=Work.BREAK)) is Work.BREAK
    assert work(replace(seat, by_punch=True)) is Work.OFF


def test_who_works_on_any_device_works() -> None:
    """Facts about a person, 2."""
    resting, working = replace(online(PC, A), work=Work.BREAK), online(TABLET, P)

    assert work(Seat(MEMBER, devices=(resting, working))) is Work.WORKING


def test_a_device_that_fell_silent_leaves_the_person_cut_off_and_not_off_work() -> None:
    seat = Seat(MEMBER, devices=(replace(online(PC, U), link=Link.OFFLINE),))

    assert label_of(seat) is Label.OFFLINE


@given(st.lists(alarms, min_size=1, max_size=6))
def test_the_alert_is_the_gravest(several: list[Alarm]) -> None:
    """Facts about a person, 1: impersonation > photographing_device > peeping > camera_covered."""
    shown = alert(tuple(several))

    assert shown is not None
    assert shown.kind is min((one.kind for one in several), key=list(IncidentKind).index)
    assert shown.open == len(several)


def test_gravity_goes_from_another_person_to_a_covered_camera() -> None:
    assert sorted(GRAVITY, key=GRAVITY.__getitem__) == [
        "impersonation", "photographing_device", "peeping", "camera_covered",
    ]  # fmt: skip


@given(st.lists(st.tuples(kinds, st.booleans(), st.integers(0, 99)), min_size=40, max_size=60))
def test_alarms_are_bounded_and_the_gravest_stays(
    several: list[tuple[IncidentKind, bool, int]],
) -> None:
    """Facts about a person, 1."""
    held: tuple[Alarm, ...] = ()
    for number, (kind, ongoing, at) in enumerate(several):
        held = seen(held, PC, Sighting(str(number), kind, NOON + at, NOON + at, 1, ongoing))

    assert len(held) == ALARMS_MAX
    badge = alert(held)
    assert badge and badge.kind is min((kind for kind, _, _ in several), key=GRAVITY.__getitem__)
    assert kept(held) == held


@given(st.lists(alarms, max_size=6, unique_by=lambda alarm: alarm.id), st.sampled_from(Verdict))
def test_a_verdict_takes_exactly_its_incident_off_the_badge(
    several: list[Alarm], verdict: Verdict
) -> None:
    """Debounce, 15: an incident is unreviewed until a verdict."""
    held = kept(tuple(several))
    for alarm in held:
        before = alert(held)
        known = Sighting(alarm.id, alarm.kind, alarm.opened_at, alarm.seen_at, 1, alarm.ongoing)
        judged_one = judged(held, alarm.device, known, verdict)
        left = alert(judged_one)
        assert before and (left.open if left else 0) == before.open - 1
        back = judged(judged_one, alarm.device, known, None)
        assert alert(back) == before


def test_an_incident_that_goes_on_after_its_verdict_alarms_nobody_again() -> None:
    sighting = Sighting("i", IncidentKind.PEEPING, NOON, NOON)
    held = judged(seen((), PC, sighting), PC, sighting, Verdict.BENIGN)
    again = seen(held, PC, replace(sighting, seen_at=NOON + 30, count=2))

    assert alert(held) is None
    assert alert(again) is None
    assert seen(again, PC, replace(sighting, ongoing=False)) == ()


def test_since_moves_only_with_the_word() -> None:
    present = settled(Seat(MEMBER, devices=(online(PC, P),)), NOON)
    joined_by_tablet = replace(present, devices=(*present.devices, online(TABLET, A)))

    assert settled(joined_by_tablet, NOON + 5) is joined_by_tablet
    gone = replace(present, devices=(online(PC, A),))
    assert settled(gone, NOON + 9).since == NOON + 9


def test_a_screen_gets_the_reason_the_alert_and_each_device() -> None:
    away = replace(online(PC, A), reason=Reason.LOCKED)
    alarm = Alarm("i", IncidentKind.PEEPING, PC, NOON, NOON)
    shown = view(settled(Seat(MEMBER, devices=(away,), alarms=(alarm,)), NOON))

    assert (shown.label, shown.reason, shown.heard) == (Label.AWAY, Reason.LOCKED, None)
    assert shown.alert == Alert("i", IncidentKind.PEEPING, NOON, True, 1)
    assert [one.id for one in shown.devices] == [PC]
    assert joined(hello()).devices[0].session not in str(shown)

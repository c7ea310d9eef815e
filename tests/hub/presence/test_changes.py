"""What happens to a seat: hello, reports, silence, goodbye, punches, and a broker that forgot."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.presence.changes import (
    FENCED_KEPT,
    Fenced,
    Moved,
    News,
    Timing,
    Unmet,
    bye,
    expire,
    join,
    punch,
    report,
    restore,
)
from hub.presence.seat import Device, Seat, device_of, label_of, view
from hub.protocol.agents import Hello, IncidentReport, Report, StateReport
from hub.protocol.facts import Facts, IncidentKind, Label, Link, Phase, Presence, Reason, Work
from tests.hub.presence.people import (
    MEMBER,
    NOON,
    PC,
    TABLET,
    hello,
    hellos,
    joined,
    reports,
    seats,
    sighting,
)

LEASE_S = Timing().lease_s


def state(seq: int, presence: Presence, since: float = NOON) -> StateReport:
    return StateReport(seq, Facts(since, presence))


# ---- lease and fencing


@given(seats(), reports, st.booleans())
def test_a_fenced_session_never_changes_a_seat(seat: Seat, what: Report, late: bool) -> None:
    """Lease and fencing, 4."""
    same, effects = report(seat, PC, "an older session", "e", what, late)

    assert same is seat
    assert effects == [Fenced(PC)]


@given(seats())
def test_a_fenced_session_cannot_even_say_goodbye(seat: Seat) -> None:
    """Lease and fencing, 4: or the lease of the newer one would be dropped."""
    same, effects = bye(seat, PC, "an older session", NOON)

    assert same is seat
    assert effects == [Fenced(PC)]


@given(seats(), hellos)
def test_a_newer_session_fences_the_older_one_for_good(seat: Seat, hello: Hello) -> None:
    """Lease and fencing, 4: the older one is not let in again, however often it says hello."""
    newer = replace(hello, session="newer")
    older = device_of(seat, PC)
    assert older
    taken, _ = join(seat, PC, newer, NOON)

    assert taken.devices[0].generation == older.generation + 1
    assert join(taken, PC, replace(hello, session=older.session), NOON) == (taken, [Fenced(PC)])


def test_the_names_of_fenced_sessions_are_bounded() -> None:
    seat = joined(*(hello(f"run-{number}") for number in range(20)))

    assert seat.devices[0].fenced == tuple(f"run-{n}" for n in range(19 - FENCED_KEPT, 19))
    assert seat.devices[0].generation == 20


@given(seats(), hellos)
def test_saying_hello_twice_is_saying_it_once(seat: Seat, hello: Hello) -> None:
    """Lease and fencing, 4."""
    once, _ = join(seat, PC, hello, NOON)
    again, effects = join(once, PC, hello, NOON + 30)

    assert again is once
    assert [one for one in effects if not isinstance(one, Fenced)] == []


def test_a_reconnect_within_the_lease_emits_nothing() -> None:
    """Lease and fencing, 4: also where the skew was measured a little differently."""
    seat = joined(hello())
    same, effects = join(seat, PC, hello(since=NOON + 0.02), NOON + 30)

    assert same is seat
    assert effects == []


def test_numbers_from_before_a_reconnect_are_late_for_every_connection() -> None:
    """Lease and fencing, 4: what an older connection still brings no longer moves the tile."""
    seat, _ = report(joined(hello()), PC, "run-1", "e", state(1, Presence.PRESENT), late=False)
    back, effects = join(seat, PC, hello(next_seq=4), NOON + 5)
    assert effects == []
    assert view(back) == view(seat)

    same, effects = report(back, PC, "run-1", "e", state(3, Presence.AWAY), late=False)
    assert same is back
    assert effects == []


def test_an_older_connection_of_the_session_is_not_believed() -> None:
    """Lease and fencing, 4: a node that registers its half-open line again does no harm."""
    seat, _ = report(
        joined(hello(next_seq=5)), PC, "run-1", "e", state(5, Presence.AWAY), late=False
    )

    assert join(seat, PC, hello(next_seq=5), NOON) == (seat, [])


def test_who_was_never_met_in_this_epoch_says_hello_first() -> None:
    """Order and delivery, 7."""
    restored, _ = restore(Seat(MEMBER), joined(hello()), NOON)

    for seat in (Seat(MEMBER), restored):
        same, effects = report(seat, PC, "run-1", "e", state(9, Presence.AWAY), late=False)
        assert same is seat
        assert effects == [Unmet(PC)]


@given(seats(), st.floats(0, 1e9))
def test_silence_is_not_absence(seat: Seat, after: float) -> None:
    """Lease and fencing, 3: online, stale, offline; unknown, never away."""
    links = [link_of(seat)]
    for _ in range(3):
        seat, effects = expire(seat, PC, NOON + after, LEASE_S)
        links.append(link_of(seat))
        if effects:
            assert device(seat).presence is Presence.UNKNOWN

    steps = [Link.ONLINE, Link.STALE, Link.OFFLINE, Link.OFFLINE]
    assert links[1:] == [*steps[steps.index(links[0]) + 1 :], Link.OFFLINE, Link.OFFLINE][:3]
    if seat.devices[1:] == ():
        assert label_of(seat) is not Label.AWAY


def test_a_lease_that_ends_is_told_from_its_own_end() -> None:
    """Lease and fencing, 3: heard 40 s before, whoever notices it when."""
    seat, effects = expire(joined(hello()), PC, NOON + 100, LEASE_S)

    assert effects == [Moved("expiry", NOON + 100, PC)]
    assert (seat.label, seat.since) == (Label.UNKNOWN, NOON + 100)
    assert view(seat).heard == NOON + 60
    assert view(seat).reason is Reason.SILENT


def test_whoever_comes_back_after_the_lease_is_there_again() -> None:
    """Lease and fencing, 3."""
    stale, _ = expire(joined(hello()), PC, NOON + 40, LEASE_S)
    back, effects = join(stale, PC, hello(), NOON + 45)

    assert (back.label, view(back).heard) == (Label.PRESENT, None)
    assert effects == [Moved("hello", NOON + 45, PC)]


def test_goodbye_is_offline_at_once_and_ends_what_went_on() -> None:
    """Lease and fencing, 3; Facts, 1: what a device saw stays unreviewed."""
    seat, effects = bye(joined(hello(incidents=(sighting(),))), PC, "run-1", NOON + 9)

    assert (seat.label, view(seat).reason) == (Label.OFFLINE, Reason.SAID_BYE)
    assert [type(one) for one in effects] == [Moved, News]
    shown = view(seat).alert
    assert shown and not shown.ongoing
    assert bye(seat, PC, "run-1", NOON + 10) == (seat, [])


# ---- order


@given(seats(), reports)
def test_a_late_report_never_touches_the_live_seat(seat: Seat, what: Report) -> None:
    """Order and delivery, 9: nor does it sound."""
    same, effects = report(seat, PC, device(seat).session, "e", what, late=True)

    assert same is seat
    assert all(isinstance(one, News) and one.incident.late for one in effects)


@given(seats(), reports, st.integers(0, 50))
def test_a_repeated_report_never_touches_the_live_seat(
    seat: Seat, what: Report, before: int
) -> None:
    """Order and delivery, 8."""
    again = replace(what, seq=device(seat).seq - before)
    same, effects = report(seat, PC, device(seat).session, "e", again, late=False)

    assert same is seat
    assert not any(isinstance(one, Moved) for one in effects)


@given(st.lists(reports, max_size=12))
def test_reports_count_in_the_order_of_their_numbers_whatever_the_clocks_say(
    several: list[Report],
) -> None:
    """Order and delivery, 6: nothing is ordered by wall clock."""
    seat = joined(hello())
    for seq, what in enumerate(several, 1):
        seat, _ = report(seat, PC, "run-1", "e", replace(what, seq=seq), late=False)

    said = [one.facts for one in several if isinstance(one, StateReport)]
    assert device(seat).presence is (said[-1].presence if said else Presence.PRESENT)
    assert device(seat).since == (said[-1].since if said else NOON)


def test_a_hello_shows_what_is_going_on_before_the_backlog_has_drained() -> None:
    """Order and delivery, 6 and 9: an incident that still goes on does sound."""
    seat, effects = join(Seat(MEMBER), PC, hello(incidents=(sighting(),), next_seq=99), NOON)

    assert view(seat).alert
    (news,) = [one.incident for one in effects if isinstance(one, News)]
    assert (news.phase, news.late) == (Phase.OPENED, False)
    opened = IncidentReport(5, NOON, Phase.OPENED, sighting())
    assert report(seat, PC, "run-1", "e", opened, late=True) == (seat, [])


def test_an_incident_that_is_over_is_told_quietly() -> None:
    """Order and delivery, 9."""
    opened = IncidentReport(5, NOON, Phase.OPENED, sighting("old", IncidentKind.IMPERSONATION))
    seat = joined(hello(next_seq=99))
    same, effects = report(seat, PC, "run-1", "e", opened, late=True)

    assert same is seat
    (news,) = [one.incident for one in effects if isinstance(one, News)]
    assert (news.phase, news.late) == (Phase.OPENED, True)


def test_an_incident_that_ended_while_nobody_listened_has_ended() -> None:
    """Order and delivery, 6."""
    seat, effects = join(joined(hello(incidents=(sighting(),))), PC, hello(next_seq=2), NOON + 9)

    assert [one.incident.phase for one in effects if isinstance(one, News)] == [Phase.ENDED]
    shown = view(seat).alert
    assert shown and not shown.ongoing


# ---- punches, and a broker that forgot


@given(seats(), st.sampled_from(Work))
def test_punching_the_same_again_changes_nothing(seat: Seat, work: Work) -> None:
    once, _ = punch(seat, work, "資料作成", NOON)
    again, effects = punch(once, work, "資料作成", NOON + 1)

    assert again is once
    assert effects == []
    assert once.punched is work


@given(seats())
def test_after_a_loss_nothing_is_known_and_nobody_is_away(recorded: Seat) -> None:
    """Order and delivery, 8: unknown, since the last moment that the record vouches for."""
    seat, effects = restore(Seat(MEMBER, by_punch=recorded.by_punch), recorded, NOON - 60)

    assert effects == [Moved("hub_gap", NOON - 60)]
    assert all(one.link is not Link.ONLINE for one in seat.devices)
    assert all(
        one.presence is not Presence.AWAY or one.link is Link.OFFLINE for one in seat.devices
    )
    assert seat.label not in (Label.PRESENT, Label.AWAY)
    assert seat.alarms == recorded.alarms
    assert all(one.session == "" for one in seat.devices)


@given(seats(), seats())
def test_a_seat_comes_back_once_and_before_anything_else(seat: Seat, recorded: Seat) -> None:
    """Order and delivery, 7: any number of nodes may restore at once."""
    assert restore(seat, recorded, NOON) == (seat, [])


@given(seats(), hellos)
def test_a_fence_does_not_outlive_its_epoch(recorded: Seat, hello: Hello) -> None:
    """Lease and fencing, 4: the token is compared within an epoch."""
    restored, _ = restore(Seat(MEMBER, by_punch=recorded.by_punch), recorded, NOON)
    back, effects = join(restored, PC, hello, NOON)

    assert device(back).link is Link.ONLINE
    assert effects[0] == Moved("hello", NOON, PC)


# ---- a thousand of them


def test_a_thousand_agents_that_flap_for_an_hour_move_no_board() -> None:
    """Lease and fencing, 4: each reconnects every 15 s, with a lease of 40 s."""
    first = [hello(f"run-{number}", next_seq=number + 1) for number in range(1000)]
    floor = [joined(one) for one in first]
    told = 0
    for round in range(3600 // 15):
        now = NOON + round * 15
        for number, one in enumerate(first):
            measured = replace(one.facts, since=NOON + (number * 7 + round) % 13 / 100)
            seat, effects = join(floor[number], PC, replace(one, facts=measured), now)
            told += len(effects) + (seat is not floor[number])

    assert told == 0


def test_one_device_does_not_touch_the_other() -> None:
    """Facts about a person, 2: per-device facts stay visible."""
    pc = joined(hello())
    both, _ = join(pc, TABLET, hello("tablet", Presence.AWAY), NOON)
    left, _ = bye(both, TABLET, "tablet", NOON + 5)

    assert [one.link for one in view(left).devices] == [Link.ONLINE, Link.OFFLINE]
    assert left.label is Label.PRESENT


def device(seat: Seat) -> Device:
    return seat.devices[0]


def link_of(seat: Seat) -> Link:
    return device(seat).link

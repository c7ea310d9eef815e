"""What never happens, whatever an observer is shown and whenever."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.observation import (
    PresenceChanged,
)
from hub.protocol.facts import IncidentKind, Phase, Presence, Reason
from tests.agent.decisions.shown import (
    ALL,
    DEVICE,
    IMPERSONATION,
    PEEPING,
    SIGHTS,
    TIMING,
    incidents,
    play,
    presences,
)

Shown = list[tuple[float, str]]
steps = st.sampled_from([0.2, 0.5, 1.0, 1.0, 1.0, 2.0, 4.0, 7.0, 70.0])
names = st.sampled_from([*ALL, "blind"])


@st.composite
def shows(draw: st.DrawFn, names: st.SearchStrategy[str] = names) -> Shown:
    """Runs of like frames, as people come and go, at uneven times."""
    at, shown = 0.0, []
    for name, step, count in draw(
        st.lists(st.tuples(names, steps, st.integers(1, 12)), min_size=1, max_size=12)
    ):
        for _ in range(count):
            shown.append((at, name))
            at += step
    return shown


def within(shown: Shown, since: float, until: float) -> Iterator[str]:
    return (name for at, name in shown if since <= at <= until)


@given(shows())
def test_nobody_is_present_without_two_matches_in_five_seconds(shown: Shown) -> None:
    _, told = play(shown)

    for presence, at, since in presences(told):
        if presence is Presence.PRESENT:
            matches = [ALL[name].match for name in within(shown, since, at) if name != "blind"]
            assert sum(match is not None for match in matches) >= 2
            assert at - since <= TIMING.present_within_s


@given(shows())
def test_nobody_is_away_who_was_matched_in_the_last_minute(shown: Shown) -> None:
    _, told = play(shown)

    for presence, at, since in presences(told):
        if presence is Presence.AWAY:
            assert at - since >= TIMING.away_after_s
            lately = within(shown, at - TIMING.away_after_s + 1e-6, at)
            hindered = ("member", "watched", "passed", "phone", "no phone", "blind")
            assert not any(name in hindered for name in lately)


@given(st.lists(st.sampled_from([*SIGHTS]), min_size=1, max_size=59), st.integers(1, 5))
def test_a_flicker_between_matches_never_toggles_presence(between: list[str], times: int) -> None:
    names = ["member", "member", *["member", *between] * times, "member"]
    shown = [(float(at), name) for at, name in enumerate(names)]

    _, told = play(shown)

    assert [presence for presence, _, _ in presences(told)] == [Presence.PRESENT]


@pytest.mark.requirement("R30")
@given(st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(1.0, 20)), min_size=1, max_size=10))
def test_a_passer_by_of_less_than_a_second_never_peeps(passes: list[tuple[float, float]]) -> None:
    at, shown = 0.0, []
    for passing, pause in passes:
        for _ in range(max(1, int(pause / 0.2))):
            shown.append((at, "member"))
            at += 0.2
        for _ in range(max(1, int(passing / 0.2))):
            shown.append((at, "watched"))
            at += 0.2

    _, told = play([*shown, (at, "member")])

    assert incidents(told, PEEPING) == []


@given(shows())
def test_of_each_kind_one_incident_is_open_at_most(shown: Shown) -> None:
    _, told = play(shown)

    for kind in IncidentKind:
        steps = incidents(told, kind)
        for (before, _, known), (phase, at, incident) in pairwise(steps):
            if phase is Phase.OPENED:
                assert before is Phase.ENDED
                assert at - known.seen_at >= TIMING.incident_quiet_s
            else:
                assert before is not Phase.ENDED
                assert incident.opened_at == known.opened_at
                assert incident.count == known.count + (phase is Phase.SEEN)
            if phase is Phase.ENDED:
                assert at - incident.seen_at >= TIMING.incident_quiet_s
        assert not steps or steps[0][0] is Phase.OPENED


@given(shows())
def test_an_impersonation_rests_on_three_good_frames_over_three_seconds(shown: Shown) -> None:
    _, told = play(shown)

    for phase, at, _ in incidents(told, IMPERSONATION):
        if phase is not Phase.ENDED:
            lately = [when for when, name in shown if at - 10 <= when <= at and name == "stranger"]
            assert len(lately) >= 3
            assert lately[-1] - lately[0] >= TIMING.impersonation_over_s


@given(shows(names=st.sampled_from(["nobody", "member", "doubtful", "blurred", "passed", "blind"])))
def test_who_works_alone_never_opens_an_incident(shown: Shown) -> None:
    _, told = play(shown)

    assert all(isinstance(one.event, PresenceChanged) for one in told)


@pytest.mark.requirement("R33")
@given(shows())
def test_whatever_happens_a_covered_camera_shows_nobody(shown: Shown) -> None:
    """While it is told to be covered nothing else is known, and nobody is away because of it."""
    _, told = play(shown)

    for one in told:
        if isinstance(one.event, PresenceChanged) and one.event.reason is Reason.CAMERA_COVERED:
            lately = list(within(shown, one.event.since + 1e-6, one.at))
            assert set(lately) <= {"dark", "frozen"}
            assert one.at - one.event.since <= TIMING.covered_for_s + 7
            assert one.event.presence is Presence.UNKNOWN


@pytest.mark.requirement("R32")
@given(shows())
def test_a_phone_rests_on_two_finds_in_ten_seconds(shown: Shown) -> None:
    _, told = play(shown)

    for phase, at, _ in incidents(told, DEVICE):
        if phase is not Phase.ENDED:
            assert list(within(shown, at - TIMING.device_within_s, at)).count("phone") >= 2


@given(shows())
def test_no_fact_is_older_than_the_one_before_or_newer_than_now(shown: Shown) -> None:
    _, told = play(shown)

    changes = presences(told)
    assert all(since <= at for _, at, since in changes)
    assert all(before <= since for (_, _, before), (_, _, since) in pairwise(changes))


@given(shows())
def test_every_change_of_presence_is_a_change(shown: Shown) -> None:
    _, told = play(shown)

    facts = [
        (one.event.presence, one.event.reason)
        for one in told
        if isinstance(one.event, PresenceChanged)
    ]
    assert all(before != after for before, after in pairwise(facts))


def test_the_observer_needs_neither_pixels_nor_a_clock() -> None:
    code = (
        "import sys, agent.decisions.observer; "
        "print(*{'numpy', 'cv2', 'asyncio', 'random'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""

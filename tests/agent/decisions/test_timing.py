"""The times of decisions at the pace and the rate of the settings."""

from agent.decisions.timing import debounce
from agent.settings import Settings


def test_a_window_has_room_for_its_frames_at_any_pace() -> None:
    timing = debounce(Settings(fps=1, pace=0.01))

    assert timing.away_after_s == 0.6
    assert timing.present_within_s >= timing.present_matches
    assert timing.impersonation_within_s >= timing.impersonation_frames
    assert timing.stall_s > 1


def test_at_its_own_pace_the_times_are_those_that_were_decided() -> None:
    timing = debounce(Settings(away_after_s=90))

    assert (timing.away_after_s, timing.present_within_s, timing.stall_s) == (90, 5, 5)
    assert (timing.impersonation_within_s, timing.incident_quiet_s) == (10, 60)

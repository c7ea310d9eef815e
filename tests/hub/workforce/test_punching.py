"""What punches do, whatever somebody taps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.protocol.facts import Work
from hub.workforce.punching import PunchKind, PunchRefused, Refusal, Standing, punched

standings = st.builds(Standing, st.sampled_from(Work), st.none() | st.text(min_size=1))
kinds = st.sampled_from(PunchKind)
ENDS = {
    PunchKind.START: PunchKind.END,
    PunchKind.BREAK_START: PunchKind.BREAK_END,
    PunchKind.OUT: PunchKind.BACK,
}
WORKING = Standing(Work.WORKING, "見積もり")


@given(standings, kinds, st.text(min_size=1))
def test_a_punch_leads_somewhere_or_is_refused_with_a_reason(
    standing: Standing, kind: PunchKind, task: str
) -> None:
    try:
        after = punched(standing, kind, task)
    except PunchRefused as refused:
        assert refused.reason in Refusal
        assert refused.work is standing.work
    else:
        assert after != standing or kind is PunchKind.TASK_START


@given(standings.filter(lambda standing: standing.work is not Work.OFF))
def test_whoever_is_at_work_can_always_go_home_and_leaves_nothing_open(standing: Standing) -> None:
    assert punched(standing, PunchKind.END) == Standing(Work.OFF)


@given(st.lists(kinds), kinds)
def test_the_same_end_twice_in_a_row_never_fits(taps: list[PunchKind], last: PunchKind) -> None:
    standing = Standing()
    for kind in [*taps, last]:
        try:
            standing = punched(standing, kind, "見積もり")
        except PunchRefused:
            continue
    if last in ENDS.values() or last in ENDS:
        with pytest.raises(PunchRefused):
            punched(standing, last)


@pytest.mark.requirement("R10")
@pytest.mark.parametrize(
    ("standing", "kind", "reason"),
    [
        (Standing(Work.OFF), PunchKind.END, Refusal.NOT_STARTED),
        (Standing(Work.OFF), PunchKind.BREAK_START, Refusal.NOT_STARTED),
        (Standing(Work.OFF), PunchKind.TASK_START, Refusal.NOT_STARTED),
        (Standing(Work.WORKING), PunchKind.START, Refusal.ALREADY_STARTED),
        (Standing(Work.BREAK), PunchKind.START, Refusal.ALREADY_STARTED),
        (Standing(Work.BREAK), PunchKind.OUT, Refusal.NOT_WORKING),
        (Standing(Work.BREAK), PunchKind.TASK_START, Refusal.NOT_WORKING),
        (Standing(Work.WORKING), PunchKind.BREAK_END, Refusal.NOT_ON_BREAK),
        (Standing(Work.WORKING), PunchKind.BACK, Refusal.NOT_OUT),
        (Standing(Work.WORKING), PunchKind.TASK_END, Refusal.NO_TASK),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(
    standing: Standing, kind: PunchKind, reason: Refusal
) -> None:
    with pytest.raises(PunchRefused) as refused:
        punched(standing, kind, "見積もり")

    assert refused.value.reason is reason


def test_a_task_needs_a_name() -> None:
    with pytest.raises(PunchRefused) as refused:
        punched(Standing(Work.WORKING), PunchKind.TASK_START)

    assert refused.value.reason is Refusal.TASK_NEEDS_A_NAME


@pytest.mark.parametrize(
    ("leave", "come_back", "meanwhile"),
    [
        (PunchKind.BREAK_START, PunchKind.BREAK_END, Work.BREAK),
        (PunchKind.OUT, PunchKind.BACK, Work.OUT),
    ],
)
def test_a_task_lasts_through_a_break_and_through_going_out(
    leave: PunchKind, come_back: PunchKind, meanwhile: Work
) -> None:
    away = punched(WORKING, leave)

    assert away == Standing(meanwhile, "見積もり")
    assert punched(away, come_back) == WORKING

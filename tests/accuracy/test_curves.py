"""The rates of a recogniser, from scores."""

from hypothesis import given
from hypothesis import strategies as st

from tests.accuracy.curves import Scores, fmr, fnmr, rates, tar_at_far, trade_off

cosines = st.lists(st.floats(-1, 1), min_size=1, max_size=40).map(tuple)


def test_rates_count_what_lies_on_the_wrong_side_of_the_threshold() -> None:
    scores = Scores(genuine=(0.9, 0.6, 0.5, 0.4), impostor=(0.55, 0.3, 0.2, 0.1))

    assert fmr(scores, 0.5) == 0.25
    assert fnmr(scores, 0.5) == 0.25


def test_one_false_match_in_a_hundred_lets_one_through() -> None:
    impostor = tuple(number / 100 for number in range(100))
    scores = Scores(genuine=(0.985, 0.97), impostor=impostor)

    found = tar_at_far(scores, 0.01)

    assert (found.tar, found.above, found.false_matches, found.of) == (0.5, 0.98, 1, 100)


def test_with_few_pairs_no_false_match_is_let_through() -> None:
    found = tar_at_far(Scores(genuine=(0.9, 0.2), impostor=(0.5, 0.1)), 0.001)

    assert (found.tar, found.false_matches) == (0.5, 0)


@given(cosines, cosines, st.floats(0, 1))
def test_false_matches_never_exceed_what_was_allowed(
    genuine: tuple[float, ...], impostor: tuple[float, ...], far: float
) -> None:
    found = tar_at_far(Scores(genuine, impostor), far)

    assert found.false_matches <= far * len(impostor) + 1e-6
    assert 0 <= found.tar <= 1


@given(cosines, cosines)
def test_a_higher_threshold_matches_fewer_of_both(
    genuine: tuple[float, ...], impostor: tuple[float, ...]
) -> None:
    false_matches, misses = rates(Scores(genuine, impostor), [-0.5, 0.0, 0.5])

    assert [rate for _, rate in false_matches] == sorted(
        (rate for _, rate in false_matches), reverse=True
    )
    assert [rate for _, rate in misses] == sorted(rate for _, rate in misses)


@given(cosines, cosines)
def test_the_trade_off_ends_where_everything_matches(
    genuine: tuple[float, ...], impostor: tuple[float, ...]
) -> None:
    assert trade_off(Scores(genuine, impostor))[-1] == (1.0, 1.0)

"""The waiting that all other tests trust."""

from collections.abc import Iterator

import pytest

from tests.clock import look_again_s, until, wait_until


def counting() -> Iterator[int]:
    yield from range(100)


async def test_until_returns_the_first_true_value() -> None:
    values = counting()

    assert await until(lambda: next(values)) == 1


async def test_until_awaits_a_condition_that_is_a_coroutine() -> None:
    values = counting()

    async def condition() -> int:
        return next(values)

    assert await until(condition) == 1


async def test_until_says_what_the_last_value_was() -> None:
    with pytest.raises(AssertionError, match=r"not within 0\.02 s; the last was \[\]"):
        await until(lambda: [], timeout_s=0.02)


def test_wait_until_needs_no_event_loop() -> None:
    values = counting()

    assert wait_until(lambda: next(values)) == 1
    with pytest.raises(AssertionError, match="the last was None"):
        wait_until(lambda: None, timeout_s=0.02)


@pytest.mark.parametrize(("waited_s", "rest_s"), [(0.0, 0.01), (0.5, 0.05), (30.0, 0.1)])
def test_what_takes_long_is_asked_for_more_rarely(waited_s: float, rest_s: float) -> None:
    assert look_again_s(waited_s) == pytest.approx(rest_s)

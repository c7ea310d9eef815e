"""The composed sitting: it moves as much as it says, is the same each time, and gets up."""

import numpy as np

from agent.vision.pixels import Image
from tests.accuracy.sitting import (
    ABSENT_S,
    PRESENT_S,
    SWAY,
    WIDEST,
    Wander,
    moved,
    sitting,
)


def picture(shade: int) -> Image:
    made = np.full((48, 64, 3), shade, np.uint8)
    made[20:28, 28:36] = 255 - shade
    return made


def test_it_is_the_same_each_time_and_never_still() -> None:
    first = [one.bgr for one in sitting([picture(60)], [], 5, seed=1)]
    again = [one.bgr for one in sitting([picture(60)], [], 5, seed=1)]

    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    assert not any(np.array_equal(one, first[0]) for one in first[1:])


def test_somebody_gets_up_and_comes_back() -> None:
    lap = PRESENT_S + ABSENT_S
    frames = {one.time_s: one.bgr for one in sitting([picture(60)], [picture(200)], lap + 1, 1)}
    light = {second: frame[:5, :5].mean() for second, frame in frames.items()}

    assert light[PRESENT_S - 1] < 150 < light[PRESENT_S] > 150
    assert light[lap - 1] > 150 > light[lap]


def test_it_wanders_about_as_far_as_it_says_and_no_farther() -> None:
    wander = Wander(np.random.default_rng(2))
    steps = np.array([wander.step() for _ in range(2_000)])

    assert (np.abs(steps) <= SWAY * WIDEST + 1e-9).all()
    assert (np.abs(steps.std(axis=0) / SWAY - 1) < 0.2).all()


def test_who_does_not_move_is_the_picture_itself() -> None:
    assert np.array_equal(moved(picture(60), 0, 0, 0, 0, 0), picture(60))

"""How closely an agent looks: nothing is missed that moves, and what stands still costs little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cameras.camera import Frame
from agent.decisions.attention import (
    HASTE_S,
    URGENT_PER_S,
    Attention,
)
from agent.decisions.observer import Tempo
from agent.vision.devices import Search, Where
from agent.vision.judgement import Sight
from agent.vision.pixels import Image
from hub.protocol.facts import Hint

CHANCE = np.random.default_rng(0)
ROOM = CHANCE.integers(40, 200, (120, 160, 3)).repeat(4, 0).repeat(4, 1).astype(np.int16)


def quiet() -> Image:
    """The room again, with a sensor's noise."""
    return np.asarray(np.clip(ROOM + CHANCE.normal(0, 2, ROOM.shape), 0, 255), np.uint8)


def moved() -> Image:
    picture = quiet()
    top, left = CHANCE.integers(0, 400), CHANCE.integers(0, 560)
    picture[top : top + 80, left : left + 80] = CHANCE.integers(0, 255)
    return picture


class FakeEyes:
    """They find a phone while there is one, and remember what they were asked."""

    def __init__(self) -> None:
        self.searches: list[tuple[float, list[Where]]] = []
        self.looks = 0
        self.phone = 0.0

    def look(self, frame: Frame, search: Search | None) -> Sight:
        self.looks += 1
        if search is None:
            return Sight()
        self.searches.append((frame.time_s, list(search)))
        return Sight(phone=self.phone)


@pytest.fixture
def eyes() -> FakeEyes:
    return FakeEyes()


@pytest.fixture
def attention(eyes: FakeEyes) -> Attention:
    return Attention(eyes.look, per_s=1.0)


def test_while_nothing_moves_every_tenth_frame_is_looked_at(
    attention: Attention, eyes: FakeEyes
) -> None:
    seen = [attention.see(Frame(quiet(), at), Tempo.CALM) for at in range(61)]

    assert eyes.looks == 7
    assert [at for at, eyed in enumerate(seen) if eyed.analysed] == [0, 10, 20, 30, 40, 50, 60]
    assert [eyed.sight.fresh for eyed in seen] == [eyed.analysed for eyed in seen]


def test_what_moves_is_looked_at(attention: Attention, eyes: FakeEyes) -> None:
    for at in range(20):
        attention.see(Frame(moved(), at), Tempo.CALM)

    assert eyes.looks == 20


@pytest.mark.parametrize("tempo", [Tempo.AWAKE, Tempo.URGENT])
def test_while_a_decision_is_pending_no_frame_is_passed_over(
    attention: Attention, eyes: FakeEyes, tempo: Tempo
) -> None:
    for at in range(20):
        attention.see(Frame(quiet(), at), tempo)

    assert eyes.looks == 20


def test_slow_drift_is_noticed(attention: Attention, eyes: FakeEyes) -> None:
    """Each frame is like the one before it; it is compared with the one that was looked at."""
    for at in range(6):
        attention.see(Frame(np.asarray(quiet() // 2 + 2 * at, np.uint8), at), Tempo.CALM)

    assert eyes.looks > 2


def test_a_covered_lens_is_not_looked_through(attention: Attention, eyes: FakeEyes) -> None:
    dark = np.full((480, 640, 3), 3, np.uint8)

    eyed = attention.see(Frame(dark, 0.0), Tempo.AWAKE)

    assert eyed.sight.glance.cover is Hint.DARK
    assert eyes.looks == 0


def test_what_was_seen_before_the_cover_is_not_taken_for_what_is_behind_it(
    attention: Attention, eyes: FakeEyes
) -> None:
    attention.see(Frame(quiet(), 0), Tempo.CALM)
    attention.see(Frame(np.full((480, 640, 3), 3, np.uint8), 1), Tempo.CALM)

    attention.see(Frame(quiet(), 2), Tempo.CALM)

    assert eyes.looks == 2


@pytest.mark.requirement("R32")
def test_every_second_frame_is_searched_for_a_phone_in_turn_near_and_far(
    attention: Attention, eyes: FakeEyes
) -> None:
    for at in range(9):
        attention.see(Frame(moved(), at), Tempo.AWAKE)

    assert eyes.searches == [
        (2, [Where.FRAME]),
        (4, [Where.LOWER]),
        (6, [Where.LEFT]),
        (8, [Where.UPPER]),
    ]


@pytest.mark.requirement("R32")
def test_after_a_find_the_next_frames_are_searched_around_the_same_place(
    attention: Attention, eyes: FakeEyes
) -> None:
    eyes.phone = 0.7
    for at in (0, 2, 2.33, 2.67):
        attention.see(Frame(moved(), at), Tempo.URGENT)
    eyes.phone = 0.1
    for at in (3, 4, 5):
        attention.see(Frame(moved(), at), Tempo.AWAKE)

    far = [Where.FRAME, Where.LEFT, Where.RIGHT]
    assert eyes.searches == [
        (2, [Where.FRAME]),
        (2.33, far),
        (2.67, far),
        (3, far),
        (5, [Where.LOWER]),
    ]


def test_a_held_sight_does_not_count_as_another_search(
    attention: Attention, eyes: FakeEyes
) -> None:
    eyes.phone = 0.7
    seen = [attention.see(Frame(quiet(), at), Tempo.CALM).sight for at in range(12)]

    assert [sight.phone for sight in seen] == [*[None] * 10, 0.7, None]


@given(st.lists(st.sampled_from(list(Tempo)), max_size=400))
def test_a_doubt_that_lasts_costs_no_more_than_its_allowance(tempos: list[Tempo]) -> None:
    attention, spent, now = Attention(FakeEyes().look, 1.0), 0.0, 0.0

    for tempo in tempos:
        per_s = attention.per_s(tempo, now)
        assert per_s in (1.0, URGENT_PER_S)
        assert per_s == 1.0 or tempo is Tempo.URGENT
        spent += (1 / per_s) * (per_s == URGENT_PER_S)
        now += 1 / per_s

    assert spent <= HASTE_S + 0.2 * now + 1


def test_at_a_rate_that_is_faster_anyway_haste_changes_nothing() -> None:
    attention = Attention(FakeEyes().look, per_s=10.0)

    assert attention.per_s(Tempo.URGENT, 0.0) == attention.per_s(Tempo.CALM, 0.1) == 10.0

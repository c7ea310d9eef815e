"""The record read back: what boards said, what is known now, and what nobody knows."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.history.facts import As, Mark
from hub.history.spans import Span, spans, totals, within
from hub.history.timeline import at_moment, known, seen, timeline
from hub.protocol.facts import Label, Presence, Work
from tests.hub.history.world import World

NOON = 1_795_000_000.0
EXAMPLES = 40  # each is hours of somebody's life
randoms = st.randoms(use_true_random=False)


def wandered(random: Random, devices: int = 2, steps: int = 25) -> World:
    world = World(7, tuple(range(1, devices + 1)), NOON, "e")
    world.wander(random, steps)
    world.settle()
    return world


def words(marks: list[Mark], begin: float, end: float) -> list[tuple[float, Label, bool]]:
    return [(one.begin - NOON, one.label, one.late) for one in spans(marks, begin, end)]


@settings(max_examples=EXAMPLES)
@given(randoms, st.sampled_from(As), st.integers(-100, 30_000), st.integers(1, 30_000))
def test_spans_cover_a_range_without_holes_and_overlaps_and_add_up(
    random: Random, how: As, begin: int, length: int
) -> None:
    """History, 14."""
    world = wandered(random)
    marks = timeline(how, world.facts(), world.lost())
    found = spans(marks, NOON + begin, NOON + begin + length)

    assert found[0].begin == NOON + begin
    assert found[-1].end == NOON + begin + length
    assert all(one.end == two.begin for one, two in pairwise(found))
    assert all(one.seconds > 0 and not one.says(two) for one, two in pairwise(found))
    assert sum(totals(found).of.values()) == pytest.approx(length)


@settings(max_examples=EXAMPLES)
@given(randoms)
def test_what_was_seen_is_what_the_boards_had(random: Random) -> None:
    """History, 14: the replay of the live rows."""
    world = wandered(random)
    marks = seen(world.facts())

    for at, shown in last_at_each_moment(world):
        then = at_moment(marks, at)
        assert then is None or then.view == shown


def last_at_each_moment(world: World) -> list[tuple[float, object]]:
    """A board shows the last state of a moment; lost brokers have their own test."""
    found: dict[float, object] = {}
    gaps = [(one.event_time, one.received_at) for one in world.moments if one.cause == "hub_gap"]
    for at, shown in world.boards:
        if not any(begin <= at < end for begin, end in gaps):
            found[at] = shown
    return list(found.items())


@settings(max_examples=EXAMPLES)
@given(randoms)
def test_what_is_known_never_contradicts_the_device(random: Random) -> None:
    """Presence, 1 and 9: it may be less than the device saw, but nothing else."""
    world = wandered(random, devices=1)
    marks = known(world.facts(), world.lost())

    for span in spans(marks, NOON, world.now):
        if span.label in (Label.PRESENT, Label.AWAY, Label.PAUSED):
            truths = {world.true_label(span.begin), world.true_label((span.begin + span.end) / 2)}
            assert truths == {span.label}


@settings(max_examples=EXAMPLES)
@given(randoms)
def test_the_end_of_what_is_known_is_the_board(random: Random) -> None:
    world = wandered(random)
    last = at_moment(known(world.facts(), world.lost()), world.now)

    assert last is None or last.view.label is world.seat.label


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=8, unique=True))
def test_pieces_of_a_range_add_up_to_it(cuts: list[int]) -> None:
    cuts.sort()
    whole = [Span(begin, end, Label.AWAY) for begin, end in pairwise(cuts)]
    middle = (cuts[0] + cuts[-1]) / 2
    parts = [*within(whole, cuts[0], middle), *within(whole, middle, cuts[-1])]

    assert sum(one.seconds for one in parts) == pytest.approx(cuts[-1] - cuts[0])


def test_a_cable_that_was_out_is_unknown_until_the_device_tells_what_it_saw() -> None:
    """Order, 9: late reports rewrite the history, and are marked."""
    world = World(7, (1,), NOON, "e")
    (pc,) = world.pcs
    world.connects(pc)
    world.sees(pc, Presence.PRESENT)
    world.pass_by(100)
    world.cut(pc)
    world.pass_by(200)
    world.sees(pc, Presence.AWAY)
    world.pass_by(100)
    before = world.now
    world.connects(pc)
    world.pass_by(100)

    assert words(seen(world.facts()), NOON, world.now) == [
        (0, Label.PRESENT, False), (140, Label.UNKNOWN, False), (190, Label.OFFLINE, False),
        (400, Label.AWAY, False),
    ]  # fmt: skip
    assert words(known(world.facts()), NOON, world.now) == [
        (0, Label.PRESENT, False), (140, Label.UNKNOWN, False), (190, Label.OFFLINE, False),
        (300, Label.AWAY, True), (400, Label.AWAY, False),
    ]  # fmt: skip
    assert before == NOON + 400


def unheard(away_after: int, since: int) -> World:
    """The line of somebody who was present is out: they left that long after, and that long ago."""
    world = World(7, (1,), NOON, "e")
    (pc,) = world.pcs
    world.connects(pc)
    world.sees(pc, Presence.PRESENT)
    world.cut(pc)
    world.pass_by(away_after)
    world.sees(pc, Presence.AWAY)
    world.pass_by(since)
    return world


def test_a_dead_agent_is_not_an_absent_person() -> None:
    """Facts, 1: what it last said does not last until the next one begins."""
    world = unheard(100, 1000)
    (pc,) = world.pcs
    world.restarts(pc)
    world.pass_by(10)
    world.connects(pc)

    found = spans(known(world.facts()), NOON, world.now)
    assert Label.AWAY not in {one.label for one in found}


def test_an_agent_that_dies_another_day_takes_nothing_away_from_a_word_of_today() -> None:
    """Facts, 1: it had told what came next before it died."""
    world = unheard(200, 100)
    (pc,) = world.pcs
    world.connects(pc)
    world.pass_by(100)
    world.sees(pc, Presence.PRESENT)
    today = world.now
    world.pass_by(100)
    world.restarts(pc)
    world.connects(pc)

    assert words(known(world.facts()), NOON + 190, today) == [
        (190, Label.OFFLINE, False), (200, Label.AWAY, True), (300, Label.AWAY, False),
    ]  # fmt: skip


def test_what_a_device_had_to_overwrite_is_not_known() -> None:
    """Order, 9: an explicit gap, until its next word."""
    world = unheard(200, 100)
    (pc,) = world.pcs
    world.forgets(pc)
    world.sees(pc, Presence.PRESENT)
    world.pass_by(100)
    world.connects(pc)
    world.pass_by(10)

    assert words(known(world.facts(), world.lost()), NOON + 190, world.now) == [
        (190, Label.OFFLINE, False), (200, Label.UNKNOWN, True), (300, Label.PRESENT, True),
        (400, Label.PRESENT, False),
    ]  # fmt: skip


def test_an_outage_of_the_hub_is_unknown_however_it_is_asked() -> None:
    """Record, 8 and 14: never presence, from the last moment that the record vouches for."""
    world = World(7, (1,), NOON, "e")
    (pc,) = world.pcs
    world.connects(pc)
    world.sees(pc, Presence.PRESENT)
    world.pass_by(100)
    world.broker_lost()

    for how in As:
        marks = timeline(how, world.facts())
        found = spans(marks, NOON, world.now)
        assert [one.label for one in found] == [Label.UNKNOWN]
        last = at_moment(marks, world.now)
        assert last and last.view.label is Label.PRESENT


def test_another_device_goes_on_while_one_catches_up() -> None:
    """Facts, 2: several devices merge in the past as they do live."""
    world = World(7, (1, 2), NOON, "e")
    pc, browser = world.pcs
    world.connects(pc)
    world.sees(pc, Presence.PRESENT)
    world.connects(browser)
    world.sees(browser, Presence.AWAY)
    world.cut(pc)
    world.pass_by(100)
    world.sees(pc, Presence.AWAY)
    world.pass_by(100)
    world.sees(pc, Presence.PRESENT)
    world.pass_by(100)
    world.connects(pc)
    world.pass_by(10)

    assert words(known(world.facts()), NOON, world.now) == [
        (0, Label.PRESENT, False), (40, Label.AWAY, False), (100, Label.AWAY, True),
        (200, Label.PRESENT, True), (300, Label.PRESENT, False),
    ]  # fmt: skip


def test_a_punched_break_stands_over_what_a_device_says_later() -> None:
    """Facts, 1: the first that holds."""
    world = World(7, (1,), NOON, "e")
    (pc,) = world.pcs
    world.connects(pc)
    world.punches(Work.BREAK)
    world.cut(pc)
    world.pass_by(100)
    world.sees(pc, Presence.AWAY)
    world.pass_by(100)
    world.connects(pc)
    world.pass_by(10)

    found = spans(known(world.facts()), NOON, world.now)
    assert {one.label for one in found} == {Label.BREAK}


def test_before_anything_is_known_the_seat_is_off() -> None:
    assert spans([], 0, 10) == [Span(0, 10, Label.OFF)]
    assert spans([], 10, 10) == []

"""A photo or a screen is at most hinted at: beside a decision, after several looks, never alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.hinting import Suspicion
from agent.decisions.observation import Event, Incident, IncidentChanged, PresenceChanged
from agent.vision.judgement import Sight
from hub.protocol.facts import Hint, IncidentKind, Phase, Presence, Why


def after(*living: float | None, every_s: float = 1.0) -> Suspicion:
    suspicion = Suspicion()
    for number, one in enumerate(living):
        suspicion = suspicion.seen(Sight(living=one), number * every_s)
    return suspicion


def present() -> PresenceChanged:
    return PresenceChanged(Presence.PRESENT, 0.0, None, Why(2, 2, 0.7, 0.57))


def opened(kind: IncidentKind) -> IncidentChanged:
    return IncidentChanged(Phase.OPENED, 4.0, Incident(kind, 0.0, 4.0, Why(3, 5, 0.1, 0.38)))


def hint_of(event: Event) -> Hint | None:
    if isinstance(event, PresenceChanged):
        return event.why.hint if event.why else None
    return event.incident.why.hint


@pytest.mark.requirement("R30")
def test_who_looks_like_a_photo_is_decided_as_before_with_a_word_beside_it() -> None:
    suspicion = after(0.1, 0.2)

    told = suspicion.explained(present(), now=2.0)

    assert hint_of(told) is Hint.PHOTO_OR_SCREEN
    assert isinstance(told, PresenceChanged) and told.presence is Presence.PRESENT
    stranger = suspicion.explained(opened(IncidentKind.IMPERSONATION), now=2.0)
    assert hint_of(stranger) is Hint.PHOTO_OR_SCREEN


def test_what_is_not_about_who_sits_there_has_no_such_word() -> None:
    told = after(0.1, 0.2).explained(opened(IncidentKind.PEEPING), now=2.0)

    assert hint_of(told) is None


@pytest.mark.parametrize(
    "living",
    [(0.1,), (0.1, 0.9, 0.9), (0.1, 0.9, 0.1, 0.9), (None, None, None), (0.1, None), (0.99,) * 5],
)
def test_one_look_or_a_minority_is_no_hint(living: tuple[float | None, ...]) -> None:
    assert not after(*living).holds(now=5.0)


def test_looks_of_long_ago_and_frames_that_were_passed_over_do_not_count() -> None:
    suspicion = after(0.1, 0.1)
    passed_over = suspicion.seen(Sight(living=0.1, fresh=False), 3.0)

    assert suspicion.holds(now=2.0)
    assert not suspicion.holds(now=60.0)
    assert passed_over == suspicion


@given(st.lists(st.one_of(st.none(), st.floats(0.5, 1))))
def test_nobody_who_looks_alive_is_ever_hinted_at(living: list[float | None]) -> None:
    suspicion = after(*living)

    assert suspicion.explained(present(), now=float(len(living))) == present()

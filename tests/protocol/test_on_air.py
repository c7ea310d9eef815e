"""How an agent says what it has on: with a heartbeat, when it is news, and never much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.protocol.agents import Heartbeat
from hub.protocol.codec import encode, from_agent
from hub.protocol.facts import EvidenceLevel
from hub.protocol.on_air import Camera, OnAir, Order, PauseAsked, Paused, ResumeAsked
from hub.protocol.session import COUNTS_EVERY_S, ON_AIR_EVERY_S, AgentSession
from tests.memory import NOON
from tests.protocol.test_session import live, welcome

ON = OnAir(Camera.ON, EvidenceLevel.PERIODIC, screen=True, next_capture_at=NOON + 192)
PAUSED = replace(ON, camera=Camera.CLOSED, pause=Paused("電話", NOON + 900), next_capture_at=None)


def told(session: AgentSession, now: float) -> list[OnAir]:
    beats = session.due(now, 0.5)
    return [one.on_air for one in beats if isinstance(one, Heartbeat) and one.on_air]


def test_what_is_on_is_told_once_and_a_change_at_once() -> None:
    session, _, _ = live()
    session.on_air(ON)
    assert told(session, 1.0) == [ON]
    assert told(session, 2.0) == []

    session.on_air(PAUSED)
    assert told(session, 2.1) == [PAUSED]


def test_images_alone_are_told_every_few_seconds() -> None:
    session, _, _ = live()
    session.on_air(ON)
    told(session, 1.0)
    sent = replace(ON, images_today=2, bytes_today=130_000, next_capture_at=NOON + 384)
    session.on_air(sent)

    assert told(session, COUNTS_EVERY_S) == []
    assert told(session, 1.0 + COUNTS_EVERY_S) == [sent]


def test_unchanged_it_is_told_again_now_and_then_and_other_heartbeats_stay_empty() -> None:
    session, _, _ = live()
    session.on_air(ON)
    times = [now for now in range(1, 901) if told(session, float(now))]

    assert times == [1, 1 + ON_AIR_EVERY_S, 1 + 2 * ON_AIR_EVERY_S]
    assert encode(Heartbeat()) == b'{"type":"heartbeat"}'  # as the hub takes it without decoding


def test_a_new_connection_is_told_anew_for_the_hub_may_be_another() -> None:
    session, _, _ = live()
    session.on_air(ON)
    told(session, 1.0)
    session.lost(1006, "", 2.0, 0.5)
    session.opened(3.0, NOON)
    assert told(session, 3.0) == []
    session.received(encode(welcome()), 3.5, NOON)

    assert told(session, 3.6) == [ON]


@pytest.mark.parametrize("order", [PauseAsked("電話", 900.0), PauseAsked(""), ResumeAsked()])
def test_what_the_worker_asks_on_the_hub_is_heard_once(order: Order) -> None:
    session, _, _ = live()
    session.received(encode(order), 1.0, NOON)

    assert session.take_orders() == [order]
    assert session.take_orders() == []


@given(
    images=st.integers(0, 2**31 - 1), size=st.integers(0, 2**53), waiting=st.integers(0, 10_000),
    reason=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200),
)  # fmt: skip
def test_whatever_is_on_fits_into_a_heartbeat(
    images: int, size: int, waiting: int, reason: str
) -> None:
    on = replace(ON, images_today=images, bytes_today=size, waiting=waiting, pause=Paused(reason))

    assert from_agent(encode(Heartbeat(on))) == Heartbeat(on)
    assert on.counts_alone(replace(on, images_today=0, next_capture_at=None))
    assert not on.counts_alone(replace(on, pause=None))

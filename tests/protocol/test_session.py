"""A client's session, without I/O: what is sent, what is forgotten, and when to come back."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from hub.protocol import closing
from hub.protocol.agents import Ack, Heartbeat, Hello, StateReport, Welcome
from hub.protocol.closing import Closing
from hub.protocol.codec import encode
from hub.protocol.facts import VERSION, Facts, Presence
from hub.protocol.session import (
    FAR_RETRY_S,
    HEARTBEAT_S,
    LEASE_S,
    NEAR_RETRY_S,
    SILENCE_S,
    STEADY_S,
    WAIT_S,
    WELCOME_S,
    WINDOW,
    AgentSession,
    State,
    Stopped,
    WatcherSession,
    code_of_status,
    retry_after_s,
)
from hub.protocol.watchers import Resume, Snapshot, Subscribe
from tests.memory import EPOCH, NOON, Memory


def welcome(recorded: int = 0, lease_s: float = LEASE_S) -> Welcome:
    return Welcome("b1", 1, recorded, NOON, lease_s, HEARTBEAT_S, 7, "木村 楓")


def hear(session: AgentSession, message: Struct, now: float = 0.0) -> list[Struct]:
    return session.received(encode(message), now, NOON)


def live(reports: int = 0, recorded: int = 0) -> tuple[AgentSession, Memory, list[int]]:
    """A session that was just welcomed, its backlog, and the numbers that it sent."""
    memory = Memory(reports)
    session = AgentSession("run-1", memory)
    session.opened(0.0, NOON)
    return session, memory, numbers(hear(session, welcome(recorded)))


def numbers(messages: Sequence[Struct]) -> list[int]:
    return [message.seq for message in messages if isinstance(message, StateReport)]


def test_it_says_who_it_is_and_its_whole_state_first() -> None:
    session = AgentSession("run-1", Memory(reports=2), "zaiseki 0.1")

    assert session.opened(5.0, NOON) == [
        Hello(VERSION, "run-1", EPOCH, 3, NOON, Facts(NOON, Presence.PRESENT), (), "zaiseki 0.1")
    ]
    assert session.state is State.SYNCING


def test_it_sends_no_report_before_it_is_welcome() -> None:
    session = AgentSession("run-1", Memory(reports=2))
    session.opened(0.0, NOON)

    assert session.pending() == []
    assert numbers(hear(session, welcome())) == [1, 2]


def test_it_goes_on_after_what_the_record_has() -> None:
    _, memory, sent = live(reports=5, recorded=3)

    assert sent == [4, 5]
    assert memory.forgotten == 3


def test_a_window_of_reports_is_on_the_way_and_each_ack_makes_room() -> None:
    session, _, sent = live(reports=WINDOW + 10)
    assert sent == list(range(1, WINDOW + 1))
    assert session.pending() == []

    assert numbers(hear(session, Ack(EPOCH, 4))) == list(range(WINDOW + 1, WINDOW + 5))


def test_an_ack_of_another_epoch_forgets_nothing() -> None:
    session, memory, _ = live(reports=3)
    hear(session, Ack("an older life", 3))

    assert memory.forgotten == 0
    assert len(memory.reports) == 3


def test_an_ack_of_what_was_never_made_is_refused_and_forgets_nothing() -> None:
    session, memory, _ = live(reports=3)
    with pytest.raises(Closing, match="never made"):
        hear(session, Ack(EPOCH, 4))

    assert memory.forgotten == 0


def test_a_spool_restored_from_a_backup_takes_a_new_epoch_and_loses_nothing() -> None:
    """The hub has recorded numbers that this copy would give again."""
    memory = Memory(reports=3)
    memory.forget(1)
    session = AgentSession("run-1", memory)
    session.opened(0.0, NOON)
    with pytest.raises(Closing) as refused:
        hear(session, welcome(recorded=90))
    session.lost(refused.value.code, refused.value.reason, 1.0, 0.5)
    (hello,) = session.opened(2.0, NOON)

    assert isinstance(hello, Hello)
    assert hello.device_epoch == memory.device_epoch != EPOCH
    assert hello.next_seq == 3
    assert numbers(hear(session, welcome())) == [1, 2]


def test_everything_unacknowledged_is_sent_again_after_a_cut() -> None:
    session, memory, _ = live(reports=5)
    hear(session, Ack(EPOCH, 2))
    session.lost(closing.GOING_AWAY, "", 10.0, 0.5)
    memory.add()
    session.opened(11.0, NOON)

    assert numbers(hear(session, welcome(recorded=2))) == [3, 4, 5, 6]


@given(st.data())
def test_reports_go_strictly_in_order_and_none_is_forgotten_unrecorded(data: st.DataObject) -> None:
    """Whatever happens to the connection: the hub records what it sees, some acks are lost."""
    memory = Memory()
    session = AgentSession("run-1", memory)
    recorded, now = 0, 0.0
    for step in data.draw(st.lists(st.sampled_from(["add", "ack", "cut", "come"]), max_size=60)):
        now += 1
        sent: list[Struct] = []
        if step == "add":
            memory.add()
            sent = session.pending()
        elif step == "cut" and session.greeted:
            session.lost(closing.GOING_AWAY, "", now, 0.5)
        elif step == "come" and not session.greeted:
            session.opened(now, NOON)
            sent = hear(session, welcome(recorded), now)
        elif step == "ack" and session.state is State.LIVE:
            sent = hear(session, Ack(EPOCH, data.draw(st.integers(0, recorded))), now)
        for seq in numbers(sent):
            assert seq == recorded + 1
            recorded = seq
        assert memory.forgotten <= recorded
        assert memory.made == len(memory.reports) + memory.forgotten


@given(chance=st.floats(0, 1))
def test_it_beats_about_every_ten_seconds(chance: float) -> None:
    session, _, _ = live()
    times = [now / 10 for now in range(0, 600) if session.due(now / 10, chance)]

    assert session.due(1000.0, chance) == [Heartbeat()]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(8.0 <= gap <= 12.2 for gap in gaps)


def test_the_hub_sets_lease_and_heartbeat() -> None:
    session = AgentSession("run-1", Memory())
    session.opened(0.0, NOON)
    hear(session, replace(welcome(lease_s=4.0), heartbeat_s=1.0))

    assert session.lease_s == 4.0
    assert session.due(0.7, 0.5) == []
    assert session.due(1.0, 0.5) == [Heartbeat()]


def test_a_clock_that_somebody_sets_back_delays_no_heartbeat() -> None:
    session, _, _ = live()
    session.received(encode(Ack(EPOCH, 0)), 5.0, NOON - 3600)

    assert session.due(11.0, 0.5) == [Heartbeat()]


def test_a_hub_that_does_not_answer_a_hello_is_left() -> None:
    session = AgentSession("run-1", Memory())
    session.opened(0.0, NOON)
    assert session.due(WELCOME_S, 0.5) == []

    with pytest.raises(Closing, match="did not answer"):
        session.due(WELCOME_S + 0.1, 0.5)


def test_frames_that_are_not_the_hubs_to_say_are_refused() -> None:
    session, _, _ = live()
    for frame in (b"{", "null", b"\xff", encode(Heartbeat()), '{"type":"welcome"}'):
        with pytest.raises(Closing) as refused:
            session.received(frame, 1.0, NOON)
        assert refused.value.code == closing.BAD_MESSAGE


@pytest.mark.parametrize(
    "code", [closing.FENCED, closing.UNAUTHORIZED, closing.OLD_PROTOCOL, closing.BAD_MESSAGE]
)
def test_a_close_that_says_do_not_come_back_is_obeyed(code: int) -> None:
    session, _, _ = live()
    with pytest.raises(Stopped) as stopped:
        session.lost(code, "because", 1.0, 0.5)

    assert (stopped.value.code, stopped.value.reason) == (code, "because")
    assert session.state is State.CLOSED


@pytest.mark.parametrize("code", [closing.TRY_LATER, closing.TOO_FAST])
def test_a_close_that_says_later_is_obeyed(code: int) -> None:
    session, _, _ = live()

    assert session.lost(code, "", 1.0, 0.0) >= WAIT_S


@given(st.integers(0, 1000), st.floats(0, LEASE_S, exclude_max=True), st.floats(0, 1))
def test_while_the_lease_runs_tries_are_near(attempt: int, lost: float, chance: float) -> None:
    assert 0 < retry_after_s(attempt, lost, LEASE_S, chance) <= NEAR_RETRY_S


@given(st.integers(0, 1000), st.floats(LEASE_S, 1e7), st.floats(0, 1))
def test_after_the_lease_they_spread_out(attempt: int, lost: float, chance: float) -> None:
    delay = retry_after_s(attempt, lost, LEASE_S, chance)

    assert NEAR_RETRY_S / 2 <= delay <= FAR_RETRY_S
    assert delay <= retry_after_s(attempt, lost, LEASE_S, 1.0) <= NEAR_RETRY_S + (lost - LEASE_S)
    assert retry_after_s(attempt, lost, LEASE_S, 1.0) == 2 * retry_after_s(
        attempt, lost, LEASE_S, 0
    )


def tries_until(seconds: float) -> list[float]:
    """When a session that always fails comes back, from the moment of the loss."""
    session, _, _ = live()
    now = 100.0
    times = []
    while now < 100.0 + seconds:
        now += session.lost(closing.GOING_AWAY, "", now, 1.0)
        times.append(now - 100.0)
    return times


def test_an_outage_of_minutes_meets_a_few_tries_and_not_a_wall() -> None:
    times = tries_until(600.0)
    gaps = [later - earlier for earlier, later in pairwise(times)]

    assert all(gap <= NEAR_RETRY_S for at, gap in zip(times, gaps, strict=False) if at < LEASE_S)
    assert gaps[-1] == FAR_RETRY_S
    assert gaps == sorted(gaps)
    assert len([at for at in times if at > LEASE_S]) < 20


def test_being_taken_and_dropped_at_once_again_and_again_slows_down() -> None:
    session, _, _ = live()
    now = 100.0
    delays = []
    for _ in range(40):
        delays.append(session.lost(closing.GOING_AWAY, "", now, 1.0))
        now += delays[-1]
        session.opened(now, NOON)
        hear(session, welcome(), now)
        now += 0.1

    assert delays[-1] > 10


def test_a_connection_that_stood_makes_the_next_try_quick_again() -> None:
    session, _, _ = live()
    for now in range(100, 200):
        session.lost(closing.GOING_AWAY, "", float(now), 1.0)
    session.opened(200.0, NOON)
    hear(session, welcome(), 200.0)

    assert session.lost(closing.GOING_AWAY, "", 200.0 + STEADY_S, 1.0) < 1


def test_a_refused_handshake_says_what_a_close_code_says() -> None:
    assert code_of_status(401) == closing.UNAUTHORIZED
    assert code_of_status(426) == closing.OLD_PROTOCOL
    assert code_of_status(503) == closing.TRY_LATER
    assert code_of_status(502) == closing.GOING_AWAY


def test_a_watcher_subscribes_from_where_it_stands() -> None:
    session = WatcherSession()
    assert session.opened(0.0, NOON) == [Subscribe(VERSION)]
    session.received(encode(Snapshot("b1", 5, "v1", 0, True, NOON)), 0.0, NOON)
    assert session.state is State.LIVE
    session.lost(closing.GOING_AWAY, "", 1.0, 0.5)

    (again,) = session.opened(2.0, NOON)
    assert isinstance(again, Subscribe)
    assert again.cursor is not None
    assert (again.cursor.epoch, again.cursor.offset) == ("b1", 5)


def test_a_watcher_leaves_a_hub_that_has_gone_silent() -> None:
    session = WatcherSession()
    session.opened(0.0, NOON)
    assert session.due(SILENCE_S, 0.5) == []

    with pytest.raises(Closing, match="nothing heard"):
        session.due(SILENCE_S + 0.1, 0.5)


def test_a_watcher_that_missed_something_asks_for_it() -> None:
    session = WatcherSession()
    session.opened(0.0, NOON)
    session.received(encode(Snapshot("b1", 5, "v1", 0, True, NOON)), 0.0, NOON)
    asked = session.received('{"type":"delta","epoch":"b1","after":7,"offset":8}', 1.0, NOON)

    (resume,) = asked
    assert isinstance(resume, Resume)
    assert resume.cursor.offset == 5

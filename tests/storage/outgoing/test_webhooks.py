"""The outbox: each event once to each endpoint that wants it, retried on the ladder, then left."""

import asyncio
import re
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.protocol.facts import Label
from storage.errors import Missing
from storage.outgoing import webhooks
from storage.outgoing.webhook_endpoints import (
    ENDPOINTS_PER_TENANT,
    TooManyEndpoints,
    add_endpoint,
    endpoints,
    remove_endpoint,
)
from storage.outgoing.webhooks import (
    CLAIM,
    LADDER,
    Due,
    IncidentOpened,
    PresenceUpdated,
    encode,
    message_id,
    next_attempt,
)
from storage.people.tenants import TenantState, set_state
from tests.outbox import Outbox, incident, outbox, presence
from tests.record import NOW

__all__ = ["outbox"]

SECOND = timedelta(seconds=1)


# ---- rules


def ladder(random: float) -> list[datetime]:
    """When each attempt happens if every one fails at once."""
    at, times = NOW, [NOW]
    while (next_at := next_attempt(len(times), at, random)) is not None:
        at = next_at
        times.append(at)
    return times


def test_ten_attempts_are_spread_over_three_days() -> None:
    times = ladder(random=0.0)

    assert len(times) == 10
    assert times[-1] - times[0] == timedelta(hours=75, minutes=35, seconds=5)


@given(st.integers(1, 9), st.floats(0, 1))
def test_jitter_only_lengthens_a_wait_and_by_a_fifth_at_most(attempts: int, random: float) -> None:
    again = next_attempt(attempts, NOW, random)

    assert again is not None
    assert LADDER[attempts] <= again - NOW <= LADDER[attempts] * 1.2 + timedelta(microseconds=1)


@given(st.integers(10), st.floats(0, 1))
def test_after_the_tenth_attempt_there_is_none(attempts: int, random: float) -> None:
    assert next_attempt(attempts, NOW, random) is None


@given(st.integers(1), st.text(), st.text())
def test_a_message_id_is_the_events_own_and_fits_the_signature(
    tenant: int, kind: str, key: str
) -> None:
    made = message_id(tenant, kind, key)

    assert made == message_id(tenant, kind, key)
    assert re.fullmatch(r"msg_[0-9a-f]{32}", made)
    assert made != message_id(tenant + 1, kind, key)


def test_the_bodies_are_thin_and_say_type_time_and_data() -> None:
    event = presence(5, Label.AWAY)

    body = encode(event.at, event.data)

    assert len(body) < 300  # Standard Webhooks wants them under 20 kB
    assert msgspec.json.decode(body) == {
        "type": "presence.updated",
        "timestamp": "2026-11-20T09:00:00Z",
        "data": {
            "epoch": "e",
            "seq": 5,
            "member": 7,
            "label": "away",
            "since": "2026-11-20T09:00:00Z",
            "work": "working",
            "presence": "present",
            "link": "online",
            "capture": "on",
            "reason": None,
        },
    }


# ---- on each database


async def due(outbox: Outbox, now: datetime = NOW, skip: tuple[int, ...] = ()) -> list[Due]:
    async with outbox.engine.connect() as conn:
        return await webhooks.due(conn, now, limit=100, skip=skip)


async def claim(outbox: Outbox, delivery: int, now: datetime = NOW) -> bool:
    async with outbox.engine.begin() as conn:
        return await webhooks.claim(conn, delivery, now)


async def test_an_event_goes_to_every_endpoint_that_wants_its_type(outbox: Outbox) -> None:
    all_types, _ = await outbox.endpoint("https://all.example/")
    alarms, _ = await outbox.endpoint("https://alarms.example/", [IncidentOpened.TYPE])

    assert await outbox.put(presence(1), incident(2))

    found = [(row.endpoint_id, row.type) for row in await outbox.rows()]
    assert sorted(found) == [
        (all_types, IncidentOpened.TYPE),
        (all_types, PresenceUpdated.TYPE),
        (alarms, IncidentOpened.TYPE),
    ]


async def test_recording_the_same_thing_twice_tells_it_once(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")

    await outbox.put(presence(1))
    await outbox.put(presence(1), presence(2))

    assert len(await outbox.rows()) == 2


async def test_what_is_rolled_back_is_told_to_nobody(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")

    async with outbox.engine.connect() as conn:
        await webhooks.enqueue(conn, outbox.tenant, [presence(1)], NOW)
        await conn.rollback()

    assert await outbox.rows() == []


async def test_nobody_listening_costs_no_row(outbox: Outbox) -> None:
    await outbox.endpoint("https://alarms.example/", [IncidentOpened.TYPE])

    assert not await outbox.put(presence(1))
    assert await outbox.rows() == []


async def test_one_of_many_claimants_gets_the_delivery(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    [found] = await due(outbox)

    claimed = await asyncio.gather(*(claim(outbox, found.id) for _ in range(8)))

    assert sorted(claimed) == [False] * 7 + [True]
    assert await due(outbox) == []


async def test_a_dead_claimants_delivery_comes_free_again(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    [found] = await due(outbox)
    await claim(outbox, found.id)

    assert not await claim(outbox, found.id, NOW + CLAIM)
    assert await due(outbox, NOW + CLAIM + SECOND) == [found]
    assert await claim(outbox, found.id, NOW + CLAIM + SECOND)


async def test_what_was_delivered_is_never_claimed_again(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    [found] = await due(outbox)
    await claim(outbox, found.id)
    async with outbox.engine.begin() as conn:
        await webhooks.delivered(conn, found.id, NOW, 204)

    much_later = NOW + timedelta(days=30)
    assert await due(outbox, much_later) == []
    assert not await claim(outbox, found.id, much_later)


async def test_a_failed_attempt_keeps_its_id_and_waits_for_its_time(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    [first] = await due(outbox)
    await claim(outbox, first.id)
    async with outbox.engine.begin() as conn:
        await webhooks.failed(conn, first, NOW, NOW + 5 * SECOND, "HTTP 500", 500)

    assert await due(outbox, NOW + 4 * SECOND) == []
    assert not await claim(outbox, first.id, NOW + 4 * SECOND)
    [second] = await due(outbox, NOW + 5 * SECOND)
    assert (second.message_id, second.attempts) == (first.message_id, 1)


async def test_a_failure_that_comes_late_does_not_undo_a_success(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    [found] = await due(outbox)
    async with outbox.engine.begin() as conn:
        await webhooks.delivered(conn, found.id, NOW, 200)
        await webhooks.failed(conn, found, NOW, NOW, "no answer within 15 s")

    [row] = await outbox.rows()
    assert (row.delivered_at, row.due_at, row.failed_at) == (NOW, None, None)


async def test_busy_endpoints_are_passed_over(outbox: Outbox) -> None:
    busy, _ = await outbox.endpoint("https://busy.example/")
    other, _ = await outbox.endpoint("https://other.example/")
    await outbox.put(presence(1))

    assert [found.endpoint_id for found in await due(outbox, skip=(busy,))] == [other]


async def test_a_disabled_endpoint_gets_nothing_more(outbox: Outbox) -> None:
    gone, _ = await outbox.endpoint("https://gone.example/")
    await outbox.put(presence(1))
    async with outbox.engine.begin() as conn:
        await webhooks.disable(conn, gone, NOW, "HTTP 410")

    assert not await outbox.put(presence(2))
    assert await due(outbox) == []
    [row] = await outbox.rows()
    assert (row.failed_at, row.last_error) == (NOW, "HTTP 410")
    async with outbox.engine.connect() as conn:
        [shown] = await endpoints(conn, outbox.tenant)
    assert (shown.disabled_at, shown.waiting, shown.failed) == (NOW, 0, 1)


async def test_a_removed_endpoint_is_no_longer_listed_and_its_secret_is_forgotten(
    outbox: Outbox,
) -> None:
    gone, _ = await outbox.endpoint("https://gone.example/")
    await outbox.put(presence(1))
    async with outbox.engine.begin() as conn:
        await remove_endpoint(conn, outbox.tenant, gone, NOW)

    assert await due(outbox) == []
    async with outbox.engine.begin() as conn:
        assert await endpoints(conn, outbox.tenant) == []
        with pytest.raises(Missing, match="no webhook"):
            await remove_endpoint(conn, outbox.tenant, gone, NOW)
        with pytest.raises(Missing, match="no webhook"):
            await webhooks.ping(conn, outbox.tenant, gone, NOW)


async def test_another_tenants_endpoint_cannot_be_touched(outbox: Outbox) -> None:
    mine, _ = await outbox.endpoint("https://mine.example/")

    async with outbox.engine.begin() as conn:
        assert await endpoints(conn, outbox.tenant + 1) == []
        with pytest.raises(Missing):
            await remove_endpoint(conn, outbox.tenant + 1, mine, NOW)
        with pytest.raises(Missing):
            await webhooks.ping(conn, outbox.tenant + 1, mine, NOW)


async def test_a_ping_is_sent_whatever_the_filter_says_and_every_time(outbox: Outbox) -> None:
    alarms, _ = await outbox.endpoint("https://alarms.example/", [IncidentOpened.TYPE])

    async with outbox.engine.begin() as conn:
        first = await webhooks.ping(conn, outbox.tenant, alarms, NOW)
        second = await webhooks.ping(conn, outbox.tenant, alarms, NOW)

    assert first != second
    assert [row.message_id for row in await outbox.rows()] == [first, second]


async def test_a_tenant_has_room_for_so_many_endpoints(outbox: Outbox) -> None:
    for number in range(ENDPOINTS_PER_TENANT):
        await outbox.endpoint(f"https://h{number}.example/")

    box = await outbox.keys.box(outbox.tenant)
    async with outbox.engine.begin() as conn:
        with pytest.raises(TooManyEndpoints):
            await add_endpoint(conn, box, "https://one-too-many.example/", [], NOW)


async def test_every_endpoint_has_a_secret_of_its_own(outbox: Outbox) -> None:
    _, one = await outbox.endpoint("https://one.example/")
    _, other = await outbox.endpoint("https://other.example/")

    assert one != other
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", one)


async def test_the_list_tells_how_an_endpoint_fares(outbox: Outbox) -> None:
    _, _ = await outbox.endpoint("https://h.example/", [PresenceUpdated.TYPE])
    await outbox.put(presence(1), presence(2), presence(3))
    one, two, _ = await due(outbox)
    async with outbox.engine.begin() as conn:
        await webhooks.delivered(conn, one.id, NOW, 200)
        await webhooks.failed(conn, two, NOW, NOW + SECOND, "HTTP 503", 503)

    async with outbox.engine.connect() as conn:
        [shown] = await endpoints(conn, outbox.tenant)

    assert (shown.waiting, shown.delivered, shown.failed) == (2, 1, 0)
    assert (shown.types, shown.last_error) == ((PresenceUpdated.TYPE,), "HTTP 503")


@pytest.mark.requirement("R76")
async def test_what_a_suspended_tenant_has_to_tell_waits_until_it_is_active_again(
    outbox: Outbox,
) -> None:
    await outbox.endpoint("https://example.com/hook")
    await outbox.put(incident(1))
    found = {}
    for state in (TenantState.SUSPENDED, TenantState.ENDED, TenantState.ACTIVE):
        async with outbox.engine.begin() as conn:
            await set_state(conn, outbox.tenant, state, "", NOW)
            found[state] = len(await webhooks.due(conn, NOW + SECOND, 10))

    assert found == {TenantState.SUSPENDED: 0, TenantState.ENDED: 0, TenantState.ACTIVE: 1}

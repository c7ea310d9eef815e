"""The outbox: each event once to each endpoint that wants it, retried on the ladder, then left."""

import asyncio
import re
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from hub.protocol.facts import Label
from storage.errors import Missing
from storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from storage.people.tenants import TenantState, set_state
from storage.webhooks import outbox as webhooks
from storage.webhooks import outcomes as webhook_outcomes
from storage.webhooks import queue as webhook_queue
from storage.webhooks.bodies import Content, body
from storage.webhooks.endpoints import (
    ENDPOINTS_PER_TENANT,
    Reason,
    TooManyEndpoints,
    Wishes,
    add_endpoint,
    endpoints,
    remove_endpoint,
)
from storage.webhooks.events import (
    IncidentOpened,
    PresenceUpdated,
    message_id,
)
from storage.webhooks.outcomes import Outcome
from storage.webhooks.queue import Due
from storage.webhooks.times import LADDER, TIMES
from tests.outbox import Outbox, incident, presence
from tests.record import NOW

SECOND = timedelta(seconds=1)


# ---- rules


def ladder(random: float) -> list[datetime]:
    """When each attempt happens if every one fails at once."""
    times = [NOW]
    while (wait := TIMES.next_attempt(len(times), random)) is not None:
        times.append(times[-1] + wait)
    return times


def test_ten_attempts_are_spread_over_three_days() -> None:
    times = ladder(random=0.0)

    assert len(times) == 10
    assert times[-1] - times[0] == timedelta(hours=75, minutes=35, seconds=5)


@given(st.integers(1, 9), st.floats(0, 1))
def test_jitter_only_lengthens_a_wait_and_by_a_fifth_at_most(attempts: int, random: float) -> None:
    wait = TIMES.next_attempt(attempts, random)

    assert wait is not None
    assert LADDER[attempts] <= wait <= LADDER[attempts] * 1.2 + timedelta(microseconds=1)


@given(st.integers(10), st.floats(0, 1))
def test_after_the_tenth_attempt_there_is_none(attempts: int, random: float) -> None:
    assert TIMES.next_attempt(attempts, random) is None


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

    written = body("msg_1", 1, event, Content.STANDARD)

    assert len(written) < 300  # Standard Webhooks wants them under 20 kB
    assert msgspec.json.decode(written) == {
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


async def due(
    outbox: Outbox, now: datetime = NOW, skip: tuple[int, ...] = (), *, well_only: bool = False
) -> list[Due]:
    async with outbox.engine.connect() as conn:
        return await webhook_queue.due(conn, now, limit=100, each=4, skip=skip, well_only=well_only)


async def claim(outbox: Outbox, found: Due, now: datetime = NOW) -> Due | None:
    async with outbox.engine.begin() as conn:
        taken = await webhook_queue.claim(conn, [found], now)
    return taken[0] if taken else None


async def claimed(outbox: Outbox, now: datetime = NOW) -> Due:
    """The one delivery that is due, taken."""
    [found] = await due(outbox, now)
    taken = await claim(outbox, found, now)
    assert taken
    return taken


def came(status: int | None = 200, again: datetime | None = None, said: str = "") -> Outcome:
    return Outcome(NOW, 120, status, said, again)


async def delivered(outbox: Outbox, tried: Due, now: datetime = NOW) -> None:
    async with outbox.engine.begin() as conn:
        await webhook_outcomes.delivered(conn, [(tried, came())], now)


async def failed(outbox: Outbox, tried: Due, outcome: Outcome, now: datetime = NOW) -> None:
    async with outbox.engine.begin() as conn:
        await webhook_outcomes.failed(conn, tried, outcome, now)


async def disabled(outbox: Outbox, endpoint: int, why: str) -> bool:
    async with outbox.engine.begin() as conn:
        return await webhook_outcomes.disable(conn, outbox.tenant, endpoint, NOW, Reason.GONE, why)


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

    taken = await asyncio.gather(*(claim(outbox, found) for _ in range(8)))

    assert [one.id for one in taken if one] == [found.id]
    assert await due(outbox) == []


async def test_a_dead_claimants_delivery_comes_free_again(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    [found] = await due(outbox)
    await claim(outbox, found)

    assert not await claim(outbox, found, NOW + TIMES.claim)
    assert await due(outbox, NOW + TIMES.claim + SECOND) == [found]
    assert await claim(outbox, found, NOW + TIMES.claim + SECOND)


async def test_what_was_delivered_is_never_claimed_again(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    taken = await claimed(outbox)
    await delivered(outbox, taken)

    much_later = NOW + timedelta(days=30)
    assert await due(outbox, much_later) == []
    assert not await claim(outbox, taken, much_later)


async def test_a_failed_attempt_keeps_its_id_and_waits_for_its_time(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    first = await claimed(outbox)
    await failed(outbox, first, came(500, NOW + 5 * SECOND))

    assert await due(outbox, NOW + 4 * SECOND) == []
    assert not await claim(outbox, first, NOW + 4 * SECOND)
    [second] = await due(outbox, NOW + 5 * SECOND)
    assert (second.message_id, second.attempts) == (first.message_id, 1)


async def test_a_failure_that_comes_late_does_not_undo_a_success(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    late = await claimed(outbox)
    after = NOW + TIMES.claim + SECOND
    await delivered(outbox, await claimed(outbox, after))
    await failed(outbox, late, came(None, after, "no answer within 15 s"), after)

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
    assert await disabled(outbox, gone, "HTTP 410")
    assert not await disabled(outbox, gone, "HTTP 410 again")

    assert not await outbox.put(presence(2))
    assert await due(outbox) == []
    [row] = await outbox.rows()
    assert (row.failed_at, row.last_error) == (NOW, "HTTP 410")
    async with outbox.engine.connect() as conn:
        [shown] = await endpoints(conn, outbox.tenant, NOW)
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
        assert await endpoints(conn, outbox.tenant, NOW) == []
        with pytest.raises(Missing, match="no webhook"):
            await remove_endpoint(conn, outbox.tenant, gone, NOW)
        with pytest.raises(Missing, match="no webhook"):
            await webhooks.ping(conn, outbox.tenant, gone, NOW)


async def test_another_tenants_endpoint_cannot_be_touched(outbox: Outbox) -> None:
    mine, _ = await outbox.endpoint("https://mine.example/")

    async with outbox.engine.begin() as conn:
        assert await endpoints(conn, outbox.tenant + 1, NOW) == []
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
    assert [row.id for row in await outbox.rows()] == [first, second]


async def test_a_tenant_has_room_for_so_many_endpoints(outbox: Outbox) -> None:
    for number in range(ENDPOINTS_PER_TENANT):
        await outbox.endpoint(f"https://h{number}.example/")

    box = await outbox.keys.box(outbox.tenant)
    async with outbox.engine.begin() as conn:
        with pytest.raises(TooManyEndpoints):
            await add_endpoint(conn, box, Wishes("https://one-too-many.example/"), NOW)


async def test_every_endpoint_has_a_secret_of_its_own(outbox: Outbox) -> None:
    _, one = await outbox.endpoint("https://one.example/")
    _, other = await outbox.endpoint("https://other.example/")

    assert one != other
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", one)


async def test_the_list_tells_how_an_endpoint_fares(outbox: Outbox) -> None:
    _, _ = await outbox.endpoint("https://h.example/", [PresenceUpdated.TYPE])
    await outbox.put(presence(1), presence(2), presence(3))
    one, two, _ = [await claim(outbox, found) for found in await due(outbox)]
    assert one and two
    await delivered(outbox, one)
    await failed(outbox, two, came(503, NOW + SECOND))

    async with outbox.engine.connect() as conn:
        [shown] = await endpoints(conn, outbox.tenant, NOW)

    assert (shown.waiting, shown.delivered, shown.failed) == (2, 1, 0)
    assert (shown.wishes.types, shown.last_error) == ((PresenceUpdated.TYPE,), "HTTP 503")
    assert (shown.state, shown.failing_since) == ("failing", NOW)


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
            found[state] = len(await webhook_queue.due(conn, NOW + SECOND, 10, each=1))

    assert found == {TenantState.SUSPENDED: 0, TenantState.ENDED: 0, TenantState.ACTIVE: 1}


async def test_when_many_fail_only_the_others_are_asked_for(outbox: Outbox) -> None:
    ill, _ = await outbox.endpoint("https://ill.example/")
    well, _ = await outbox.endpoint("https://well.example/")
    await outbox.put(presence(1))
    [found] = await due(outbox, skip=(well,))
    taken = await claim(outbox, found)
    assert taken
    await failed(outbox, taken, came(500, NOW))

    assert {found.endpoint_id for found in await due(outbox)} == {ill, well}
    assert {found.endpoint_id for found in await due(outbox, well_only=True)} == {well}


async def test_however_much_waits_for_one_endpoint_another_gets_its_turn(outbox: Outbox) -> None:
    flooded, _ = await outbox.endpoint("https://flooded.example/", [PresenceUpdated.TYPE])
    other, _ = await outbox.endpoint("https://other.example/", [IncidentOpened.TYPE])
    await outbox.put(*(presence(seq) for seq in range(200)))
    await outbox.put(incident(1), now=NOW + SECOND)

    async with outbox.engine.connect() as conn:
        found = await webhook_queue.due(conn, NOW + SECOND, limit=8, each=4)

    assert [one.endpoint_id for one in found] == [flooded] * 4 + [other]


async def test_what_was_told_while_an_endpoint_was_being_disabled_is_not_left_waiting(
    outbox: Outbox,
) -> None:
    gone, _ = await outbox.endpoint("https://gone.example/")
    await outbox.endpoint("https://here.example/")
    await outbox.put(presence(1))
    async with outbox.engine.begin() as conn:  # as if it had not seen the row
        one = update(WebhookEndpoint).where(WebhookEndpoint.id == gone)
        await conn.execute(one.values(disabled_at=NOW))
        assert await webhook_outcomes.give_up_stranded(conn, NOW) == 1

    fates = {row.endpoint_id == gone: (row.due_at, row.failed_at) for row in await outbox.rows()}
    assert fates == {True: (None, NOW), False: (NOW, None)}


async def test_an_answer_for_what_was_erased_meanwhile_is_no_error(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1), presence(2))
    first, second = [await claim(outbox, found) for found in await due(outbox)]
    assert first and second
    async with outbox.engine.begin() as conn:
        await conn.execute(delete(WebhookDelivery).where(WebhookDelivery.id == first.id))
        await webhook_outcomes.delivered(conn, [(first, came()), (second, came())], NOW)
        await webhook_outcomes.failed(conn, first, came(500, NOW), NOW)

    [row] = await outbox.rows()
    assert (row.id, row.delivered_at) == (second.id, NOW)

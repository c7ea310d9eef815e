"""What follows from an answer: the ladder, a rest, or an endpoint to which nothing more is sent."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hub.jobs.posting import Answer
from hub.jobs.settling import outcome, settle
from storage.models.log import LogEntry
from storage.models.notices import NoticeEvent
from storage.webhooks import queue
from storage.webhooks.endpoints import EndpointRow, Reason, enable, endpoint
from storage.webhooks.log import delivery
from tests.outbox import ATTEMPT, Outbox, presence
from tests.record import NOW

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
BROKEN = Answer(500, "we are closed", took_s=0.25)
FINE = Answer(204, "", took_s=0.05)


# ---- pure


@given(
    st.integers(1, 9),
    st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=24)),
    st.floats(0, 1),
)
def test_a_wish_for_rest_never_brings_an_attempt_forward(
    attempts: int, wait: timedelta, random: float
) -> None:
    tried = replace(ATTEMPT, rung=attempts - 1)
    plain, wished = (
        outcome(tried, Answer(429, "", asked), NOW, NOW, random).again for asked in (None, wait)
    )

    assert plain
    assert wished == max(plain, NOW + wait)


@given(st.sampled_from([200, 201, 204, 299]), st.floats(0, 1))
def test_after_a_success_there_is_no_other_attempt(status: int, random: float) -> None:
    assert outcome(ATTEMPT, Answer(status, ""), NOW, NOW, random).again is None


@given(st.one_of(st.none(), st.integers(100, 199), st.integers(300, 599)), st.floats(0, 1))
def test_whatever_is_not_a_success_is_tried_again_unless_it_is_gone(
    status: int | None, random: float
) -> None:
    again = outcome(ATTEMPT, Answer(status, ""), NOW, NOW, random).again

    assert (again is None) == (status == 410)


# ---- on each database


async def attempt(outbox: Outbox, answer: Answer, now: datetime) -> str:
    """The next attempt that is due at `now`, and what came of it."""
    async with outbox.engine.begin() as conn:
        [found, *_] = await queue.due(conn, now, 10, each=1)
        [taken] = await queue.claim(conn, [found], now)
        return await settle(conn, taken, answer, now, now, random=0.0)


async def shown(outbox: Outbox, id: int) -> EndpointRow:
    async with outbox.engine.connect() as conn:
        return await endpoint(conn, outbox.tenant, id, NOW)


async def logged(outbox: Outbox) -> list[Any]:
    async with outbox.engine.connect() as conn:
        asked = select(LogEntry.what, LogEntry.subject).where(LogEntry.what.like("webhook.%"))
        return [tuple(row) for row in await conn.execute(asked)]


async def told(outbox: Outbox) -> list[Any]:
    async with outbox.engine.connect() as conn:
        return list((await conn.execute(select(NoticeEvent.event))).scalars())


async def test_each_attempt_is_in_the_delivery_log(outbox: Outbox) -> None:
    await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))

    await attempt(outbox, BROKEN, NOW)
    await attempt(outbox, FINE, NOW + MINUTE)

    [row] = await outbox.rows()
    async with outbox.engine.connect() as conn:
        whole = await delivery(conn, outbox.tenant, row.id)
    first, second = whole.tries
    assert (first.number, first.at, first.status, first.latency_ms) == (1, NOW, 500, 250)
    assert first.said == "we are closed"
    assert (second.number, second.at, second.status, second.said) == (2, NOW + MINUTE, 204, "")
    assert (whole.row.status, whole.row.attempts, whole.row.latency_ms) == ("delivered", 2, 50)
    assert whole.body == row.body


async def test_an_endpoint_that_is_gone_is_disabled_at_once_and_its_tenant_is_told(
    outbox: Outbox,
) -> None:
    id, _ = await outbox.endpoint("https://gone.example/a-secret-path")
    await outbox.put(presence(1), presence(2))

    assert await attempt(outbox, Answer(410, "bye"), NOW) == "disabled"

    row = await shown(outbox, id)
    assert (row.state, row.disabled_at, row.disabled_reason) == ("disabled", NOW, Reason.GONE)
    assert [one.due_at for one in await outbox.rows()] == [None, None]
    assert await logged(outbox) == [("webhook.disabled", {"webhook": id, "reason": "gone"})]
    [notice] = await told(outbox)
    assert (notice["host"], notice["why"]) == ("gone.example", "gone")
    assert "secret" not in str(notice)


async def test_after_five_days_of_nothing_but_failures_an_endpoint_is_disabled(
    outbox: Outbox,
) -> None:
    id, _ = await outbox.endpoint("https://dead.example/")
    for day in range(5):
        await outbox.put(presence(day), now=NOW + day * DAY)
        assert await attempt(outbox, BROKEN, NOW + day * DAY) == "retried"
    await outbox.put(presence(5), now=NOW + 5 * DAY)

    last = NOW + 5 * DAY
    assert await attempt(outbox, Answer(None, "no answer within 15 s"), last) == "disabled"

    row = await shown(outbox, id)
    assert (row.disabled_reason, row.failing_since) == (Reason.FAILING, NOW)
    assert await logged(outbox) == [("webhook.disabled", {"webhook": id, "reason": "failing"})]
    [notice] = await told(outbox)
    assert notice["why"] == "failing"


async def test_one_success_begins_the_five_days_anew(outbox: Outbox) -> None:
    id, _ = await outbox.endpoint("https://shaky.example/")
    for day, answer in enumerate([BROKEN, BROKEN, FINE, BROKEN, BROKEN, BROKEN, BROKEN]):
        await outbox.put(presence(day), now=NOW + day * DAY)
        await attempt(outbox, answer, NOW + day * DAY)

    row = await shown(outbox, id)
    assert (row.state, row.failing_since) == ("failing", NOW + 3 * DAY)
    assert await told(outbox) == []


async def test_the_senders_own_trouble_disables_nobody(outbox: Outbox) -> None:
    id, _ = await outbox.endpoint("https://innocent.example/")
    for day in range(7):
        await outbox.put(presence(day), now=NOW + day * DAY)
        closed = Answer(None, "the secret cannot be opened", ours=True)
        assert await attempt(outbox, closed, NOW + day * DAY) == "retried"

    assert (await shown(outbox, id)).state == "active"


async def test_who_asks_for_rest_gets_it_from_every_dispatcher(outbox: Outbox) -> None:
    id, _ = await outbox.endpoint("https://busy.example/")
    await outbox.put(presence(1), presence(2))

    await attempt(outbox, Answer(429, "", wait=timedelta(hours=1)), NOW)

    async with outbox.engine.connect() as conn:
        assert await queue.due(conn, NOW + 59 * MINUTE, 10, each=4) == []
        assert len(await queue.due(conn, NOW + 60 * MINUTE, 10, each=4)) == 2
    assert (await shown(outbox, id)).rests_until == NOW + 60 * MINUTE


async def test_an_endpoint_that_is_enabled_again_starts_anew(outbox: Outbox) -> None:
    id, _ = await outbox.endpoint("https://back.example/")
    await outbox.put(presence(1))
    await attempt(outbox, Answer(410, ""), NOW)

    async with outbox.engine.begin() as conn:
        await enable(conn, outbox.tenant, id)
    assert await outbox.put(presence(2), now=NOW + 6 * DAY)

    assert await attempt(outbox, BROKEN, NOW + 6 * DAY) == "retried"
    row = await shown(outbox, id)
    assert (row.state, row.failing_since) == ("failing", NOW + 6 * DAY)


@pytest.mark.parametrize("answer", [BROKEN, FINE])
async def test_an_answer_that_comes_after_the_endpoint_was_disabled_disables_nothing_twice(
    outbox: Outbox, answer: Answer
) -> None:
    await outbox.endpoint("https://gone.example/")
    await outbox.put(presence(1), presence(2))
    async with outbox.engine.begin() as conn:
        _, other = await queue.due(conn, NOW, 10, each=2)
        [late] = await queue.claim(conn, [other], NOW)
    await attempt(outbox, Answer(410, ""), NOW)

    async with outbox.engine.begin() as conn:
        await settle(conn, late, answer, NOW, NOW + 6 * DAY, random=0.0)

    assert len(await told(outbox)) == 1
    assert all(row.due_at is None for row in await outbox.rows())

"""The dispatcher: what was recorded arrives, signed, once; a bad receiver harms only itself."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import text

from hub.jobs import webhooks
from hub.jobs.webhooks import LANE
from storage.webhooks.endpoints import endpoints
from storage.webhooks.outbox import ping
from storage.webhooks.queue import due
from storage.webhooks.times import LADDER, TIMES
from tests.clock import until
from tests.outbox import Outbox, incident, presence
from tests.receiver import GONE, SILENCE, Receiver, Reply, receiver, redirect, throttle

LOOPBACK = [ip_network("127.0.0.0/8")]


def started(outbox: Outbox, wake: asyncio.Event | None = None) -> Coroutine[None, None, None]:
    return webhooks.run(outbox.engine, outbox.keys, LOOPBACK, wake)


@asynccontextmanager
async def dispatching(outbox: Outbox, copies: int = 1) -> AsyncIterator[None]:
    """So many dispatchers at work; cancelled at the end, as a node that stops does it."""
    running = [asyncio.create_task(started(outbox)) for _ in range(copies)]
    try:
        yield
        assert not any(task.done() for task in running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def listening(outbox: Outbox, here: Receiver) -> int:
    endpoint, here.secret = await outbox.endpoint(here.url)
    return endpoint


async def test_what_was_recorded_arrives_with_a_signature_that_others_verify(
    outbox: Outbox,
) -> None:
    async with receiver() as here, dispatching(outbox):
        await listening(outbox, here)
        await outbox.put(presence(1), incident(2))
        await until(lambda: len(here.received) == 2)
        await until(outbox.delivered)

    assert sorted(here.types()) == ["incident.opened", "presence.updated"]
    assert all(got.verified for got in here.received)
    first = here.received[0]
    assert first.headers["content-type"] == "application/json"
    assert (first.data["epoch"], first.data["member"]) == ("e", 7)


async def test_a_wake_up_brings_a_delivery_at_once(outbox: Outbox) -> None:
    wake = asyncio.Event()
    async with receiver() as here:
        await listening(outbox, here)
        running = asyncio.create_task(started(outbox, wake))
        await until(lambda: not wake.is_set())
        await outbox.put(presence(1))
        wake.set()
        await until(lambda: here.received, timeout_s=5)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_failed_attempt_is_made_again_with_the_same_id(outbox: Outbox) -> None:
    async with receiver() as here, dispatching(outbox):
        here.script.extend([Reply(500), redirect(here.url), Reply(404)])
        await listening(outbox, here)
        await outbox.put(presence(1))
        for attempt in range(1, 4):
            await attempted(outbox, attempt)
            await outbox.hasten()
        await until(outbox.delivered)

    assert len(here.received) == 4
    assert len(set(here.ids())) == 1
    assert all(got.verified for got in here.received)
    [row] = await outbox.rows()
    assert (row.attempts, row.last_status, row.last_error) == (4, 200, None)


async def attempted(outbox: Outbox, times: int) -> None:
    """Wait until the first message has been tried so often, and that is recorded."""

    async def so_often() -> bool:
        return bool((await outbox.rows())[0].attempts == times)

    await until(so_often)


async def test_a_failed_attempt_waits_its_turn_on_the_ladder(outbox: Outbox) -> None:
    before = datetime.now(UTC)
    async with receiver() as here, dispatching(outbox):
        here.otherwise = Reply(500, body="we are closed")
        await listening(outbox, here)
        await outbox.put(presence(1))
        await attempted(outbox, 1)

    [row] = await outbox.rows()
    assert LADDER[1] <= row.due_at - before <= LADDER[1] * 1.2 + timedelta(seconds=10)
    assert (row.last_status, row.last_error) == (500, "HTTP 500 we are closed")


async def test_after_the_last_attempt_it_is_left_as_failed(outbox: Outbox) -> None:
    async with receiver() as here, dispatching(outbox):
        here.otherwise = Reply(503)
        await listening(outbox, here)
        await outbox.put(presence(1))
        for attempt in range(1, len(LADDER) + 1):
            await attempted(outbox, attempt)
            await outbox.hasten()

    [row] = await outbox.rows()
    assert row.failed_at
    assert (row.due_at, row.attempts, len(here.received)) == (None, 10, 10)


async def test_two_dispatchers_at_once_deliver_each_message_once(outbox: Outbox) -> None:
    async with receiver() as here, dispatching(outbox, copies=2):
        await listening(outbox, here)
        await outbox.put(*(presence(seq) for seq in range(40)))
        await until(lambda: all_delivered(outbox))

    assert len(here.received) == 40
    assert len(set(here.ids())) == 40


async def all_delivered(outbox: Outbox) -> bool:
    return all([row.delivered_at for row in await outbox.rows()])


DISPATCHER = """
import asyncio, sys
from ipaddress import ip_network
from hub.jobs.webhooks import run
from storage.database import engine
from tests.keys import keys
record = engine(sys.argv[1])
asyncio.run(run(record, keys(record), [ip_network("127.0.0.0/8")]))
"""


async def test_a_dispatcher_that_is_killed_in_the_middle_leaves_its_message_to_another(
    outbox: Outbox,
) -> None:
    async with receiver() as here:
        here.script.append(SILENCE)
        await listening(outbox, here)
        await outbox.put(presence(1))
        url = outbox.engine.url.render_as_string(hide_password=False)
        victim = await asyncio.create_subprocess_exec(sys.executable, "-c", DISPATCHER, url)
        try:
            await until(lambda: here.received, timeout_s=60)
        finally:
            victim.kill()
            await victim.wait()
        [row] = await outbox.rows()
        async with outbox.engine.connect() as conn:
            assert await due(conn, datetime.now(UTC), 10, each=1) == []
            assert await due(conn, row.claimed_until + timedelta(seconds=1), 10, each=1)
        await outbox.hasten()
        async with dispatching(outbox):
            await until(outbox.delivered)

    assert len(here.received) == 2
    assert len(set(here.ids())) == 1
    assert (row.delivered_at, row.attempts) == (None, 0)


async def rename(outbox: Outbox, table: str, to: str) -> None:
    async with outbox.engine.begin() as conn:
        await conn.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


async def test_a_database_that_fails_for_a_while_is_waited_for(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiver() as here:
        await listening(outbox, here)
        await outbox.put(presence(1))
        await rename(outbox, "webhook_deliveries", "elsewhere")
        async with dispatching(outbox):
            await until(lambda: "webhooks wait for the database" in caplog.text)
            await rename(outbox, "elsewhere", "webhook_deliveries")
            await until(outbox.delivered)

    assert len(here.received) == 1
    assert all("\n" not in record.getMessage() for record in caplog.records)


async def test_a_success_that_cannot_be_recorded_at_once_is_not_sent_again(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiver() as here, dispatching(outbox):
        here.script.append(Reply(after_s=2.0))
        await listening(outbox, here)
        await outbox.put(presence(1))
        await until(lambda: here.received)
        await rename(outbox, "webhook_deliveries", "elsewhere")
        await until(lambda: f"{here.ids()[0]} waits for the database" in caplog.text)
        await rename(outbox, "elsewhere", "webhook_deliveries")
        await until(outbox.delivered)

    assert len(here.received) == 1


async def test_what_was_delivered_is_not_sent_by_the_next_dispatcher(outbox: Outbox) -> None:
    async with receiver() as here:
        await listening(outbox, here)
        await outbox.put(presence(1))
        async with dispatching(outbox):
            await until(outbox.delivered)
        await outbox.hasten()
        async with dispatching(outbox):
            await outbox.put(presence(2))
            await until(lambda: all_delivered(outbox))

    assert [got.data["seq"] for got in here.received] == [1, 2]


async def test_dead_endpoints_delay_no_other(outbox: Outbox) -> None:
    async with receiver() as dead, receiver() as here, dispatching(outbox):
        dead.otherwise = SILENCE
        for number in range(9):
            await outbox.endpoint(f"{dead.url}/{number}")
        await outbox.put(*(presence(seq) for seq in range(100)))
        await until(lambda: dead.open == 9)

        await listening(outbox, here)
        await outbox.put(*(presence(seq) for seq in range(100, 120)))
        await until(lambda: len(here.received) == 20, timeout_s=5)

    assert dead.most_open == 9


async def test_a_good_endpoint_gets_some_messages_at_once_but_not_all(outbox: Outbox) -> None:
    async with receiver() as here, dispatching(outbox):
        await listening(outbox, here)
        await outbox.put(presence(0))
        await until(outbox.delivered)
        here.otherwise = SILENCE
        await outbox.put(*(presence(seq) for seq in range(1, 20)))
        await until(lambda: here.open == LANE)
        await others_are_served(outbox)

    assert here.most_open == LANE


async def others_are_served(outbox: Outbox) -> None:
    """The dispatcher has had the time to do what it should not."""
    async with receiver() as other:
        await listening(outbox, other)
        await outbox.put(presence(1000))
        await until(lambda: other.received)


async def test_an_endpoint_that_fails_is_tried_one_message_at_a_time(outbox: Outbox) -> None:
    async with receiver() as here, dispatching(outbox):
        here.script.append(Reply(500))
        here.otherwise = SILENCE
        await listening(outbox, here)
        await outbox.put(presence(0))
        await attempted(outbox, 1)
        await outbox.put(*(presence(seq) for seq in range(1, 20)))
        await until(lambda: here.open == 1)
        await others_are_served(outbox)

    assert here.most_open == 1


async def test_an_endpoint_that_is_gone_is_disabled(outbox: Outbox) -> None:
    async with receiver() as here, dispatching(outbox):
        here.script.append(GONE)
        endpoint = await listening(outbox, here)
        await outbox.put(presence(1))
        await until(lambda: disabled(outbox, endpoint))
        assert not await outbox.put(presence(2))

    [row] = await outbox.rows()
    assert (row.last_status, row.due_at) == (410, None)
    assert row.failed_at


async def disabled(outbox: Outbox, endpoint: int) -> bool:
    async with outbox.engine.connect() as conn:
        rows = await endpoints(conn, outbox.tenant, datetime.now(UTC))
    return any(row.id == endpoint and row.disabled_at for row in rows)


async def test_an_endpoint_that_asks_for_rest_gets_it_for_all_its_messages(
    outbox: Outbox,
) -> None:
    async with receiver() as here, dispatching(outbox):
        here.script.append(throttle("3600"))
        await listening(outbox, here)
        await outbox.put(presence(1))
        await attempted(outbox, 1)
        [row] = await outbox.rows()
        await outbox.put(presence(2))
        await others_are_served(outbox)

    assert row.due_at - datetime.now(UTC) > timedelta(minutes=59)
    assert len(here.received) == 1


async def test_a_forbidden_address_gets_nothing_and_the_record_says_why(outbox: Outbox) -> None:
    async with receiver() as here:
        await listening(outbox, here)
        await outbox.put(presence(1))
        running = asyncio.create_task(webhooks.run(outbox.engine, outbox.keys))
        await attempted(outbox, 1)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    [row] = await outbox.rows()
    assert "not a public address" in row.last_error
    assert here.received == []


async def test_a_ping_arrives(outbox: Outbox) -> None:
    async with receiver() as here, dispatching(outbox):
        endpoint = await listening(outbox, here)
        async with outbox.engine.begin() as conn:
            sent = await ping(conn, outbox.tenant, endpoint, datetime.now(UTC))
        await until(lambda: here.received)

    [row] = await outbox.rows()
    assert (row.id, here.ids(), here.types()) == (sent, [row.message_id], ["webhook.ping"])
    assert here.received[0].verified


def test_a_claim_outlasts_an_attempt_and_the_recording_of_it() -> None:
    assert TIMES.begin > timedelta(seconds=5)
    assert TIMES.begin + TIMES.attempt + TIMES.head + TIMES.record <= TIMES.claim

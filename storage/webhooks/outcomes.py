"""What comes of an attempt at a webhook: delivered, tried again, failed, or nothing more sent."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.webhooks import WebhookAttempt as Attempt
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.webhooks.outbox import LISTENING
from storage.webhooks.queue import Due

ERROR_MAX_CHARS = 1_100  # of an answer's head of 1,000 bytes, and its status


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt that began `at`: the status, and what was said with it or instead.

    `again` is when to try next, `rests_until` until when the receiver asked to be left alone.
    `ours` if it says nothing of the receiver, for it failed before anything was sent.
    """

    at: datetime
    latency_ms: int
    status: int | None
    said: str
    again: datetime | None = None
    rests_until: datetime | None = None
    ours: bool = False

    @property
    def error(self) -> str:
        """In one line, for whoever looks at the delivery."""
        answered = f"HTTP {self.status} " if self.status else ""
        return f"{answered}{self.said}".strip()[:ERROR_MAX_CHARS]


async def delivered(
    conn: AsyncConnection, tried: Sequence[tuple[Due, Outcome]], now: datetime
) -> None:
    """Receivers have these; from this commit on none is sent again unless somebody asks."""
    by_status: defaultdict[int | None, list[int]] = defaultdict(list)
    for due, came in tried:
        by_status[came.status].append(due.id)
    for status, ids in by_status.items():
        done = update(Delivery).where(Delivery.id.in_(ids), Delivery.delivered_at.is_(None))
        await conn.execute(
            done.values(
                attempts=Delivery.attempts + 1,
                delivered_at=now,
                failed_at=None,
                due_at=None,
                claimed_until=None,
                last_status=status,
                last_error=None,
            )
        )
    await _note(conn, tried)
    well = update(Endpoint).where(
        Endpoint.id.in_({due.endpoint_id for due, _ in tried}), Endpoint.failing_since.is_not(None)
    )
    await conn.execute(well.values(failing_since=None, last_error=None))


async def failed(conn: AsyncConnection, tried: Due, came: Outcome, now: datetime) -> None:
    """The attempt failed: another when the outcome says, or none.

    The delivery is left alone if the claim was not ours any more: another attempt is being made,
    or has ended.
    """
    still_ours = update(Delivery).where(
        Delivery.id == tried.id, Delivery.claimed_until == tried.claimed_until
    )
    await conn.execute(
        still_ours.values(
            attempts=tried.attempts + 1,
            due_at=came.again,
            failed_at=None if came.again else now,
            claimed_until=None,
            last_status=came.status,
            last_error=came.error,
        )
    )
    await _note(conn, [(tried, came)])
    if came.ours:
        return
    ill = update(Endpoint).where(Endpoint.id == tried.endpoint_id)
    rests = {"rests_until": came.rests_until} if came.rests_until else {}
    since = func.coalesce(Endpoint.failing_since, now, type_=Endpoint.failing_since.type)
    await conn.execute(ill.values(failing_since=since, last_error=came.error, **rests))


async def _note(conn: AsyncConnection, tried: Sequence[tuple[Due, Outcome]]) -> None:
    """One that was erased meanwhile, with its tenant, has no log any more."""
    ids = select(Delivery.id).where(Delivery.id.in_([due.id for due, _ in tried]))
    there = set((await conn.execute(ids.with_for_update(read=True, key_share=True))).scalars())
    rows = [
        {
            "delivery_id": due.id,
            "number": due.attempts + 1,
            "at": came.at,
            "status": came.status,
            "latency_ms": came.latency_ms,
            "said": came.said[:ERROR_MAX_CHARS],
        }
        for due, came in tried
        if due.id in there
    ]
    if rows:
        await conn.execute(insert(Attempt), rows)


async def failing_since(conn: AsyncConnection, tried: Due) -> datetime | None:
    """Since when every attempt at the delivery's endpoint has failed."""
    ask = select(Endpoint.failing_since).where(Endpoint.id == tried.endpoint_id)
    return (await conn.execute(ask)).scalar_one()


async def disable(
    conn: AsyncConnection, tenant_id: int, endpoint_id: int, now: datetime, reason: str, why: str
) -> bool:
    """Send nothing more there; what was waiting has failed. False if it was disabled already."""
    enabled = update(Endpoint).where(
        Endpoint.id == endpoint_id, Endpoint.tenant_id == tenant_id, LISTENING
    )
    done = await conn.execute(enabled.values(disabled_at=now, disabled_reason=reason))
    if done.rowcount != 1:
        return False
    await give_up(conn, tenant_id, endpoint_id, now, why)
    return True


async def give_up_stranded(conn: AsyncConnection, now: datetime) -> int:
    """What was told to an endpoint at the very moment it was disabled has failed; how much."""
    deaf = select(Endpoint.id).where(not_(LISTENING))
    waiting = update(Delivery).where(Delivery.endpoint_id.in_(deaf), Delivery.due_at.is_not(None))
    why = "the endpoint is disabled"
    values = waiting.values(due_at=None, claimed_until=None, failed_at=now, last_error=why)
    return (await conn.execute(values)).rowcount


async def give_up(
    conn: AsyncConnection, tenant_id: int, endpoint_id: int, now: datetime, why: str
) -> None:
    """What waits for the endpoint has failed."""
    waiting = update(Delivery).where(
        Delivery.endpoint_id == endpoint_id,
        Delivery.tenant_id == tenant_id,
        Delivery.due_at.is_not(None),
    )
    await conn.execute(
        waiting.values(due_at=None, claimed_until=None, failed_at=now, last_error=why)
    )

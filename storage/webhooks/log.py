"""The delivery log of webhooks: what was sent, what came back; and sending it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Missing
from storage.models.webhooks import WebhookAttempt as Attempt
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.webhooks.bodies import Content
from storage.webhooks.outbox import LISTENING

KEPT_FOR = timedelta(days=30)


class Status(StrEnum):
    """What became of a delivery so far."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries; `until` is not included."""

    endpoint: int | None = None
    status: Status | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """Where a page ends: the next one begins with what is older."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery without its body; `latency_ms` is its last attempt's."""

    id: int
    endpoint: int
    message: str
    type: str
    created_at: datetime
    attempts: int
    due_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    last_status: int | None
    last_error: str | None
    latency_ms: int | None

    @property
    def status(self) -> Status:
        if self.delivered_at:
            return Status.DELIVERED
        return Status.FAILED if self.failed_at else Status.WAITING


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: when it began, how long it took, and the head of the answer or why none came."""

    number: int
    at: datetime
    status: int | None
    latency_ms: int
    said: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A delivery, its body as it is sent, and every attempt, the oldest first."""

    row: DeliveryRow
    url: str
    content: Content
    body: str
    tries: tuple[Try, ...]


_IS: dict[Status, ColumnElement[bool]] = {
    Status.WAITING: Delivery.due_at.is_not(None),
    Status.DELIVERED: Delivery.delivered_at.is_not(None),
    Status.FAILED: Delivery.failed_at.is_not(None),
}


async def deliveries(
    conn: AsyncConnection,
    tenant_id: int,
    wanted: Wanted,
    limit: int,
    before: Before | None = None,
) -> list[DeliveryRow]:
    """At most `limit` of the tenant's deliveries, the newest first, from `before` on."""
    query = _rows(tenant_id).order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)
    if wanted.endpoint is not None:
        query = query.where(Delivery.endpoint_id == wanted.endpoint)
    if wanted.status is not None:
        query = query.where(_IS[wanted.status])
    if wanted.type is not None:
        query = query.where(Delivery.type == wanted.type)
    if before is not None:
        same_moment = and_(Delivery.created_at == before.at, Delivery.id < before.id)
        query = query.where(or_(Delivery.created_at < before.at, same_moment))
    return [_row(row) for row in (await conn.execute(query)).mappings()]


async def delivery(conn: AsyncConnection, tenant_id: int, delivery_id: int) -> Whole:
    """One with all that is known of it. Raise Missing."""
    query = _rows(tenant_id).where(Delivery.id == delivery_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise Missing("delivery", str(delivery_id))
    more = select(Delivery.body, Delivery.content, Endpoint.url).join(
        Endpoint, Endpoint.id == Delivery.endpoint_id
    )
    text, content, url = (await conn.execute(more.where(Delivery.id == delivery_id))).one()
    tries = await _tries(conn, delivery_id)
    return Whole(_row(row), url, Content(content), text, tries)


async def _tries(conn: AsyncConnection, delivery_id: int) -> tuple[Try, ...]:
    query = (
        select(Attempt.number, Attempt.at, Attempt.status, Attempt.latency_ms, Attempt.said)
        .where(Attempt.delivery_id == delivery_id)
        .order_by(Attempt.id)
    )
    return tuple(Try(*row) for row in await conn.execute(query))


def _rows(tenant_id: int) -> Select[*tuple[Any, ...]]:
    latency = (
        select(Attempt.latency_ms)
        .where(Attempt.delivery_id == Delivery.id)
        .order_by(Attempt.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        Delivery.id, Delivery.endpoint_id.label("endpoint"), Delivery.message_id.label("message"),
        Delivery.type, Delivery.created_at, Delivery.attempts, Delivery.due_at,
        Delivery.delivered_at, Delivery.failed_at, Delivery.last_status, Delivery.last_error,
        latency.label("latency_ms"),
    ).where(Delivery.tenant_id == tenant_id)  # fmt: skip


def _row(row: RowMapping) -> DeliveryRow:
    return DeliveryRow(**row)


# ---- again


class Disabled(Exception):
    """Nothing is sent to this endpoint; enable it first."""

    def __init__(self, endpoint_id: int) -> None:
        super().__init__(
            f"webhook {endpoint_id} is disabled; first: zaiseki webhook enable {endpoint_id}"
        )


async def replay(conn: AsyncConnection, tenant_id: int, delivery_id: int, now: datetime) -> None:
    """Send a delivery again, now and on the whole ladder, with the id that it has.

    Raise Missing, or Disabled.
    """
    ask = select(Delivery.endpoint_id).where(
        Delivery.id == delivery_id, Delivery.tenant_id == tenant_id
    )
    endpoint = (await conn.execute(ask)).scalar_one_or_none()
    if endpoint is None:
        raise Missing("delivery", str(delivery_id))
    await require_listening(conn, tenant_id, endpoint)
    await _again(conn, [Delivery.id == delivery_id, Delivery.tenant_id == tenant_id], now)


async def replay_failed(
    conn: AsyncConnection,
    tenant_id: int,
    endpoint_id: int,
    since: datetime,
    until: datetime | None,
    now: datetime,
) -> int:
    """Send again all that failed of what became true since then; how many. Raise as `replay`."""
    await require_listening(conn, tenant_id, endpoint_id)
    which = [
        Delivery.endpoint_id == endpoint_id,
        Delivery.tenant_id == tenant_id,
        Delivery.failed_at.is_not(None),
        Delivery.created_at >= since,
    ]
    if until is not None:
        which.append(Delivery.created_at < until)
    return await _again(conn, which, now)


async def require_listening(conn: AsyncConnection, tenant_id: int, endpoint_id: int) -> None:
    """Raise Missing if there is no such endpoint, Disabled if nothing is sent there."""
    mine = and_(Endpoint.id == endpoint_id, Endpoint.tenant_id == tenant_id)
    ask = select(Endpoint.removed_at, exists().where(mine, LISTENING)).where(mine)
    found = (await conn.execute(ask)).one_or_none()
    if found is None or found[0] is not None:
        raise Missing("webhook", str(endpoint_id))
    if not found[1]:
        raise Disabled(endpoint_id)


async def _again(conn: AsyncConnection, which: Sequence[ColumnElement[bool]], now: datetime) -> int:
    """An attempt that is in flight just now is left to end: its success counts for this, too."""
    anew = update(Delivery).where(*which)
    values = anew.values(
        due_at=now, delivered_at=None, failed_at=None, ladder_from=Delivery.attempts
    )
    return (await conn.execute(values)).rowcount

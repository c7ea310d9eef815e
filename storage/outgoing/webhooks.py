"""The webhook outbox: who is told what, when the next attempt is due, and what became of it."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.facts import Capture, IncidentKind, Label, Link, Presence, Reason, Work
from storage.errors import Missing
from storage.models.people import Tenant
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.people.tenants import OPEN_TO_DEVICES
from storage.sealing.keys import Keys
from storage.sealing.sealed import About
from storage.upsert import Row, insert_new

EVERY_TYPE = "*"
ERROR_MAX_CHARS = 1_000
CLAIM = timedelta(seconds=60)  # four attempts' timeouts: a living claimant is always done by then

# The ladder that Standard Webhooks 1.0.0 recommends: the n-th wait comes before the n-th attempt.
LADDER = tuple(
    timedelta(seconds=wait_s)
    for wait_s in (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
JITTER = 0.2

STANDING = Endpoint.removed_at.is_(None)
LISTENING = and_(STANDING, Endpoint.disabled_at.is_(None))


class PresenceUpdated(Struct, frozen=True):
    """A seat's state changed; (epoch, seq) orders the changes of one epoch, the newest wins."""

    TYPE: ClassVar[str] = "presence.updated"
    epoch: str
    seq: int
    member: int
    label: Label
    since: datetime
    work: Work
    presence: Presence
    link: Link
    capture: Capture
    reason: Reason | None = None


class IncidentOpened(Struct, frozen=True):
    """An incident began. `late` = it was queued on the device while nobody could be told."""

    TYPE: ClassVar[str] = "incident.opened"
    epoch: str
    seq: int
    id: str
    kind: IncidentKind
    member: int
    device: int
    opened_at: datetime
    late: bool = False


class IncidentEscalated(Struct, frozen=True):
    """Nobody took or judged an incident in time: `told` are the members who hear of it now."""

    TYPE: ClassVar[str] = "incident.escalated"
    id: str
    kind: IncidentKind
    member: int
    device: int
    opened_at: datetime
    level: int
    told: tuple[int, ...] = ()


class Ping(Struct, frozen=True):
    """A test that somebody asked for; sent whatever the endpoint's filter says."""

    TYPE: ClassVar[str] = "webhook.ping"
    endpoint: int


Data = PresenceUpdated | IncidentOpened | IncidentEscalated | Ping
TYPES = (PresenceUpdated.TYPE, IncidentOpened.TYPE, IncidentEscalated.TYPE)


class Event(Struct, frozen=True):
    """Something to tell: `key` is unique in tenant and type, so telling it twice is telling once.

    `at` is when it became true.
    """

    key: str
    at: datetime
    data: Data


class Body(Struct, frozen=True):
    """What is posted, as JSON."""

    type: str
    timestamp: datetime
    data: Data


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose next attempt is due, with all that the attempt needs.

    `secret` is empty while it is `sealed`, since `secret_at`; `opened` has it.
    """

    id: int
    tenant_id: int
    endpoint_id: int
    url: str
    secret: str = field(repr=False)
    sealed: bytes | None = field(repr=False)
    secret_at: datetime
    message_id: str
    body: str
    attempts: int
    created_at: datetime


def secret_of(endpoint: int, at: datetime) -> About:
    """What an endpoint's secret is sealed for."""
    return About("webhook", endpoint, at)


async def opened(keys: Keys, due: Due) -> Due:
    """With its secret; raise Unreadable, Destroyed or MasterProblem."""
    if due.sealed is None:
        return due
    about = secret_of(due.endpoint_id, due.secret_at)
    return replace(due, secret=(await keys.open(due.tenant_id, about, due.sealed)).decode())


def next_attempt(attempts: int, now: datetime, random: float) -> datetime | None:
    """When to try again after so many attempts; None = that was the last one.

    `random` in 0..1 spreads the attempts over the fifth after the ladder's wait.
    """
    if attempts >= len(LADDER):
        return None
    return now + LADDER[attempts] * (1 + JITTER * random)


def message_id(tenant_id: int, kind: str, key: str) -> str:
    """The same event has the same id on every attempt and however often it is recorded."""
    return "msg_" + hashlib.sha256(f"{tenant_id} {kind} {key}".encode()).hexdigest()[:32]


def wants(types: str, kind: str) -> bool:
    return types == EVERY_TYPE or kind in types.split()


def encode(at: datetime, data: Data) -> str:
    return msgspec.json.encode(Body(data.TYPE, at, data)).decode()


WHO_LISTENS = select(Endpoint.id, Endpoint.types).where(
    Endpoint.tenant_id == bindparam("of"), LISTENING
)


async def enqueue(
    conn: AsyncConnection, tenant_id: int, events: Sequence[Event], now: datetime
) -> bool:
    """Put the events into the outbox of every endpoint that wants them; True if one did.

    Belongs in the transaction that records what the events tell of: both become true, or neither.
    After True and the commit, wake the dispatcher.
    """
    if not events:
        return False
    rows = [
        _row(tenant_id, endpoint_id, event, now)
        for endpoint_id, types in (await conn.execute(WHO_LISTENS, {"of": tenant_id})).all()
        for event in events
        if wants(types, event.data.TYPE)
    ]
    await insert_new(conn, Delivery, rows)
    return bool(rows)


def _row(tenant_id: int, endpoint_id: int, event: Event, now: datetime) -> Row:
    return {
        "tenant_id": tenant_id,
        "endpoint_id": endpoint_id,
        "message_id": message_id(tenant_id, event.data.TYPE, event.key),
        "type": event.data.TYPE,
        "body": encode(event.at, event.data),
        "created_at": now,
        "due_at": now + LADDER[0],
    }


async def due(
    conn: AsyncConnection, now: datetime, limit: int, skip: Collection[int] = ()
) -> list[Due]:
    """The deliveries to attempt now, the longest due first, without the endpoints in `skip`.

    Those of a tenant that is not active wait until it is.
    """
    ask = (
        select(
            Delivery.id,
            Delivery.tenant_id,
            Delivery.endpoint_id,
            Endpoint.url,
            Endpoint.secret,
            Endpoint.sealed,
            Endpoint.created_at,
            Delivery.message_id,
            Delivery.body,
            Delivery.attempts,
            Delivery.created_at,
        )
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .join(Tenant, Tenant.id == Endpoint.tenant_id)
        .where(
            Delivery.due_at <= now,
            _free(now),
            LISTENING,
            Endpoint.id.not_in(skip),
            OPEN_TO_DEVICES,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
    )
    return [Due(*row) for row in (await conn.execute(ask)).all()]


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < now)


async def claim(conn: AsyncConnection, delivery_id: int, now: datetime) -> bool:
    """Take one delivery for this attempt: true for one caller only; a dead one's comes free."""
    taken = update(Delivery).where(
        Delivery.id == delivery_id,
        Delivery.delivered_at.is_(None),
        Delivery.due_at <= now,  # else it was attempted, and put off, since it was seen
        _free(now),
    )
    return (await conn.execute(taken.values(claimed_until=now + CLAIM))).rowcount == 1


async def delivered(conn: AsyncConnection, delivery_id: int, now: datetime, status: int) -> None:
    """The receiver has it; from this commit on it is never sent again."""
    done = update(Delivery).where(Delivery.id == delivery_id, Delivery.delivered_at.is_(None))
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


async def failed(
    conn: AsyncConnection,
    tried: Due,
    now: datetime,
    again: datetime | None,
    error: str,
    status: int | None = None,
) -> None:
    """The attempt failed: try `again` then, or never. Says nothing if another attempt has ended."""
    still_so = update(Delivery).where(
        Delivery.id == tried.id,
        Delivery.delivered_at.is_(None),
        Delivery.failed_at.is_(None),
        Delivery.attempts == tried.attempts,
    )
    await conn.execute(
        still_so.values(
            attempts=tried.attempts + 1,
            due_at=again,
            failed_at=None if again else now,
            claimed_until=None,
            last_status=status,
            last_error=error[:ERROR_MAX_CHARS],
        )
    )


async def disable(conn: AsyncConnection, endpoint_id: int, now: datetime, why: str) -> None:
    """Send nothing more there; what was waiting has failed."""
    enabled = update(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.disabled_at.is_(None))
    await conn.execute(enabled.values(disabled_at=now))
    await give_up(conn, endpoint_id, now, why)


async def give_up(conn: AsyncConnection, endpoint_id: int, now: datetime, why: str) -> None:
    waiting = update(Delivery).where(
        Delivery.endpoint_id == endpoint_id, Delivery.due_at.is_not(None)
    )
    await conn.execute(
        waiting.values(due_at=None, claimed_until=None, failed_at=now, last_error=why)
    )


async def ping(conn: AsyncConnection, tenant_id: int, endpoint_id: int, now: datetime) -> str:
    """Queue one webhook.ping; returns its message id. Raises Missing, if disabled too."""
    ask = select(Endpoint.id).where(
        Endpoint.id == endpoint_id, Endpoint.tenant_id == tenant_id, LISTENING
    )
    if (await conn.execute(ask)).one_or_none() is None:
        raise Missing("webhook", str(endpoint_id))
    row = _row(tenant_id, endpoint_id, Event(secrets.token_hex(16), now, Ping(endpoint_id)), now)
    await insert_new(conn, Delivery, [row])
    return str(row["message_id"])

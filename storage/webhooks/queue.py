"""The queue of the webhooks' outbox: what is due, who attempts it, and what came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.people import Tenant
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.people.tenants import OPEN_TO_DEVICES
from storage.sealing.keys import Keys
from storage.webhooks.bodies import Content
from storage.webhooks.keys import (
    Scheme,
    SigningKeys,
    former_for,
    sealed_for,
    unpacked,
)
from storage.webhooks.outbox import LISTENING
from storage.webhooks.times import TIMES, Times


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose next attempt is due, with all that the attempt needs.

    `secret` is one of an older version that is not `sealed` yet; what is sealed is so since
    `sealed_at`, and `keys` are empty until it is `opened`. `rung` is how many attempts there were
    since the ladder was begun, `attempts` how many in all. Once claimed it is sent by `send_by`.
    """

    id: int
    tenant_id: int
    endpoint_id: int
    url: str
    content: Content
    signing: tuple[Scheme, ...]
    secret: str = field(repr=False)
    sealed: bytes | None = field(repr=False)
    sealed_at: datetime
    former: bytes | None = field(repr=False)
    former_until: datetime | None
    failing_since: datetime | None
    message_id: str
    body: str
    attempts: int
    rung: int
    created_at: datetime
    keys: tuple[SigningKeys, ...] = field(default=(), repr=False)
    claimed_until: datetime | None = None
    send_by: datetime | None = None


async def opened(keys: Keys, due: Due, now: datetime) -> Due:
    """With the keys that sign at `now`; raise Unreadable, Destroyed or MasterProblem."""
    found = []
    if due.sealed is None:
        found.append(SigningKeys(due.secret))
    else:
        about = sealed_for(due.endpoint_id, due.sealed_at)
        found.append(unpacked(await keys.open(due.tenant_id, about, due.sealed)))
    if due.former is not None and due.former_until is not None and now < due.former_until:
        about = former_for(due.endpoint_id, due.sealed_at)
        found.append(unpacked(await keys.open(due.tenant_id, about, due.former)))
    return replace(due, keys=tuple(found))


def _waiting(now: datetime) -> ColumnElement[bool]:
    free = or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < now)
    return and_(Delivery.due_at <= now, free)


async def due(
    conn: AsyncConnection,
    now: datetime,
    limit: int,
    *,
    each: int,
    skip: Collection[int] = (),
    well_only: bool = False,
) -> list[Due]:
    """The deliveries to attempt now, of each endpoint at most `each`, the longest due first.

    Endpoints in `skip` are left out, and those that fail if `well_only`; so are those that asked
    for rest, and those of a tenant that is not active, until it is. However much waits for one
    endpoint, it costs the others nothing.
    """
    found: list[Due] = []
    for endpoint in await _ready(conn, now, limit, skip, well_only):
        ask = _ask(now).where(Delivery.endpoint_id == endpoint)
        some = ask.order_by(Delivery.due_at, Delivery.id).limit(min(each, limit - len(found)))
        found += [_due(row) for row in (await conn.execute(some)).mappings()]
        if len(found) == limit:
            break
    return found


async def _ready(
    conn: AsyncConnection, now: datetime, limit: int, skip: Collection[int], well_only: bool
) -> Sequence[int]:
    """The endpoints for which something is due, whose oldest is the longest due first."""
    oldest = (
        select(Delivery.due_at)
        .where(Delivery.endpoint_id == Endpoint.id, _waiting(now))
        .order_by(Delivery.due_at)
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(Endpoint.id, oldest.label("oldest"))
        .join(Tenant, Tenant.id == Endpoint.tenant_id)
        .where(
            LISTENING,
            OPEN_TO_DEVICES,
            Endpoint.id.not_in(skip),
            or_(Endpoint.rests_until.is_(None), Endpoint.rests_until <= now),
            *([Endpoint.failing_since.is_(None)] if well_only else []),
        )
        .subquery()
    )
    ask = select(found.c.id).where(found.c.oldest.is_not(None)).order_by(found.c.oldest)
    return (await conn.execute(ask.limit(limit))).scalars().all()


def _ask(now: datetime) -> Select[*tuple[Any, ...]]:
    columns = (
        Delivery.id, Delivery.tenant_id, Delivery.endpoint_id, Delivery.content,
        Delivery.message_id, Delivery.body, Delivery.attempts, Delivery.created_at,
        (Delivery.attempts - Delivery.ladder_from).label("rung"),
        Endpoint.url, Endpoint.signing, Endpoint.secret, Endpoint.sealed,
        Endpoint.created_at.label("sealed_at"), Endpoint.former, Endpoint.former_until,
        Endpoint.failing_since,
    )  # fmt: skip
    joined = select(*columns).join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    return joined.where(_waiting(now))


def _due(row: RowMapping) -> Due:
    signing = tuple(Scheme(one) for one in row["signing"].split())
    return Due(**{**row, "content": Content(row["content"]), "signing": signing})


async def claim(
    conn: AsyncConnection, found: Sequence[Due], now: datetime, times: Times = TIMES
) -> list[Due]:
    """Take these deliveries for an attempt each: one caller gets each; a dead one's come free.

    One that somebody else is just taking is theirs: nobody waits for anybody.
    """
    still_free = (
        select(Delivery.id)
        .where(
            Delivery.id.in_([due.id for due in found]),
            Delivery.delivered_at.is_(None),
            _waiting(now),  # else it was attempted, and put off, since it was seen
        )
        .with_for_update(skip_locked=True)
    )
    until = now + times.claim
    taken = update(Delivery).where(Delivery.id.in_(still_free)).values(claimed_until=until)
    mine = set((await conn.execute(taken.returning(Delivery.id))).scalars())
    send_by = now + times.begin
    return [replace(due, claimed_until=until, send_by=send_by) for due in found if due.id in mine]

"""The receivers of webhooks: added with a secret, listed with their luck, removed."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from storage.errors import Missing
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.outgoing.webhooks import EVERY_TYPE, STANDING, give_up, secret_of
from storage.sealing.sealed import Box

ENDPOINTS_PER_TENANT = 10  # every event is sent to each of them
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint as an administrator sees it; the secret is shown once, when it is added."""

    id: int
    url: str
    types: tuple[str, ...]
    disabled_at: datetime | None
    waiting: int
    delivered: int
    failed: int
    last_error: str | None


class TooManyEndpoints(Exception):
    """A tenant has no room for another endpoint."""

    def __init__(self) -> None:
        super().__init__(
            f"there are {ENDPOINTS_PER_TENANT} webhooks already; first remove one:"
            " zaiseki webhook remove ID"
        )


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def add_endpoint(
    conn: AsyncConnection, box: Box, url: str, types: Collection[str], now: datetime
) -> tuple[int, str]:
    """Add an endpoint (no types = every type): its id, and the secret, which is shown this once.

    Raises TooManyEndpoints. The caller has checked the address.
    """
    count = select(func.count()).where(Endpoint.tenant_id == box.tenant, STANDING)
    if (await conn.execute(count)).scalar_one() >= ENDPOINTS_PER_TENANT:
        raise TooManyEndpoints
    secret = new_secret()
    row = insert(Endpoint).values(
        tenant_id=box.tenant,
        url=url,
        types=" ".join(sorted(types)) or EVERY_TYPE,
        created_at=now,
    )
    endpoint = (await conn.execute(row.returning(Endpoint.id))).scalar_one()
    sealed = box.seal(secret_of(endpoint, now), secret.encode())
    await conn.execute(update(Endpoint).where(Endpoint.id == endpoint).values(sealed=sealed))
    return endpoint, secret


async def endpoints(conn: AsyncConnection, tenant_id: int) -> list[EndpointRow]:
    """The tenant's endpoints in the order they were added, with what became of their messages."""
    tried = aliased(Delivery)
    latest = (
        select(tried.last_error)
        .where(tried.endpoint_id == Endpoint.id, tried.attempts > 0)
        .order_by(tried.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ask = (
        select(
            Endpoint.id,
            Endpoint.url,
            Endpoint.types,
            Endpoint.disabled_at,
            func.count(Delivery.due_at),
            func.count(Delivery.delivered_at),
            func.count(Delivery.failed_at),
            latest,
        )
        .outerjoin(Delivery, Delivery.endpoint_id == Endpoint.id)
        .where(Endpoint.tenant_id == tenant_id, STANDING)
        .group_by(Endpoint.id)
        .order_by(Endpoint.id)
    )
    rows = (await conn.execute(ask)).all()
    return [EndpointRow(row[0], row[1], tuple(row[2].split()), *row[3:]) for row in rows]


async def remove_endpoint(
    conn: AsyncConnection, tenant_id: int, endpoint_id: int, now: datetime
) -> None:
    """Send nothing more there and forget the secret; the row stays for the log. Raises Missing."""
    standing = update(Endpoint).where(
        Endpoint.id == endpoint_id, Endpoint.tenant_id == tenant_id, STANDING
    )
    if (await conn.execute(standing.values(removed_at=now, secret="", sealed=None))).rowcount != 1:
        raise Missing("webhook", str(endpoint_id))
    await give_up(conn, endpoint_id, now, "the endpoint was removed")

"""One tenant in the record, and short ways to fill and read its webhook outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.protocol.facts import Capture, IncidentKind, Label, Link, Presence, Work
from storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from storage.people.tenants import create_tenant
from storage.sealing.keys import Keys
from storage.webhooks.bodies import Content
from storage.webhooks.endpoints import Wishes, add_endpoint
from storage.webhooks.events import Event, IncidentOpened, PresenceUpdated
from storage.webhooks.keys import Scheme
from storage.webhooks.outbox import enqueue
from storage.webhooks.queue import Due
from tests.keys import keys
from tests.record import NOW


def presence(seq: int, label: Label = Label.PRESENT) -> Event:
    """Member 7 is seen at the offset `seq` of the epoch "e"."""
    return Event(
        key=f"e:{seq}:7",
        at=NOW,
        data=PresenceUpdated(
            epoch="e",
            seq=seq,
            member=7,
            label=label,
            since=NOW,
            work=Work.WORKING,
            presence=Presence.PRESENT,
            link=Link.ONLINE,
            capture=Capture.ON,
        ),
    )


def incident(seq: int) -> Event:
    return Event(
        key=f"i{seq}",
        at=NOW,
        data=IncidentOpened(
            epoch="e",
            seq=seq,
            id=f"i{seq}",
            kind=IncidentKind.PEEPING,
            member=7,
            device=3,
            opened_at=NOW,
        ),
    )


BODY = '{"type":"webhook.ping","timestamp":"2026-11-20T09:00:00Z","data":{}}'
ATTEMPT = Due(
    id=1, tenant_id=1, endpoint_id=1, url="https://h.example/", content=Content.STANDARD,
    signing=(Scheme.V1,), secret="", sealed=None, sealed_at=NOW, former=None, former_until=None,
    failing_since=None, message_id="msg_1", body=BODY, attempts=0, rung=0, created_at=NOW,
)  # fmt: skip


@dataclass
class Outbox:
    """One tenant's outbox in a real database."""

    engine: AsyncEngine
    tenant: int

    @cached_property
    def keys(self) -> Keys:
        return keys(self.engine)

    async def endpoint(
        self, url: str, types: Sequence[str] = (), wishes: Wishes | None = None
    ) -> tuple[int, str]:
        box = await self.keys.box(self.tenant)
        async with self.engine.begin() as conn:
            made = await add_endpoint(conn, box, wishes or Wishes(url, tuple(types)), NOW)
        return made.id, made.keys.secret

    async def put(self, *events: Event, now: datetime = NOW) -> bool:
        async with self.engine.begin() as conn:
            return await enqueue(conn, self.tenant, events, now)

    async def rows(self) -> list[Any]:
        """Every delivery, in the order of its id."""
        async with self.engine.connect() as conn:
            ask = select(*WebhookDelivery.__table__.columns).order_by(WebhookDelivery.id)
            return list(await conn.execute(ask))

    async def delivered(self) -> int:
        return sum(row.delivered_at is not None for row in await self.rows())

    async def hasten(self) -> None:
        """Let the time until every waiting attempt, every claim and every rest have passed."""
        past = datetime.now(UTC) - timedelta(days=1)
        async with self.engine.begin() as conn:
            waiting = update(WebhookDelivery).where(WebhookDelivery.due_at.is_not(None))
            await conn.execute(waiting.values(due_at=past))
            claimed = update(WebhookDelivery).where(WebhookDelivery.claimed_until.is_not(None))
            await conn.execute(claimed.values(claimed_until=past))
            await conn.execute(update(WebhookEndpoint).values(rests_until=None))


@pytest.fixture
async def outbox(record: AsyncEngine) -> Outbox:
    async with record.begin() as conn:
        tenant = await create_tenant(conn, "Example", NOW)
    return Outbox(record, tenant.id)

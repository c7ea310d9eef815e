"""What the outside hears of an incident that people or jobs acted on, in the act's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.facts import IncidentKind, Verdict
from storage.models.incidents import Incident
from storage.webhooks.events import Event, IncidentReviewed, IncidentStep, IncidentUpdated
from storage.webhooks.outbox import enqueue


async def tell_act(
    conn: AsyncConnection,
    tenant: int,
    incident: str,
    step: IncidentStep,
    act: int,
    by: int | None,
    now: datetime,
    told: Sequence[int] = (),
) -> None:
    """`act` is the row that keeps it, which names the event for good."""
    row = await _incident(conn, tenant, incident)
    data = IncidentUpdated(
        id=incident,
        kind=IncidentKind(row.kind),
        member=row.member_id,
        device=row.device_id,
        opened_at=row.opened_at,
        step=step,
        ended_at=row.ended_at,
        by=by,
        assignee=row.assignee_id,
        level=row.escalation,
        told=tuple(told),
    )
    await enqueue(conn, tenant, [Event(f"{incident}/{step}/{act}", now, data)], now)


async def tell_review(
    conn: AsyncConnection,
    tenant: int,
    incident: str,
    verdict: Verdict | None,
    word: int,
    by: int,
    now: datetime,
) -> None:
    """`word` is the row of what was said."""
    row = await _incident(conn, tenant, incident)
    data = IncidentReviewed(
        id=incident,
        kind=IncidentKind(row.kind),
        member=row.member_id,
        device=row.device_id,
        opened_at=row.opened_at,
        by=by,
        verdict=verdict,
    )
    await enqueue(conn, tenant, [Event(f"{incident}/{word}", now, data)], now)


async def _incident(conn: AsyncConnection, tenant: int, incident: str) -> Any:
    wanted = select(
        Incident.member_id,
        Incident.device_id,
        Incident.kind,
        Incident.opened_at,
        Incident.ended_at,
        Incident.assignee_id,
        Incident.escalation,
    ).where(Incident.tenant_id == tenant, Incident.id == incident)
    return (await conn.execute(wanted)).one()

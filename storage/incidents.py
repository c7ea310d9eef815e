"""What devices reported as incidents, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Scope
from hub.protocol.messages import IncidentKind
from storage.members import in_scope
from storage.models.incidents import Incident
from storage.models.people import Member


@dataclass(frozen=True, slots=True)
class Before:
    """Where a page ends: the next one begins with what is older."""

    opened_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    id: str
    member: int
    member_name: str
    device: int
    kind: IncidentKind
    opened_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    count: int
    late: bool
    why: dict[str, Any] | None


async def incidents(
    conn: AsyncConnection, scope: Scope, limit: int, before: Before | None = None
) -> list[IncidentRow]:
    """At most `limit` incidents of members in the scope, from `before` on."""
    wanted = (
        select(
            Incident.id,
            Incident.member_id,
            Member.name,
            Incident.device_id,
            Incident.kind,
            Incident.opened_at,
            Incident.seen_at,
            Incident.ended_at,
            Incident.count,
            Incident.late,
            Incident.why,
        )
        .join(Member, Member.id == Incident.member_id)
        .where(Incident.tenant_id == scope.tenant, in_scope(scope))
        .order_by(Incident.opened_at.desc(), Incident.id.desc())
        .limit(limit)
    )
    if before is not None:
        same_moment = and_(Incident.opened_at == before.opened_at, Incident.id < before.id)
        wanted = wanted.where(or_(Incident.opened_at < before.opened_at, same_moment))
    rows = await conn.execute(wanted)
    return [
        IncidentRow(row[0], row[1], row[2], row[3], IncidentKind(row[4]), *row[5:]) for row in rows
    ]

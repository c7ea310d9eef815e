"""What devices reported as incidents, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from hub.access import Scope
from hub.protocol.facts import IncidentKind, Verdict
from storage.models.incidents import Incident, IncidentVerdict
from storage.models.people import Member
from storage.people.members import in_scope


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
    verdict: Verdict | None = None
    note: str | None = None
    judged_by: str | None = None
    judged_at: datetime | None = None


async def incidents(
    conn: AsyncConnection,
    scope: Scope,
    limit: int,
    before: Before | None = None,
    one: str | None = None,
) -> list[IncidentRow]:
    """At most `limit` incidents of members in the scope, from `before` on; or that `one`."""
    judge = aliased(Member)
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
            IncidentVerdict.verdict,
            IncidentVerdict.note,
            judge.name,
            IncidentVerdict.at,
        )
        .join(Member, Member.id == Incident.member_id)
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .outerjoin(judge, judge.id == IncidentVerdict.judge_id)
        .where(Incident.tenant_id == scope.tenant, in_scope(scope))
        .order_by(Incident.opened_at.desc(), Incident.id.desc())
        .limit(limit)
    )
    if before is not None:
        same_moment = and_(Incident.opened_at == before.opened_at, Incident.id < before.id)
        wanted = wanted.where(or_(Incident.opened_at < before.opened_at, same_moment))
    if one is not None:
        wanted = wanted.where(Incident.id == one)
    return [_row(row) for row in await conn.execute(wanted)]


def _row(row: Any) -> IncidentRow:
    values = list(row)
    values[4] = IncidentKind(values[4])
    values[11] = Verdict(values[11]) if values[11] else None
    return IncidentRow(*values)

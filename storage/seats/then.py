"""Incidents as a board of the past tells of them: what began then, and the word it got since."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from hub.protocol.facts import IncidentKind, Verdict
from storage.models.incidents import Incident, IncidentVerdict
from storage.models.people import Member
from storage.seats.history import Who

JUDGE = aliased(Member)


@dataclass(frozen=True, slots=True)
class Begun:
    """An incident, and who judged it when; nobody yet if there is no verdict."""

    id: str
    member: int
    kind: IncidentKind
    opened_at: float
    late: bool
    verdict: Verdict | None = None
    judged_by: str | None = None
    judged_at: float | None = None


async def begun(
    conn: AsyncConnection, tenant: int, who: Who, begin: datetime, end: datetime
) -> list[Begun]:
    """Those that began in begin <= time < end, the oldest first."""
    within = (Incident.member_id.in_(who), Incident.opened_at >= begin, Incident.opened_at < end)
    return await _read(conn, tenant, *within)


async def named(conn: AsyncConnection, tenant: int, who: Who, ids: Collection[str]) -> list[Begun]:
    """Those with these ids, the oldest first."""
    if not ids:
        return []
    return await _read(conn, tenant, Incident.member_id.in_(who), Incident.id.in_(ids))


async def _read(conn: AsyncConnection, tenant: int, *wanted: ColumnElement[bool]) -> list[Begun]:
    chosen = (
        select(
            Incident.id,
            Incident.member_id,
            Incident.kind,
            Incident.opened_at,
            Incident.late,
            IncidentVerdict.verdict,
            IncidentVerdict.at,
            JUDGE.name,
        )
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .outerjoin(JUDGE, JUDGE.id == IncidentVerdict.judge_id)
        .where(Incident.tenant_id == tenant, *wanted)
        .order_by(Incident.opened_at, Incident.id)
    )
    return [_begun(row) for row in await conn.execute(chosen)]


def _begun(row: Any) -> Begun:
    said = (row.id, row.member_id, IncidentKind(row.kind), row.opened_at.timestamp(), row.late)
    if row.verdict is None:
        return Begun(*said)
    return Begun(*said, Verdict(row.verdict), row.name, row.at.timestamp())

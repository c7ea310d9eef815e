"""What people say that incidents were. Every word on one stays; the last one counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Scope
from hub.protocol.facts import EvidenceState, IncidentKind, Sighting, Verdict
from storage.models.images import Evidence, Viewing
from storage.models.incidents import Incident, IncidentVerdict
from storage.models.people import Member
from storage.people.members import in_scope
from storage.proof import chain, log
from storage.proof.chain import Area
from storage.seats.telling import tell_review

UNDO = timedelta(seconds=10)  # how long a verdict may be taken back: its images stay until then
HARMLESS = (Verdict.BENIGN, Verdict.FALSE_POSITIVE)  # nothing of it is kept


@dataclass(frozen=True, slots=True)
class Judged:
    """An incident as the live seats know it, and the word that counts now."""

    id: str
    member: int
    device: int
    sighting: Sighting
    verdict: Verdict | None = None
    judge: int | None = None
    at: datetime | None = None
    assignee: int | None = None
    disputed_at: datetime | None = None

    @property
    def disputed(self) -> bool:
        """The member objected, and nobody has answered by another word yet."""
        return self.disputed_at is not None and (self.at is None or self.disputed_at > self.at)


async def judged(conn: AsyncConnection, scope: Scope, incident: str) -> Judged | None:
    """The incident, if it is one of the scope."""
    wanted = (
        select(Incident, IncidentVerdict.verdict, IncidentVerdict.judge_id, IncidentVerdict.at)
        .join(Member, Member.id == Incident.member_id)
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .where(Incident.tenant_id == scope.tenant, Incident.id == incident, in_scope(scope))
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        return None
    sighting = Sighting(
        row.id,
        IncidentKind(row.kind),
        row.opened_at.timestamp(),
        row.seen_at.timestamp(),
        row._mapping["count"],
        ongoing=row.ended_at is None,
    )
    verdict = Verdict(row.verdict) if row.verdict else None
    word = (verdict, row.judge_id, row.at, row.assignee_id, row.disputed_at)
    return Judged(row.id, row.member_id, row.device_id, sighting, *word)


async def judge(
    conn: AsyncConnection,
    tenant: int,
    incident: str,
    verdict: Verdict | None,
    note: str | None,
    judge: int,
    now: datetime,
) -> None:
    """Write a word on an incident, or None: the last one is taken back."""
    row = {
        "tenant_id": tenant,
        "incident_id": incident,
        "verdict": verdict,
        "note": note,
        "judge_id": judge,
        "at": now,
    }
    written = insert(IncidentVerdict).values(row).returning(*chain.columns(Area.VERDICT))
    rows = (await conn.execute(written)).all()
    await chain.append(conn, Area.VERDICT, rows)
    one = update(Incident).where(Incident.tenant_id == tenant, Incident.id == incident)
    counts = one.values(verdict_id=rows[0].id if verdict else None)
    said = await conn.execute(counts.returning(*chain.columns(Area.INCIDENT)))
    await chain.append(conn, Area.INCIDENT, said.all())
    what = log.What.INCIDENT_JUDGED if verdict else log.What.VERDICT_WITHDRAWN
    await log.write(conn, tenant, what, judge, {"incident": incident, "verdict": verdict}, now)
    await tell_review(conn, tenant, incident, verdict, rows[0].id, judge, now)


async def all_viewed(
    conn: AsyncConnection, tenant: int, viewer: int, incidents: Collection[str]
) -> bool:
    """Whether this person has opened an image of each: only then several are judged at once."""
    looked = (
        select(Evidence.incident_id)
        .join(
            Viewing,
            (Viewing.tenant_id == Evidence.tenant_id) & (Viewing.evidence_id == Evidence.id),
        )
        .where(
            Evidence.tenant_id == tenant,
            Evidence.incident_id.in_(incidents),
            Viewing.viewer_id == viewer,
        )
        .distinct()
    )
    return set((await conn.execute(looked)).scalars()) >= set(incidents)


async def found_harmless(conn: AsyncConnection, now: datetime, limit: int) -> list[tuple[int, str]]:
    """Incidents (tenant, id) with images that nobody needs any more, once no undo is left."""
    wanted = (
        select(Incident.tenant_id, Incident.id)
        .join(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .join(
            Evidence,
            (Evidence.tenant_id == Incident.tenant_id) & (Evidence.incident_id == Incident.id),
        )
        .where(
            IncidentVerdict.verdict.in_(HARMLESS),
            IncidentVerdict.at <= now - UNDO,
            Evidence.state != EvidenceState.ERASED,
        )
        .distinct()
        .limit(limit)
    )
    return [(row.tenant_id, row.id) for row in await conn.execute(wanted)]

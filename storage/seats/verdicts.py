"""What people say that incidents were. Every word on one stays; the last one counts."""

from collections.abc import Collection, Iterable
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
    """The incident, if it is one of the scope; nobody else changes it in this transaction."""
    wanted = (
        select(Incident, IncidentVerdict.verdict, IncidentVerdict.judge_id, IncidentVerdict.at)
        .join(Member, Member.id == Incident.member_id)
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .where(Incident.tenant_id == scope.tenant, Incident.id == incident, in_scope(scope))
    )
    row = (await conn.execute(wanted.with_for_update(of=Incident))).one_or_none()
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
    verdict: Verdict,
    note: str | None,
    judge: int,
    now: datetime,
) -> None:
    """Write a word on an incident: it counts from now on."""
    word = await _write(conn, tenant, incident, verdict, note, judge, now)
    await _count(conn, tenant, incident, word)
    told = {"incident": incident, "verdict": verdict}
    await log.write(conn, tenant, log.What.INCIDENT_JUDGED, judge, told, now)
    await tell_review(conn, tenant, incident, verdict, word, judge, now)


async def withdraw(
    conn: AsyncConnection, tenant: int, incident: str, judge: int, now: datetime
) -> Verdict | None:
    """Take the word that counts back: the one that it replaced counts again, if there was any."""
    before = await _before(conn, tenant, incident)
    word = await _write(conn, tenant, incident, None, None, judge, now)
    await _count(conn, tenant, incident, before.id if before else None)
    verdict = before.verdict if before else None
    told = {"incident": incident, "verdict": verdict}
    await log.write(conn, tenant, log.What.VERDICT_WITHDRAWN, judge, told, now)
    await tell_review(conn, tenant, incident, verdict, word, judge, now)
    return verdict


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said; without a verdict, the word before it was taken back."""

    id: int
    verdict: Verdict | None


def standing(words: Iterable[Word]) -> list[Word]:
    """Those that nobody took back, the oldest first."""
    stood: list[Word] = []
    for word in words:
        if word.verdict is not None:
            stood.append(word)
        elif stood:
            stood.pop()
    return stood


async def _before(conn: AsyncConnection, tenant: int, incident: str) -> Word | None:
    """The word that the one that counts has replaced."""
    said = (
        select(IncidentVerdict.id, IncidentVerdict.verdict)
        .where(IncidentVerdict.tenant_id == tenant, IncidentVerdict.incident_id == incident)
        .order_by(IncidentVerdict.id)
    )
    words = [
        Word(id, Verdict(verdict) if verdict else None) for id, verdict in await conn.execute(said)
    ]
    replaced = standing(words)[:-1]
    return replaced[-1] if replaced else None


async def _write(
    conn: AsyncConnection,
    tenant: int,
    incident: str,
    verdict: Verdict | None,
    note: str | None,
    judge: int,
    now: datetime,
) -> int:
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
    word: int = rows[0].id
    return word


async def _count(conn: AsyncConnection, tenant: int, incident: str, word: int | None) -> None:
    one = update(Incident).where(Incident.tenant_id == tenant, Incident.id == incident)
    said = await conn.execute(one.values(verdict_id=word).returning(*chain.columns(Area.INCIDENT)))
    await chain.append(conn, Area.INCIDENT, said.all())


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

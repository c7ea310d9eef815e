"""Who looked at whom, when and what for: written before anything is shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from hub.access import Scope
from hub.protocol.facts import Purpose
from storage.models.images import Viewing
from storage.models.people import Member
from storage.people.members import in_scope
from storage.proof import log
from storage.proof.chain import Area, append, columns
from storage.webhooks.events import Event, EvidenceViewed
from storage.webhooks.outbox import enqueue


class ViewingKind(StrEnum):
    EVIDENCE = "evidence"
    LIVE = "live"


LOGGED = {
    ViewingKind.EVIDENCE: log.What.IMAGE_OPENED,
    ViewingKind.LIVE: log.What.LIVE_OPENED,
}


@dataclass(frozen=True, slots=True)
class ViewingRow:
    id: int
    viewer: int
    viewer_name: str
    member: int
    member_name: str
    kind: ViewingKind
    purpose: str
    evidence: str | None
    device: int | None
    at: datetime
    ended_at: datetime | None


async def open_viewing(
    conn: AsyncConnection,
    tenant: int,
    viewer: int,
    member: int,
    kind: ViewingKind,
    purpose: str,
    now: datetime,
    *,
    evidence: str | None = None,
    device: int | None = None,
) -> int:
    """Its id; for a live view, `end_viewing` tells later how long it was."""
    row = insert(Viewing).values(
        tenant_id=tenant,
        viewer_id=viewer,
        member_id=member,
        kind=kind,
        purpose=purpose,
        evidence_id=evidence,
        device_id=device,
        at=now,
    )
    written = (await conn.execute(row.returning(*columns(Area.VIEWING)))).one()
    await append(conn, Area.VIEWING, [written])
    opened: int = written.id
    what = LOGGED[kind]
    told = {"viewing": opened, "member": member, "evidence": evidence, "purpose": purpose}
    await log.write(conn, tenant, what, viewer, told, now)
    if kind is ViewingKind.EVIDENCE and evidence is not None:
        data = EvidenceViewed(opened, evidence, viewer, member, device, Purpose(purpose))
        await enqueue(conn, tenant, [Event(str(opened), now, data)], now)
    return opened


async def end_viewing(conn: AsyncConnection, tenant: int, viewing: int, now: datetime) -> None:
    """The first end counts."""
    one = update(Viewing).where(
        Viewing.tenant_id == tenant, Viewing.id == viewing, Viewing.ended_at.is_(None)
    )
    ended = await conn.execute(one.values(ended_at=now).returning(*columns(Area.VIEWING)))
    await append(conn, Area.VIEWING, ended.all())


async def opened_by(
    conn: AsyncConnection, tenant: int, viewing: int, viewer: int, evidence: str, since: datetime
) -> bool:
    """Whether this person said what they open this image for, not before `since`."""
    wanted = select(Viewing.id).where(
        Viewing.tenant_id == tenant,
        Viewing.id == viewing,
        Viewing.viewer_id == viewer,
        Viewing.evidence_id == evidence,
        Viewing.at >= since,
    )
    return (await conn.execute(wanted)).scalar_one_or_none() is not None


async def viewings(
    conn: AsyncConnection,
    scope: Scope,
    limit: int,
    before: tuple[datetime, int] | None = None,
    member: int | None = None,
) -> list[ViewingRow]:
    """At most `limit` viewings of members in the scope, newest first, from `before` on.

    With `member`, of that one alone, if they are in the scope.
    """
    viewer = aliased(Member)
    wanted = (
        select(
            Viewing.id, Viewing.viewer_id, viewer.name, Viewing.member_id, Member.name,
            Viewing.kind, Viewing.purpose, Viewing.evidence_id, Viewing.device_id, Viewing.at,
            Viewing.ended_at,
        )
        .join(Member, Member.id == Viewing.member_id)
        .join(viewer, viewer.id == Viewing.viewer_id)
        .where(Viewing.tenant_id == scope.tenant, in_scope(scope))
        .order_by(Viewing.at.desc(), Viewing.id.desc())
        .limit(limit)
    )  # fmt: skip
    if member is not None:
        wanted = wanted.where(Viewing.member_id == member)
    if before is not None:
        at, id = before
        wanted = wanted.where(or_(Viewing.at < at, and_(Viewing.at == at, Viewing.id < id)))
    return [
        ViewingRow(*row[:5], ViewingKind(row[5]), *row[6:]) for row in await conn.execute(wanted)
    ]

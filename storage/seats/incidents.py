"""What devices reported as incidents: the list, the queue of those to judge, and one in full."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from hub.access import Scope
from hub.protocol.facts import IncidentKind, Verdict
from storage.models.images import Evidence, Viewing
from storage.models.incidents import Incident, IncidentVerdict
from storage.models.people import Member, Tenant
from storage.models.seats import Device
from storage.people.members import in_scope

PAST = timedelta(days=90)  # of a person's earlier incidents that a reviewer sees
NEAR = timedelta(hours=1)  # what happened around an incident
NEAR_MAX = 50
JUDGE = aliased(Member)
ASSIGNEE = aliased(Member)

gravity = case(
    {kind.value: place for place, kind in enumerate(IncidentKind)},
    value=Incident.kind,
    else_=len(IncidentKind),
)
# Nobody has judged it, or the member objected to what was said.
OPEN = or_(IncidentVerdict.id.is_(None), Incident.disputed_at > IncidentVerdict.at)
JUDGED = and_(
    IncidentVerdict.id.is_not(None),
    or_(Incident.disputed_at.is_(None), Incident.disputed_at <= IncidentVerdict.at),
)


class State(StrEnum):
    OPEN = "open"
    JUDGED = "judged"


class Order(StrEnum):
    """`gravest`: by kind, then who waits longest."""

    NEWEST = "newest"
    GRAVEST = "gravest"


@dataclass(frozen=True, slots=True)
class Before:
    """Where a page ends; the kind's gravity counts where the gravest come first."""

    opened_at: datetime
    id: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents; `viewer` is who asks, of whom `viewed` is told."""

    state: State | None = None
    kind: IncidentKind | None = None
    member: int | None = None
    assignee: int | None = None
    ids: tuple[str, ...] | None = None
    order: Order = Order.NEWEST
    viewer: int | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """`viewed`: whoever asks has opened an image of it."""

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
    assignee: int | None = None
    assignee_name: str | None = None
    escalation: int = 0
    escalated_at: datetime | None = None
    disputed_at: datetime | None = None
    dispute: str | None = None
    verdict: Verdict | None = None
    note: str | None = None
    judged_by: str | None = None
    judged_at: datetime | None = None
    viewed: bool = False
    device_name: str = ""

    @property
    def rank(self) -> int:
        return list(IncidentKind).index(self.kind)

    @property
    def disputed(self) -> bool:
        """The member objected, and nobody has answered by another word yet."""
        if self.disputed_at is None:
            return False
        return self.judged_at is None or self.disputed_at > self.judged_at


async def incidents(
    conn: AsyncConnection,
    scope: Scope,
    limit: int,
    before: Before | None = None,
    wanted: Wanted = EVERYTHING,
) -> list[IncidentRow]:
    """At most `limit` incidents of members in the scope, from `before` on."""
    query = (
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
            Incident.assignee_id,
            ASSIGNEE.name,
            Incident.escalation,
            Incident.escalated_at,
            Incident.disputed_at,
            Incident.dispute,
            IncidentVerdict.verdict,
            IncidentVerdict.note,
            JUDGE.name,
            IncidentVerdict.at,
            _viewed(wanted.viewer),
            Device.name,
        )
        .join(Member, Member.id == Incident.member_id)
        .join(Device, Device.id == Incident.device_id)
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .outerjoin(JUDGE, JUDGE.id == IncidentVerdict.judge_id)
        .outerjoin(ASSIGNEE, ASSIGNEE.id == Incident.assignee_id)
        .where(Incident.tenant_id == scope.tenant, in_scope(scope), *_asked(wanted))
        .limit(limit)
    )
    if wanted.order is Order.GRAVEST:
        query = query.order_by(gravity, Incident.opened_at, Incident.id)
    else:
        query = query.order_by(Incident.opened_at.desc(), Incident.id.desc())
    if before is not None:
        query = query.where(_follows(before, wanted.order))
    return [_row(row) for row in await conn.execute(query)]


async def how_many(conn: AsyncConnection, scope: Scope, wanted: Wanted) -> int:
    """So many in all, on however many pages."""
    query = (
        select(func.count())
        .select_from(Incident)
        .join(Member, Member.id == Incident.member_id)
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .where(Incident.tenant_id == scope.tenant, in_scope(scope), *_asked(wanted))
    )
    found: int = (await conn.execute(query)).scalar_one()
    return found


async def one(
    conn: AsyncConnection, scope: Scope, id: str, viewer: int | None = None
) -> IncidentRow | None:
    """That incident, if it is one of the scope."""
    rows = await incidents(conn, scope, 1, wanted=Wanted(ids=(id,), viewer=viewer))
    return rows[0] if rows else None


async def near(conn: AsyncConnection, scope: Scope, row: IncidentRow) -> list[IncidentRow]:
    """What else the same person's devices reported within an hour, the oldest first."""
    query = select(Incident.id).where(
        Incident.tenant_id == scope.tenant,
        Incident.member_id == row.member,
        Incident.id != row.id,
        Incident.opened_at >= row.opened_at - NEAR,
        Incident.opened_at <= (row.ended_at or row.seen_at) + NEAR,
    )
    ids = tuple((await conn.execute(query.limit(NEAR_MAX))).scalars())
    found = await incidents(conn, scope, NEAR_MAX, wanted=Wanted(ids=ids)) if ids else []
    return found[::-1]


@dataclass(frozen=True, slots=True)
class Past:
    """So many incidents of a kind that got this verdict; None: not judged."""

    kind: IncidentKind
    verdict: Verdict | None
    count: int


async def past(conn: AsyncConnection, tenant: int, row: IncidentRow) -> list[Past]:
    """The same person's other incidents of the 90 days before this one."""
    query = (
        select(Incident.kind, IncidentVerdict.verdict, func.count())
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .where(
            Incident.tenant_id == tenant,
            Incident.member_id == row.member,
            Incident.id != row.id,
            Incident.opened_at > row.opened_at - PAST,
            Incident.opened_at <= row.opened_at,
        )
        .group_by(Incident.kind, IncidentVerdict.verdict)
        .order_by(Incident.kind, IncidentVerdict.verdict)
    )
    return [
        Past(IncidentKind(kind), Verdict(verdict) if verdict else None, count)
        for kind, verdict, count in await conn.execute(query)
    ]


async def escalate_after(conn: AsyncConnection, tenant: int) -> int | None:
    """After how many minutes without an answer an incident goes up; None: never."""
    found: int | None = (
        await conn.execute(select(Tenant.escalate_after_min).where(Tenant.id == tenant))
    ).scalar_one()
    return found


async def set_escalation(conn: AsyncConnection, tenant: int, after_min: int | None) -> None:
    one = update(Tenant).where(Tenant.id == tenant)
    await conn.execute(one.values(escalate_after_min=after_min))


def _viewed(viewer: int | None) -> ColumnElement[bool]:
    if viewer is None:
        return literal(False)
    return (
        exists(Viewing.id)
        .where(
            Viewing.tenant_id == Incident.tenant_id,
            Viewing.viewer_id == viewer,
            Viewing.evidence_id == Evidence.id,
            Evidence.tenant_id == Incident.tenant_id,
            Evidence.incident_id == Incident.id,
        )
        .correlate(Incident)
    )


def _asked(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        asked.append(OPEN if wanted.state is State.OPEN else JUDGED)
    if wanted.kind is not None:
        asked.append(Incident.kind == wanted.kind)
    if wanted.member is not None:
        asked.append(Incident.member_id == wanted.member)
    if wanted.assignee is not None:
        asked.append(Incident.assignee_id == wanted.assignee)
    if wanted.ids is not None:
        asked.append(Incident.id.in_(wanted.ids))
    return asked


def _follows(before: Before, order: Order) -> ColumnElement[bool]:
    same_moment = Incident.opened_at == before.opened_at
    if order is Order.NEWEST:
        older = Incident.opened_at < before.opened_at
        return or_(older, and_(same_moment, Incident.id < before.id))
    later = or_(Incident.opened_at > before.opened_at, and_(same_moment, Incident.id > before.id))
    return or_(gravity > before.rank, and_(gravity == before.rank, later))


def _row(row: Any) -> IncidentRow:
    values = list(row)
    values[4] = IncidentKind(values[4])
    values[17] = Verdict(values[17]) if values[17] else None
    return IncidentRow(*values)

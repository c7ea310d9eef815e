"""What is done about incidents beside judging them: taken, disputed, sent up; and their course."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from hub.access import Role, with_all_below
from hub.protocol.facts import IncidentKind, Purpose, Sighting, Verdict
from storage.models.images import Evidence, Viewing
from storage.models.incidents import Incident, IncidentAct, IncidentVerdict
from storage.models.people import GroupMember, GroupSupervisor, Member, Tenant
from storage.people.groups import groups
from storage.people.tenants import OPEN_TO_DEVICES
from storage.proof import log
from storage.proof.log import What
from storage.seats.incidents import OPEN, IncidentRow
from storage.seats.telling import tell_act
from storage.webhooks.events import IncidentStep

# After a day an unanswered incident is no news to anybody: switching escalation on does not wake
# people for what is old.
FRESH = timedelta(days=1)
# Since when an answer is wanted: an objection to a verdict asks for one anew.
waits_since = case(
    (Incident.verdict_id.is_(None), Incident.recorded_at), else_=Incident.disputed_at
)
told_at = func.coalesce(Incident.escalated_at, waits_since)
NOBODY_ANSWERS = and_(OPEN, Incident.assignee_id.is_(None), Incident.at_top.is_(False))


class Act(StrEnum):
    """What happened to an incident, as its course tells it."""

    OPENED = "opened"
    ENDED = "ended"
    JUDGED = "judged"
    WITHDRAWN = "withdrawn"
    TAKEN = "taken"
    RELEASED = "released"
    ESCALATED = "escalated"
    DISPUTED = "disputed"
    VIEWED = "viewed"


LOGGED = {
    Act.TAKEN: What.INCIDENT_TAKEN,
    Act.RELEASED: What.INCIDENT_RELEASED,
    Act.ESCALATED: What.INCIDENT_ESCALATED,
    Act.DISPUTED: What.INCIDENT_DISPUTED,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: who did it (None: the program, or a device), to whom, what for."""

    at: datetime
    what: Act
    by: int | None = None
    by_name: str | None = None
    verdict: Verdict | None = None
    text: str | None = None
    purpose: Purpose | None = None
    to: tuple[str, ...] = ()


async def assign(
    conn: AsyncConnection, tenant: int, incident: str, who: int | None, by: int, now: datetime
) -> None:
    """Give it to somebody, or let it go (None)."""
    await _set(conn, tenant, incident, assignee_id=who)
    act = Act.TAKEN if who is not None else Act.RELEASED
    await _write(conn, tenant, incident, act, by, now, member=who)


async def dispute(
    conn: AsyncConnection,
    tenant: int,
    incident: str,
    text: str,
    by: int,
    now: datetime,
    *,
    judged: bool,
) -> None:
    """The member says that it was not so; whoever judges it reads that.

    Whoever had taken it has answered by the verdict: after one it is nobody's again, and goes up
    from the beginning.
    """
    await _set(conn, tenant, incident, disputed_at=now, dispute=text)
    if judged:
        await _set(
            conn, tenant, incident, assignee_id=None, escalation=0, escalated_at=None, at_top=False
        )
    await _write(conn, tenant, incident, Act.DISPUTED, by, now, text=text)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An incident that nobody took or judged in its tenant's time.

    `word` is the verdict that the member objects to, `disputed_at` when; None: there is none yet.
    """

    tenant: int
    id: str
    member: int
    device: int
    sighting: Sighting
    escalation: int
    word: int | None = None
    disputed_at: datetime | None = None


async def unanswered(conn: AsyncConnection, now: datetime, limit: int) -> list[Unanswered]:
    """Those that are to go up now; the oldest first."""
    times = select(Tenant.id, Tenant.escalate_after_min).where(
        Tenant.escalate_after_min.is_not(None), OPEN_TO_DEVICES
    )
    found: list[Unanswered] = []
    for tenant in (await conn.execute(times)).all():
        patience = timedelta(minutes=tenant.escalate_after_min)
        wanted = (
            select(Incident)
            .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
            .where(
                Incident.tenant_id == tenant.id,
                # what the indexes know; of which of the two it is decided below
                or_(Incident.recorded_at > now - FRESH, Incident.disputed_at > now - FRESH),
                NOBODY_ANSWERS,
                waits_since > now - FRESH,
                told_at <= now - patience,
            )
            .order_by(Incident.recorded_at, Incident.id)
            .limit(limit)
        )
        found += [_unanswered(row) for row in await conn.execute(wanted)]
    return found[:limit]


async def goes_up_at(conn: AsyncConnection, tenant: int, incident: str) -> datetime | None:
    """When somebody above is told if nobody answers until then; None: not any more, or never."""
    wanted = (
        select(told_at, waits_since, Tenant.escalate_after_min)
        .join(Tenant, Tenant.id == Incident.tenant_id)
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .where(Incident.tenant_id == tenant, Incident.id == incident, NOBODY_ANSWERS)
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None or row.escalate_after_min is None:
        return None
    told, since, patience_min = row
    due: datetime = told + timedelta(minutes=patience_min)
    return due if due < since + FRESH else None


async def escalate(
    conn: AsyncConnection, one: Unanswered, told: Sequence[int], at_top: bool, now: datetime
) -> bool:
    """Send it one step up: true for exactly one caller, and for nobody once it is answered.

    `told` hear of it now; empty if there is nobody above those who were told before.
    """
    free = update(Incident).where(
        Incident.tenant_id == one.tenant,
        Incident.id == one.id,
        Incident.escalation == one.escalation,
        Incident.verdict_id.is_not_distinct_from(one.word),
        Incident.assignee_id.is_(None),
    )
    level = one.escalation + 1 if told else one.escalation
    up = free.values(escalation=level, escalated_at=now, at_top=at_top)
    if (await conn.execute(up)).rowcount != 1:
        return False
    if told:
        await _write(conn, one.tenant, one.id, Act.ESCALATED, None, now, told=told)
    return True


async def judges(conn: AsyncConnection, tenant: int, member: int) -> list[tuple[int, str]]:
    """Who may take a member's incidents: id and name of those above, by name; never the member."""
    inside = select(GroupMember.group_id).where(GroupMember.member_id == member)
    own = set((await conn.execute(inside)).scalars())
    tree = await groups(conn, tenant)
    parents = {group.id: group.parent for group in tree.values()}
    above = [one for one in tree if own & with_all_below([one], parents)]
    given = exists().where(
        GroupSupervisor.member_id == Member.id, GroupSupervisor.group_id.in_(above)
    )
    wanted = (
        select(Member.id, Member.name)
        .where(
            Member.tenant_id == tenant,
            Member.disabled_at.is_(None),
            Member.id != member,
            or_(
                Member.role == Role.ADMINISTRATOR,
                and_(Member.role == Role.SUPERVISOR, given),
            ),
        )
        .order_by(Member.name, Member.id)
    )
    return [(id, name) for id, name in await conn.execute(wanted)]


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a letter about an incident goes."""

    name: str
    email: str | None
    locale: str


async def readers(conn: AsyncConnection, tenant: int, ids: Sequence[int]) -> dict[int, Reader]:
    """Active members, by their ids."""
    wanted = select(Member.id, Member.name, Member.email, Member.locale).where(
        Member.tenant_id == tenant, Member.id.in_(ids), Member.disabled_at.is_(None)
    )
    return {row.id: Reader(row.name, row.email, row.locale) for row in await conn.execute(wanted)}


async def course(conn: AsyncConnection, tenant: int, row: IncidentRow) -> list[Step]:
    """All that happened to an incident, the oldest first."""
    steps = [Step(row.opened_at, Act.OPENED)]
    if row.ended_at is not None:
        steps.append(Step(row.ended_at, Act.ENDED))
    steps += await _words(conn, tenant, row.id)
    steps += await _acts(conn, tenant, row.id)
    steps += await _views(conn, tenant, row.id)
    return sorted(steps, key=lambda step: step.at)


async def _words(conn: AsyncConnection, tenant: int, incident: str) -> list[Step]:
    wanted = (
        select(IncidentVerdict, Member.name)
        .join(Member, Member.id == IncidentVerdict.judge_id)
        .where(IncidentVerdict.tenant_id == tenant, IncidentVerdict.incident_id == incident)
    )
    return [
        Step(
            row.at,
            Act.JUDGED if row.verdict else Act.WITHDRAWN,
            row.judge_id,
            row.name,
            Verdict(row.verdict) if row.verdict else None,
            row.note,
        )
        for row in await conn.execute(wanted)
    ]


async def _acts(conn: AsyncConnection, tenant: int, incident: str) -> list[Step]:
    given = aliased(Member)
    wanted = (
        select(IncidentAct, Member.name.label("by_name"), given.name.label("to_name"))
        .outerjoin(Member, Member.id == IncidentAct.actor_id)
        .outerjoin(given, given.id == IncidentAct.member_id)
        .where(IncidentAct.tenant_id == tenant, IncidentAct.incident_id == incident)
    )
    rows = (await conn.execute(wanted)).all()
    names = await _names(conn, tenant, {id for row in rows for id in row.told or ()})
    return [
        Step(
            row.at,
            Act(row.act),
            row.actor_id,
            row.by_name,
            text=row.text,
            to=_to(row, names),
        )
        for row in rows
    ]


def _to(row: Any, names: Mapping[int, str]) -> tuple[str, ...]:
    if row.told:
        return tuple(names[id] for id in row.told if id in names)
    return (row.to_name,) if row.to_name else ()


async def _names(conn: AsyncConnection, tenant: int, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    wanted = select(Member.id, Member.name).where(Member.tenant_id == tenant, Member.id.in_(ids))
    return {id: name for id, name in await conn.execute(wanted)}


async def _views(conn: AsyncConnection, tenant: int, incident: str) -> list[Step]:
    """Its images opened in one minute for one purpose are one look."""
    wanted = (
        select(Viewing.viewer_id, Member.name, Viewing.purpose, Viewing.at)
        .join(Member, Member.id == Viewing.viewer_id)
        .join(
            Evidence,
            (Evidence.tenant_id == Viewing.tenant_id) & (Evidence.id == Viewing.evidence_id),
        )
        .where(Viewing.tenant_id == tenant, Evidence.incident_id == incident)
        .order_by(Viewing.at)
    )
    seen: dict[tuple[int, str, int], Step] = {}
    for viewer, name, purpose, at in await conn.execute(wanted):
        look = Step(at, Act.VIEWED, viewer, name, purpose=Purpose(purpose))
        seen.setdefault((viewer, purpose, int(at.timestamp()) // 60), look)
    return list(seen.values())


async def _set(conn: AsyncConnection, tenant: int, incident: str, **values: object) -> None:
    one = update(Incident).where(Incident.tenant_id == tenant, Incident.id == incident)
    await conn.execute(one.values(**values))


async def _write(
    conn: AsyncConnection,
    tenant: int,
    incident: str,
    act: Act,
    by: int | None,
    now: datetime,
    *,
    member: int | None = None,
    text: str | None = None,
    told: Sequence[int] = (),
) -> None:
    row = {"tenant_id": tenant, "incident_id": incident, "act": act, "actor_id": by, "at": now}
    more = {"member_id": member, "text": text, "told": list(told) or None}
    row |= {name: value for name, value in more.items() if value is not None}
    written = await conn.execute(insert(IncidentAct).values(row).returning(IncidentAct.id))
    id = written.scalar_one()
    subject = {"incident": incident, "member": member, "told": list(told) or None}
    known = {name: value for name, value in subject.items() if value is not None}
    await log.write(conn, tenant, LOGGED[act], by, known, now)
    await tell_act(conn, tenant, incident, IncidentStep(act), id, by, now, told)


def _unanswered(row: Any) -> Unanswered:
    sighting = Sighting(
        row.id,
        IncidentKind(row.kind),
        row.opened_at.timestamp(),
        row.seen_at.timestamp(),
        row._mapping["count"],
        ongoing=row.ended_at is None,
    )
    objection = (row.verdict_id, row.disputed_at) if row.verdict_id is not None else (None, None)
    where = (row.tenant_id, row.id, row.member_id, row.device_id)
    return Unanswered(*where, sighting, row.escalation, *objection)

"""The record of a range of time, read back: rows, gaps, and who they are of."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, String, Text, cast, func, or_, select, type_coerce, union
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from hub.access import Scope
from hub.history.facts import Fact, Lost, Place, Shown, Spoken
from hub.protocol.facts import IncidentKind, Label, Verdict
from storage.models.incidents import Incident, IncidentVerdict
from storage.models.people import GroupMember, Member
from storage.models.seats import UNTIMELY, Device, Gap, Transition
from storage.people.members import in_scope

IN_TIME = timedelta(seconds=660)  # who is away is told at most 600 s after they were last seen
LATE_WITHIN = timedelta(days=14)  # a device or a hub that was gone for longer tells no more

Who = Select[int]


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    disabled_at: datetime | None = None
    groups: tuple[int, ...] = ()
    login: str = ""


def whoever(scope: Scope, members: Sequence[int] | None = None) -> Who:
    """The ids of the scope's members, or of those of them that are named."""
    wanted = select(Member.id).where(in_scope(scope))
    return wanted if members is None else wanted.where(Member.id.in_(members))


def members_of(tenant: int, members: Sequence[int]) -> Who:
    """These members, for whoever asks for the tenant itself."""
    return select(Member.id).where(Member.tenant_id == tenant, Member.id.in_(members))


async def people(conn: AsyncConnection, who: Who) -> list[Person]:
    """Them by id, with the groups that they are in now."""
    links = select(GroupMember.member_id, GroupMember.group_id).where(
        GroupMember.member_id.in_(who)
    )
    of: defaultdict[int, list[int]] = defaultdict(list)
    for link in await conn.execute(links.order_by(GroupMember.group_id)):
        of[link.member_id].append(link.group_id)
    wanted = select(Member.id, Member.name, Member.disabled_at, Member.login)
    return [
        Person(row.id, row.name, row.disabled_at, tuple(of[row.id]), row.login)
        for row in await conn.execute(wanted.where(Member.id.in_(who)).order_by(Member.id))
    ]


async def ids(conn: AsyncConnection, who: Who) -> frozenset[int]:
    return frozenset((await conn.execute(who)).scalars())


async def left(conn: AsyncConnection, who: Who) -> list[Person]:
    """Those of them who have been disabled."""
    return await people(conn, who.where(Member.disabled_at.is_not(None)))


async def count_people(conn: AsyncConnection, who: Who) -> int:
    """How many of them are active."""
    wanted = select(func.count()).where(Member.id.in_(who), Member.disabled_at.is_(None))
    return int((await conn.execute(wanted)).scalar_one())


async def facts(
    conn: AsyncConnection, tenant: int, who: Who, begin: datetime, end: datetime
) -> dict[int, list[Fact]]:
    """All rows that say something of begin <= time < end, by member.

    Each member's last live row from before stands for all before it.
    """
    wanted = select(
        Transition.member_id,
        Transition.cause,
        Transition.label,
        type_coerce(Transition.event_time, String).label("event_time"),
        type_coerce(Transition.received_at, String).label("received_at"),
        cast(Transition.state, Text).label("state"),
        Transition.epoch,
        Transition.offset,
        Transition.position,
        Transition.device_id,
        Transition.device_epoch,
        Transition.seq,
    ).where(Transition.id.in_(_rows(tenant, who, begin, end)))
    return await asyncio.to_thread(_by_member, (await conn.execute(wanted)).all())


def _by_member(rows: Iterable[Any]) -> dict[int, list[Fact]]:
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(_fact(row))
    return found


async def lost(
    conn: AsyncConnection, tenant: int, who: Who, begin: datetime, end: datetime
) -> dict[int, list[Lost]]:
    """What their devices had to overwrite, and may not have known again before `begin`."""
    wanted = (
        select(
            Device.member_id,
            Gap.device_id,
            Gap.lost_from,
            Gap.lost_to,
            Gap.count,
            Gap.reason,
            Gap.device_epoch,
            Gap.seq,
            Gap.received_at,
        )
        .join(Device, Device.id == Gap.device_id)
        .where(
            Gap.tenant_id == tenant,
            Device.member_id.in_(who),
            Gap.lost_from >= begin - LATE_WITHIN,
            Gap.lost_from < end,
            func.coalesce(Gap.received_at, Gap.lost_to) >= begin,
        )
        .order_by(Gap.id)
    )
    found: defaultdict[int, list[Lost]] = defaultdict(list)
    for row in await conn.execute(wanted):
        found[row.member_id].append(_lost(row))
    return found


def _rows(tenant: int, who: Who, begin: datetime, end: datetime) -> Select[int]:
    own = (Transition.tenant_id == tenant, Transition.member_id.in_(who))
    timely = end + IN_TIME
    came = select(Transition.id).where(
        *own,
        Transition.received_at >= begin,
        Transition.received_at < timely,
        or_(Transition.received_at < end, Transition.event_time < end),
    )
    came_late = select(Transition.id).where(
        *own,
        UNTIMELY,
        Transition.event_time >= begin - LATE_WITHIN,
        Transition.event_time < end,
        Transition.received_at >= timely,
    )
    before = last_rows(tenant, who, begin)
    next = _next_words(tenant, who, begin, end)
    return select(union(came, came_late, before, next).subquery().c.id)


def _next_words(tenant: int, who: Who, begin: datetime, end: datetime) -> Select[int]:
    """What followed each late row: it may say that the agent had died in between."""
    late, after = aliased(Transition), aliased(Transition)
    following = select(after.id).where(
        after.tenant_id == tenant,
        after.device_id == late.device_id,
        after.device_epoch == late.device_epoch,
        after.seq > late.seq,
    )
    return select(following.order_by(after.seq).limit(1).scalar_subquery().label("id")).where(
        late.tenant_id == tenant,
        late.member_id.in_(who),
        late.epoch.is_(None),
        late.event_time >= begin - LATE_WITHIN,
        late.event_time < end,
        late.received_at >= begin,
    )


def last_rows(tenant: int, who: Who, begin: datetime) -> Select[int]:
    """The id of each one's last live row that came before."""
    people = who.subquery("people")
    newest = (Transition.received_at, Transition.offset, Transition.position)
    last = select(Transition.id).where(
        Transition.tenant_id == tenant,
        Transition.member_id == people.c.id,
        Transition.epoch.is_not(None),
        Transition.received_at < begin,
    )
    found = last.order_by(*(one.desc() for one in newest)).limit(1).scalar_subquery()
    return select(found.label("id")).select_from(people)


def _fact(row: Any) -> Fact:
    numbered = row.seq is not None
    return Fact(
        row.member_id,
        row.cause,
        _seconds(row.event_time),
        _seconds(row.received_at),
        Shown(Label(row.label), row.state),
        None if row.epoch is None else Place(row.epoch, row.offset, row.position),
        row.device_id,
        Spoken(row.device_epoch, row.seq) if numbered else None,
    )


def _seconds(moment: str | datetime) -> float:
    """A moment as the database has it; SQLite has a text without its zone, which is UTC."""
    if isinstance(moment, str):
        return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    return moment.timestamp()


def _lost(row: Any) -> Lost:
    return Lost(
        row.member_id,
        row.device_id,
        row.lost_from.timestamp(),
        row.lost_to.timestamp(),
        row._mapping["count"],
        row.reason,
        Spoken(row.device_epoch, row.seq),
        (row.received_at or row.lost_to).timestamp(),
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident as a strip marks it."""

    id: str
    member: int
    kind: IncidentKind
    opened_at: float
    seen_at: float
    ended_at: float | None
    late: bool
    verdict: Verdict | None


async def opened(
    conn: AsyncConnection, tenant: int, who: Who, begin: datetime, end: datetime
) -> list[Opened]:
    """Incidents that began in begin <= time < end, the oldest first."""
    wanted = (
        select(
            Incident.id,
            Incident.member_id,
            Incident.kind,
            Incident.opened_at,
            Incident.seen_at,
            Incident.ended_at,
            Incident.late,
            IncidentVerdict.verdict,
        )
        .outerjoin(IncidentVerdict, IncidentVerdict.id == Incident.verdict_id)
        .where(
            Incident.tenant_id == tenant,
            Incident.member_id.in_(who),
            Incident.opened_at >= begin,
            Incident.opened_at < end,
        )
        .order_by(Incident.opened_at, Incident.id)
    )
    return [_opened(row) for row in await conn.execute(wanted)]


def _opened(row: Any) -> Opened:
    return Opened(
        row.id,
        row.member_id,
        IncidentKind(row.kind),
        row.opened_at.timestamp(),
        row.seen_at.timestamp(),
        row.ended_at.timestamp() if row.ended_at else None,
        row.late,
        Verdict(row.verdict) if row.verdict else None,
    )

"""Notices: what waits to be told, what each member was told, and what of it they have read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from hub.access import Scope
from hub.notices.events import Event, Said
from hub.notifying import NoticeType
from hub.protocol.facts import Label
from storage.models.notices import Notice, NoticeDigest, NoticeEvent
from storage.models.people import Member
from storage.models.seats import Transition
from storage.people.members import in_scope
from storage.upsert import Row, insert_for, insert_new

AT_ONCE = 5_000  # events of a tenant in one transaction
MEMBERS_AT_ONCE = 500  # named in one question
ROWS_AT_ONCE = 500  # of ten values: PostgreSQL and SQLite take 32,000 in a statement

SUBJECT = aliased(Member)


# ---- events


async def announce(
    conn: AsyncConnection, tenant: int, events: Sequence[Event], now: datetime
) -> None:
    """Have everybody told whom it concerns, once this transaction is committed.

    Announcing the same twice is announcing it once.
    """
    rows = [
        {
            "tenant_id": tenant,
            "type": event.TYPE,
            "key": event.key,
            "event": msgspec.to_builtins(event),
            "created_at": now,
            "due_at": now + event.WAITS,
        }
        for event in events
    ]
    await insert_new(conn, NoticeEvent, rows)


async def waiting(conn: AsyncConnection, now: datetime) -> list[int]:
    """The tenants of whom something is to be told."""
    wanted = select(NoticeEvent.tenant_id).where(NoticeEvent.due_at <= now).distinct()
    return list((await conn.execute(wanted)).scalars())


async def take(conn: AsyncConnection, tenant: int, now: datetime) -> list[Event]:
    """The events to tell, the oldest first: each to one caller, unless its transaction fails."""
    due = (
        select(NoticeEvent.id)
        .where(NoticeEvent.tenant_id == tenant, NoticeEvent.due_at <= now)
        .order_by(NoticeEvent.due_at, NoticeEvent.id)
        .limit(AT_ONCE)
    )
    ids = (await conn.execute(due)).scalars().all()
    free = NoticeEvent.id.in_(ids), NoticeEvent.due_at.is_not(None)
    taken = update(NoticeEvent).where(*free).values(due_at=None)
    rows = (await conn.execute(taken.returning(NoticeEvent.id, NoticeEvent.event))).all()
    return [msgspec.convert(event, Event) for _, event in sorted(rows, key=lambda row: row[0])]


async def announced_since(
    conn: AsyncConnection, tenant: int, type: NoticeType, since: datetime
) -> int:
    """How many events of a type there were in the tenant."""
    wanted = select(func.count()).where(
        NoticeEvent.tenant_id == tenant, NoticeEvent.created_at > since, NoticeEvent.type == type
    )
    return (await conn.execute(wanted)).scalar_one()


async def heard_since(
    conn: AsyncConnection, tenant: int, members: Collection[int], since: datetime
) -> dict[int, datetime]:
    """Of these members, those whose seat had another word than 切断 since then: when it came last.

    A word is dated by when the hub heard it.
    """
    found: dict[int, datetime] = {}
    asked = sorted(members)
    for at in range(0, len(asked), MEMBERS_AT_ONCE):
        some = asked[at : at + MEMBERS_AT_ONCE]
        wanted = (
            select(Transition.member_id, func.max(Transition.received_at))
            .where(
                Transition.tenant_id == tenant,
                Transition.member_id.in_(some),
                Transition.received_at >= since,
                Transition.epoch.is_not(None),
                Transition.label != Label.OFFLINE,
            )
            .group_by(Transition.member_id)
        )
        found |= {member: last for member, last in await conn.execute(wanted)}
    return found


# ---- notices


@dataclass(frozen=True, slots=True)
class New:
    """A notice for one member; `digest_at` if it goes with the mail of the day."""

    member: int
    type: NoticeType
    key: str
    said: Said
    subject: int | None
    shown: bool
    digest_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as it is read."""

    id: int
    type: NoticeType
    said: Said
    subject: int | None
    name: str
    count: int
    created_at: datetime
    read_at: datetime | None


async def told_lately(
    conn: AsyncConnection, tenant: int, type: NoticeType, since: datetime
) -> dict[int, int]:
    """How many notices of a type each member of the tenant got since then."""
    wanted = (
        select(Notice.member_id, func.count())
        .where(Notice.tenant_id == tenant, Notice.created_at > since, Notice.type == type)
        .group_by(Notice.member_id)
    )
    return {member: count for member, count in await conn.execute(wanted)}


async def tell(
    conn: AsyncConnection, tenant: int, new: Sequence[New], now: datetime
) -> dict[tuple[int, str], int]:
    """Write notices of one type that are not there yet: their ids by (member, key)."""
    ids: dict[tuple[int, str], int] = {}
    for at in range(0, len(new), ROWS_AT_ONCE):
        rows = [_row(tenant, one, now) for one in new[at : at + ROWS_AT_ONCE]]
        insert = insert_for(conn, Notice).values(rows).on_conflict_do_nothing()
        told = await conn.execute(insert.returning(Notice.id, Notice.member_id, Notice.key))
        ids |= {(row.member_id, row.key): row.id for row in told}
    return ids


async def count_up(conn: AsyncConnection, tenant: int, one: New, more: int, now: datetime) -> None:
    """So many more than are told one by one: one line that counts, and is unread again."""
    insert = insert_for(conn, Notice).values(_row(tenant, one, now) | {"count": more})
    grown = insert.on_conflict_do_update(
        index_elements=["member_id", "type", "key"],
        set_={
            "count": Notice.count + insert.excluded["count"],
            "created_at": now,
            "read_at": None,
        },
    )
    await conn.execute(grown)


def _row(tenant: int, one: New, now: datetime) -> Row:
    return {
        "tenant_id": tenant,
        "member_id": one.member,
        "subject_id": one.subject,
        "type": one.type,
        "key": one.key,
        "event": msgspec.to_builtins(one.said),
        "shown": one.shown,
        "created_at": now,
        "digest_at": one.digest_at,
    }


async def notices(
    conn: AsyncConnection,
    within: Scope,
    member: int,
    limit: int,
    before: tuple[datetime, int] | None = None,
    *,
    unread: bool = False,
) -> list[NoticeRow]:
    """A member's notices, the newest first; of whom they may not see any more, none."""
    wanted = _rows(_own(within, member))
    if unread:
        wanted = wanted.where(Notice.read_at.is_(None))
    if before is not None:
        at, id = before
        older = and_(Notice.created_at == at, Notice.id < id)
        wanted = wanted.where(or_(Notice.created_at < at, older))
    wanted = wanted.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit)
    return [_notice(row) for row in await conn.execute(wanted)]


async def unread(conn: AsyncConnection, within: Scope, member: int) -> int:
    """How many of them the member has not read."""
    mine = _own(within, member)
    wanted = select(func.count()).select_from(Notice).where(*mine, Notice.read_at.is_(None))
    return (await conn.execute(wanted)).scalar_one()


async def read_one(
    conn: AsyncConnection, within: Scope, member: int, notice: int, now: datetime
) -> bool:
    """Whether there is such a notice; it counts as read from the first time on."""
    mine = _own(within, member)
    if await _told_at(conn, notice, *mine) is None:
        return False
    await _read(conn, *mine, Notice.id == notice, at=now)
    return True


async def read_upto(
    conn: AsyncConnection, within: Scope, member: int, notice: int, now: datetime
) -> bool:
    """Whether there is such a notice; it and all that were there before it are read then."""
    mine = _own(within, member)
    at = await _told_at(conn, notice, *mine)
    if at is None:
        return False
    before = or_(Notice.created_at < at, and_(Notice.created_at == at, Notice.id <= notice))
    await _read(conn, *mine, before, at=now)
    return True


async def _told_at(
    conn: AsyncConnection, notice: int, *which: ColumnElement[bool]
) -> datetime | None:
    wanted = select(Notice.created_at).where(*which, Notice.id == notice)
    return (await conn.execute(wanted)).scalar_one_or_none()


async def _read(conn: AsyncConnection, *which: ColumnElement[bool], at: datetime) -> None:
    unread = update(Notice).where(*which, Notice.read_at.is_(None))
    await conn.execute(unread.values(read_at=at))


def _own(within: Scope, member: int) -> tuple[ColumnElement[bool], ...]:
    seen = select(Member.id).where(in_scope(within))
    return (
        Notice.tenant_id == within.tenant,
        Notice.member_id == member,
        Notice.shown.is_(True),
        or_(Notice.subject_id.is_(None), Notice.subject_id.in_(seen)),
    )


def _rows(which: Collection[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Notice.id,
            Notice.type,
            Notice.event,
            Notice.subject_id,
            SUBJECT.name,
            Notice.count,
            Notice.created_at,
            Notice.read_at,
        )
        .outerjoin(SUBJECT, SUBJECT.id == Notice.subject_id)
        .where(*which)
    )


def _notice(row: Any) -> NoticeRow:
    said = msgspec.convert(row.event, Said)
    count = row._mapping["count"]
    return NoticeRow(
        row.id, NoticeType(row.type), said, row.subject_id, row.name or "", count,
        row.created_at, row.read_at,
    )  # fmt: skip


# ---- the mail of the day


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose mail of the day is due."""

    tenant: int
    member: int


async def digests_due(conn: AsyncConnection, now: datetime, limit: int) -> list[Reader]:
    """The members for whom something waits, who have waited longest first."""
    wanted = (
        select(Notice.tenant_id, Notice.member_id)
        .where(Notice.digest_at <= now)
        .group_by(Notice.tenant_id, Notice.member_id)
        .order_by(func.min(Notice.digest_at))
        .limit(limit)
    )
    return [Reader(tenant, member) for tenant, member in await conn.execute(wanted)]


async def claim_day(conn: AsyncConnection, reader: Reader, day: date) -> bool:
    """Take the member's mail of that day: true for one caller only."""
    row = {"member_id": reader.member, "tenant_id": reader.tenant, "day": day}
    insert = insert_for(conn, NoticeDigest).values(row)
    claimed = insert.on_conflict_do_update(
        index_elements=["member_id"], set_={"day": day}, where=NoticeDigest.day < day
    )
    taken = await conn.execute(claimed.returning(NoticeDigest.member_id))
    return taken.one_or_none() is not None


async def take_digest(conn: AsyncConnection, reader: Reader, now: datetime) -> list[NoticeRow]:
    """What goes into the mail, the oldest first; it waits no more."""
    which = (
        Notice.tenant_id == reader.tenant,
        Notice.member_id == reader.member,
        Notice.digest_at <= now,
    )
    wanted = _rows(which).order_by(Notice.created_at, Notice.id)
    found = [_notice(row) for row in await conn.execute(wanted)]
    await conn.execute(update(Notice).where(*which).values(digest_at=None))
    return found


async def put_off(conn: AsyncConnection, reader: Reader, now: datetime, until: datetime) -> None:
    """There was a mail today already: what is due waits for another day's."""
    which = (Notice.member_id == reader.member, Notice.digest_at <= now)
    await conn.execute(update(Notice).where(*which).values(digest_at=until))

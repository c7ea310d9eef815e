"""The tenants' monitoring charters (監視規程): nothing is captured before there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.enrolling import CharterText, CharterTold
from hub.protocol.facts import Purpose
from storage.models.consent import Charter
from storage.people.tenants import directory_changes

NOTICE = timedelta(days=30)  # changed terms are told that long before they count


class NoticeTooShort(Exception):
    """A changed charter would count sooner than NOTICE, and nobody said why."""


@dataclass(frozen=True, slots=True)
class NewCharter:
    """What an administrator fills in; `effective_at` None is as soon as may be."""

    purpose: str
    responsible: str
    contact: str
    rules: str
    viewers: str
    audit_on: date
    viewing_purposes: Sequence[Purpose] = tuple(Purpose)
    effective_at: datetime | None = None
    hurry: str | None = None


@dataclass(frozen=True, slots=True)
class CharterRow:
    text: CharterText
    in_force: bool
    published_at: datetime


async def publish(
    conn: AsyncConnection, tenant: int, new: NewCharter, by: int | None, now: datetime
) -> tuple[int, datetime]:
    """Its version, and from when it counts; raise NoticeTooShort."""
    await directory_changes(conn, tenant)
    last = await _last(conn, tenant)
    at = effective_at(new, first=last == 0, now=now)
    row = insert(Charter).values(
        tenant_id=tenant,
        version=last + 1,
        purpose=new.purpose,
        responsible=new.responsible,
        contact=new.contact,
        rules=new.rules,
        viewers=new.viewers,
        viewing_purposes=list(new.viewing_purposes),
        audit_on=new.audit_on,
        published_by=by,
        published_at=now,
        effective_at=at,
        hurry=new.hurry,
        in_force=at <= now,
    )
    await conn.execute(row)
    return last + 1, at


def effective_at(new: NewCharter, *, first: bool, now: datetime) -> datetime:
    """The first charter changes nothing that anybody agreed to: it needs no notice."""
    soonest = now if first or new.hurry else now + NOTICE
    at = new.effective_at or soonest
    if at < soonest and not first and not new.hurry:
        raise NoticeTooShort
    return max(at, now)


async def take_effect(conn: AsyncConnection, now: datetime) -> None:
    """Versions whose day has come are in force; agents are told of it as of any change."""
    due = (Charter.in_force.is_(False), Charter.effective_at <= now)
    tenants = select(Charter.tenant_id).where(*due).distinct()
    for tenant in (await conn.execute(tenants)).scalars().all():
        await directory_changes(conn, tenant)
        mine = update(Charter).where(Charter.tenant_id == tenant, *due)
        await conn.execute(mine.values(in_force=True))


async def charter_in_force(conn: AsyncConnection, tenant: int) -> int | None:
    """The version that counts; none if there is no charter yet."""
    wanted = select(func.max(Charter.version)).where(
        Charter.tenant_id == tenant, Charter.in_force.is_(True)
    )
    return (await conn.execute(wanted)).scalar_one()


async def charters(conn: AsyncConnection, tenant: int) -> list[CharterRow]:
    """Every version, the newest first."""
    wanted = select(Charter).where(Charter.tenant_id == tenant).order_by(Charter.version.desc())
    return [
        CharterRow(
            CharterText(
                row.version, row.purpose, row.responsible, row.contact, row.rules, row.viewers,
                [Purpose(one) for one in row.viewing_purposes], row.audit_on,
                row.effective_at.timestamp(), row.hurry,
            ),
            row.in_force,
            row.published_at,
        )
        for row in await conn.execute(wanted)
    ]  # fmt: skip


def told(rows: Sequence[CharterRow]) -> CharterTold:
    """The one in force, and the newest that is to come after it."""
    current = next((row.text for row in rows if row.in_force), None)
    newest = rows[0].text if rows and not rows[0].in_force else None
    return CharterTold(current, newest)


async def viewing_purposes(conn: AsyncConnection, tenant: int) -> frozenset[Purpose]:
    """What anybody may look at somebody for, by the charter in force; nothing without one."""
    wanted = (
        select(Charter.viewing_purposes)
        .where(Charter.tenant_id == tenant, Charter.in_force.is_(True))
        .order_by(Charter.version.desc())
        .limit(1)
    )
    found = (await conn.execute(wanted)).scalar_one_or_none()
    return frozenset(map(Purpose, found or ()))


async def _last(conn: AsyncConnection, tenant: int) -> int:
    wanted = select(func.max(Charter.version)).where(Charter.tenant_id == tenant)
    return (await conn.execute(wanted)).scalar_one() or 0

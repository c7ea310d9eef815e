"""Whoever has gone: members who left, and tenants whose contract has ended.

Time records (punches), consents, the system log and proofs stay: the law wants them for longer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.facts import EvidenceState
from storage.erasing.calendar import LEFT_AFTER, owed_since
from storage.images.evidence import erase_images
from storage.models.base import Base
from storage.models.erasure import Erasure
from storage.models.images import Enrolment, Evidence
from storage.models.machines import ApiToken, KeptAnswer, Pairing
from storage.models.notices import Notice, NoticeDigest, NoticeEvent
from storage.models.people import Member, Notification, Session, Tenant
from storage.models.push import PushSubscription
from storage.models.seats import Device
from storage.models.signin import (
    KnownBrowser,
    Mail,
    OidcProvider,
    OidcSubject,
    Passkey,
    PasswordLink,
    RecoveryCode,
    Totp,
)
from storage.models.webhooks import WebhookEndpoint
from storage.people.tenants import TenantState, directory_changes
from storage.proof import log
from storage.proof.log import What

AT_ONCE = 100
LEFT = "left"  # why images went: their member has left

# What recognises somebody, and what they got in with.
OF_MEMBER: tuple[type[Base], ...] = (
    Enrolment, Totp, RecoveryCode, Passkey, KnownBrowser, PasswordLink, OidcSubject, Pairing,
    Notification, Notice, NoticeDigest, PushSubscription,
)  # fmt: skip
# The same of everybody, and what belongs to the tenant itself.
OF_TENANT: tuple[type[Base], ...] = (
    *OF_MEMBER, KeptAnswer, ApiToken, Session, OidcProvider, Mail, WebhookEndpoint, NoticeEvent,
)  # fmt: skip


# ---- members


async def left_members(conn: AsyncConnection, now: datetime, limit: int) -> list[tuple[int, int]]:
    """Members (tenant, id) who were disabled LEFT_AFTER ago, and of whom something is left."""
    kept = [
        exists().where(
            _column(table, "tenant_id") == Member.tenant_id,
            _column(table, "member_id") == Member.id,
        )
        for table in OF_MEMBER
    ]
    wanted = (
        select(Member.tenant_id, Member.id)
        .where(
            Member.disabled_at <= now - LEFT_AFTER,
            or_(
                Member.password_hash.is_not(None),
                Member.email.is_not(None),
                exists().where(Session.member_id == Member.id),
                exists().where(
                    Evidence.tenant_id == Member.tenant_id,
                    Evidence.member_id == Member.id,
                    *_periodic(),
                ),
                *kept,
            ),
        )
        .order_by(Member.id)
        .limit(limit)
    )
    return [(row.tenant_id, row.id) for row in await conn.execute(wanted)]


async def erase_member(conn: AsyncConnection, tenant: int, member: int, now: datetime) -> bool:
    """What recognises a member who left, what they got in with, and images of no incident.

    Whether that was all: some images at a time. Nothing is done for one who was let in again.
    """
    await directory_changes(conn, tenant)
    still = select(Member.id).where(Member.id == member, Member.disabled_at <= now - LEFT_AFTER)
    if (await conn.execute(still)).scalar_one_or_none() is None:
        return True
    if await _erase_periodic(conn, tenant, member, now):
        return False
    gone: dict[str, object] = {"member": member}
    for table in OF_MEMBER:
        one = delete(table).where(
            _column(table, "tenant_id") == tenant, _column(table, "member_id") == member
        )
        if count := (await conn.execute(one)).rowcount:
            gone[table.__tablename__] = count
    await _sign_out(conn, Session.member_id == member)
    await _close_devices(conn, Device.member_id == member, now)
    one_member = update(Member).where(Member.id == member)
    await conn.execute(one_member.values(password_hash=None, email=None))
    await log.write(conn, tenant, What.MEMBER_ERASED, None, gone, now)
    return True


async def _erase_periodic(conn: AsyncConnection, tenant: int, member: int, now: datetime) -> int:
    """An incident's images stay with it: they are kept for what happened, not for the person."""
    mine = (Evidence.tenant_id == tenant, Evidence.member_id == member, *_periodic())
    found = (await conn.execute(select(Evidence.id).where(*mine).limit(AT_ONCE))).scalars().all()
    erased = await erase_images(conn, tenant, Evidence.id.in_(found), LEFT, now) if found else 0
    if erased:
        told = {"member": member, "images": erased}
        await log.write(conn, tenant, What.IMAGES_ERASED, None, told, now)
    return erased


def _periodic() -> tuple[ColumnElement[bool], ...]:
    return (
        Evidence.incident_id.is_(None),
        Evidence.state.in_((EvidenceState.PENDING, EvidenceState.STORED)),
    )


# ---- tenants


@dataclass(frozen=True, slots=True)
class Ended:
    tenant: int
    ended_at: datetime


async def owed(conn: AsyncConnection, now: datetime) -> list[Ended]:
    """Tenants whose contract ended a month ago or more, and of whom something is left."""
    wanted = (
        select(Tenant.id, Tenant.state_since)
        .outerjoin(Erasure, Erasure.tenant_id == Tenant.id)
        .where(
            Tenant.state == TenantState.ENDED,
            Tenant.state_since <= now,
            Erasure.erased_at.is_(None),
        )
        .order_by(Tenant.state_since)
    )
    ended = [Ended(row.id, row.state_since) for row in await conn.execute(wanted)]
    return [one for one in ended if owed_since(one.ended_at) <= now]


async def erase_people(conn: AsyncConnection, tenant: int, now: datetime) -> dict[str, int]:
    """Templates, ways to get in, mails, webhooks, whom to reach; what was erased, by table.

    Images, incidents and presence have gone before. Names stay where time records want them.
    """
    await directory_changes(conn, tenant)
    gone = {}
    for table in OF_TENANT:
        mine = delete(table).where(_column(table, "tenant_id") == tenant)
        gone[table.__tablename__] = (await conn.execute(mine)).rowcount
    await _close_devices(conn, Device.tenant_id == tenant, now)
    people = update(Member).where(Member.tenant_id == tenant)
    await conn.execute(people.values(password_hash=None, email=None))
    out = people.where(Member.disabled_at.is_(None))
    await conn.execute(out.values(disabled_at=now))
    nobody = dict.fromkeys(("name", "department", "email", "phone"), "")
    contact = {f"contact_{name}": value for name, value in nobody.items()}
    await conn.execute(update(Tenant).where(Tenant.id == tenant).values(**contact))
    return {table: count for table, count in gone.items() if count}


async def _sign_out(conn: AsyncConnection, whose: ColumnElement[bool]) -> None:
    sessions = select(Session.id).where(whose)
    for table in (KeptAnswer, ApiToken, PushSubscription):
        await conn.execute(delete(table).where(_column(table, "session_id").in_(sessions)))
    await conn.execute(delete(Session).where(whose))


async def _close_devices(conn: AsyncConnection, whose: ColumnElement[bool], now: datetime) -> None:
    """Rows stay, for consents name them."""
    open_ones = update(Device).where(whose, Device.revoked_at.is_(None))
    await conn.execute(open_ones.values(revoked_at=now))
    await conn.execute(update(Device).where(whose).values(name="", next_hash=None))


def _column(table: type[Base], name: str) -> ColumnElement[Any]:
    return table.__table__.c[name]

"""One-time links with which members set their password: invitations, and resets by mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.people import Member, Tenant
from storage.models.signin import PasswordLink
from storage.people import tokens
from storage.people.tenants import OPEN_TO_PEOPLE

LinkKind = Literal["reset", "invitation"]

# A reset lies in a mailbox that others may see (OWASP ASVS 5.0, 6.4.1); an invitation waits for
# somebody's first day.
LIFE: dict[LinkKind, timedelta] = {"reset": timedelta(minutes=30), "invitation": timedelta(days=7)}
PATHS: dict[LinkKind, str] = {"reset": "reset", "invitation": "invitation"}  # of the web app
RESETS_MAX = 3  # of a member at the same time: more would only fill a mailbox


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: int
    tenant: int
    member: int
    kind: LinkKind
    login: str
    name: str
    tenant_name: str
    expires_at: datetime


async def open_link(
    conn: AsyncConnection, tenant_id: int, member_id: int, kind: LinkKind, now: datetime
) -> str:
    """A new link's token. An invitation takes the place of an earlier one."""
    if kind == "invitation":
        await void_links(conn, member_id, now)
    token = tokens.mint()
    row = insert(PasswordLink).values(
        tenant_id=tenant_id,
        member_id=member_id,
        kind=kind,
        token_hash=tokens.digest(token),
        created_at=now,
        expires_at=now + LIFE[kind],
    )
    await conn.execute(row)
    return token


async def enough_resets(conn: AsyncConnection, member_id: int, now: datetime) -> bool:
    """Whether a mailbox has as many good reset links as it can want."""
    wanted = select(func.count()).where(
        PasswordLink.member_id == member_id,
        PasswordLink.kind == "reset",
        PasswordLink.expires_at > now,
        PasswordLink.used_at.is_(None),
    )
    return int((await conn.execute(wanted)).scalar_one()) >= RESETS_MAX


async def link_of(conn: AsyncConnection, token: str, now: datetime) -> LinkRow | None:
    """Whose password the link sets; nobody's, if it was used, is over, or its member is out."""
    wanted = (
        select(
            PasswordLink.id,
            PasswordLink.tenant_id,
            PasswordLink.member_id,
            PasswordLink.kind,
            Member.login,
            Member.name,
            Tenant.name.label("tenant_name"),
            PasswordLink.expires_at,
        )
        .join(Member, Member.id == PasswordLink.member_id)
        .join(Tenant, Tenant.id == PasswordLink.tenant_id)
        .where(*_good(token, now), Member.disabled_at.is_(None), OPEN_TO_PEOPLE)
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        return None
    return LinkRow(
        id=row.id,
        tenant=row.tenant_id,
        member=row.member_id,
        kind=row.kind,
        login=row.login,
        name=row.name,
        tenant_name=row.tenant_name,
        expires_at=row.expires_at,
    )


async def use_link(conn: AsyncConnection, token: str, now: datetime) -> bool:
    """True for exactly one caller."""
    taken = update(PasswordLink).where(*_good(token, now)).values(used_at=now)
    return (await conn.execute(taken)).rowcount == 1


async def void_links(conn: AsyncConnection, member_id: int, now: datetime) -> None:
    """No link that is out there sets this member's password."""
    out = update(PasswordLink).where(
        PasswordLink.member_id == member_id, PasswordLink.used_at.is_(None)
    )
    await conn.execute(out.values(used_at=now))


def _good(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        PasswordLink.token_hash == tokens.digest(token),
        PasswordLink.expires_at > now,
        PasswordLink.used_at.is_(None),
    )

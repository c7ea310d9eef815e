"""API tokens of integrators' programs: a session each, narrowed to scopes, shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.identity.scopes import ApiScope
from storage.errors import Missing
from storage.models.machines import ApiToken
from storage.models.people import Member, Session
from storage.people import tokens

KIND = "api"
REVOKED_FOR = timedelta(days=90)  # for so long a token that has ended is still listed


@dataclass(frozen=True, slots=True)
class NewApiToken:
    id: int
    token: str


@dataclass(frozen=True, slots=True)
class ApiTokenRow:
    """`last_used_at` is exact to a minute."""

    id: int
    name: str
    scopes: tuple[ApiScope, ...]
    member: int
    member_name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked: bool


async def add_api_token(
    conn: AsyncConnection,
    tenant: int,
    member: int,
    name: str,
    scopes: Sequence[ApiScope],
    life: timedelta,
    now: datetime,
) -> NewApiToken:
    """It acts for that member, and ends with their access."""
    token = tokens.mint()
    session = insert(Session).values(
        tenant_id=tenant,
        member_id=member,
        token_hash=tokens.digest(token),
        kind=KIND,
        created_at=now,
        expires_at=now + life,
    )
    id = (await conn.execute(session.returning(Session.id))).scalar_one()
    row = insert(ApiToken).values(
        session_id=id, tenant_id=tenant, name=name, scopes=list(dict.fromkeys(scopes))
    )
    await conn.execute(row)
    return NewApiToken(id, token)


async def api_tokens(conn: AsyncConnection, tenant: int, now: datetime) -> list[ApiTokenRow]:
    """A tenant's, those that ended lately too, the newest first."""
    wanted = (
        select(
            Session.id, ApiToken.name, ApiToken.scopes, Session.member_id,
            Member.name.label("member_name"), Session.created_at, Session.expires_at,
            Session.seen_at, Session.revoked_at,
        )
        .join(ApiToken, ApiToken.session_id == Session.id)
        .join(Member, Member.id == Session.member_id)
        .where(ApiToken.tenant_id == tenant, Session.expires_at > now - REVOKED_FOR)
        .order_by(Session.id.desc())
    )  # fmt: skip
    return [
        ApiTokenRow(
            row.id, row.name, tuple(map(ApiScope, row.scopes)), row.member_id, row.member_name,
            row.created_at, row.expires_at, row.seen_at, row.revoked_at is not None,
        )
        for row in await conn.execute(wanted)
    ]  # fmt: skip


async def revoke_api_token(conn: AsyncConnection, tenant: int, id: int, now: datetime) -> None:
    """Raise Missing if the tenant has no such token."""
    known = select(ApiToken.session_id).where(ApiToken.tenant_id == tenant)
    one = update(Session).where(
        Session.id == id, Session.id.in_(known), Session.revoked_at.is_(None)
    )
    if (await conn.execute(one.values(revoked_at=now))).rowcount != 1:
        raise Missing("token", str(id))

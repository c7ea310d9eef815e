"""The one-time link of an empty start, for the first administrator."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.people import SetupLink
from storage.people import tokens
from storage.people.tenants import any_tenant

LINK_LIFE = timedelta(hours=24)  # every start prints a new one, so a day is plenty


async def open_link(conn: AsyncConnection, now: datetime) -> str | None:
    """A new link's token, in place of every earlier one; none once there is a tenant."""
    if await any_tenant(conn):
        return None
    token = tokens.mint()
    await conn.execute(delete(SetupLink).where(SetupLink.used_at.is_(None)))
    row = insert(SetupLink).values(token_hash=tokens.digest(token), expires_at=now + LINK_LIFE)
    await conn.execute(row)
    return token


async def link_usable(conn: AsyncConnection, token: str, now: datetime) -> bool:
    """Whether the link still opens the set-up."""
    wanted = select(SetupLink.id).where(*_good(token, now))
    found = (await conn.execute(wanted)).scalar_one_or_none()
    return found is not None and not await any_tenant(conn)


async def use_link(conn: AsyncConnection, token: str, now: datetime) -> bool:
    """True for exactly one caller, and never once there is a tenant."""
    taken = update(SetupLink).where(*_good(token, now)).values(used_at=now)
    return (await conn.execute(taken)).rowcount == 1 and not await any_tenant(conn)


def _good(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SetupLink.token_hash == tokens.digest(token),
        SetupLink.expires_at > now,
        SetupLink.used_at.is_(None),
    )

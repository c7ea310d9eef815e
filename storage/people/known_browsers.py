"""Browsers in which a member has signed in before, so that others' guesses do not lock them out."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.people import Member
from storage.models.signin import KnownBrowser
from storage.people import tokens

KNOWN_FOR = timedelta(days=400)  # browsers keep no cookie longer (RFC 6265bis 5.5)
BROWSERS_MAX = 20  # of a member; the oldest give way


async def know_browser(conn: AsyncConnection, tenant_id: int, member_id: int, now: datetime) -> str:
    """A token for the browser; it opens nothing, it only has a count of guesses of its own."""
    newest = (
        select(KnownBrowser.id)
        .where(KnownBrowser.member_id == member_id, KnownBrowser.expires_at > now)
        .order_by(KnownBrowser.id.desc())
        .limit(BROWSERS_MAX - 1)
    )
    kept = list((await conn.execute(newest)).scalars())
    stale = delete(KnownBrowser).where(
        KnownBrowser.member_id == member_id, KnownBrowser.id.not_in(kept)
    )
    await conn.execute(stale)
    token = tokens.mint()
    row = insert(KnownBrowser).values(
        tenant_id=tenant_id,
        member_id=member_id,
        token_hash=tokens.digest(token),
        created_at=now,
        expires_at=now + KNOWN_FOR,
    )
    await conn.execute(row)
    return token


async def known_browser(
    conn: AsyncConnection, tenant_id: int, login: str, token: str, now: datetime
) -> int | None:
    """The browser's id, if that member has signed in with it."""
    wanted = (
        select(KnownBrowser.id)
        .join(Member, Member.id == KnownBrowser.member_id)
        .where(
            KnownBrowser.tenant_id == tenant_id,
            KnownBrowser.token_hash == tokens.digest(token),
            KnownBrowser.expires_at > now,
            Member.login == login,
        )
    )
    return (await conn.execute(wanted)).scalar_one_or_none()


async def forget_browsers(conn: AsyncConnection, member_id: int) -> None:
    await conn.execute(delete(KnownBrowser).where(KnownBrowser.member_id == member_id))

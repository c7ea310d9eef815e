"""What has run out and is of no use to anybody: sign-ins, links, pairings, what was sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.models.base import Base
from storage.models.machines import ApiToken, KeptAnswer, Pairing
from storage.models.people import Session, SetupLink, Tenant
from storage.models.push import PushSubscription
from storage.models.signin import KnownBrowser, Mail, PasswordLink, Totp
from storage.models.webhooks import WebhookDelivery
from storage.people.api_tokens import REVOKED_FOR
from storage.people.sessions import KNOWN_FOR
from storage.webhooks.log import KEPT_FOR

AT_ONCE = 1_000  # rows a transaction
DAY = timedelta(days=1)
SENT_FOR = timedelta(days=30)  # long enough to ask what became of a mail

Over = Callable[[datetime], ColumnElement[bool]]


def _session(now: datetime) -> ColumnElement[bool]:
    """From where somebody has signed in of late is asked at the next sign-in."""
    past = now - KNOWN_FOR
    return and_(
        or_(Session.expires_at < past, Session.revoked_at < past),
        ~exists().where(ApiToken.session_id == Session.id),
    )


def _push(now: datetime) -> ColumnElement[bool]:
    """Who is not signed in there any more is not told there."""
    ended = or_(Session.expires_at < now, Session.revoked_at < now)
    return exists().where(Session.id == PushSubscription.session_id, ended)


def _api_token(now: datetime) -> ColumnElement[bool]:
    ended = Session.expires_at < now - REVOKED_FOR
    return exists().where(Session.id == ApiToken.session_id, ended)


def _mail(now: datetime) -> ColumnElement[bool]:
    past = now - SENT_FOR
    return or_(Mail.sent_at < past, Mail.failed_at < past)


def _delivery(now: datetime) -> ColumnElement[bool]:
    """What is still to be told is left alone; the tenants are named for the sake of the index."""
    return and_(
        WebhookDelivery.tenant_id.in_(select(Tenant.id)),
        WebhookDelivery.created_at < now - KEPT_FOR,
        WebhookDelivery.due_at.is_(None),
    )


def _totp(now: datetime) -> ColumnElement[bool]:
    """An app that was never shown to work asks nobody for a code."""
    return and_(Totp.confirmed_at.is_(None), Totp.created_at < now - DAY)


OVER: tuple[tuple[type[Base], str, Over], ...] = (
    (KeptAnswer, "id", lambda now: KeptAnswer.expires_at < now),
    (ApiToken, "session_id", _api_token),
    (PushSubscription, "id", _push),
    (Session, "id", _session),
    (PasswordLink, "id", lambda now: PasswordLink.expires_at < now - DAY),
    (SetupLink, "id", lambda now: SetupLink.expires_at < now - DAY),
    (KnownBrowser, "id", lambda now: KnownBrowser.expires_at < now),
    (Pairing, "id", lambda now: Pairing.expires_at < now - DAY),
    (Mail, "id", _mail),
    (WebhookDelivery, "id", _delivery),
    (Totp, "member_id", _totp),
)


async def clear(engine: AsyncEngine, now: datetime) -> dict[str, int]:
    """Delete it, some rows at a time; how many by table."""
    gone: dict[str, int] = {}
    for table, name, over in OVER:
        key = table.__table__.c[name]
        while count := await _some(engine, table, key, over(now)):
            gone[table.__tablename__] = gone.get(table.__tablename__, 0) + count
    return gone


async def _some(engine: AsyncEngine, table: type[Base], key: Any, over: ColumnElement[bool]) -> int:
    async with engine.connect() as conn:
        ids = (await conn.execute(select(key).where(over).limit(AT_ONCE))).scalars().all()
    if ids:
        async with engine.begin() as conn:
            await _deleted(conn, table, key, ids, over)
    return len(ids)


async def _deleted(
    conn: AsyncConnection, table: type[Base], key: Any, ids: Any, over: ColumnElement[bool]
) -> None:
    await conn.execute(delete(table).where(key.in_(ids), over))

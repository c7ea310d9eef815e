"""Which browsers are told by Web Push, and what is on its way to them.

A message waits in the outbox that mail has, with the same ladder; it is a row for each browser.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.notices.texts import Told
from hub.webpush import Browser
from storage.models.people import Member, Session
from storage.models.push import PushSubscription
from storage.outgoing import mails
from storage.sealing.sealed import About, Box

# For how long a push service keeps it for a browser that is closed: what is urgent is old soon.
URGENT_FOR, OTHER_FOR = timedelta(hours=4), timedelta(hours=24)
LETTERS_MAX = 300  # four bytes each at most, so that it fits into one record


class Note(Struct, frozen=True):
    """What the browser shows, and where a click leads; nothing else travels."""

    title: str
    text: str
    path: str
    tag: str
    at: float
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that is told; `sealed` is where and with which keys."""

    id: int
    tenant: int
    member: int
    sealed: bytes
    created_at: datetime

    def opened(self, box: Box) -> Browser:
        """Raise what `Box.open` raises."""
        return msgspec.json.decode(box.open(self._about, self.sealed), type=Browser)

    @property
    def _about(self) -> About:
        return About("push", self.member, self.created_at)


async def subscribe(
    conn: AsyncConnection, box: Box, member: int, session: int, browser: Browser, now: datetime
) -> None:
    """This browser is told from now on, what the member is told; and nobody else by it."""
    digest = hashlib.sha256(browser.endpoint.encode()).digest()
    before = or_(PushSubscription.session_id == session, PushSubscription.endpoint_hash == digest)
    await conn.execute(delete(PushSubscription).where(before))
    plain = msgspec.json.encode(browser)
    row = insert(PushSubscription).values(
        tenant_id=box.tenant,
        member_id=member,
        session_id=session,
        endpoint_hash=digest,
        sealed=box.seal(About("push", member, now), plain),
        created_at=now,
    )
    await conn.execute(row)


async def unsubscribe(conn: AsyncConnection, tenant: int, session: int) -> bool:
    """Whether there was anything to end."""
    mine = delete(PushSubscription).where(*_of(tenant, session))
    return (await conn.execute(mine)).rowcount > 0


async def subscribed(conn: AsyncConnection, tenant: int, session: int) -> bool:
    wanted = select(PushSubscription.id).where(*_of(tenant, session))
    return (await conn.execute(wanted)).first() is not None


async def subscription(
    conn: AsyncConnection, tenant: int, id: int, now: datetime
) -> Subscription | None:
    """The browser, as long as its member is signed in there."""
    one = PushSubscription.id == id, PushSubscription.tenant_id == tenant
    wanted = _ROW.where(*one, *_signed_in(now))
    row = (await conn.execute(wanted)).mappings().one_or_none()
    return Subscription(**row) if row else None


async def forget(conn: AsyncConnection, tenant: int, id: int) -> None:
    """The push service says that there is no such browser any more."""
    one = PushSubscription.id == id, PushSubscription.tenant_id == tenant
    await conn.execute(delete(PushSubscription).where(*one))


def _of(tenant: int, session: int) -> tuple[ColumnElement[bool], ...]:
    return (PushSubscription.tenant_id == tenant, PushSubscription.session_id == session)


def _signed_in(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Session.expires_at > now,
        Session.revoked_at.is_(None),
        Member.disabled_at.is_(None),
    )


_ROW = (
    select(
        PushSubscription.id,
        PushSubscription.tenant_id.label("tenant"),
        PushSubscription.member_id.label("member"),
        PushSubscription.sealed,
        PushSubscription.created_at,
    )
    .join(Session, Session.id == PushSubscription.session_id)
    .join(Member, Member.id == PushSubscription.member_id)
)


async def enqueue(
    conn: AsyncConnection, box: Box, tenant_id: int, told: Sequence[Told], now: datetime
) -> None:
    """Tell the browsers of these members once this transaction is committed."""
    members = {one.member for one in told}
    wanted = _ROW.where(
        PushSubscription.tenant_id == tenant_id,
        PushSubscription.member_id.in_(members),
        *_signed_in(now),
    )
    browsers = (await conn.execute(wanted)).all() if members else []
    for one in told:
        text = msgspec.json.encode(note(one)).decode()
        for id in (row.id for row in browsers if row.member == one.member):
            await mails.enqueue(
                conn,
                box,
                recipient="",
                subject="",
                text=text,
                now=now,
                life=URGENT_FOR if one.urgent else OTHER_FOR,
                push=id,
            )


def note(told: Told) -> Note:
    return Note(
        title=told.title[:LETTERS_MAX],
        text=told.text[:LETTERS_MAX],
        path=told.path,
        tag=told.tag,
        at=told.at.timestamp(),
        urgent=told.urgent,
    )

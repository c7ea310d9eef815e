"""The outbox of mail and of Web Push: what is to be sent, when the next attempt is due, and what
became of it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.signin import Mail
from storage.sealing.sealed import About, Box

ERROR_MAX_CHARS = 1_000
SUBJECT_MAX_CHARS = 200
CLAIM = timedelta(seconds=120)  # twice an attempt's limit: a living claimant is done by then

# The n-th wait comes before the n-th attempt; RFC 5321 4.5.4.1 asks for 30 minutes in the long run
# and four to five days in all, but what is mailed here is old news sooner.
LADDER = tuple(timedelta(seconds=wait_s) for wait_s in (0, 30, 120, 600, 1800, 3600, 7200, 14_400))


@dataclass(frozen=True, slots=True)
class Due:
    """A mail whose next attempt is due, or a message to the browser `push`; `text` is sealed."""

    id: int
    tenant: int
    message_id: str
    recipient: str
    subject: str
    text: bytes
    created_at: datetime
    attempts: int
    expires_at: datetime
    push: int | None = None

    @property
    def kind(self) -> str:
        return "mail" if self.push is None else "push"

    def opened(self, box: Box) -> str:
        """Its text; raise what `Box.open` raises."""
        return box.open(_about(self.tenant, self.created_at), self.text).decode()


async def enqueue(
    conn: AsyncConnection,
    box: Box,
    *,
    recipient: str,
    subject: str,
    text: str,
    now: datetime,
    life: timedelta,
    push: int | None = None,
) -> None:
    """Send a mail once this transaction is committed; not any more when its `life` is over.

    With `push` it is for that browser, and nobody's mail.
    """
    row = insert(Mail).values(
        tenant_id=box.tenant,
        message_id=secrets.token_hex(16),
        recipient=recipient,
        subject=subject[:SUBJECT_MAX_CHARS],
        text=box.seal(_about(box.tenant, now), text.encode()),
        created_at=now,
        due_at=now,
        expires_at=now + life,
        push_id=push,
    )
    await conn.execute(row)


async def due(
    conn: AsyncConnection, now: datetime, limit: int, *, pushes: bool = False
) -> list[Due]:
    """The mails to try now, or what browsers are to be told; the longest due first."""
    which = Mail.push_id.is_not(None) if pushes else Mail.push_id.is_(None)
    wanted = (
        select(
            Mail.id,
            Mail.tenant_id.label("tenant"),
            Mail.message_id,
            Mail.recipient,
            Mail.subject,
            Mail.text,
            Mail.created_at,
            Mail.attempts,
            Mail.expires_at,
            Mail.push_id.label("push"),
        )
        .where(which, Mail.due_at <= now, Mail.text.is_not(None), _free(now))
        .order_by(Mail.due_at, Mail.id)
        .limit(limit)
    )
    return [Due(**row) for row in (await conn.execute(wanted)).mappings()]


async def claim(conn: AsyncConnection, mail_id: int, now: datetime) -> bool:
    """Take one mail for this attempt: true for one caller only; a dead one's comes free."""
    taken = update(Mail).where(Mail.id == mail_id, Mail.due_at <= now, _free(now))
    return (await conn.execute(taken.values(claimed_until=now + CLAIM))).rowcount == 1


async def sent(conn: AsyncConnection, mail_id: int, now: datetime) -> None:
    """The server has it; what it said is needed no more."""
    await _end(conn, mail_id, sent_at=now, last_error=None)


async def failed(
    conn: AsyncConnection,
    tried: Due,
    now: datetime,
    error: str,
    *,
    final: bool = False,
    wait: timedelta | None = None,
) -> bool:
    """The attempt failed: try again by the ladder, or never; whether it will be tried again.

    `wait` is for how long the other side asked to be left alone.
    """
    attempts, said = tried.attempts + 1, error[:ERROR_MAX_CHARS]
    again = None if final else next_attempt(attempts, now, tried.expires_at, wait)
    if again is None:
        await _end(conn, tried.id, failed_at=now, last_error=said)
        return False
    later = update(Mail).where(Mail.id == tried.id)
    await conn.execute(
        later.values(attempts=attempts, due_at=again, claimed_until=None, last_error=said)
    )
    return True


def next_attempt(
    attempts: int, now: datetime, expires_at: datetime, wait: timedelta | None = None
) -> datetime | None:
    """When to try again after so many attempts; None = there is no use in it."""
    if attempts >= len(LADDER):
        return None
    again = now + max(LADDER[attempts], wait or timedelta())
    return again if again < expires_at else None


async def _end(conn: AsyncConnection, mail_id: int, **values: object) -> None:
    one = update(Mail).where(Mail.id == mail_id)
    await conn.execute(
        one.values(attempts=Mail.attempts + 1, due_at=None, claimed_until=None, text=None, **values)
    )


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(Mail.claimed_until.is_(None), Mail.claimed_until < now)


def _about(tenant_id: int, at: datetime) -> About:
    return About("mail", tenant_id, at)

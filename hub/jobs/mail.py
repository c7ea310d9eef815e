"""The postman: any number of copies take mail from the outbox to the mail server, each mail once.

Once, unless a copy dies between the server's word and the record's: then it comes twice with one
Message-ID, by which mailboxes know it for the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial

import aiosmtplib
from asyncpg import InterfaceError, PostgresError
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.identity.mail_server import Guard, MailServer
from hub.live.tasks import still_wanted
from storage.outgoing import mails
from storage.outgoing.mails import Due
from storage.sealing.keys import Destroyed, Keys
from storage.sealing.sealed import Unreadable

EVERY_S = 2.0  # who waits for a link waits a few seconds for the mail anyway
AT_ONCE = 20
WITHIN_S = 45.0
DATABASE_ERRORS = (SQLAlchemyError, OSError, PostgresError, InterfaceError)
PERMANENT = range(500, 600)  # RFC 5321 4.2.1: it will be refused again

log = logging.getLogger(__name__)

ATTEMPTS = Counter("zaiseki_mail_attempts", "Attempts to send a mail, by outcome", ["outcome"])


class Refused(Exception):
    """The server will not have it; `final` if trying again is of no use, else perhaps later."""

    def __init__(self, said: str, *, final: bool, wait: timedelta | None = None) -> None:
        super().__init__(said)
        self.final = final
        self.wait = wait


Attempt = Callable[[Due], Awaitable[Refused | None]]


async def post_due(engine: AsyncEngine, keys: Keys, server: MailServer) -> None:
    """Try every mail that is due, one after the other."""
    try:
        async with engine.connect() as conn:
            found = await mails.due(conn, utc_now(), AT_ONCE)
        for one in found:
            outcome = await tried(engine, one, partial(_attempt, keys, server))
            if outcome:
                ATTEMPTS.labels(outcome).inc()
    except DATABASE_ERRORS as error:
        still_wanted()
        log.error("mail waits for the database: %s", one_line(error))


async def tried(engine: AsyncEngine, due: Due, attempt: Attempt) -> str | None:
    """Claim one of the outbox, make the attempt, write down what came of it; that in one word.

    None if another process has claimed it.
    """
    async with engine.begin() as conn:
        if not await mails.claim(conn, due.id, utc_now()):
            return None
    failure = await attempt(due)
    async with engine.begin() as conn:
        if failure is None:
            await mails.sent(conn, due.id, utc_now())
            return "sent"
        final, said, wait = failure.final, one_line(failure), failure.wait
        again = await mails.failed(conn, due, utc_now(), said, final=final, wait=wait)
    outcome = "retried" if again else "failed"
    log.warning("%s %s: %s (%s)", due.kind, due.message_id, outcome, said)
    return outcome


async def _attempt(keys: Keys, server: MailServer, due: Due) -> Refused | None:
    if due.expires_at <= utc_now():
        return Refused("it was not sent in time", final=True)
    try:
        text = due.opened(await keys.box(due.tenant))
        await send(server, message(server, due, text))
    except (Destroyed, Unreadable) as lost:
        return Refused(one_line(lost), final=True)
    except Refused as refused:
        return refused
    return None


def message(server: MailServer, due: Due, text: str) -> EmailMessage:
    """The mail as it travels (RFC 5322); it says that a program wrote it (RFC 3834)."""
    mail = EmailMessage()
    mail["From"] = server.sender
    mail["To"] = due.recipient
    mail["Subject"] = due.subject
    mail["Date"] = format_datetime(due.created_at)
    domain = server.sender.rpartition("@")[2].strip(" >")
    mail["Message-ID"] = f"<{due.message_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


async def send(server: MailServer, mail: EmailMessage) -> None:
    """Raise Refused, for now or for good."""
    try:
        async with asyncio.timeout(WITHIN_S), connected(server) as smtp:
            await smtp.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = [one.code for one in refused.recipients]
        final = all(code in PERMANENT for code in codes)
        raise Refused(one_line(refused), final=final) from None
    except aiosmtplib.SMTPResponseException as refused:
        ours = isinstance(refused, aiosmtplib.SMTPAuthenticationError)  # a setting to put right
        final = refused.code in PERMANENT and not ours
        raise Refused(one_line(refused), final=final) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as failed:
        raise Refused(one_line(failed), final=False) from None


def connected(server: MailServer) -> aiosmtplib.SMTP:
    """A connection that is signed in; it is never in the clear but to this machine."""
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.name,
        password=server.password,
        use_tls=server.guard is Guard.TLS,
        start_tls=server.guard is Guard.STARTTLS,
        timeout=WITHIN_S,
    )


def utc_now() -> datetime:
    return datetime.now(UTC)


def one_line(error: BaseException) -> str:
    lines = f"{type(error).__name__}: {error}".splitlines()
    return lines[0]

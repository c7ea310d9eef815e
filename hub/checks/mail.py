"""Does the mail server take our mail? Asked without sending any."""

import asyncio
import ssl

import aiosmtplib

from hub.checks import Finding, fail, first_line, ok
from hub.jobs.mail import connected
from hub.settings import Settings

PART = "mail"
WITHIN_S = 10.0


async def mail(settings: Settings) -> list[Finding]:
    """Only where one is set: without, links are told on screen, and nobody resets by mail."""
    server = settings.mail
    if server is None:
        return []
    where = f"{server.host}:{server.port}"
    try:
        async with asyncio.timeout(WITHIN_S), connected(server) as smtp:
            await smtp.mail(server.sender)
            await smtp.rset()
    except aiosmtplib.SMTPAuthenticationError as wrong:
        said = f"{where} refuses the name or the password ({first_line(wrong)}); see ZAISEKI_SMTP"
        return [fail(PART, said)]
    except aiosmtplib.SMTPSenderRefused as wrong:
        said = f"{where} refuses the sender {server.sender} ({first_line(wrong)})"
        return [fail(PART, f"{said}; see ZAISEKI_MAIL_FROM")]
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError, TimeoutError, ValueError) as wrong:
        said = f"{where} cannot be used ({first_line(wrong)}); see ZAISEKI_SMTP"
        return [fail(PART, said)]
    return [ok(PART, f"{where} takes mail from {server.sender}")]

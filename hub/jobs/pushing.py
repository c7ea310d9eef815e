"""Tells browsers by Web Push (RFC 8030): any number of copies, over the outbox that mail has."""

import asyncio
import hashlib
import logging
import secrets
from datetime import datetime

import httpx2
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.mail import DATABASE_ERRORS, Refused, one_line, tried, utc_now
from hub.jobs.posting import Answer, Letter, Poster
from hub.live.tasks import still_wanted
from hub.webpush import (
    PLAIN_MAX_BYTES,
    SALT_BYTES,
    BadSubscription,
    Browser,
    authorization,
    sealed,
    text_of,
)
from storage.outgoing import mails, pushes
from storage.outgoing.mails import Due
from storage.outgoing.pushes import Note
from storage.sealing.keys import Destroyed, Keys
from storage.sealing.masters import MasterProblem
from storage.sealing.sealed import Unreadable
from storage.sealing.vapid import private_key

EVERY_S = 2.0
AT_ONCE = 20  # at the same time: a push service that hangs holds up no other browser for long
TOPIC_CHARS = 32  # RFC 8030 5.4
GONE = (404, 410)  # RFC 8030 7.3: the browser has unsubscribed, or is no more
LATER = (408, 425, 429)  # of 4xx; all others would be said again

log = logging.getLogger(__name__)

ATTEMPTS = Counter("zaiseki_push_attempts", "Attempts to tell a browser, by outcome", ["outcome"])


class Pusher:
    """`subject` is how a push service reaches whoever runs this hub (RFC 8292 2.1)."""

    def __init__(self, engine: AsyncEngine, keys: Keys, poster: Poster, subject: str) -> None:
        self._engine = engine
        self._keys = keys
        self._poster = poster
        self._subject = subject
        self._key: ec.EllipticCurvePrivateKey | None = None

    async def push_due(self) -> None:
        """Try everything that is due, some at once."""
        try:
            async with self._engine.connect() as conn:
                found = await mails.due(conn, utc_now(), AT_ONCE, pushes=True)
            for outcome in await asyncio.gather(*map(self._try, found)):
                if outcome:
                    ATTEMPTS.labels(outcome).inc()
        except DATABASE_ERRORS as error:
            still_wanted()
            log.error("push waits for the database: %s", one_line(error))

    async def _try(self, due: Due) -> str | None:
        return await tried(self._engine, due, self._attempt)

    async def _attempt(self, due: Due) -> Refused | None:
        now = utc_now()
        if due.push is None or due.expires_at <= now:
            return Refused("it was not sent in time", final=True)
        async with self._engine.connect() as conn:
            found = await pushes.subscription(conn, due.tenant, due.push, now)
        if found is None:
            return Refused("nobody is signed in there any more", final=True)
        try:
            box = await self._keys.box(due.tenant)
            browser, text = found.opened(box), due.opened(box).encode()
            letter = written(due, browser, text, await self._private(), self._subject, now)
        except (Destroyed, Unreadable, BadSubscription) as lost:
            return Refused(one_line(lost), final=True)
        except MasterProblem as closed:
            return Refused(one_line(closed), final=False)
        answer = await self._poster.send(letter, now)
        if answer.status in GONE:
            async with self._engine.begin() as conn:
                await pushes.forget(conn, due.tenant, found.id)
        return refusal(answer)

    async def _private(self) -> ec.EllipticCurvePrivateKey:
        if self._key is None:
            self._key = await private_key(self._keys)
        return self._key


def written(
    due: Due,
    browser: Browser,
    text: bytes,
    key: ec.EllipticCurvePrivateKey,
    subject: str,
    now: datetime,
) -> Letter:
    """The message as it is posted; raise BadSubscription."""
    note = msgspec.json.decode(text, type=Note)
    if len(text) > PLAIN_MAX_BYTES:
        raise BadSubscription(f"a message has at most {PLAIN_MAX_BYTES} bytes")
    own, salt = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(SALT_BYTES)
    headers = {
        "authorization": authorization(origin_of(browser.endpoint), subject, key, now),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(int((due.expires_at - now).total_seconds())),
        "urgency": "high" if note.urgent else "normal",
        "topic": topic(note.tag),
    }
    return Letter(browser.endpoint, headers, sealed(text, browser, own, salt), f"push {due.id}")


def topic(tag: str) -> str:
    """What replaces each other while it waits; the service learns no more than that."""
    return text_of(hashlib.sha256(tag.encode()).digest())[:TOPIC_CHARS]


def origin_of(endpoint: str) -> str:
    """The push service, as a token names its audience (RFC 8292 2)."""
    url = httpx2.URL(endpoint)
    return f"{url.scheme}://{url.netloc.decode()}"


def refusal(answer: Answer) -> Refused | None:
    """What an answer means; None = the push service has it."""
    status = answer.status
    if answer.ok:
        return None
    said = f"HTTP {status} {answer.said}".strip() if status else answer.said
    final = status is not None and 400 <= status < 500 and status not in LATER
    return Refused(said, final=final, wait=answer.wait)


def subject_of(url: str, sender: str) -> str:
    """Ours over https, else who sends our mail."""
    domain = sender.rpartition("@")[2].strip(" >")
    return url if url.startswith("https:") else f"mailto:postmaster@{domain or 'localhost'}"

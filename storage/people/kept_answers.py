"""Answers that are kept for a day, so that who asks twice with one key is answered once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.models.machines import KeptAnswer
from storage.sealing.sealed import About, Box

KEPT_FOR = timedelta(hours=24)
KEYS_MAX = 10_000  # of one sign-in in that time: one every nine seconds, all day


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what: a sign-in, the digest of its key, and that of the request."""

    tenant: int
    session: int
    key: bytes
    fingerprint: bytes


class Answer(msgspec.Struct, frozen=True):
    """What was answered the first time; it is kept sealed, for it may hold a secret."""

    status: int
    media: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier request with that key; `sealed` is its answer, if it has one by now."""

    fingerprint: bytes
    created_at: datetime
    sealed: bytes | None

    def answer(self, box: Box, session: int) -> Answer | None:
        """Raise Unreadable."""
        if self.sealed is None:
            return None
        plain = box.open(_about(session, self.created_at), self.sealed)
        return msgspec.msgpack.decode(plain, type=Answer)


class TooManyKeys(Exception):
    """One sign-in has used more keys in a day than are kept for it."""


async def begin(engine: AsyncEngine, asked: Asked, now: datetime) -> Known | None:
    """Take the key: None for one caller only, for everybody else what is known of the first.

    Raise TooManyKeys.
    """
    async with engine.begin() as conn:
        await _forget_old(conn, asked, now)
        if await _count(conn, asked) >= KEYS_MAX:
            raise TooManyKeys
    row = insert(KeptAnswer).values(
        tenant_id=asked.tenant,
        session_id=asked.session,
        key_digest=asked.key,
        fingerprint=asked.fingerprint,
        created_at=now,
        expires_at=now + KEPT_FOR,
    )
    try:
        async with engine.begin() as conn:
            await conn.execute(row)
    except IntegrityError:
        async with engine.connect() as conn:
            return await _known(conn, asked, now)
    return None


async def keep(conn: AsyncConnection, box: Box, asked: Asked, answer: Answer) -> None:
    """From now on this is what is answered to the key."""
    mine = _mine(asked)
    at = (await conn.execute(select(KeptAnswer.created_at).where(*mine))).scalar_one()
    sealed = box.seal(_about(asked.session, at), msgspec.msgpack.encode(answer))
    await conn.execute(update(KeptAnswer).where(*mine).values(sealed=sealed))


async def let_go(conn: AsyncConnection, asked: Asked) -> None:
    """Nothing came of it: the key is as good as new."""
    await conn.execute(delete(KeptAnswer).where(*_mine(asked)))


async def _forget_old(conn: AsyncConnection, asked: Asked, now: datetime) -> None:
    await conn.execute(delete(KeptAnswer).where(*_mine(asked), KeptAnswer.expires_at <= now))


async def _count(conn: AsyncConnection, asked: Asked) -> int:
    of_session = (
        select(KeptAnswer.id).where(KeptAnswer.session_id == asked.session).limit(KEYS_MAX)
    ).subquery()
    return (await conn.execute(select(func.count()).select_from(of_session))).scalar_one()


async def _known(conn: AsyncConnection, asked: Asked, now: datetime) -> Known:
    wanted = select(KeptAnswer.fingerprint, KeptAnswer.created_at, KeptAnswer.sealed)
    row = (await conn.execute(wanted.where(*_mine(asked)))).one_or_none()
    if row is None:  # it has just been let go: for this caller it was in flight
        return Known(asked.fingerprint, now, None)
    return Known(row.fingerprint, row.created_at, row.sealed)


def _mine(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return KeptAnswer.session_id == asked.session, KeptAnswer.key_digest == asked.key


def _about(session: int, at: datetime) -> About:
    return About("answer", session, at)

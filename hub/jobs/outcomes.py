"""Writes down what came of webhook attempts, of many in one transaction.

One commit costs as much as a group of twenty, and a database that is busy or away for a moment
must not make a delivered message come twice.
"""

import asyncio
import logging
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

from asyncpg import InterfaceError, PostgresError
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.settling import Tried, settle_all
from hub.live.tasks import still_wanted
from storage.webhooks.times import Times

GROUP = 64  # outcomes a transaction; no more attempts are in flight in one process
AGAIN_S = 1.0  # while the database does not answer
DATABASE_ERRORS = (SQLAlchemyError, OSError, PostgresError, InterfaceError)

log = logging.getLogger(__name__)

ATTEMPTS = Counter("zaiseki_webhook_attempts", "Attempts to deliver, by outcome", ["outcome"])
LATENCY = Histogram("zaiseki_webhook_delivery_seconds", "From the outbox to the receiver's 2xx")


@dataclass(slots=True, eq=False)
class _Waiting:
    tried: Tried
    written: asyncio.Future[str]


@dataclass
class Outcomes:
    """Groups form by themselves: whatever comes while one is written is the next."""

    engine: AsyncEngine
    times: Times
    _waiting: list[_Waiting] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, tried: Tried) -> None:
        """Return once it is durable, or when it is too late: then it will be sent again."""
        one = _Waiting(tried, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._more.set()
        try:
            async with asyncio.timeout(self.times.record.total_seconds()):
                outcome = await one.written
        except TimeoutError:
            log.error("webhook %s: outcome lost, it will be sent again", tried.due.message_id)
            return
        note(tried, outcome)

    async def run(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                await self._write_some()

    async def _write_some(self) -> None:
        self._waiting = [one for one in self._waiting if not one.written.done()]
        group = self._waiting[:GROUP]
        if not group:
            return
        try:
            async with self.engine.begin() as conn:
                tried = [one.tried for one in group]
                outcomes = await settle_all(conn, tried, utc_now(), random.random, self.times)
        except DATABASE_ERRORS as error:
            still_wanted()
            for one in group:
                id, said = one.tried.due.message_id, one_line(error)
                log.error("webhook %s waits for the database: %s", id, said)
            await asyncio.sleep(AGAIN_S)
            return
        del self._waiting[: len(group)]
        for one, outcome in zip(group, outcomes, strict=True):
            if not one.written.done():
                one.written.set_result(outcome)


def utc_now() -> datetime:
    return datetime.now(UTC)


def note(tried: Tried, outcome: str) -> None:
    due, answer = tried.due, tried.answer
    ATTEMPTS.labels(outcome).inc()
    if answer.ok:
        LATENCY.observe((utc_now() - due.created_at).total_seconds())
        return
    told = (due.message_id, due.endpoint_id, outcome, answer.said)
    log.info("webhook %s to endpoint %d: %s (%s)", *told)


def one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]

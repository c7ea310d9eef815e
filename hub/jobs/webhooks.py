"""The dispatcher of webhooks: any number of copies deliver from the outbox, each message once."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asyncpg import InterfaceError, PostgresError
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.jobs.addresses import Network
from hub.jobs.posting import Answer, Poster
from hub.live.tasks import still_wanted
from storage.outgoing import webhooks as outbox
from storage.outgoing.webhooks import Due
from storage.sealing.keys import Destroyed, Keys
from storage.sealing.masters import MasterProblem
from storage.sealing.sealed import Unreadable

IN_FLIGHT = 64  # attempts at once in this process
LANE = 4  # of them to an endpoint whose last attempt succeeded, else 1: the silent hold up no other
IDLE_MIN_S = 0.05
IDLE_MAX_S = 1.0
RECORD_WITHIN_S = 30.0  # well inside the claim: nobody else sends it meanwhile

GONE = 410
DATABASE_ERRORS = (SQLAlchemyError, OSError, PostgresError, InterfaceError)

log = logging.getLogger(__name__)

ATTEMPTS = Counter("zaiseki_webhook_attempts", "Attempts to deliver, by outcome", ["outcome"])
LATENCY = Histogram("zaiseki_webhook_delivery_seconds", "From the outbox to the receiver's 2xx")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Lane:
    """What this process knows of an endpoint: attempts in flight, its health, its wish for rest."""

    flying: int = 0
    healthy: bool = False
    rests_until: datetime | None = None

    def room(self, now: datetime) -> int:
        """How many more attempts may start now."""
        if self.rests_until and now < self.rests_until:
            return 0
        return max(0, (LANE if self.healthy else 1) - self.flying)

    def learn(self, answer: Answer, now: datetime) -> None:
        self.healthy = answer.ok
        self.rests_until = now + answer.wait if answer.wait else None


class Dispatcher:
    """Claims what is due, starts the attempts, records what came of them."""

    def __init__(
        self,
        engine: AsyncEngine,
        keys: Keys,
        poster: Poster,
        attempts: asyncio.TaskGroup,
        bell: asyncio.Event,
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._poster = poster
        self._attempts = attempts
        self._bell = bell
        self._lanes: dict[int, Lane] = {}

    async def run(self) -> None:
        idle_s = IDLE_MIN_S
        while True:
            self._bell.clear()
            try:
                idle_s = IDLE_MIN_S if await self.start_due() else min(idle_s * 2, IDLE_MAX_S)
            except DATABASE_ERRORS as error:
                still_wanted()
                log.error("webhooks wait for the database: %s", _one_line(error))
                await asyncio.sleep(IDLE_MAX_S)
            await _rung(self._bell, idle_s)

    async def start_due(self) -> bool:
        """Start attempts until nothing more is due or there is no room; whether any began."""
        began = False
        while claimed := await self._claim_some(utc_now()):
            began = True
            for due in claimed:
                self._lane(due).flying += 1
                self._attempts.create_task(self._attempt(due))
        return began

    async def _claim_some(self, now: datetime) -> list[Due]:
        room = IN_FLIGHT - sum(lane.flying for lane in self._lanes.values())
        if room <= 0:
            return []
        full = [endpoint for endpoint, lane in self._lanes.items() if not lane.room(now)]
        async with self._engine.connect() as conn:
            found = await outbox.due(conn, now, room, skip=full)
        chosen = self._fair(found, now)
        if not chosen:
            return []
        async with self._engine.begin() as conn:
            return [due for due in chosen if await outbox.claim(conn, due.id, now)]

    def _fair(self, found: Sequence[Due], now: datetime) -> list[Due]:
        """No more to each endpoint than its lane has room for."""
        room = {due.endpoint_id: self._lane(due).room(now) for due in found}
        chosen = []
        for due in found:
            if room[due.endpoint_id]:
                room[due.endpoint_id] -= 1
                chosen.append(due)
        return chosen

    def _lane(self, due: Due) -> Lane:
        return self._lanes.setdefault(due.endpoint_id, Lane())

    async def _attempt(self, due: Due) -> None:
        lane = self._lane(due)
        try:
            answer = await self._answer(due)
            lane.learn(answer, utc_now())
            await self._record(due, answer)
        finally:
            lane.flying -= 1
            self._bell.set()

    async def _answer(self, due: Due) -> Answer:
        try:
            return await self._poster.post(await outbox.opened(self._keys, due), utc_now())
        except (Unreadable, Destroyed, MasterProblem) as closed:
            return Answer(None, f"the secret cannot be opened: {closed}")

    async def _record(self, due: Due, answer: Answer) -> None:
        """A short outage of the database must not make a delivered message come twice."""
        try:
            async with asyncio.timeout(RECORD_WITHIN_S):
                while True:
                    if await self._recorded(due, answer):
                        return
                    await asyncio.sleep(IDLE_MAX_S)
        except TimeoutError:
            log.error("webhook %s: outcome lost, it will be sent again", due.message_id)

    async def _recorded(self, due: Due, answer: Answer) -> bool:
        try:
            async with self._engine.begin() as conn:
                outcome = await settle(conn, due, answer, utc_now(), random.random())
        except DATABASE_ERRORS as error:
            still_wanted()
            log.error("webhook %s waits for the database: %s", due.message_id, _one_line(error))
            return False
        ATTEMPTS.labels(outcome).inc()
        if answer.ok:
            LATENCY.observe((utc_now() - due.created_at).total_seconds())
        else:
            log.info(
                "webhook %s to endpoint %d: %s (%s)",
                due.message_id,
                due.endpoint_id,
                outcome,
                answer.said,
            )
        return True


async def run(
    engine: AsyncEngine,
    keys: Keys,
    allow: Sequence[Network] = (),
    wake: asyncio.Event | None = None,
) -> None:
    """Deliver until cancelled. Set `wake` after a commit that enqueued; it looks once a second too.

    Whatever was in flight when it is cancelled comes free again when its claim lapses.
    """
    async with Poster(allow) as poster, asyncio.TaskGroup() as attempts:
        await Dispatcher(engine, keys, poster, attempts, wake or asyncio.Event()).run()


async def settle(
    conn: AsyncConnection, due: Due, answer: Answer, now: datetime, random: float
) -> str:
    """Write down what came of an attempt, and say it in one word."""
    if answer.ok and answer.status:
        await outbox.delivered(conn, due.id, now, answer.status)
        return "delivered"
    if answer.status == GONE:
        await outbox.failed(conn, due, now, None, answer.said, answer.status)
        await outbox.disable(conn, due.endpoint_id, now, "the endpoint is gone (HTTP 410)")
        return "disabled"
    again = next_time(due.attempts + 1, now, answer.wait, random)
    await outbox.failed(conn, due, now, again, answer.said, answer.status)
    return "retried" if again else "failed"


def next_time(
    attempts: int, now: datetime, wait: timedelta | None, random: float
) -> datetime | None:
    """The ladder's next step, later if the receiver asked for more time."""
    again = outbox.next_attempt(attempts, now, random)
    return max(again, now + wait) if again and wait else again


async def _rung(bell: asyncio.Event, within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            await bell.wait()
    except TimeoutError:
        return


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]

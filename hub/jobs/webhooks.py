"""The dispatcher of webhooks: any number of copies deliver from the outbox, each message once."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.addresses import Network
from hub.jobs.outcomes import DATABASE_ERRORS, Outcomes, one_line, utc_now
from hub.jobs.posting import Answer, Lapsed, Poster
from hub.jobs.settling import Tried
from hub.live.tasks import still_wanted
from storage.sealing.keys import Destroyed, Keys
from storage.sealing.masters import MasterProblem
from storage.sealing.sealed import Unreadable
from storage.webhooks import queue
from storage.webhooks.queue import Due
from storage.webhooks.times import TIMES, Times

IN_FLIGHT = 64  # attempts at once in this process
LANE = 4  # of them to an endpoint whose last attempt succeeded, else 1: the silent hold up no other
FAILING = 32  # of them to endpoints that fail: however many are dead, half is for the living
IDLE_MIN_S = 0.05
IDLE_MAX_S = 1.0
GATHER_S = 0.01  # after a ring: what ends or comes meanwhile is asked for together


log = logging.getLogger(__name__)


@dataclass
class Lane:
    """What this process knows of an endpoint: attempts in flight, how it fared, whether it fails.

    One that was not tried here yet is not `healthy`, and `failing` only if the record says so.
    """

    flying: int = 0
    healthy: bool = False
    failing: bool = False

    @property
    def room(self) -> int:
        """How many more attempts may start now."""
        return max(0, (LANE if self.healthy else 1) - self.flying)

    def learn(self, answer: Answer) -> None:
        self.healthy = answer.ok
        self.failing = not answer.ok


class Dispatcher:
    """Claims what is due, starts the attempts, records what came of them."""

    def __init__(
        self,
        engine: AsyncEngine,
        keys: Keys,
        poster: Poster,
        attempts: asyncio.TaskGroup,
        bell: asyncio.Event,
        times: Times,
        rests: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._poster = poster
        self._attempts = attempts
        self._bell = bell
        self._times = times
        self._rests = rests
        self._lanes: dict[int, Lane] = {}
        self._outcomes = Outcomes(engine, times)

    async def run(self) -> None:
        self._attempts.create_task(self._outcomes.run())
        idle_s = IDLE_MIN_S
        while True:
            self._bell.clear()
            try:
                idle_s = IDLE_MIN_S if await self.start_due() else min(idle_s * 2, IDLE_MAX_S)
            except DATABASE_ERRORS as error:
                still_wanted()
                log.error("webhooks wait for the database: %s", one_line(error))
                await asyncio.sleep(IDLE_MAX_S)
            await _rung(self._bell, idle_s)
            await asyncio.sleep(GATHER_S)

    async def start_due(self) -> bool:
        """Start attempts until nothing more is due or there is no room; whether any began."""
        began = False
        while not self._rests() and (claimed := await self._claim_some(utc_now())):
            began = True
            for due in claimed:
                lane = self._lane(due)
                lane.flying += 1
                lane.failing = due.failing_since is not None
                self._attempts.create_task(self._attempt(due))
        return began

    async def _claim_some(self, now: datetime) -> list[Due]:
        room = IN_FLIGHT - sum(lane.flying for lane in self._lanes.values())
        if room <= 0:
            return []
        full = [endpoint for endpoint, lane in self._lanes.items() if not lane.room]
        failing = sum(lane.flying for lane in self._lanes.values() if lane.failing)
        left = FAILING - failing
        async with self._engine.connect() as conn:
            found = await queue.due(conn, now, room, each=LANE, skip=full, well_only=left <= 0)
        chosen = self._fair(found, left)
        if not chosen:
            return []
        async with self._engine.begin() as conn:
            return await queue.claim(conn, chosen, now, self._times)

    def _fair(self, found: Sequence[Due], failing: int) -> list[Due]:
        """No more to each endpoint than its lane has room for, and so many to those that fail."""
        room = {due.endpoint_id: self._lane(due).room for due in found}
        chosen = []
        for due in found:
            if not room[due.endpoint_id] or (due.failing_since and failing <= 0):
                continue
            room[due.endpoint_id] -= 1
            failing -= due.failing_since is not None
            chosen.append(due)
        return chosen

    def _lane(self, due: Due) -> Lane:
        return self._lanes.setdefault(due.endpoint_id, Lane())

    async def _attempt(self, due: Due) -> None:
        lane = self._lane(due)
        try:
            began = utc_now()
            answer = await self._answer(due, began)
            lane.learn(answer)
            await self._outcomes.write(Tried(due, answer, began))
        except Lapsed:
            log.warning("webhook %s: too late to send, it comes free", due.message_id)
        finally:
            lane.flying -= 1
            self._bell.set()

    async def _answer(self, due: Due, now: datetime) -> Answer:
        try:
            return await self._poster.post(await queue.opened(self._keys, due, now), now)
        except (Unreadable, Destroyed, MasterProblem) as closed:
            return Answer(None, f"the secret cannot be opened: {closed}", ours=True)


def never() -> bool:
    """Nothing rests."""
    return False


async def run(
    engine: AsyncEngine,
    keys: Keys,
    allow: Sequence[Network] = (),
    wake: asyncio.Event | None = None,
    times: Times = TIMES,
    rests: Callable[[], bool] = never,
) -> None:
    """Deliver until cancelled. Set `wake` after a commit that enqueued; it looks once a second too.

    Whatever was in flight when it is cancelled comes free again when its claim lapses. Nothing is
    begun while it `rests`.
    """
    bell = wake or asyncio.Event()
    async with Poster(allow, times=times) as poster, asyncio.TaskGroup() as attempts:
        await Dispatcher(engine, keys, poster, attempts, bell, times, rests).run()


async def _rung(bell: asyncio.Event, within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            await bell.wait()
    except TimeoutError:
        return

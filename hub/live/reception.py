"""Where everybody arrives: sign-in looked up for many at once, and nobody too often."""

import asyncio
import logging
import time
from collections import defaultdict

from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.live.agents import Agent
from hub.live.buckets import Buckets
from hub.live.floor import Floor
from hub.live.gathered import Gathered
from hub.live.tasks import still_wanted
from hub.live.wire import Wires
from hub.protocol.closing import TRY_LATER, Closing
from storage.database import FAULTS
from storage.seats.devices import LinkedDevice, devices_of
from storage.seats.transitions import recorded_upto

TOGETHER = 500  # look-ups in one query
CONNECTS_MAX = 30  # of one token at once; an agent that fails tries five times in its first 5 s
CONNECTS_PER_S = 1.0

log = logging.getLogger(__name__)


class Reception:
    """One per node."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.wires = Wires()
        self.turnstile = Buckets(CONNECTS_MAX, CONNECTS_PER_S)
        self._devices = Gathered(self._look_up, TOGETHER)
        self._agents = Gathered(self._welcome, TOGETHER)

    async def device(self, token: str) -> LinkedDevice | None:
        """The device that holds the token; raise what the database raises."""
        answer: asyncio.Future[LinkedDevice | None] = asyncio.get_running_loop().create_future()
        self._devices.add((token, answer))
        return await answer

    def agent(self, linked: LinkedDevice, floor: Floor, address: str) -> Agent:
        return Agent(linked, floor, self.wires, self._agents.add, address)

    async def _look_up(self, asked: list[tuple[str, asyncio.Future[LinkedDevice | None]]]) -> None:
        try:
            async with self.engine.connect() as conn:
                found = await devices_of(conn, {token for token, _ in asked})
        except FAULTS as failed:
            still_wanted()
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(failed)
            return
        for token, answer in asked:
            if not answer.done():
                answer.set_result(found.get(token))

    async def _welcome(self, agents: list[Agent]) -> None:
        """Their hellos are committed: tell them what the record has already.

        In this order: once the hello is committed, no earlier number changes the live picture.
        """
        by_floor: defaultdict[Floor, list[Agent]] = defaultdict(list)
        for agent in agents:
            by_floor[agent.floor].append(agent)
        for floor, some in by_floor.items():
            try:
                await self._welcome_to(floor, some)
            except (RedisError, *FAULTS) as failed:
                still_wanted()
                log.warning("cannot welcome agents", extra={"error": str(failed)})
                for agent in some:
                    agent.close(Closing(TRY_LATER, "the hub cannot take you now; try again"))

    async def _welcome_to(self, floor: Floor, agents: list[Agent]) -> None:
        numbered = [agent.numbered for agent in agents]
        outcomes = await floor.tenant.outcomes([device for device, _ in numbered])
        async with self.engine.connect() as conn:
            upto = await recorded_upto(conn, floor.tenant.id, numbered)
        now = time.time()
        for agent in agents:
            device, _ = agent.numbered
            agent.welcome(upto[agent.numbered], outcomes.get(device), now)

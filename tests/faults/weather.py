"""Random faults by a seed: each begins, lasts for a while, and heals by itself."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from tests.clock import until
from tests.faults.crowd import Cable, Crowd
from tests.faults.estate import Estate
from tests.faults.servers import Database
from tests.links import Link
from tests.peers import ScriptedAgent

EVERY_S = (0.3, 1.0)  # from one fault to the next
KILLED_AT_ONCE = 6
RESTARTED_WITHIN_S = 60.0

Fault = Callable[[], Awaitable[None]]


@dataclass
class Weather:
    estate: Estate
    crowd: Crowd
    database: Database
    chance: Random
    counts: Counter[str] = field(default_factory=Counter)
    broker_ill_at: float = float("-inf")  # when the broker or a way to it was last at fault
    _alone: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def blow(self, seconds: float, calm_s: float) -> None:
        """For so long, and until all has healed. For `calm_s` the broker is left alone and a few
        agents are gone: their leases must end on time, whatever happens to anything else."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as faults:
            faults.create_task(self._gone(calm_s))
            while (gone := time.monotonic() - begun) < seconds:
                kinds = self.faults + (self.broker_faults if gone > calm_s else [])
                faults.create_task(self._happen(self.chance.choice(kinds), begun + seconds))
                await asyncio.sleep(self.chance.uniform(*EVERY_S))

    async def _happen(self, fault: Fault, over: float) -> None:
        """Unless the storm was over before those of its kind that began earlier had healed."""
        name = getattr(fault, "__name__", "")
        async with self._alone.setdefault(name.split("_")[0], asyncio.Lock()):
            if time.monotonic() > over:
                return
            self.counts[name] += 1
            is_broker = fault in self.broker_faults
            if is_broker:
                self.broker_ill_at = float("inf")
            await fault()
            if is_broker:
                self.broker_ill_at = time.monotonic()

    @property
    def faults(self) -> list[Fault]:
        return [
            self.cable_cut,
            self.cable_stalled,
            self.cable_delayed,
            self.wall_cut,
            self.wall_stalled,
            self.record_line_cut,
            self.record_line_stalled,
            self.database_stalled,
            self.database_restarted,
            self.node_killed,
            self.agents_killed,
            self.agents_killed,
            self.session_doubled,
        ]

    @property
    def broker_faults(self) -> list[Fault]:
        return [
            self.broker_flushed,
            self.broker_restarted,
            self.broker_paused,
            self.broker_line_cut,
            self.broker_line_stalled,
        ]

    async def _for(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.chance.uniform(least_s, most_s))

    # ---- lines

    async def cable_cut(self) -> None:
        await self._cut(self.chance.choice(self.crowd.cables))

    async def wall_cut(self) -> None:
        await self._cut(self.chance.choice(self.crowd.wall_cables))

    async def cable_stalled(self) -> None:
        await self._stalled(self.chance.choice(self.crowd.cables))

    async def wall_stalled(self) -> None:
        await self._stalled(self.chance.choice(self.crowd.wall_cables))

    async def cable_delayed(self) -> None:
        cable = self.chance.choice(self.crowd.cables)
        cable.ill = True
        cable.line.delay(self.chance.uniform(20, 400))
        await self._for(1, 4)
        await self._healed(cable)

    async def _cut(self, cable: Cable) -> None:
        cable.line.cut()
        cable.ill_at = time.monotonic()

    async def _stalled(self, cable: Cable) -> None:
        cable.ill = True
        cable.line.stall()
        await self._for(0.5, 6)
        await self._healed(cable)

    async def _healed(self, cable: Cable) -> None:
        await cable.line.resume()
        cable.ill, cable.ill_at = False, time.monotonic()

    async def record_line_cut(self) -> None:
        self.chance.choice(self.estate.to_record).cut()

    async def record_line_stalled(self) -> None:
        await self._stall([self.chance.choice(self.estate.to_record)])

    async def broker_line_cut(self) -> None:
        self.chance.choice(self.estate.to_broker).cut()

    async def broker_line_stalled(self) -> None:
        await self._stall([self.chance.choice(self.estate.to_broker)])

    async def _stall(self, lines: list[Link]) -> None:
        for line in lines:
            line.stall()
        await self._for(0.5, 4)
        for line in lines:
            await line.resume()

    # ---- servers

    async def database_stalled(self) -> None:
        await self._stall(self.estate.to_record)

    async def database_restarted(self) -> None:
        """On this thread: the server ends with the one that began it."""
        self.chance.choice([self.database.kill, self.database.stop])()
        self.database.start()

    async def broker_flushed(self) -> None:
        await self.estate.valkey.forget()

    async def broker_restarted(self) -> None:
        self.estate.valkey.kill()
        await self._for(0, 1)
        await self.estate.valkey.start()

    async def broker_paused(self) -> None:
        self.estate.valkey.pause()
        await self._for(0.5, 3)
        self.estate.valkey.go_on()

    async def node_killed(self) -> None:
        node = self.chance.choice(self.estate.nodes)
        await node.kill()
        await self._for(0, 2)
        await until(lambda: node.started(self.estate.record), timeout_s=RESTARTED_WITHIN_S)

    # ---- agents

    async def agents_killed(self) -> None:
        """For longer than a lease or not; then they come back on their spools."""
        await self._gone(self.chance.uniform(0.5, 3 * self.crowd.timing.lease_s))

    async def _gone(self, seconds: float) -> None:
        running = [one for one in self.crowd.people if one.silent_since is None]
        chosen = self.chance.sample(running, min(KILLED_AT_ONCE, len(running)))
        killed = [person for person in chosen if await self.crowd.kill(person)]
        await asyncio.sleep(seconds)
        for person in killed:
            self.crowd.start_again(person)

    async def session_doubled(self) -> None:
        """Another run of the same device fences the first one, which is started again later."""
        running = [one for one in self.crowd.people if one.silent_since is None]
        person = self.chance.choice(running)
        other = ScriptedAgent(person.agent.url, person.agent.token)
        other.start()
        await self._for(0.5, 2)
        await other.vanish()
        if person.agent.stopped and await self.crowd.kill(person):
            self.crowd.start_again(person)

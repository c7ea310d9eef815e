"""An agent with a real spool on disk and no camera; it can be killed and started on its spool."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from agent.spool import Spool
from hub.client import Client, Stopped
from hub.protocol.agents import IncidentReport, StateReport
from hub.protocol.facts import Facts, IncidentKind, Phase, Presence, Sighting
from hub.protocol.session import AgentSession, State
from tests.clock import until
from tests.peers import NUDGE_S


class Witnessed(Spool):
    """Knows besides which numbers it has given, and up to which they were acknowledged."""

    acknowledged = 0

    def forget(self, upto: int) -> None:
        super().forget(upto)
        self.acknowledged = max(self.acknowledged, upto)

    @property
    def given(self) -> int:
        return self.next_seq() - 1


class SpooledAgent:
    """`nudge_s` is how often it asks whether a (shortened) heartbeat is due."""

    def __init__(self, url: str, token: str, folder: Path, nudge_s: float = NUDGE_S) -> None:
        self.nudge_s = nudge_s
        self.url = url
        self.token = token
        self.folder = folder
        self.spool = Witnessed(folder, time.time())
        self.stopped: Stopped | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._begin()

    def _begin(self) -> None:
        self.session = AgentSession(uuid4().hex, self.spool, "scripted")
        self.client = Client(self.session, self.url, "/ws/agent", self.token)

    @property
    def live(self) -> bool:
        return self.session.state is State.LIVE

    @property
    def quiet(self) -> bool:
        """Everything that it ever said is recorded."""
        return self.live and self.spool.backlog() == 0

    def tell(self, presence: Presence) -> None:
        self.spool.report(StateReport(0, Facts(time.time(), presence)))
        self.client.wake()

    def opens(self, kind: IncidentKind) -> None:
        now = time.time()
        sighting = Sighting(uuid4().hex, kind, now, now)
        self.spool.report(IncidentReport(0, now, Phase.OPENED, sighting))
        self.client.wake()

    def ends(self) -> None:
        """Whatever goes on is over."""
        now = time.time()
        for one in self.spool.sightings():
            over = Sighting(one.id, one.kind, one.opened_at, now, one.count, ongoing=False)
            self.spool.report(IncidentReport(0, now, Phase.ENDED, over))
        self.client.wake()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._nudge())]

    async def kill(self) -> None:
        """As kill -9: not a word, and what is on the disk stays."""
        self.session.state = State.CONNECTING  # one that has not said hello does not say bye
        await self.leave()
        self.spool.close()

    def start_again(self) -> None:
        """The same PC, a new run: another session on the same spool."""
        acknowledged = self.spool.acknowledged
        self.spool = Witnessed(self.folder, time.time())
        self.spool.acknowledged = acknowledged
        self.stopped = None
        self._begin()
        self.start()

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _run(self) -> None:
        try:
            await self.client.run()
        except Stopped as stopped:
            self.stopped = stopped

    async def _nudge(self) -> None:
        while True:
            self.client.wake()
            await asyncio.sleep(self.nudge_s)


@asynccontextmanager
async def spooled(url: str, token: str, folder: Path) -> AsyncIterator[SpooledAgent]:
    """Live when the block begins."""
    one = SpooledAgent(url, token, folder)
    one.start()
    try:
        await until(lambda: one.live)
        yield one
    finally:
        await one.leave()
        one.spool.close()

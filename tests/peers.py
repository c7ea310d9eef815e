"""Agents and boards that follow a script and speak the real protocol to a real hub."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from msgspec.structs import replace

from hub.client import Client, Stopped
from hub.protocol.agents import GapReport, IncidentReport, Report, StateReport
from hub.protocol.facts import (
    Capture,
    Facts,
    IncidentKind,
    Label,
    Phase,
    Presence,
    Reason,
    Sighting,
    Work,
)
from hub.protocol.session import AgentSession, State, WatcherSession
from hub.protocol.watchers import IncidentNews, SeatView
from tests.clock import until
from tests.memory import Spool

NUDGE_S = 0.1  # how often a scripted agent asks whether a (shortened) heartbeat is due


class ScriptedAgent:
    """An agent without a camera: it says what the test tells it to.

    `stopped` is what the hub said when coming back is of no use. `skew_s` sets its clock wrong.
    """

    def __init__(self, url: str, token: str, spool: Spool | None = None, skew_s: float = 0) -> None:
        self.spool = spool or Spool()
        self.skew_s = skew_s
        self.session = AgentSession(uuid4().hex, self.spool, "scripted")
        self.client = Client(self.session, url, "/ws/agent", token)
        self.stopped: Stopped | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def live(self) -> bool:
        return self.session.state is State.LIVE

    def clock(self) -> float:
        return time.time() + self.skew_s

    def tell(
        self,
        presence: Presence = Presence.PRESENT,
        *,
        work: Work = Work.WORKING,
        capture: Capture = Capture.ON,
        reason: Reason | None = None,
    ) -> int:
        """Report a new state; its number."""
        self.spool.current = Facts(self.clock(), presence, work, capture, reason)
        return self._report(StateReport(self.spool.number(), self.spool.current))

    def opens(self, kind: IncidentKind) -> str:
        """Report that an incident began; its id."""
        now = self.clock()
        sighting = Sighting(uuid4().hex, kind, now, now)
        self.spool.ongoing[sighting.id] = sighting
        self._report(IncidentReport(self.spool.number(), now, Phase.OPENED, sighting))
        return sighting.id

    def ends(self, id: str) -> None:
        now = self.clock()
        ended = replace(self.spool.ongoing.pop(id), seen_at=now, ongoing=False)
        self._report(IncidentReport(self.spool.number(), now, Phase.ENDED, ended))

    def loses(self, count: int) -> None:
        """Report that so much had to be overwritten."""
        now = self.clock()
        self._report(GapReport(self.spool.number(), now - count, now, count, "spool full"))

    def _report(self, report: Report) -> int:
        self.spool.reports.append(report)
        self.client.wake()
        return report.seq

    async def recorded(self) -> None:
        """Wait until everything that was reported is acknowledged."""
        await until(lambda: self.live and not self.spool.reports)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._nudge())]

    async def vanish(self) -> None:
        """Drop the connection without a word and do not come back, as kill -9 does."""
        self.session.state = State.CONNECTING  # one that has not said hello does not say bye
        await self.leave()

    async def leave(self) -> None:
        """Stop in good order."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self.client.run()
        except Stopped as stopped:
            self.stopped = stopped

    async def _nudge(self) -> None:
        while True:
            self.client.wake()
            await asyncio.sleep(NUDGE_S)


@asynccontextmanager
async def agent(
    url: str, token: str, spool: Spool | None = None, *, skew_s: float = 0, wait: bool = True
) -> AsyncIterator[ScriptedAgent]:
    """A scripted agent, live when the block begins (unless `wait` is False); says bye at its end.

    Give it the `spool` of an earlier one to be that agent started again.
    """
    one = ScriptedAgent(url, token, spool, skew_s)
    one.start()
    try:
        if wait:
            await until(lambda: one.live)
        yield one
    finally:
        await one.leave()


class ScriptedBoard:
    """A board as the terminal has it, and everything that it has shown."""

    def __init__(self, url: str, token: str) -> None:
        self.session = WatcherSession()
        self.client = Client(self.session, url, "/ws/watch", token, self._learn)
        self.shown: defaultdict[int, list[Label]] = defaultdict(list)
        self.news: list[IncidentNews] = []
        self.wholes = 0
        self.stopped: Stopped | None = None
        self._last: object = self.session.change
        self._task: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        return self.session.state is State.LIVE

    @property
    def seats(self) -> dict[int, SeatView]:
        return self.session.replica.board.seats

    @property
    def offset(self) -> int:
        return self.session.replica.board.offset

    @property
    def epoch(self) -> str:
        return self.session.replica.board.epoch

    def seat(self, member: int) -> SeatView:
        return self.seats[member]

    def label(self, member: int) -> Label | None:
        seat = self.seats.get(member)
        return seat.label if seat else None

    def phases(self, id: str) -> list[Phase]:
        """The steps of an incident in the order in which this board heard of them."""
        return [news.phase for news in self.news if news.sighting.id == id]

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def leave(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _learn(self) -> None:
        change = self.session.change
        if change is self._last:
            return
        self._last = change
        self.news += change.incidents
        self.wholes += change.whole
        for member, seat in self.seats.items():
            words = self.shown[member]
            if not words or words[-1] is not seat.label:
                words.append(seat.label)

    async def _run(self) -> None:
        try:
            await self.client.run()
        except Stopped as stopped:
            self.stopped = stopped


@asynccontextmanager
async def board(url: str, token: str, *, wait: bool = True) -> AsyncIterator[ScriptedBoard]:
    """A scripted board, with its snapshot when the block begins (unless `wait` is False)."""
    one = ScriptedBoard(url, token)
    one.start()
    try:
        if wait:
            await until(lambda: one.live)
        yield one
    finally:
        await one.leave()

"""A running hub, people in it, and scripted agents and boards that talk to it: for every test.

A typical test, on an embedded broker and record (leases last `PACE` of the real ones):

    async with running(tmp_path) as hub:
        office = await hub.office()
        mori = await office.member("mori", groups=[office.at.tokyo])
        device = await office.device(mori)
        async with agent(hub.url, device.token) as pc, board(hub.url, await office.boss()) as wall:
            pc.tell(presence=Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)
            await pc.recorded()

`running(state, database=, redis=, port=, pace=, url=)` is `zaiseki up` in this process.
`spawned(...)` takes the same and starts the command as a process; it can be killed, told to end
(`hub.ended(SIGTERM)` gives the exit code) and started again on the same state. `refused(...)` is
for a start that must fail: exit code and what it wrote. `hub.engine` is the test's own connection
to the same record. Nothing here waits by sleeping: `until` from tests.clock.
"""

import asyncio
import dataclasses
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.app import hub as hub_in_process
from hub.client import Client, Stopped
from hub.protocol.messages import (
    Capture,
    Facts,
    GapReport,
    IncidentKind,
    IncidentNews,
    IncidentReport,
    Label,
    Phase,
    Presence,
    Reason,
    Report,
    SeatView,
    Sighting,
    StateReport,
    Work,
)
from hub.protocol.session import AgentSession, State, WatcherSession
from hub.settings import DEFAULT_RATE_PER_S, Settings
from storage.database import embedded_url, engine
from storage.people.sessions import open_session
from storage.seats.devices import NewDevice, add_device
from tests.clock import until
from tests.keys import MASTER
from tests.record import Company, company, person
from tests.tables import with_tables

PACE = 0.05  # leases of 2 s, heartbeats of 0.5 s: quick, and still safe on two busy cores
NUDGE_S = 0.1  # how often a scripted agent asks whether a (shortened) heartbeat is due
ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-c", "from hub.cli import main; main()")
UP = ("up", "--empty")


# ---- hubs


def settings(
    state: Path,
    *,
    database: str | None = None,
    redis: str | None = None,
    port: int = 0,
    pace: float = PACE,
) -> Settings:
    return Settings(
        state=state,
        database=database,
        redis=redis,
        host="127.0.0.1",
        port=port,
        url=f"http://127.0.0.1:{port}",
        pace=pace,
        webhook_allow=(),
        master_key=MASTER if database else None,  # nodes of one record have the same
    )


@dataclass
class Running:
    """A hub that answers at `url`; `engine` is another connection to its record."""

    url: str
    settings: Settings
    engine: AsyncEngine
    process: asyncio.subprocess.Process | None = None

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    async def office(self, name: str = "株式会社A") -> "Office":
        """A new tenant with a few groups and nobody in it."""
        async with self.engine.begin() as conn:
            return Office(self.engine, await company(conn, name))

    async def kill(self) -> None:
        """End a spawned hub as a power cut would."""
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def ended(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Tell a spawned hub to stop; its exit code."""
        assert self.process
        self.process.send_signal(by)
        return await self.process.wait()


@asynccontextmanager
async def running(
    state: Path,
    *,
    database: str | None = None,
    redis: str | None = None,
    port: int = 0,
    pace: float = PACE,
    rate_per_s: float = DEFAULT_RATE_PER_S,
) -> AsyncIterator[Running]:
    """A hub in this process. A database of its own is brought to head first."""
    plain = settings(state, database=database, redis=redis, port=port, pace=pace)
    chosen = dataclasses.replace(plain, rate_per_s=rate_per_s)
    await with_tables(database or embedded_url(state))
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(hub_in_process(chosen))
        yield Running(up.url, up, await stack.enter_async_context(opened(up)))


@asynccontextmanager
async def spawned(
    state: Path,
    *,
    database: str | None = None,
    redis: str | None = None,
    port: int = 0,
    pace: float = PACE,
    environ: Mapping[str, str] | None = None,
    command: Sequence[str] = UP,
) -> AsyncIterator[Running]:
    """`zaiseki up --empty` as a process of its own; what it logs is in `state / "stderr"`."""
    chosen = settings(state, database=database, redis=redis, port=port, pace=pace)
    await with_tables(database or embedded_url(state))
    with log_in(state) as log:
        process = await started(chosen, log.fileno(), environ, command)
    try:
        async with opened(chosen) as record:
            yield Running(await address(process, state), chosen, record, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def log_in(state: Path) -> BinaryIO:
    state.mkdir(parents=True, exist_ok=True)
    return (state / "stderr").open("ab")


async def started(
    chosen: Settings,
    stderr: int,
    environ: Mapping[str, str] | None = None,
    command: Sequence[str] = UP,
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *command,
        *options(chosen),
        cwd=ROOT,
        env=os.environ | secret(chosen) | {"ZAISEKI_PACE": str(chosen.pace), **(environ or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
    )


def secret(chosen: Settings) -> dict[str, str]:
    """What is never typed, for other users of the machine would see it."""
    return {"ZAISEKI_MASTER_KEY": chosen.master_key} if chosen.master_key else {}


def options(chosen: Settings) -> list[str]:
    """The settings as they are typed."""
    typed = ["--state", str(chosen.state), "--port", str(chosen.port)]
    typed += ["--database", chosen.database] if chosen.database else []
    return typed + (["--redis", chosen.redis] if chosen.redis else [])


async def address(process: asyncio.subprocess.Process, state: Path) -> str:
    """Where the hub says that it answers, in its first line."""
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    assert line.strip(), (state / "stderr").read_text()
    return line.split()[-1]


async def refused(chosen: Settings, command: Sequence[str] = UP) -> tuple[int, list[str]]:
    """Start a hub that cannot start: its exit code, and the lines that it wrote about it."""
    process = await started(chosen, asyncio.subprocess.PIPE, command=command)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (out + err).decode().splitlines()


@asynccontextmanager
async def opened(chosen: Settings) -> AsyncIterator[AsyncEngine]:
    record = engine(chosen.database or embedded_url(chosen.state))
    yield record
    await record.dispose()


# ---- people


@dataclass(frozen=True, slots=True)
class Office:
    """One tenant, and short ways to put people into it; `at` has its groups."""

    engine: AsyncEngine
    at: Company

    @property
    def id(self) -> int:
        return self.at.id

    async def member(
        self,
        login: str,
        role: Role = Role.WORKER,
        *,
        groups: Sequence[int] = (),
        supervises: Sequence[int] = (),
    ) -> int:
        async with self.engine.begin() as conn:
            return await person(conn, self.id, login, role, groups=groups, supervises=supervises)

    async def device(self, member: int, name: str = "PC") -> NewDevice:
        """A device with a token for its agent."""
        async with self.engine.begin() as conn:
            return await add_device(conn, self.id, member, name, datetime.now(UTC))

    async def signed_in(self, member: int) -> str:
        """A token for a board (or for REST) of this member."""
        async with self.engine.begin() as conn:
            return await open_session(conn, self.id, member, "terminal", datetime.now(UTC))

    async def boss(self, login: str = "boss") -> str:
        """A new administrator's token: a board of everybody."""
        return await self.signed_in(await self.member(login, Role.ADMINISTRATOR))

    async def worker(self, login: str, groups: Sequence[int] = ()) -> tuple[int, NewDevice]:
        """A new worker with a device."""
        member = await self.member(login, groups=groups)
        return member, await self.device(member)


# ---- agents


@dataclass
class Spool:
    """An agent's memory without a disk: what is not recorded, and the state as it is."""

    device_epoch: str = field(default_factory=lambda: uuid4().hex)
    current: Facts = field(default_factory=lambda: Facts(time.time(), Presence.PRESENT))
    ongoing: dict[str, Sighting] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    forgotten: int = 0
    next: int = 1

    def next_seq(self) -> int:
        return self.next

    def facts(self) -> Facts:
        return self.current

    def sightings(self) -> tuple[Sighting, ...]:
        return tuple(self.ongoing.values())

    def unrecorded(self, after: int, limit: int) -> Sequence[Report]:
        return [report for report in self.reports if report.seq > after][:limit]

    def forget(self, upto: int) -> None:
        self.reports = [report for report in self.reports if report.seq > upto]
        self.forgotten = max(self.forgotten, upto)

    def renew(self) -> None:
        self.device_epoch = uuid4().hex
        numbered = enumerate(self.reports, 1)
        self.reports = [replace(report, seq=seq) for seq, report in numbered]
        self.next, self.forgotten = len(self.reports) + 1, 0

    def number(self) -> int:
        self.next += 1
        return self.next - 1


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


# ---- boards


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

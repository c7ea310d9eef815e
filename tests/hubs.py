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
to the same record. Nothing here waits by sleeping: `until` from tests.clock. `agent` and
`board` are in tests.peers.
"""

import asyncio
import dataclasses
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.app import hub as hub_in_process
from hub.identity.mail_server import MailServer
from hub.settings import DEFAULT_RATE_PER_S, Settings
from storage.database import embedded_url, engine
from storage.people.sessions import open_session
from storage.seats.devices import NewDevice, add_device
from tests.keys import MASTER
from tests.record import Company, company, person
from tests.tables import with_tables

PACE = 0.05  # leases of 2 s, heartbeats of 0.5 s: quick, and still safe on two busy cores

ROOT = Path(__file__).resolve().parent.parent

COMMAND = (sys.executable, "-c", "from hub.cli import main; main()")

UP = ("up", "--empty")

# For clients: these hubs speak plain http, and to read whom the world trusts takes 50 ms each time.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


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
    mail: MailServer | None = None,
    allow: Sequence[IPv4Network] = (),
) -> AsyncIterator[Running]:
    """A hub in this process. A database of its own is brought to head first.

    `allow` are networks of its own that it may ask for what others tell it to.
    """
    plain = settings(state, database=database, redis=redis, port=port, pace=pace)
    chosen = dataclasses.replace(
        plain, rate_per_s=rate_per_s, mail=mail, webhook_allow=tuple(allow)
    )
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

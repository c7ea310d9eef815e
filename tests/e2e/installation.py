"""An installation as its operator has it: the real commands, on a state folder of its own."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

ZAISEKI = str(Path(sys.executable).with_name("zaiseki"))
PASSWORD = "correct horse battery"
ENDS_WITHIN_S = 10
CHARTER = (
    "--purpose", "在席の確認", "--responsible", "総務部長", "--contact", "privacy@example.com",
    "--rules", "勤務中だけ撮影する", "--viewers", "上司と本人", "--audit-on", "2027-03-31",
)  # fmt: skip


@dataclass
class Installation:
    """One tenant; `hub` is the running process, if any."""

    state: Path
    database: str | None = None
    port: int = 0
    hub: Process | None = None
    agent: Process | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def run(self, *words: str, entry: str = "") -> str:
        """One command to its end, with what it printed."""
        process = await asyncio.create_subprocess_exec(
            ZAISEKI, *words, *self._record(),
            stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**os.environ, **self.environment},
        )  # fmt: skip
        out, wrong = await process.communicate(entry.encode())
        assert process.returncode == 0, wrong.decode()
        return out.decode()

    def _record(self) -> list[str]:
        where = ["--state", str(self.state)]
        return [*where, "--database", self.database] if self.database else where

    async def start(self) -> None:
        """Start the hub, on the port that it had before if it had one."""
        self.hub = await asyncio.create_subprocess_exec(
            ZAISEKI, "up", "--empty", "--port", str(self.port), *self._record(),
            stdin=DEVNULL, stdout=PIPE,
            env={**os.environ, **self.environment},
        )  # fmt: skip
        assert self.hub.stdout is not None
        line = (await self.hub.stdout.readline()).decode()
        assert "http://" in line, f"the hub did not start: {line!r}"
        self.port = int(line.rsplit(":", 1)[1])

    async def kill(self) -> None:
        """As if the machine's power went: nothing is said, nothing is finished."""
        await ended(self.hub, signal.SIGKILL)

    async def populate(self) -> str:
        """A tenant with an administrator and a worker; the token of the worker's device."""
        if self.database:
            await self.run("db", "upgrade")
        await self.run("tenant", "add", "株式会社テスト")
        await self.run("group", "add", "営業部")
        await self.run("charter", "publish", *CHARTER)
        await self.add_member("admin", "管理 花子", "administrator")
        await self.add_member("yamada", "山田 太郎", "worker", "--group", "営業部")
        printed = await self.run("device", "add", "yamada")
        return printed.split("ZAISEKI_TOKEN=")[1].split()[0]

    async def add_member(self, login: str, name: str, role: str, *more: str) -> None:
        words = ("member", "add", login, "--name", name, "--role", role, *more)
        await self.run(*words, "--password-stdin", entry=PASSWORD)

    async def sign_in(self, login: str, password: str = PASSWORD) -> str:
        """The session's token."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            words = {"login": login, "password": password, "kind": "terminal"}
            answer = await client.post(f"{self.url}/api/v1/session", json=words)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def agree(self, token: str) -> None:
        """The member of that device agrees to the charter, as on their own page."""
        said = {"version": "1", "kind": "accepted", "at": time.time()}
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(trust_env=False, headers=headers) as client:
            answer = await client.post(f"{self.url}/api/v1/agent/consents", json=said)
        assert answer.status_code == 204, answer.text

    async def start_agent(self, folder: Path, token: str, clip: Path, *options: str) -> None:
        self.agent = await asyncio.create_subprocess_exec(
            ZAISEKI, "agent", "run", "--state", str(folder), "--hub", self.url,
            "--source", str(clip), "--accept-terms", *options,
            stdin=DEVNULL, stdout=DEVNULL,
            env={**os.environ, "ZAISEKI_TOKEN": token},
        )  # fmt: skip

    async def end_agent(self) -> None:
        await ended(self.agent, signal.SIGTERM)


async def ended(process: Process | None, how: signal.Signals) -> None:
    if process is None or process.returncode is not None:
        return
    process.send_signal(how)
    async with asyncio.timeout(ENDS_WITHIN_S):
        await process.wait()


@asynccontextmanager
async def installation(state: Path, database: str | None = None) -> AsyncIterator[Installation]:
    """Nothing of it is left afterwards."""
    environment = {"ZAISEKI_WEBHOOK_ALLOW": "127.0.0.0/8", "ZAISEKI_LOG": "ERROR"}
    one = Installation(state, database, environment=environment)
    try:
        yield one
    finally:
        await ended(one.agent, signal.SIGKILL)
        await ended(one.hub, signal.SIGTERM)

"""The examples of docs/examples, run as they stand there, against a real hub."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from hub.access import Role, Scope
from hub.identity.scopes import ApiScope
from hub.protocol.facts import Label, Presence, Reason
from storage.people.api_tokens import NewApiToken, add_api_token, revoke_api_token
from storage.seats.devices import revoke_device
from tests.clock import until
from tests.consent import consenting, governed
from tests.hubs import Office, Running, running
from tests.links import link
from tests.peers import agent, board
from tests.servers import browser

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
LINES_MAX = {
    "board_watcher.py": 30, "board.html": 30, "events.py": 30, "desk_sensor.py": 40,
    "webhook_receiver.py": 40,
}  # fmt: skip
NUMBERS = count(1)

pytestmark = [pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("hub"), pace=0.5) as hub:
        yield hub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def office(hub: Running) -> Office:
    return await hub.office(f"株式会社{next(NUMBERS)}")


async def program(office: Office) -> NewApiToken:
    boss = await office.member("boss", Role.ADMINISTRATOR)
    now, life = datetime.now(UTC), timedelta(days=1)
    async with office.engine.begin() as conn:
        return await add_api_token(conn, office.id, boss, "例", [ApiScope.WATCH], life, now)


@dataclass
class Program:
    """A running example: what it has printed, and how it ended."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def ends(self) -> tuple[int, str]:
        """Its exit code, and what it said last."""
        code = await self.process.wait()
        assert self.process.stderr
        return code, (await self.process.stderr.read()).decode()

    async def read(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip("\n"))


@asynccontextmanager
async def started(name: str, url: str, token: str, *args: str) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLES / name), *args,
        env=os.environ | {"ZAISEKI_HUB": url, "ZAISEKI_TOKEN": token},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    one = Program(process)
    reading = asyncio.create_task(one.read())
    try:
        yield one
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def test_the_board_watcher_prints_the_board_and_what_changes(
    hub: Running, office: Office
) -> None:
    _, pc = await office.worker("mori")
    made = await program(office)
    async with (
        started("board_watcher.py", hub.url, made.token) as watcher,
        agent(hub.url, pc.token) as mori,
    ):
        await until(lambda: "moriさん present" in watcher.lines)
        mori.tell(Presence.AWAY)
        await until(lambda: watcher.lines[-1] == "moriさん away")
        async with office.engine.begin() as conn:
            await revoke_api_token(conn, office.id, made.id, datetime.now(UTC))

        assert await watcher.ends() == (1, "the hub says: this sign-in is no longer valid\n")


async def test_the_events_are_printed_and_go_on_after_a_broken_line(
    hub: Running, office: Office
) -> None:
    _, pc = await office.worker("mori")
    made = await program(office)
    async with (
        link(f"127.0.0.1:{hub.port}") as line,
        agent(hub.url, pc.token) as mori,
        started("events.py", f"http://{line.address}", made.token) as events,
    ):
        await until(lambda: '"snapshot"' in "".join(events.lines))
        line.cut()
        mori.tell(Presence.AWAY)
        await until(lambda: events.lines and '"away"' in events.lines[-1])
        async with office.engine.begin() as conn:
            await revoke_api_token(conn, office.id, made.id, datetime.now(UTC))
        code, said = await events.ends()

    assert sum('"snapshot"' in one for one in events.lines) == 1
    assert '"resumed"' in "".join(events.lines)
    assert '"type":"end"' in events.lines[-1]
    assert code == 1
    assert "/problems/not-signed-in" in said


async def test_the_page_shows_the_board_and_what_changes(
    hub: Running, office: Office, chrome: Browser
) -> None:
    _, pc = await office.worker("mori")
    token = (await program(office)).token
    async with link(f"127.0.0.1:{hub.port}") as line, agent(hub.url, pc.token) as mori:
        page = await chrome.new_page()
        await page.goto(f"{(EXAMPLES / 'board.html').as_uri()}#http://{line.address}|{token}")
        shown = page.locator("pre")
        await expect(shown).to_contain_text("moriさん: present")
        mori.tell(Presence.AWAY)
        await expect(shown).to_contain_text("moriさん: away")
        line.cut()
        mori.tell(Presence.PRESENT)
        await expect(shown).to_contain_text("moriさん: present")
        assert line.connections == 2
        await page.close()


async def test_the_desk_sensor_is_an_agent_that_observes_whom_it_may(
    hub: Running, office: Office, tmp_path: Path
) -> None:
    mori, device = await office.worker("mori")
    sensor = tmp_path / "value"
    sensor.write_text("1\n")
    async with (
        board(hub.url, await office.boss()) as wall,
        started("desk_sensor.py", hub.url, device.token, str(sensor)) as desk,
    ):
        await until(lambda: wall.label(mori) is Label.UNKNOWN)
        await until(lambda: wall.seat(mori).reason is Reason.NOT_CAPTURING)
        async with office.engine.begin() as conn:
            now = datetime.now(UTC)
            await governed(conn, office.id, now)
            await consenting(conn, office.id, mori, now)
        await until(lambda: wall.label(mori) is Label.PRESENT)
        sensor.write_text("0\n")
        await until(lambda: wall.label(mori) is Label.AWAY)
        sensor.unlink()
        await until(lambda: wall.label(mori) is Label.UNKNOWN)
        async with office.engine.begin() as conn:
            everybody = Scope(office.id, everybody=True)
            await revoke_device(conn, everybody, device.id, datetime.now(UTC))
        code, said = await desk.ends()

    assert (code, said) == (1, "the hub says: this device's token is no longer valid\n")


async def test_the_examples_are_as_short_as_they_say() -> None:
    found = {file.name: len(file.read_text().splitlines()) for file in EXAMPLES.iterdir()}

    assert found.keys() == LINES_MAX.keys()
    assert [name for name, lines in found.items() if lines > LINES_MAX[name]] == []

"""docs/api.md does what it says: its commands are run by a shell with curl, on a real hub."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import pytest_asyncio

from hub.access import Role
from hub.protocol.facts import IncidentKind, Label, Presence
from storage.proof import log
from tests.clock import until
from tests.hub.http.site import HASH, PASSWORD
from tests.hubs import Office, Running, running
from tests.peers import agent, board
from tests.receiver import receiver
from tests.record import person

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"
SECTION = re.compile(r"^## (\d+)\. ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
THIS_MACHINE = IPv4Network("127.0.0.0/8")
ENTRIES = 7  # in the log about members


@dataclass(frozen=True)
class Task:
    """One section: what is typed into a shell, and what comes out."""

    number: int
    title: str
    typed: str
    printed: str


def tasks() -> list[Task]:
    found = []
    for number, title, text in SECTION.findall(DOCUMENT.read_text()):
        blocks = BLOCK.findall(text)
        typed, printed = (
            "".join(block for kind, block in blocks if kind == wanted) for wanted in ("sh", "text")
        )
        found.append(Task(int(number), title, typed, printed))
    return found


TASKS = tasks()


@dataclass
class World:
    hub: Running
    office: Office
    boss: int
    receiver: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A company with hanako at her PC, an incident to judge, and a receiver of webhooks."""
    async with AsyncExitStack() as stack:
        state = tmp_path_factory.mktemp("hub")
        hub = await stack.enter_async_context(running(state, allow=[THIS_MACHINE]))
        office = await hub.office()
        now = datetime.now(UTC)
        async with hub.engine.begin() as conn:
            boss = await person(conn, office.id, "boss", Role.ADMINISTRATOR, password_hash=HASH)
            hanako = await person(conn, office.id, "hanako", password_hash=HASH)
            await person(conn, office.id, "jiro", password_hash=HASH)
            for _ in range(ENTRIES):
                told = {"member": hanako}
                await log.write(conn, office.id, log.What.MEMBER_CHANGED, boss, told, now)
        device = await office.device(hanako)
        pc = await stack.enter_async_context(agent(hub.url, device.token))
        token = await office.signed_in(boss)
        wall = await stack.enter_async_context(board(hub.url, token))
        pc.tell(Presence.PRESENT)
        pc.opens(IncidentKind.PEEPING)
        await pc.recorded()
        await until(lambda: wall.label(hanako) is Label.PRESENT)
        address = await stack.enter_async_context(receiver())
        yield World(hub, office, boss, address.url)


def test_there_are_ten_tasks_and_each_says_what_comes_of_it() -> None:
    assert [task.number for task in TASKS] == list(range(1, 11))
    assert all("curl" in task.typed and task.printed for task in TASKS)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.number}: {task.title}")
async def test_the_commands_print_what_stands_under_them(
    task: Task, world: World, tmp_path: Path
) -> None:
    given = {
        "HUB": world.hub.url,
        "PASSWORD": PASSWORD,
        "TOKEN": await world.office.signed_in(world.boss),
        "RECEIVER": world.receiver,
    }
    if task.number == 1:
        del given["TOKEN"]
    shell = await asyncio.create_subprocess_exec(
        "sh", "-eu", "-c", task.typed,
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **given},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, complained = (each.decode() for each in await shell.communicate())
    expected = re.escape(task.printed).replace("…", "[^,\n]+")
    assert (shell.returncode, complained) == (0, ""), f"{printed}\n{complained}"
    assert re.fullmatch(expected, printed), printed

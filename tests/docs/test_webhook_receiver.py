"""The receiver in docs/examples, as it stands there: it takes what is signed right, each once."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from hub.jobs.posting import Poster
from storage.webhooks.keys import new_keys
from storage.webhooks.times import LADDER
from tests.clock import until
from tests.outbox import ATTEMPT

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "webhook_receiver.py"
LOOPBACK = [ip_network("127.0.0.0/8")]
KEYS, FORMER = new_keys(), new_keys()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where the example answers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free: int = taken.getsockname()[1]
    environ = {**os.environ, "WEBHOOK_SECRET": KEYS.secret, "PORT": str(free)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), env=environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(lambda: answers(free))
        yield free
        process.kill()
        assert process.stdout
        printed = (await process.stdout.read()).decode()
        assert printed == "webhook.ping {}\n"  # three good posts of one message
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def answers(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


async def test_the_example_takes_what_is_signed_right_and_each_message_once(port: int) -> None:
    here = replace(ATTEMPT, url=f"http://127.0.0.1:{port}/", keys=(KEYS,))
    now = datetime.now(UTC)
    async with Poster(LOOPBACK) as poster:
        good = [
            await poster.post(here, now),
            await poster.post(here, now),
            await poster.post(replace(here, keys=(FORMER, KEYS)), now),
        ]
        bad = [
            await poster.post(replace(here, keys=(FORMER,)), now),
            await poster.post(here, now - timedelta(minutes=6)),
        ]

    assert [one.status for one in good] == [204] * 3
    assert [one.status for one in bad] == [401] * 2


def test_the_page_has_the_ladder_that_is_climbed() -> None:
    told = "5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours"
    hours = [wait / timedelta(hours=1) for wait in LADDER[4:]]

    assert told in (DOCS / "webhooks.md").read_text()
    assert [wait.total_seconds() for wait in LADDER[:4]] == [0, 5, 300, 1800]
    assert hours == [2, 5, 10, 14, 20, 24]

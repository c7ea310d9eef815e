"""`zaiseki doctor`: tries every dependency, and says in one line each what is wrong with it."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from hub.checks import Finding, Level, fail
from hub.checks.address import port, url
from hub.checks.broker import broker
from hub.checks.jobs import jobs
from hub.checks.machine import files, state, web
from hub.checks.mail import mail
from hub.checks.maintenance import maintenance
from hub.checks.record import agents_expected, record
from hub.checks.worker import worker
from hub.settings import Settings, WrongSetting, given_url, settings

FAILED, WRONG_USE = 1, 2
WITHIN_S = 15.0


def run_doctor(options: argparse.Namespace) -> int:
    """Exit code 1 if anything fails; warnings alone are 0."""
    try:
        found = asyncio.run(examine(options))
    except WrongSetting as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return WRONG_USE
    return FAILED if Level.FAIL in found else 0


async def examine(options: argparse.Namespace) -> set[Level]:
    levels = set()
    async for finding in findings(
        settings(options, os.environ),
        options.connections,
        addressed=given_url(options, os.environ) is not None,
    ):
        print(finding, flush=True)
        levels.add(finding.level)
    return levels


async def findings(
    known: Settings, connections: int | None = None, addressed: bool = False
) -> AsyncIterator[Finding]:
    """Everything in turn. `connections` are the agents and boards to expect on this machine."""
    questions: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
        "record": lambda: record(known),
        "closed": lambda: maintenance(known),
        "broker": lambda: broker(known),
        "jobs": lambda: jobs(known),
        "port": lambda: port(known),
        **({"url": lambda: url(known)} if addressed else {}),
        "mail": lambda: mail(known),
        "files": lambda: room(known, connections),
        "agent": lambda: asyncio.to_thread(worker),
    }
    for finding in [*state(known), *web()]:
        yield finding
    for part, question in questions.items():
        for finding in await asked(part, question()):
            yield finding


async def room(known: Settings, connections: int | None) -> list[Finding]:
    return files(connections or await agents_expected(known))


async def asked(part: str, question: Awaitable[list[Finding]]) -> list[Finding]:
    """The answer, or that there was none in time."""
    try:
        async with asyncio.timeout(WITHIN_S):
            return await question
    except TimeoutError:
        return [fail(part, f"no answer within {WITHIN_S:.0f} s; is a firewall between?")]

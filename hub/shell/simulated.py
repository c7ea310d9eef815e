"""A simulated fleet on a real hub: seats for it in the record, its time there, and what it did."""

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from hub.client import BadAddress
from hub.settings import WrongSetting, settings
from hub.shell.commands import FAILED, REFUSED, WRONG_USE
from hub.shell.task import Failure, Task
from hub.simulation.fleet import Fleet, Pace, TooManyFiles
from hub.simulation.people import people
from storage import database
from storage.proof.log import What
from storage.seats.simulated import PREFIX, close_simulated, open_simulated

HOUR_S, MINUTE_S = 3600.0, 60.0
SILENCE_S = 3.0  # so long nobody wonders why nothing is said


def simulate(options: argparse.Namespace) -> int:
    """Failures are one line on standard error."""
    try:
        return asyncio.run(_until_told(options))
    except (WrongSetting, BadAddress) as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return WRONG_USE
    except (*REFUSED, TooManyFiles) as refused:
        print(f"zaiseki: {refused}", file=sys.stderr)
        return FAILED


async def _until_told(options: argparse.Namespace) -> int:
    """SIGINT and SIGTERM end it in good order."""
    playing = asyncio.ensure_future(_simulate(options))
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, playing.cancel)
    with suppress(asyncio.CancelledError):
        await playing
    return 0


async def _simulate(options: argparse.Namespace) -> None:
    async with _seats(options) as (hub, tokens):
        pace = Pace(
            options.changes_per_second,
            options.incidents_per_minute / MINUTE_S,
            options.day * HOUR_S,
        )
        fleet = Fleet(hub, tokens, pace, random.Random(options.seed))
        begun = time.monotonic()
        silence = asyncio.get_running_loop().call_later(SILENCE_S, _tell_silence, fleet, hub)
        try:
            await fleet.come()
            if fleet.live == 0:
                raise Failure(f"the hub at {hub} takes none of the devices: {fleet.done.why}")
            took = time.monotonic() - begun
            print(f"{fleet.live} of {len(tokens)} devices are live after {took:.1f} s", flush=True)
            begun = time.monotonic()
            await fleet.act(options.seconds)
        finally:
            silence.cancel()
            seconds = time.monotonic() - begun
            await fleet.leave()
            print(_said(fleet, seconds), flush=True)


def _tell_silence(fleet: Fleet, hub: str) -> None:
    if fleet.live == 0 and fleet.done.unanswered:
        print(f"zaiseki: no hub answers at {hub} yet; trying until one does", file=sys.stderr)


def _said(fleet: Fleet, seconds: float) -> str:
    done = fleet.done
    said = (
        f"{len(fleet.devices)} devices made {done.changes} changes and {done.incidents} incidents"
        f" in {seconds:.1f} s; {fleet.recorded} reports recorded, {done.lost} connections lost"
    )
    return said + (f", {done.refused} devices refused: {done.why}" if done.refused else "")


@asynccontextmanager
async def _seats(options: argparse.Namespace) -> AsyncIterator[tuple[str, list[str]]]:
    """The hub's address and a token for each device."""
    if options.tokens:
        if not options.hub:
            raise Failure("say with --hub URL where the devices of --tokens are known")
        yield options.hub, _read(options)
        return
    known = settings(options, os.environ)
    url = known.database or database.embedded_url(known.state)
    await database.check_head(url)
    engine = database.engine(url)
    try:
        async with engine.begin() as conn:
            task = Task(options, known, conn, datetime.now(UTC))
            tenant = await task.tenant()
            hub = options.hub or task.hub_url
            who = [
                (f"{PREFIX}{number + 1:05}", one.name, one.group)
                for number, one in enumerate(people(options.devices))
            ]
            tokens = await open_simulated(conn, tenant.id, who, task.now)
            await task.log(tenant, What.SIMULATED, devices=options.devices)
        try:
            yield hub, tokens
        finally:
            async with engine.begin() as conn:
                await close_simulated(conn, tenant.id, datetime.now(UTC))
    finally:
        await engine.dispose()


def _read(options: argparse.Namespace) -> list[str]:
    try:
        lines = options.tokens.read_text().split()
    except (OSError, UnicodeDecodeError) as wrong:
        raise Failure(f"{options.tokens} cannot be read: {wrong}") from None
    if len(lines) < options.devices:
        raise Failure(f"{options.tokens} has {len(lines)} tokens; {options.devices} are needed")
    return list(lines[: options.devices])

"""`zaiseki up`, `hub` and `jobs`: the whole hub in one process, or its halves in many."""

import argparse
import asyncio
import os
import resource
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from hub import logs
from hub.app import Part, hub
from hub.demo import played
from hub.memory import one_heap
from hub.opening import FAILURES, opened
from hub.serving import until_told
from hub.settings import Settings, WrongSetting, settings
from storage.people import setup

FAILED, WRONG_USE = 1, 2
JOBS_PORT = 8001


def run_up(options: argparse.Namespace) -> int:
    """Everything in one process."""
    return run(lambda: up(settings(options, os.environ), options.demo))


def run_hub(options: argparse.Namespace) -> int:
    """One node of many."""
    return run(lambda: served(apart("hub", settings(options, os.environ))))


def run_jobs(options: argparse.Namespace) -> int:
    """The background work, in one process of any number."""
    return run(lambda: worked(apart("jobs", settings(options, os.environ, JOBS_PORT))))


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> int:
    logs.to_stderr(os.environ.get("ZAISEKI_LOG", "WARNING"))
    take_all_files()
    one_heap()
    try:
        asyncio.run(main())
    except WrongSetting as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return WRONG_USE
    except FAILURES as failed:
        print(f"zaiseki: {failed}", file=sys.stderr)
        return FAILED
    return 0


def take_all_files() -> None:
    """Each connection is an open file; the soft limit is there for programs that use select()."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def apart(name: str, chosen: Settings) -> Settings:
    """Raise WrongSetting where the record or the broker would be this process' own."""
    if chosen.database and chosen.redis:
        return chosen
    missing = "--redis" if chosen.database else "--database"
    raise WrongSetting(
        f"zaiseki {name} needs {missing} URL: the embedded one is for one process, zaiseki up"
    )


async def up(settings: Settings, demo: bool) -> None:
    with until_told() as told:
        async with AsyncExitStack() as stack:
            running = await stack.enter_async_context(hub(settings))
            print(f"在席 zaiseki  {running.url}", flush=True)
            if demo:
                for line in await stack.enter_async_context(played(running)):
                    print(line, flush=True)
            else:
                await tell_setup(running)
            await told.wait()


async def served(settings: Settings) -> None:
    with until_told() as told:
        async with hub(settings, Part.SERVE) as running:
            print(f"在席 zaiseki hub  {running.url}", flush=True)
            await tell_setup(running)
            await told.wait()


async def worked(settings: Settings) -> None:
    with until_told() as told:
        async with hub(settings, Part.WORK) as running:
            print(f"在席 zaiseki jobs  {running.url}", flush=True)
            await told.wait()


async def tell_setup(running: Settings) -> None:
    if link := await setup_link(running):
        print(f"set up the first administrator (once, within a day): {link}", flush=True)


async def setup_link(settings: Settings) -> str | None:
    async with opened(settings) as engine, engine.begin() as conn:
        token = await setup.open_link(conn, datetime.now(UTC))
    return token and f"{settings.url}/setup?token={token}"

"""`zaiseki up`: the whole hub in one process, with a set-up link or a demo for the first look."""

import argparse
import asyncio
import os
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from hub import logs
from hub.app import FAILURES, hub, opened, until_told
from hub.demo import played
from hub.settings import Settings, WrongSetting, settings
from storage import setup

FAILED, WRONG_USE = 1, 2


def run_up(options: argparse.Namespace) -> int:
    logs.to_stderr(os.environ.get("ZAISEKI_LOG", "WARNING"))
    try:
        asyncio.run(up(settings(options, os.environ), options.demo))
    except WrongSetting as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return WRONG_USE
    except FAILURES as failed:
        print(f"zaiseki: {failed}", file=sys.stderr)
        return FAILED
    return 0


async def up(settings: Settings, demo: bool) -> None:
    with until_told() as told:
        async with AsyncExitStack() as stack:
            running = await stack.enter_async_context(hub(settings))
            print(f"在席 zaiseki  {running.url}", flush=True)
            if demo:
                for line in await stack.enter_async_context(played(running)):
                    print(line, flush=True)
            elif link := await setup_link(running):
                print(f"set up the first administrator (once, within a day): {link}", flush=True)
            await told.wait()


async def setup_link(settings: Settings) -> str | None:
    async with opened(settings) as engine, engine.begin() as conn:
        token = await setup.open_link(conn, datetime.now(UTC))
    return token and f"{settings.url}/setup?token={token}"

"""Prints who is at their seat, and every change of it, until Ctrl-C.

ZAISEKI_HUB=https://hub.example ZAISEKI_TOKEN=… python board_watcher.py
"""

import asyncio
import os
import sys

from hub.client import Stopped, watch


async def main(hub: str, token: str) -> None:
    async with watch(hub, token) as board:
        async for change in board.changes():
            for member in board.seats if change.whole else change.seats:
                seat = board.seats.get(member)
                print(board.name(member), seat.label if seat else "left the board", flush=True)
            for news in change.incidents:
                print(board.name(news.member), news.sighting.kind, news.phase, flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main(os.environ["ZAISEKI_HUB"], os.environ["ZAISEKI_TOKEN"]))
    except Stopped as why:
        sys.exit(f"the hub says: {why}")
    except KeyboardInterrupt:
        sys.exit(0)

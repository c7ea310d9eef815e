"""The board once, for scripts and pipes: as JSON or as a plain table."""

import asyncio
import shutil
import time

import msgspec
from msgspec import Struct
from rich.console import Console

from console_tui import cells
from console_tui.feed import Feed
from console_tui.keep import Kept
from console_tui.rows import Order, Row, counts, ordered, row
from console_tui.scene import Scene
from console_tui.widgets.header import counted
from console_tui.widgets.table import columns, drawn
from hub.protocol.facts import Label
from hub.protocol.replica import Board


class BoardOut(Struct, frozen=True):
    """What `--once --json` prints: the protocol's own names, times in seconds since 1970.

    Every field is there, also where it has its default, so that scripts need not know those.
    """

    tenant: str
    at: float
    epoch: str
    offset: int
    counts: dict[str, int]
    groups: list[dict[str, object]]
    seats: list[dict[str, object]]


async def board_once(kept: Kept, patience_s: float) -> tuple[Board, float]:
    """The first whole board and the hub's time; raise Stopped, or TimeoutError with the reason."""
    feed = Feed(kept.hub, kept.token)
    client = asyncio.create_task(feed.run())
    deadline = time.monotonic() + patience_s
    try:
        while not feed.session.begun:
            await asyncio.wait([client], timeout=0.02)
            if client.done():
                await client
            if time.monotonic() > deadline:
                raise TimeoutError(feed.client.trouble or "no answer")
        return feed.session.board, feed.now
    finally:
        client.cancel()
        await asyncio.gather(client, return_exceptions=True)


def as_json(board: Board, kept: Kept, at: float) -> str:
    of = counts(board.seats.values())
    out = BoardOut(
        tenant=kept.tenant,
        at=at,
        epoch=board.epoch,
        offset=board.offset,
        counts={
            **{str(label): of.labels.get(label, 0) for label in Label},
            "todo": of.todo,
            "people": of.people,
        },
        groups=[_whole(group) for group in board.groups.values()],
        seats=[_seat(row(board, member)) for member in sorted(board.seats)],
    )
    return msgspec.json.format(msgspec.json.encode(out), indent=2).decode()


def _seat(one: Row) -> dict[str, object]:
    return {"name": one.name, "groups": one.group_ids, **_whole(one.seat)}


def _whole(struct: Struct) -> dict[str, object]:
    return {name: _deep(value) for name, value in msgspec.structs.asdict(struct).items()}


def _deep(value: object) -> object:
    if isinstance(value, Struct):
        return _whole(value)
    return [_deep(one) for one in value] if isinstance(value, tuple) else value


def print_table(board: Board, scene: Scene) -> None:
    """As wide as the terminal, or 80 cells in a pipe; colours only on a terminal."""
    console = Console(highlight=False)
    width = shutil.get_terminal_size((80, 24)).columns
    head = counted(counts(board.seats.values()), scene, words=True)
    head.append(f" {cells.clock_with_seconds(scene.now)}")
    console.print(head, soft_wrap=True)
    rows = ordered((row(board, member) for member in board.seats), Order.ATTENTION, scene.now)
    for one in rows:
        text = drawn(one, scene, columns(width))
        text.rstrip()
        console.print(text, soft_wrap=True)

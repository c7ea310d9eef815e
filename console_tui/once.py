"""The board once, for scripts and pipes: as JSON or as a plain table."""

import asyncio
import shutil
import time
from dataclasses import replace

import msgspec
from msgspec import Struct
from rich.console import Console

from console_tui import cells
from console_tui.feed import Feed
from console_tui.filter import Filter
from console_tui.keep import Kept
from console_tui.past import Past
from console_tui.rest import history
from console_tui.rest.calls import Hub
from console_tui.rows import Order, Row, counts, ordered, row, visible
from console_tui.scene import Scene
from console_tui.widgets.header import counted
from console_tui.widgets.news import kind_cells
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


async def board_then(kept: Kept, live: Board, at: float) -> Board:
    """The board of a past time; raise Refused."""
    past = Past(at)
    hub = Hub(kept.hub, kept.token, kept.locale)
    past.begin(await history.board_at(hub, at))
    return past.board(live)


def wanted_rows(board: Board, wanted: Filter, at: float) -> list[Row]:
    return visible((row(board, member) for member in board.seats), wanted, None, at)


def as_json(board: Board, kept: Kept, at: float, rows: list[Row]) -> str:
    """`counts` are of the rows, as the table's head has them."""
    of = counts(one.seat for one in rows)
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
        seats=[_seat(one) for one in sorted(rows, key=lambda one: one.member)],
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


def print_table(rows: list[Row], scene: Scene) -> None:
    """As wide as the terminal, or 80 cells in a pipe; colours only on a terminal."""
    console = Console(highlight=False)
    width = shutil.get_terminal_size((80, 24)).columns
    head = counted(counts(one.seat for one in rows), scene, words=True)
    told = cells.day_and_clock if scene.past else cells.clock_with_seconds
    head.append(f" {told(scene.now)}")
    console.print(head, soft_wrap=True)
    wide = replace(columns(width, kind_cells(scene.words)), strip=0)
    for one in ordered(rows, Order.ATTENTION, scene.now):
        text = drawn(one, scene, wide)
        text.rstrip()
        console.print(text, soft_wrap=True)

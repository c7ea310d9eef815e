"""Whole screens as text, as they are in `screens/`.

    ZAISEKI_SCREENS=write .venv/bin/python -m pytest tests/console_tui/test_screens.py

makes them anew; look at the difference before it is committed.
"""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.widgets import Label

from console_tui.app import BoardApp
from console_tui.config import Config
from console_tui.feed import Feed
from console_tui.words import Words
from hub.protocol.facts import IncidentKind
from hub.protocol.facts import Label as State
from tests.clock import until
from tests.console_tui.board_hub import NOW, BoardHub
from tests.console_tui.conftest import (
    BROAD,
    ENGLISH,
    JAPANESE,
    SMALL,
    WIDE,
    Desk,
    Opened,
    alert,
    seat,
)
from tests.links import link

FOLDER = Path(__file__).parent / "screens"
MORNING = NOW - 11 * 3600
ASCII = Config(language="ja", ascii=True)


@pytest.fixture
def day(hub: BoardHub, monkeypatch: pytest.MonkeyPatch) -> BoardHub:
    """The same day and minute in each test: 20:06 in Tokyo, with two incidents."""
    monkeypatch.setattr(Feed, "now", property(lambda feed: NOW))
    monkeypatch.setattr("hub.client.connection.PING_S", 3600)  # the header would tell how quick
    hub.seats[1] = replace(hub.seats[1], alert=alert(1))
    hub.seats[2] = replace(hub.seats[2], alert=alert(2, IncidentKind.IMPERSONATION))
    hub.told.incidents = [
        {
            "id": f"{number:032x}", "member": number, "kind": kind, "opened_at": NOW - 180,
            "why": {"score": 0.31, "threshold": 0.42},
        }
        for number, kind in ((1, "peeping"), (2, "impersonation"))
    ]  # fmt: skip
    hub.told.incidents[1] |= {"assignee": 1, "assignee_name": "木村 亮"}
    runs = [[0, "off"], [44_000, "present"], [50_000, "break"], [54_000, "present"]]
    hub.told.strips = [{"member": member, "runs": runs} for member in hub.seats]
    hub.told.present = [0] * 110 + [1, 2, 3, 4, 5, 6, 6, 5, 3, 2, 4, 5] * 10
    return hub


def shown(desk: Desk) -> str:
    strips = desk.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


def compare(desk: Desk, name: str) -> None:
    """Every line is as wide as the terminal, and the whole as it was when somebody looked."""
    for strip in desk.app.screen._compositor.render_strips():
        assert cell_len(strip.text) == desk.app.size.width
    file = FOLDER / f"{name}.txt"
    if os.environ.get("ZAISEKI_SCREENS") == "write":
        file.write_text(shown(desk))
    assert shown(desk) == file.read_text(), "the head of this file says how to make it anew"


async def read(desk: Desk) -> None:
    """The record's strips, counts and incidents are on the board."""
    board = desk.board
    await until(lambda: board.days.present(NOW) and board.days.runs(6, NOW))
    await until(lambda: all(entry.why for entry in board.known().newest()))
    board.draw()
    await desk.pilot.pause()


@pytest.mark.parametrize(
    ("size", "config", "name"),
    [
        (SMALL, JAPANESE, "board-80x24-ja"),
        (WIDE, JAPANESE, "board-100x30-ja"),
        (BROAD, JAPANESE, "board-160x50-ja"),
        (SMALL, ENGLISH, "board-80x24-en"),
        (BROAD, ENGLISH, "board-160x50-en"),
        (SMALL, ASCII, "board-80x24-ascii"),
    ],
)
async def test_the_board(
    day: BoardHub, opened: Opened, size: tuple[int, int], config: Config, name: str
) -> None:
    async with opened(day.url, size, config) as desk:
        await read(desk)
        compare(desk, name)


async def test_the_board_of_the_past(day: BoardHub, opened: Opened) -> None:
    seats = [replace(one, label=State.AWAY, since=MORNING - 600) for one in day.seats.values()]
    day.told.then = {NOW - 3600: seats}
    async with opened(day.url, SMALL) as desk:
        await read(desk)
        desk.board.go(NOW - 3600)
        await until(lambda: desk.board.past is not None)
        await desk.pilot.pause()
        compare(desk, "past-80x24-ja")


async def test_an_empty_board(day: BoardHub, opened: Opened) -> None:
    day.members.clear()
    day.seats.clear()
    day.told.incidents, day.told.present = [], []
    async with opened(day.url, SMALL) as desk:
        await desk.pilot.pause()
        compare(desk, "empty-80x24-ja")


@pytest.mark.parametrize(("key", "name"), [("question_mark", "keys"), ("enter", "person")])
async def test_what_opens_over_the_board(
    day: BoardHub, opened: Opened, key: str, name: str
) -> None:
    async with opened(day.url, SMALL) as desk:
        await read(desk)
        await desk.press(key)
        desk.board.draw()
        await desk.pilot.pause()
        compare(desk, f"{name}-80x24-ja")


async def test_the_palette(day: BoardHub, opened: Opened) -> None:
    async with opened(day.url, SMALL) as desk:
        await read(desk)
        await desk.press("colon")
        await desk.type("離席")
        compare(desk, "palette-80x24-ja")


async def test_a_filter_that_cannot_be_meant(day: BoardHub, opened: Opened) -> None:
    async with opened(day.url, SMALL) as desk:
        await read(desk)
        await desk.press("slash")
        await desk.type("state:asleep")
        desk.board.input.cursor_blink = False
        compare(desk, "filter-80x24-ja")


async def test_a_lost_board(day: BoardHub, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    async with link(day.address) as line, opened(f"http://{line.address}", SMALL) as desk:
        await read(desk)
        line.refuse()
        line.cut()
        board = desk.board
        await until(lambda: board.banner.display)
        monkeypatch.setattr(board, "look_at_link", lambda: False)
        board.scene.lost_at, board.banner.unreached = NOW, True
        board.draw()
        await desk.pilot.pause()
        compare(desk, "lost-80x24-ja")


async def test_names_of_every_width(day: BoardHub, opened: Opened) -> None:
    names = ["ﾔﾏﾀﾞ ﾀﾛｳ", "ＦＵＬＬ　ＷＩＤＴＨ", "👩\u200d💻 Émilie Dupont-Lefèvre", "𠮷野 家康"]
    for member, name in enumerate(names, 7):
        day.person(seat(member), name, 1)
    async with opened(day.url, SMALL) as desk:
        await read(desk)
        compare(desk, "names-80x24-ja")


@pytest.mark.parametrize(("config", "name"), [(JAPANESE, "ja"), (ENGLISH, "en")])
async def test_the_sign_in_with_a_wrong_password(day: BoardHub, config: Config, name: str) -> None:
    app = BoardApp(day.url, "kimura", config)
    async with app.run_test(size=SMALL) as pilot:
        desk = Desk(app, pilot)
        await pilot.pause()
        await desk.type("not this one")
        await desk.press("enter")
        notice = app.screen.query_one("#notice", Label)
        await until(lambda: str(notice.content) == Words(name)("sign_in.wrong"))
        app.screen.query_one("#to", Label).update("http://hub.example")
        await pilot.pause()
        compare(desk, f"sign-in-80x24-{name}")

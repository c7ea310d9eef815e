"""Keys that come in one piece, as a slow line brings what was typed ahead."""

import pytest
from textual.app import App
from textual.events import Key
from textual.widgets import Input

from console_tui.app import BoardApp
from hub.protocol.facts import IncidentKind
from tests.clock import until
from tests.console_tui.board_hub import NOW, BoardHub
from tests.console_tui.conftest import WIDE, Desk, Opened

NAMES = {"/": "slash", "-": "minus", ":": "colon", ">": "greater_than_sign", " ": "space"}


def at_once(app: App[None], *keys: str) -> None:
    """Each is a key by its name, or a text of several characters."""
    for key in keys:
        if key in ("enter", "escape", "down", "up"):
            app.post_message(Key(key, None))
        else:
            for character in key:
                app.post_message(Key(NAMES.get(character, character), character))


def typed(app: App[None]) -> str:
    """What stands in the field that has the focus."""
    return app.focused.value if isinstance(app.focused, Input) else ""


@pytest.fixture
def waiting(hub: BoardHub) -> BoardHub:
    """Everybody has an incident that waits."""
    hub.told.incidents = [
        {
            "id": f"{member:032x}",
            "member": member,
            "kind": str(IncidentKind.PEEPING),
            "opened_at": NOW,
        }
        for member in hub.seats
    ]
    return hub


async def test_a_password_typed_ahead_never_stands_in_the_open(hub: BoardHub) -> None:
    app = BoardApp(hub.url)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        at_once(app, "kimura", "enter", hub.told.password, "enter")

        await until(Desk(app, pilot).has_board)
    assert app.login == "kimura"


async def test_a_filter_typed_ahead_is_text_and_no_commands(
    waiting: BoardHub, opened: Opened
) -> None:
    async with opened(waiting.url) as desk:
        at_once(desk.app, "/", "state:away 123d", "enter", "down")

        await until(lambda: desk.board.input.value == "state:away 123d")
        await until(lambda: desk.board.table.has_focus)
        assert desk.app.theme == "zaiseki-dark"
    assert waiting.told.judged == []


async def test_a_time_typed_ahead_goes_into_its_field(waiting: BoardHub, opened: Opened) -> None:
    async with opened(waiting.url) as desk:
        at_once(desk.app, "t", "-123")

        await until(lambda: typed(desk.app) == "-123")
    assert waiting.told.judged == []


async def test_a_verdict_typed_ahead_is_about_whom_the_cursor_went_to(
    waiting: BoardHub, opened: Opened
) -> None:
    async with opened(waiting.url) as desk:
        await until(lambda: len(desk.board.known().newest()) == len(waiting.seats))
        second = desk.board.table.keys[1]
        at_once(desk.app, "down", "2")

        await until(lambda: waiting.told.judged)
        assert waiting.told.judged == [("POST", f"{second:032x}", {"verdict": "confirmed"})]


async def test_a_verdict_typed_ahead_is_about_the_pane_that_was_gone_to(
    waiting: BoardHub, opened: Opened
) -> None:
    async with opened(waiting.url) as desk:
        await until(lambda: len(desk.board.known().newest()) == len(waiting.seats))
        await until(lambda: len(desk.board.pane.keys) == len(waiting.seats))
        first = desk.board.pane.keys[0]
        assert first != f"{desk.board.table.keys[1]:032x}"
        at_once(desk.app, "down", "i", "3")

        await until(lambda: waiting.told.judged)
        assert waiting.told.judged == [("POST", first, {"verdict": "false_positive"})]

"""People, a hub that knows them, and a board under a pilot."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from console_tui.app import BoardApp
from console_tui.config import Config
from console_tui.keep import Kept
from console_tui.screens.board import BoardScreen
from hub.protocol.facts import IncidentKind, Label, Link, Presence, Reason, Work
from hub.protocol.session import State
from hub.protocol.watchers import Alert, DeviceView, GroupCard, SeatView
from tests.clock import until
from tests.console_tui.board_hub import NOW, TOKEN, BoardHub
from tests.scripted_hub import serving

WIDE, SMALL, BROAD = (100, 30), (80, 24), (160, 50)
JAPANESE, ENGLISH = Config(language="ja"), Config(language="en")

Opened = Callable[..., AbstractAsyncContextManager["Desk"]]


class Desk:
    """A board under a pilot, and what stands on it."""

    def __init__(self, app: BoardApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def board(self) -> BoardScreen:
        found = [screen for screen in self.app.screen_stack if isinstance(screen, BoardScreen)]
        return found[0]

    async def live(self) -> None:
        await until(lambda: self.has_board() and self.board.header.state is State.LIVE)

    def has_board(self) -> bool:
        stack = self.app.screen_stack
        return any(isinstance(screen, BoardScreen) and screen.is_mounted for screen in stack)

    def names(self) -> list[str]:
        """Who is in the table, from its top."""
        return [self.board.rows[key].name for key in self.board.table.keys]

    def line(self, name: str) -> str:
        """The table's line of one person; empty if it is not in sight."""
        return next((line for line in lines(self.board.table) if name in line), "")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Into the field that has the focus."""
        await until(lambda: isinstance(self.app.focused, Input))
        field = self.app.focused
        assert isinstance(field, Input)
        field.insert_text_at_cursor(text)
        await self.pilot.pause()


def lines(widget: Widget) -> list[str]:
    """What a drawn widget shows, line by line."""
    return [widget.render_line(y).text for y in range(widget.size.height)]


def seat(member: int, label: Label = Label.PRESENT, minutes: float = 5) -> SeatView:
    """Somebody at work whose label is that old; who is not known is not heard either."""
    silent = {Label.UNKNOWN: Link.STALE, Label.OFFLINE: Link.OFFLINE}
    presence = {Label.PRESENT: Presence.PRESENT, Label.AWAY: Presence.AWAY}
    link = silent.get(label, Link.ONLINE)
    since = NOW - minutes * 60
    return SeatView(
        member,
        label,
        since,
        Work.BREAK if label is Label.BREAK else Work.WORKING,
        presence.get(label, Presence.UNKNOWN),
        link,
        heard=None if link is Link.ONLINE else since,
        reason=Reason.SILENT if label is Label.UNKNOWN else None,
        task="10月実績の集計" if label is Label.PRESENT else None,
        devices=(DeviceView(member, since, presence.get(label, Presence.UNKNOWN), link),),
    )


def alert(number: int = 1, kind: IncidentKind = IncidentKind.PEEPING) -> Alert:
    return Alert(f"{number:032x}", kind, NOW - 180, ongoing=True)


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's kept sign-in and settings are touched by a test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
async def hub() -> AsyncIterator[BoardHub]:
    """Six people in two groups."""
    hub = BoardHub()
    hub.groups = {1: GroupCard(1, "営業部"), 2: GroupCard(2, "開発部", 1)}
    hub.person(seat(1, Label.PRESENT), "吉田 千尋", 1)
    hub.person(seat(2, Label.AWAY, 47), "前田 慎吾", 2)
    hub.person(seat(3, Label.UNKNOWN, 1), "中山 陽菜", 2)
    hub.person(seat(4, Label.OFFLINE, 64), "石川 誠", 1)
    hub.person(seat(5, Label.BREAK, 12), "Alexandra Montgomery", 1)
    hub.person(seat(6, Label.PAUSED, 7), "佐々木 小次郎左衛門之介", 2)
    async with serving(hub):
        yield hub


@pytest.fixture
def opened() -> Opened:
    """`async with opened(url, size) as desk`: the board of somebody who is signed in."""

    @asynccontextmanager
    async def open_board(
        url: str, size: tuple[int, int] = WIDE, config: Config = JAPANESE
    ) -> AsyncIterator[Desk]:
        kept = Kept(url, "kimura", TOKEN, 1, "木村 亮", "青葉商事")
        app = BoardApp(url, "kimura", config, kept)
        async with app.run_test(size=size) as pilot:
            desk = Desk(app, pilot)
            await desk.live()
            yield desk

    return open_board

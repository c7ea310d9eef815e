"""The past: unmistakable, a minute at a time or played, and one key away from now."""

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from console_tui.widgets.news import ReviewKeys
from hub.protocol.facts import Label
from tests.clock import until
from tests.console_tui.board_hub import NOW, BoardHub
from tests.console_tui.conftest import SMALL, WIDE, Desk, Opened, alert, lines, seat

SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["100x30", "80x24"])
THEN = NOW - 400 - 4 * 3600  # 16:00 of that day in Tokyo


@pytest.fixture
def lived(hub: BoardHub) -> BoardHub:
    """At 16:00 吉田 was away; at 16:01 she came back, and 前田 left at 16:05."""
    hub.told.then = {THEN: [replace(one, label=Label.PRESENT) for one in hub.seats.values()]}
    hub.told.then[THEN][0] = seat(1, Label.AWAY, 300)
    hub.told.late = [5]
    back, left = seat(1, Label.PRESENT, 0), seat(2, Label.AWAY, 0)
    hub.told.changes = [
        (THEN + 60, replace(back, since=THEN + 60)),
        (THEN + 300, replace(left, since=THEN + 300)),
    ]
    return hub


async def at_four(desk: Desk) -> None:
    await desk.press("t")
    await until(lambda: desk.app.screen is not desk.board)
    desk.app.screen.query_one(Input).value = "16:00"
    await desk.press("enter")
    await until(lambda: desk.board.past is not None)


@pytest.mark.requirement("R5")
@SIZES
async def test_the_past_cannot_be_taken_for_now(
    lived: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(lived.url, size) as desk:
        await at_four(desk)
        await until(lambda: "今ではありません" in "".join(lines(desk.board.banner)))
        assert "過去 11/18 16:00" in lines(desk.board.banner)[0]
        assert "[過去 11/18 16:00]" in lines(desk.board.titles["table"])[0]
        assert "接続中" not in lines(desk.board.header)[0]
        assert "分" not in desk.line("吉田 千尋")
        await until(lambda: desk.app.theme.endswith("-past"))

        await desk.press("escape")
        assert desk.board.past is None
        assert not desk.board.banner.display
        await until(lambda: not desk.app.theme.endswith("-past"))
        assert "● 在席" in desk.line("吉田 千尋")


async def test_the_seats_are_those_of_then_and_late_news_is_marked(
    lived: BoardHub, opened: Opened
) -> None:
    async with opened(lived.url, SMALL) as desk:
        await at_four(desk)
        assert "○ 離席" in desk.line("吉田 千尋")
        assert "● 在席" in desk.line("前田 慎吾")
        assert "あとから判明" in desk.line("Alexandra")


async def test_the_arrows_go_a_minute_and_what_happens_now_waits(
    lived: BoardHub, opened: Opened
) -> None:
    async with opened(lived.url, SMALL) as desk:
        await at_four(desk)
        await until(lambda: desk.board.past and desk.board.past.known_to > THEN + 60)
        await lived.tell(seat(2, Label.BREAK, 0))
        await desk.press("right")
        assert "● 在席" in desk.line("吉田 千尋")
        assert "● 在席" in desk.line("前田 慎吾")
        assert "16:01" in lines(desk.board.moves)[0]

        await desk.press("left")
        await until(lambda: "○ 離席" in desk.line("吉田 千尋"))
        await desk.press("escape")
        await until(lambda: "◐ 休憩" in desk.line("前田 慎吾"))


async def test_time_runs_when_it_is_played(lived: BoardHub, opened: Opened) -> None:
    async with opened(lived.url, SMALL) as desk:
        await at_four(desk)
        await desk.press("space", "plus")
        await until(lambda: "再生 600×" in lines(desk.board.banner)[0])
        await until(lambda: "○ 離席" in desk.line("前田 慎吾"))
        await desk.press("space")
        await until(lambda: "停止" in lines(desk.board.banner)[0])


async def test_played_to_the_end_it_is_now(lived: BoardHub, opened: Opened) -> None:
    lived.told.changes = []
    async with opened(lived.url, SMALL) as desk:
        await desk.press("t")
        await until(lambda: desk.app.screen is not desk.board)
        desk.app.screen.query_one(Input).value = "-1"
        await desk.press("enter")
        await until(lambda: desk.board.past is not None)
        await desk.press("space", "plus")
        await until(lambda: desk.board.past is None)
        await until(lambda: "接続中" in lines(desk.board.header)[0])


async def test_a_time_that_is_none_is_said(lived: BoardHub, opened: Opened) -> None:
    async with opened(lived.url, SMALL) as desk:
        await desk.press("t")
        await until(lambda: desk.app.screen is not desk.board)
        await desk.press("end")
        await desk.type("noon")
        await desk.press("enter")
        await until(lambda: "時刻として読めません" in lines(desk.board.foot)[0])
        assert desk.board.past is None


async def test_the_past_is_not_judged(lived: BoardHub, opened: Opened) -> None:
    lived.told.then[THEN][2] = replace(lived.told.then[THEN][2], alert=alert())
    async with opened(lived.url, WIDE) as desk:
        await at_four(desk)
        await until(lambda: "のぞき見" in lines(desk.board.pane)[0])
        await desk.press("2")
        assert "過去では判定できません" in lines(desk.board.foot)[0]
        assert not lines(desk.board.query_one(ReviewKeys))[0].strip()
    assert not lived.told.judged

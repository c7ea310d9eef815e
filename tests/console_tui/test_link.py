"""A board whose line is cut says so, shows times instead of ages, and goes on by itself."""

import re

import pytest

from console_tui.ending import cause
from console_tui.words import Words
from hub.protocol.closing import COME_BACK, GOING_AWAY, OLD_PROTOCOL, TRY_LATER
from hub.protocol.facts import Label
from hub.protocol.session import State
from tests.clock import until
from tests.console_tui.board_hub import BoardHub
from tests.console_tui.conftest import SMALL, WIDE, Desk, Opened, lines, seat
from tests.links import link

SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["100x30", "80x24"])


@SIZES
async def test_a_lost_line_is_told_with_the_time_of_the_last_news(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with link(hub.address) as line, opened(f"http://{line.address}", size) as desk:
        assert not desk.board.banner.display

        line.refuse()
        line.cut()

        await until(lambda: desk.board.banner.display)
        await until(lambda: "20:06:4" in "".join(lines(desk.board.banner)))
        await until(lambda: "19:19" in desk.line("前田 慎吾"))
        assert "47分" not in desk.line("前田 慎吾")
        assert "再接続中" in lines(desk.board.header)[0]
        await until(lambda: "ハブに届きません" in "".join(lines(desk.board.banner)))
        assert "no connection" not in "".join(lines(desk.board.banner))


@SIZES
async def test_a_lost_board_is_grey_all_over(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with link(hub.address) as line, opened(f"http://{line.address}", size) as desk:
        assert len(colours(desk)) > 1

        line.refuse()
        line.cut()

        await until(lambda: desk.board.banner.display)
        await until(lambda: len(colours(desk)) == 1)


def colours(desk: Desk) -> set[object]:
    """The colours in which the glyphs of the states are drawn in the table."""
    table, glyphs = desk.board.table, {desk.board.scene.look.glyph(label) for label in Label}
    segments = [part for y in range(1, table.size.height) for part in table.render_line(y)]
    return {part.style and part.style.color for part in segments if part.text.strip()[:1] in glyphs}


async def test_it_resumes_after_a_cut_and_keeps_cursor_filter_and_scroll(
    hub: BoardHub, opened: Opened
) -> None:
    for member in range(7, 200):
        hub.person(seat(member), f"山田 {member:03}", 1)
    async with link(hub.address) as line, opened(f"http://{line.address}", SMALL) as desk:
        await desk.press("slash")
        await desk.type("山田")
        await desk.press("enter", "end", "up")
        cursor, offset = desk.board.table.cursor, desk.board.table.scroll_offset.y

        line.refuse()
        line.cut()
        await until(lambda: desk.board.banner.display)
        await hub.tell(seat(150, Label.AWAY, 0), seat(7, Label.AWAY, 0))
        await line.resume()

        await until(lambda: desk.board.feed.session.state is State.LIVE)
        await until(lambda: not desk.board.banner.display)
        await until(lambda: desk.board.rows[7].seat.label is Label.AWAY)
        assert hub.subscribed[-1] is not None
        assert desk.board.table.cursor == cursor
        assert desk.board.table.scroll_offset.y == offset
        assert len(desk.names()) == 193
        assert any("離席" in text for text in lines(desk.board.moves))


async def test_a_hub_that_lost_its_history_sends_the_board_anew(
    hub: BoardHub, opened: Opened
) -> None:
    async with link(hub.address) as line, opened(f"http://{line.address}") as desk:
        await desk.press("down")
        cursor = desk.board.table.cursor
        hub.epoch, hub.offset = "life-2", 0
        hub.seats[1] = seat(1, Label.AWAY, 3)

        line.cut()

        await until(lambda: "○ 離席" in desk.line("吉田 千尋"))
        await until(lambda: "life-2" in lines(desk.board.header)[1])
        assert desk.board.table.cursor == cursor


async def test_old_news_is_marked_while_the_line_still_stands(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url) as desk:
        desk.board.feed.session.heard_at = desk.board.feed.now - 20
        await until(lambda: re.search("受信 [2-9][0-9]秒前", lines(desk.board.header)[1]))


async def test_a_sign_in_that_the_hub_ended_asks_again(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url) as desk:
        await hub.end_sessions()
        await until(lambda: not desk.has_board() and desk.app.screen.query("#notice"))
        notice = desk.app.screen.query_one("#notice")
        assert "期限" in str(notice.render())


async def test_why_the_hub_closed_is_told_in_the_readers_language(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url, (160, 30)) as desk:
        await hub.close(TRY_LATER, "the live path is down")

        told = "原因: ハブは今、接続を受けられません: the live path is down"
        await until(lambda: told in "".join(lines(desk.board.banner)))


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        (COME_BACK, "this node stops", "ハブを再起動しています: this node stops"),
        (COME_BACK, "", "ハブを再起動しています"),
        (GOING_AWAY, "the connection broke", "the connection broke"),
        (None, "", ""),
        (GOING_AWAY, "two\nlines", "two lines"),
    ],
)
def test_a_cause_is_the_codes_meaning_before_the_hubs_own_words(
    code: int | None, said: str, told: str
) -> None:
    assert cause(Words("ja"), code, said) == told


async def test_a_hub_of_another_version_says_so_where_one_signs_in(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url) as desk:
        await hub.close(OLD_PROTOCOL, "this hub speaks version 9")
        await until(lambda: not desk.has_board() and desk.app.screen.query("#notice"))
        notice = str(desk.app.screen.query_one("#notice").render())
        assert "版が合いません。古いほうを更新してください" in notice

"""The board under a pilot, on both sizes that it must hold."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.style import Style

from console_tui.config import Config
from console_tui.screens.over import GroupsScreen, KeysScreen, PersonScreen
from hub.protocol.facts import IncidentKind, Label, Phase, Sighting, Why
from hub.protocol.watchers import IncidentNews
from tests.clock import until
from tests.console_tui.board_hub import NOW, BoardHub
from tests.console_tui.conftest import ENGLISH, SMALL, WIDE, Opened, alert, lines, seat

OPENED = "ab" * 16
SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["100x30", "80x24"])


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is made again at once."""
    monkeypatch.setattr("console_tui.screens.showing.RESORT_S", 0.1)


def opening(member: int, recorded: bool = False, phase: Phase = Phase.OPENED) -> IncidentNews:
    why = Why(score=0.31, threshold=0.42)
    sighting = Sighting(OPENED, IncidentKind.IMPERSONATION, NOW, NOW, why=why)
    return IncidentNews(member, phase, sighting, recorded=recorded)


@pytest.mark.requirement("R5")
@SIZES
async def test_shows_every_person_with_glyph_word_and_age(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(hub.url, size) as desk:
        assert "○ 離席" in desk.line("前田 慎吾")
        assert "47分" in desk.line("前田 慎吾")
        assert "─ 切断" in desk.line("石川 誠")
        assert "1:04" in desk.line("石川 誠")
        assert "▒ 不明" in desk.line("中山 陽菜")
        assert size == WIDE or "応答なし" in desk.line("中山 陽菜")
        assert "● 在席" in desk.line("吉田 千尋")


@SIZES
async def test_every_line_is_as_many_cells_wide_as_its_pane(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(hub.url, size) as desk:
        board = desk.board
        parts = [board.header, board.head, board.table, board.pane, board.moves]
        parts += [board.person, board.groups] if size == WIDE else []
        for part in parts:
            assert {cell_len(line) for line in lines(part)} == {part.size.width}


@SIZES
async def test_ages_stand_in_one_column_behind_names_of_any_width(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    ages = {"前田 慎吾": "47分", "Alexandra": "12分", "佐々木": "7分", "石川 誠": "1:04"}
    async with opened(hub.url, size) as desk:
        found = [(desk.line(name), age) for name, age in ages.items()]
        ends = {cell_len(line[: line.index(age) + len(age)]) for line, age in found}
    assert len(ends) == 1


async def test_a_name_that_is_too_long_ends_in_an_ellipsis(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url, WIDE) as desk:
        assert "佐々木 小次…" in desk.line("佐々木")


@pytest.mark.requirement("R5")
@SIZES
async def test_a_change_on_the_hub_is_on_the_board_and_in_the_feed(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(hub.url, size) as desk:
        await hub.tell(seat(1, Label.AWAY, 0))

        await until(lambda: "○ 離席" in desk.line("吉田 千尋"))
        assert "吉田 千尋" in lines(desk.board.moves)[0]
        assert "○離席2" in lines(desk.board.header)[0].replace(" ", "") or size == SMALL


async def test_what_needs_a_look_comes_first_and_s_sorts_by_group(
    hub: BoardHub, opened: Opened
) -> None:
    hub.seats[1] = replace(hub.seats[1], alert=alert())
    async with opened(hub.url) as desk:
        assert desk.names()[:4] == ["吉田 千尋", "石川 誠", "中山 陽菜", "前田 慎吾"]

        await desk.press("s")

        groups = [desk.board.rows[key].groups for key in desk.board.table.keys]
        assert groups == sorted(groups)


@SIZES
async def test_a_live_opening_is_marked_and_recording_until_the_record_has_it(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(hub.url, size) as desk:
        told = replace(alert(kind=IncidentKind.IMPERSONATION), id=OPENED)
        await hub.tell(replace(hub.seats[1], alert=told), news=(opening(1),))
        await until(lambda: "新着 記録中" in lines(desk.board.pane)[0])
        await until(lambda: "▲ なりすまし" in desk.line("吉田 千尋"))

        await hub.tell(news=(opening(1, recorded=True, phase=Phase.RECORDED),))

        await until(lambda: "記録中" not in lines(desk.board.pane)[0])
        assert "新着" in lines(desk.board.pane)[0]
        assert "0.31 < 0.42" in lines(desk.board.pane)[0]


async def test_incidents_of_the_record_stand_in_the_feed(hub: BoardHub, opened: Opened) -> None:
    hub.told.incidents = [
        {"id": "cd" * 16, "member": 2, "kind": "peeping", "opened_at": NOW - 600, "ended_at": NOW}
    ]
    async with opened(hub.url) as desk:
        await until(lambda: "のぞき見" in lines(desk.board.pane)[0])
        assert "終了" in lines(desk.board.pane)[0]


@SIZES
async def test_the_filter_takes_words_states_and_groups(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(hub.url, size) as desk:
        await desk.press("slash")
        await desk.type("state:away group:開発")
        assert desk.names() == ["前田 慎吾"]

        await desk.press("enter")
        assert desk.board.table.has_focus
        assert desk.names() == ["前田 慎吾"]

        await desk.press("escape")
        assert len(desk.names()) == 6


async def test_a_wrong_filter_says_what_to_write_and_keeps_the_board(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url) as desk:
        await desk.press("slash")
        await desk.type("state:asleep")

        assert "asleep" in str(desk.board.wrong.content)
        assert len(desk.names()) == 6


async def test_a_filter_that_nobody_meets_says_how_to_leave_it(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url) as desk:
        await desk.press("slash")
        await desk.type("zzz")
        assert "esc" in "".join(lines(desk.board.table))


async def test_the_detail_follows_the_cursor_where_there_is_room(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url, WIDE) as desk:
        first = desk.names()[0]
        assert first in lines(desk.board.titles["person"])[0]

        await desk.press("down")

        assert desk.names()[1] in lines(desk.board.titles["person"])[0]
        assert any("端末 #3" in line for line in lines(desk.board.person))


async def test_on_a_small_terminal_enter_opens_the_detail(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url, SMALL) as desk:
        await desk.press("enter")
        screen = desk.app.screen
        assert isinstance(screen, PersonScreen)
        await until(lambda: any("切断" in line for line in lines(screen.person)))

        await hub.tell(seat(4, Label.PRESENT, 0))
        await until(lambda: any("● 在席" in line for line in lines(screen.person)))

        await desk.press("escape")
        assert desk.app.screen is desk.board


async def test_the_order_waits_while_somebody_reads(
    hub: BoardHub, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console_tui.screens.showing.RESORT_S", 3600)
    async with opened(hub.url) as desk:
        before = desk.names()
        await desk.press("down")
        await hub.tell(replace(hub.seats[1], alert=alert()))

        await until(lambda: "▲ のぞき見" in desk.line("吉田 千尋"))

        assert desk.names() == before


async def test_the_cursor_stays_on_its_person_when_others_move(
    hub: BoardHub, opened: Opened, soon: None
) -> None:
    async with opened(hub.url) as desk:
        await desk.press("down", "down")
        chosen = desk.board.table.cursor
        await hub.tell(replace(hub.seats[1], alert=alert()), seat(4, Label.PRESENT, 0))

        await until(lambda: desk.names()[0] == "吉田 千尋")

        assert desk.board.table.cursor == chosen


async def test_a_group_shows_its_own_and_those_below(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url, WIDE) as desk:
        await desk.press("g", "down", "down")
        assert set(desk.names()) == {"前田 慎吾", "中山 陽菜", "佐々木 小次郎左衛門之介"}

        await desk.press("up")
        assert len(desk.names()) == 6

        await desk.press("down", "enter", "escape")
        assert desk.board.table.has_focus
        assert len(desk.names()) == 6


async def test_on_a_small_terminal_g_opens_the_groups(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url, SMALL) as desk:
        await desk.press("g")
        assert isinstance(desk.app.screen, GroupsScreen)
        await desk.press("down", "down", "enter")
        assert set(desk.names()) == {"前田 慎吾", "中山 陽菜", "佐々木 小次郎左衛門之介"}


async def test_keys_light_and_quitting(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url) as desk:
        await desk.press("question_mark")
        assert isinstance(desk.app.screen, KeysScreen)
        await desk.press("escape", "d")
        assert desk.app.theme == "zaiseki-light"
        await desk.press("q")
        assert not desk.app.is_running


async def test_ascii_shows_no_character_of_ambiguous_width(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url, WIDE, Config(ascii=True)) as desk:
        board = desk.board
        assert "o 離席" in desk.line("前田 慎吾")
        parts = [board.header, board.head, board.table, board.groups, *board.titles.values()]
        shown = "".join(line for part in parts for line in lines(part))
        assert not set(shown) & set("●○◑◐▒‖─·▲…├└▾│")


async def test_an_empty_hub_says_what_will_appear_and_the_first_step(
    hub: BoardHub, opened: Opened
) -> None:
    hub.members.clear()
    hub.seats.clear()
    async with opened(hub.url) as desk:
        assert "zaiseki member add" in "".join(lines(desk.board.table))


async def test_english_is_complete_on_the_board(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url, WIDE, ENGLISH) as desk:
        assert "○ away" in desk.line("前田 慎吾")
        assert "47m" in desk.line("前田 慎吾")
        assert "Board, 6 people" in lines(desk.board.titles["table"])[0]


async def test_a_thousand_seats_come_in_parts_and_are_reached_by_keys(
    hub: BoardHub, opened: Opened, soon: None
) -> None:
    for member in range(7, 1001):
        hub.person(seat(member), f"山田 {member:04}", 1)
    async with opened(hub.url, SMALL) as desk:
        assert len(desk.names()) == 1000
        await desk.press("end")
        assert desk.names()[-1] in lines(desk.board.table)[-1]
        offset = desk.board.table.scroll_offset.y

        await hub.tell(replace(hub.seats[500], alert=alert()))
        await until(lambda: desk.names()[0] == "山田 0500")

        assert desk.board.table.cursor == desk.board.table.keys[-1]
        assert desk.board.table.scroll_offset.y == offset


async def test_text_of_others_cannot_send_codes_to_the_terminal(
    hub: BoardHub, opened: Opened
) -> None:
    hub.person(replace(seat(7), task="\x1b[2Jgone\nnext"), "\x1b]0;evil\x07名", 1)
    async with opened(hub.url) as desk:
        shown = "".join(lines(desk.board.table))
        assert "\x1b" not in shown and "\x07" not in shown and "\n" not in shown


@pytest.mark.parametrize("size", [(60, 20), (40, 12)])
async def test_a_terminal_that_is_too_small_says_so_and_keeps_what_matters(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    hub.seats[1] = replace(hub.seats[1], alert=alert())
    async with opened(hub.url, size) as desk:
        assert "80x24" in lines(desk.board.foot)[0]
        assert "▲要対応1" in lines(desk.board.header)[0]
        assert "▲ のぞき見" in desk.line("吉田")


async def test_the_last_events_stay_in_sight_however_many_incidents_there_are(
    hub: BoardHub, opened: Opened
) -> None:
    why = {"score": 0.31, "threshold": 0.42, "votes": 3, "of": 5, "quality": 0.82}
    hub.told.incidents = [
        {"id": f"{n:032x}", "member": 4, "kind": "peeping", "opened_at": NOW - n, "why": why}
        for n in range(9)
    ]
    async with opened(hub.url, WIDE) as desk:
        board = desk.board
        await until(lambda: len(board.known().newest()) == 9)
        await hub.tell(seat(4, Label.AWAY, 0))
        await until(lambda: "石川 誠" in lines(board.moves)[0])
        board.table.choose(4)
        await until(lambda: any("動き" in line for line in lines(board.person)))
        told = "".join(lines(board.person))
        assert "0.31 < 0.42" in told and "票 3/5  質 0.82" in told
        assert "ほか 8件" in told


async def test_no_color_is_sent_to_who_wants_none(
    hub: BoardHub, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(hub.url, WIDE) as desk:
        shown = [part for strip in desk.app.screen._compositor.render_strips() for part in strip]
        sent = {colour for part in shown if part.style for colour in colours_of(part.style)}
        assert sent <= {None, "default"}
        assert any(part.style and part.style.reverse for part in shown)


def colours_of(style: Style) -> set[str | None]:
    return {colour and colour.name for colour in (style.color, style.bgcolor)}

"""The registry of keys, a person's own keys and settings, and the palette."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from console_tui import config
from console_tui.config import BadConfig, Config
from console_tui.keys import EVERY, BadKey, checked
from console_tui.screens.over import KeysScreen
from console_tui.screens.palette import PaletteScreen
from tests.clock import until
from tests.console_tui.board_hub import BoardHub
from tests.console_tui.conftest import SMALL, WIDE, Opened, lines


def written(text: str) -> Path:
    file = config.place()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_no_two_actions_share_a_key() -> None:
    assert checked({}) == {}
    assert len({key.id for key in EVERY}) == len(EVERY)


def test_what_is_printed_is_a_file_that_changes_nothing() -> None:
    written(config.as_toml())
    assert config.load().keys == {key.id: key.keys for key in EVERY}


def test_no_file_is_no_setting() -> None:
    assert config.load() == Config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys]\nfly = 'f'", "no action 'fly'"),
        ("[keys]\nfilter = ''", "names no key"),
        ("[keys]\nfilter = 's'", "both"),
        ("images = 'none'", "images"),
        ("colour = 1", "colour"),
        ("ascii =", "tui.toml"),
        ("[filters]\nlong = 'since>soon'", "[filters] 'long'"),
        ("[filters]\nall = ''", "filters nobody"),
    ],
)
def test_a_setting_that_cannot_be_meant_names_the_file_and_the_fault(text: str, said: str) -> None:
    file = written(text)
    with pytest.raises(BadConfig) as bad:
        config.load()
    assert str(bad.value).startswith(f"{file}: ")
    assert said in str(bad.value)
    assert "\n" not in str(bad.value)


def test_a_key_of_two_actions_is_refused_with_both() -> None:
    with pytest.raises(BadKey, match="both take and undo"):
        checked({"undo": "a"})


async def test_own_keys_work_and_stand_at_the_foot(hub: BoardHub, opened: Opened) -> None:
    own = msgspec.structs.replace(Config(language="ja"), keys={"filter": "f5", "undo": "ctrl+z"})
    async with opened(hub.url, WIDE, own) as desk:
        assert "f5 絞る" in lines(desk.board.foot)[0]
        await desk.press("slash")
        assert desk.board.table.has_focus
        await desk.press("f5")
        assert desk.board.input.has_focus


async def test_the_page_of_keys_has_all_of_them_on_a_small_terminal(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url, SMALL) as desk:
        await desk.press("question_mark")
        assert isinstance(desk.app.screen, KeysScreen)
        told = "\n".join(strip.text for strip in desk.app.screen._compositor.render_strips())
        assert "コマンド" in told and "サインアウト" in told and "esc で閉じる" in told


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("切断", {"石川 誠", "中山 陽菜"}),
        ("開発部", {"前田 慎吾", "中山 陽菜"}),
    ],
)
async def test_the_palette_finds_by_a_few_letters_and_does_it(
    hub: BoardHub, opened: Opened, typed: str, names: set[str]
) -> None:
    async with opened(hub.url, WIDE) as desk:
        await desk.press("ctrl+p")
        await until(lambda: isinstance(desk.app.screen, PaletteScreen))
        await desk.type(typed)
        await desk.press("enter")
        await until(lambda: desk.app.screen is desk.board)
        await until(lambda: names <= set(desk.names()) and len(desk.names()) < 6)


async def test_ones_own_filters_are_on_the_palette(hub: BoardHub, opened: Opened) -> None:
    written('[filters]\n"切れた人" = "state:offline,unknown"')
    own = replace(config.load(), language="ja")
    async with opened(hub.url, WIDE, own) as desk:
        await desk.press("ctrl+p")
        await until(lambda: isinstance(desk.app.screen, PaletteScreen))
        await desk.type("切れた人")
        await desk.press("enter")
        await until(lambda: {"石川 誠", "中山 陽菜"} == set(desk.names()))


async def test_the_palette_says_where_nothing_is_found(hub: BoardHub, opened: Opened) -> None:
    async with opened(hub.url, SMALL) as desk:
        await desk.press("colon")
        await until(lambda: isinstance(desk.app.screen, PaletteScreen))
        screen = desk.app.screen
        assert isinstance(screen, PaletteScreen)
        await desk.type("zzz")
        await desk.pilot.pause()
        assert "見つかりません" in lines(screen.commands)[1]
        await desk.press("enter")
        assert desk.app.screen is desk.board


async def test_ctrl_c_says_which_key_ends_and_ends_nothing(hub: BoardHub, opened: Opened) -> None:
    own = Config(keys={"quit": "f10"}, language="ja")
    async with opened(hub.url, SMALL, own) as desk:
        await desk.press("ctrl+c")
        [told] = desk.app._notifications
        assert told.message == "終了するには f10 を押してください。"
        assert desk.app.screen is desk.board

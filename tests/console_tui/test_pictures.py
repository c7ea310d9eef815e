"""Images in the terminal: none by itself, each for a purpose, on record, and not for long."""

import io
import time

import pytest
from PIL import Image
from textual.widgets import Label

from console_tui.config import Config
from console_tui.screens.pictures import OPEN_S, PicturesScreen
from console_tui.widgets.picture import Blocks, Unreadable, opened
from tests.clock import until
from tests.console_tui.board_hub import NOW, BoardHub
from tests.console_tui.conftest import SMALL, Desk, Opened, lines


def png(*halves: str) -> bytes:
    """40x40 pixels, its upper half in one colour and its lower in another."""
    image = Image.new("RGB", (40, 40), halves[0])
    image.paste(halves[-1], (0, 20, 40, 40))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pictured(hub: BoardHub) -> BoardHub:
    hub.told.picture = png("red", "blue")
    about = {"member": 4, "taken_at": NOW - 60}
    hub.told.pictures = [
        {"id": "a1", "kind": "camera", "state": "stored", **about},
        {"id": "a2", "kind": "screen", "state": "erased", **about},
        {"id": "a3", "kind": "screen", "state": "erased", "reason": "own_wish", **about},
    ]
    return hub


async def asked(desk: Desk) -> PicturesScreen:
    """The images of the person under the cursor."""
    await desk.press("v")
    await until(lambda: isinstance(desk.app.screen, PicturesScreen))
    screen = desk.app.screen
    assert isinstance(screen, PicturesScreen)
    await until(lambda: screen.list.keys)
    return screen


def gate(screen: PicturesScreen) -> str:
    return str(screen.query_one("#gate", Label).content)


@pytest.mark.requirement("R13")
async def test_an_image_opens_only_for_a_purpose_and_is_on_record(
    pictured: BoardHub, opened: Opened
) -> None:
    async with opened(pictured.url, SMALL) as desk:
        screen = await asked(desk)
        assert "本人に表示されます" in gate(screen)
        assert "q インシデントの確認  w 監査" in gate(screen)
        assert not screen.query(Blocks) and not pictured.told.looks

        await desk.press("w")
        await until(lambda: screen.query(Blocks))
        assert pictured.told.looks == ["audit"]
        assert 0 < screen.open_until - time.monotonic() <= OPEN_S
        screen.open_until = time.monotonic() + 250.5
        screen.count_down()
        assert "残り 4:10" in gate(screen)

        await desk.press("space")
        await until(lambda: not screen.query(Blocks))
        assert "見る目的" in gate(screen)


async def test_an_open_image_closes_by_itself(pictured: BoardHub, opened: Opened) -> None:
    async with opened(pictured.url, SMALL) as desk:
        screen = await asked(desk)
        await desk.press("q")
        await until(lambda: screen.query(Blocks))
        screen.open_until -= OPEN_S  # five minutes later
        await until(lambda: not screen.query(Blocks))


async def test_what_is_erased_or_outside_the_charter_is_said(
    pictured: BoardHub, opened: Opened
) -> None:
    pictured.told.purposes = []
    async with opened(pictured.url, SMALL) as desk:
        screen = await asked(desk)
        await until(lambda: "監視規程" in gate(screen))
        await desk.press("escape")
        pictured.told.purposes = ["audit"]
        screen = await asked(desk)
        await desk.press("down", "q")
        assert "消去済み" in gate(screen)
        assert [line.rstrip().endswith("本人が消去") for line in lines(screen.list)[1:3]] == [
            False,
            True,
        ]
    assert not pictured.told.looks


@pytest.mark.parametrize(("ascii_only", "block"), [(False, "▀"), (True, " ")])
async def test_an_image_is_blocks_of_two_pixels_or_of_one(
    pictured: BoardHub, opened: Opened, ascii_only: bool, block: str
) -> None:
    async with opened(pictured.url, SMALL, Config(ascii=ascii_only)) as desk:
        screen = await asked(desk)
        await desk.press("q")
        await until(lambda: screen.query(Blocks))
        blocks = screen.query_one(Blocks)
        await until(lambda: blocks.size.height > 1)
        assert set("".join(lines(blocks))) <= {block, " "}
        colours = {
            part.style.bgcolor.name
            for y in range(blocks.size.height)
            for part in blocks.render_line(y)
            if part.style and part.style.bgcolor
        }
        assert {"#ff0000", "#0000ff"} <= colours


@pytest.mark.parametrize("data", [b"", b"GIF89a", png("red")[:60]])
def test_what_is_no_image_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        opened(data)

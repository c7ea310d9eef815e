"""Signing in from the terminal: what goes wrong is said in one line, in the language."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.widgets import Label

from console_tui import keep
from console_tui.app import BoardApp
from console_tui.config import Config
from console_tui.keep import Kept
from console_tui.screens.second import SecondStep
from console_tui.screens.signin import SignIn
from tests.clock import until
from tests.console_tui.board_hub import TOKEN, BoardHub
from tests.console_tui.conftest import ENGLISH, JAPANESE, SMALL, Desk


@asynccontextmanager
async def asked(
    url: str, login: str = "kimura", config: Config = JAPANESE, kept: Kept | None = None
) -> AsyncIterator[Desk]:
    app = BoardApp(url, login, config, kept)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        yield Desk(app, pilot)


def notice(desk: Desk) -> str:
    """The line that says what went wrong; empty once the board is there."""
    if not isinstance(desk.app.screen, SignIn | SecondStep):
        return ""
    return str(desk.app.screen.query_one("#notice", Label).content)


async def test_the_right_password_opens_the_board_and_is_kept_as_a_token(hub: BoardHub) -> None:
    async with asked(hub.url, login="") as desk:
        await desk.type("kimura")
        await desk.press("enter")
        await desk.type(hub.told.password)
        await desk.press("enter")
        await until(desk.has_board)
        await desk.live()

        kept = keep.load(hub.url)
        assert kept and (kept.token, kept.name) == (TOKEN, "木村 亮")
        assert hub.told.password not in keep.place(hub.url).read_text()


@pytest.mark.parametrize(("config", "said"), [(JAPANESE, "違います"), (ENGLISH, "Wrong login")])
async def test_a_wrong_password_is_said_and_can_be_tried_again(
    hub: BoardHub, config: Config, said: str
) -> None:
    async with asked(hub.url, config=config) as desk:
        await desk.type("guess")
        await desk.press("enter")
        await until(lambda: said in notice(desk))

        await desk.type(hub.told.password)
        await desk.press("enter")
        await until(desk.has_board)


@pytest.mark.parametrize(("config", "said"), [(JAPANESE, "37秒"), (ENGLISH, "37 s")])
async def test_a_throttled_sign_in_says_how_long_to_wait(
    hub: BoardHub, config: Config, said: str
) -> None:
    hub.told.throttled_s = 37
    async with asked(hub.url, config=config) as desk:
        await desk.type("guess")
        await desk.press("enter")
        await until(lambda: said in notice(desk))


@pytest.mark.parametrize(
    ("config", "said"), [(JAPANESE, "接続できません"), (ENGLISH, "No connection")]
)
async def test_a_hub_that_is_not_there_is_said(config: Config, said: str) -> None:
    async with asked("http://127.0.0.1:9", config=config) as desk:
        await desk.type("guess")
        await desk.press("enter")
        await until(lambda: said in notice(desk))


async def test_a_password_never_leaves_unencrypted() -> None:
    async with asked("http://hub.example") as desk:
        await desk.type("guess")
        await desk.press("enter")
        await until(lambda: "https://hub.example" in notice(desk))


async def test_an_empty_password_is_not_sent(hub: BoardHub) -> None:
    async with asked(hub.url) as desk:
        await desk.press("enter")
        await until(lambda: "入れてください" in notice(desk))


def waits(need: str, *ways: str) -> dict[str, object]:
    return {"token": "step", "need": need, "login": "kimura", "expires_at": 0, "ways": ways}


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(("config", "said"), [(JAPANESE, "次のコード"), (ENGLISH, "the next one")])
async def test_a_second_factor_is_asked_for_by_a_code_of_the_app(
    hub: BoardHub, config: Config, said: str
) -> None:
    hub.told.step = waits("second_factor", "totp", "recovery")
    async with asked(hub.url, config=config) as desk:
        await desk.type(hub.told.password)
        await desk.press("enter")
        await until(lambda: isinstance(desk.app.screen, SecondStep))
        assert keep.load(hub.url) is None

        await desk.type("000000")
        await desk.press("enter")
        await until(lambda: said in notice(desk))
        await desk.type(hub.told.code)
        await desk.press("enter")
        await until(desk.has_board)

        kept = keep.load(hub.url)
        assert kept and (kept.token, kept.login) == (TOKEN, "kimura")


async def test_a_step_that_is_over_begins_again_with_the_password(hub: BoardHub) -> None:
    hub.told.step = waits("second_factor", "totp")
    async with asked(hub.url) as desk:
        await desk.type(hub.told.password)
        await desk.press("enter")
        await until(lambda: isinstance(desk.app.screen, SecondStep))
        hub.told.step = None
        await desk.type(hub.told.code)
        await desk.press("enter")
        await until(lambda: isinstance(desk.app.screen, SignIn) and "もう一度" in notice(desk))


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ("second_factor", "パスキー"),
        ("set_up_second_factor", "二要素認証"),
        ("new_password", "パスワードの変更"),
    ],
)
async def test_what_only_a_browser_can_do_is_said_with_the_address(
    hub: BoardHub, need: str, said: str
) -> None:
    hub.told.step = waits(need)
    async with asked(hub.url) as desk:
        await desk.type(hub.told.password)
        await desk.press("enter")
        await until(lambda: said in notice(desk) and hub.url in notice(desk))


async def test_a_token_that_has_ended_asks_again_and_is_forgotten(hub: BoardHub) -> None:
    old = Kept(hub.url, "kimura", "ended", 1, "木村 亮", "青葉商事")
    keep.save(old)
    async with asked(hub.url, kept=old) as desk:
        await until(lambda: "期限" in notice(desk))
        assert keep.load(hub.url) is None


async def test_signing_out_ends_the_session_at_the_hub(hub: BoardHub) -> None:
    kept = Kept(hub.url, "kimura", TOKEN, 1, "木村 亮", "青葉商事")
    keep.save(kept)
    async with asked(hub.url, kept=kept) as desk:
        await desk.live()
        await desk.press("S")
        await until(lambda: TOKEN not in hub.known)
        await until(lambda: isinstance(desk.app.screen, SignIn))
        assert keep.load(hub.url) is None


async def test_the_language_is_the_member_s_own_unless_one_is_asked_for(hub: BoardHub) -> None:
    kept = Kept(hub.url, "kimura", TOKEN, 1, "木村 亮", "青葉商事", "en")
    async with asked(hub.url, config=Config(), kept=kept) as desk:
        await desk.live()
        assert desk.board.scene.words.language == "en"


def test_what_is_kept_is_json_for_one_hub() -> None:
    keep.save(Kept("http://127.0.0.1:8000", "a", "t", 1, "名", "社"))
    assert json.loads(keep.place("http://127.0.0.1:8000").read_text())["login"] == "a"
    assert keep.load("http://127.0.0.1:8001") is None

"""`zaiseki tui` for scripts: what it prints, and which exit code says what."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from console_tui import cli, config, keep
from console_tui.feed import Feed
from console_tui.keep import Kept
from hub.protocol.facts import Label
from tests.console_tui.board_hub import NOW, TOKEN, BoardHub
from tests.console_tui.conftest import alert


async def run(*words: str) -> int:
    """The command in a thread of its own: it brings its own event loop."""
    parser = argparse.ArgumentParser()
    cli.register(parser.add_subparsers())
    options = parser.parse_args(["tui", *words])
    code = await asyncio.to_thread(options.run, options)
    assert isinstance(code, int)
    return code


@pytest.fixture
def signed_in(hub: BoardHub) -> Iterator[Kept]:
    kept = Kept(hub.url, "kimura", TOKEN, 1, "木村 亮", "青葉商事")
    keep.save(kept)
    yield kept


@pytest.mark.usefixtures("signed_in")
async def test_once_as_json_holds_every_seat_with_every_field(
    hub: BoardHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.seats[1] = replace(hub.seats[1], alert=alert())

    assert await run("--once", "--json") == cli.DONE

    board = json.loads(capsys.readouterr().out)
    assert board["tenant"] == "青葉商事"
    assert board["counts"] == {
        "off": 0, "out": 0, "break": 1, "paused": 1, "offline": 1, "unknown": 1, "away": 1,
        "present": 1, "todo": 1, "people": 6,
    }  # fmt: skip
    first = board["seats"][0]
    assert (first["name"], first["label"], first["link"]) == ("吉田 千尋", "present", "online")
    assert first["alert"]["kind"] == "peeping"
    assert first["heard"] is None


@pytest.mark.usefixtures("signed_in")
async def test_a_filter_of_ones_own_is_named_with_an_at_sign(
    hub: BoardHub, capsys: pytest.CaptureFixture[str]
) -> None:
    file = config.place()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[filters]\n"切れた人" = "state:offline,unknown"')

    assert await run("--once", "--json", "--filter", "@切れた人") == cli.DONE
    board = json.loads(capsys.readouterr().out)
    assert {seat["label"] for seat in board["seats"]} == {"offline", "unknown"}
    assert await run("--once", "--filter", "@誰も") == cli.USAGE
    assert "there are @切れた人" in capsys.readouterr().err


@pytest.mark.usefixtures("signed_in")
async def test_once_as_a_table_has_one_line_a_person_and_no_colours_in_a_pipe(
    hub: BoardHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("--once", "--hub", hub.url) == cli.DONE

    head, *lines = capsys.readouterr().out.splitlines()
    assert "離席1" in head
    assert len(lines) == 6
    assert max(map(cell_len, lines)) <= 80
    assert "\x1b" not in "".join(lines)
    assert "─ 切断" in lines[0]


@pytest.mark.usefixtures("signed_in")
async def test_once_with_a_filter_prints_and_counts_those_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await run("--once", "--json", "--filter", "state:離席,休憩") == cli.DONE

    board = json.loads(capsys.readouterr().out)
    assert [seat["label"] for seat in board["seats"]] == ["away", "break"]
    assert (board["counts"]["people"], board["counts"]["present"]) == (2, 0)


@pytest.mark.usefixtures("signed_in")
async def test_once_of_the_past_is_the_board_of_then(
    hub: BoardHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Feed, "now", property(lambda feed: NOW))
    hub.told.then = {NOW - 3600: [replace(hub.seats[1], label=Label.AWAY)]}

    assert await run("--once", "--at", "-60") == cli.DONE

    head, first, *_ = capsys.readouterr().out.splitlines()
    assert "11/18 19:06" in head
    assert "○ 離席" in first and "吉田 千尋" in first


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("words", "said"),
    [(["--filter", "state:asleep"], "asleep"), (["--at", "noon"], "noon")],
)
async def test_once_with_what_cannot_be_meant_gets_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("--once", *words) == cli.USAGE
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


async def test_keys_are_printed_as_a_file_of_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--keys") == cli.DONE
    assert 'filter = "slash"' in capsys.readouterr().out


async def test_a_wrong_file_of_settings_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    config.place().parent.mkdir(parents=True)
    config.place().write_text("[keys]\nfilter = 's'")
    assert await run("--once") == cli.USAGE
    assert "tui.toml" in capsys.readouterr().err


async def test_once_without_a_sign_in_says_how_to_get_one(
    hub: BoardHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("--once", "--hub", hub.url) == cli.NOT_SIGNED_IN
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"zaiseki tui --hub {hub.url}" in said


@pytest.mark.usefixtures("signed_in")
async def test_once_with_an_ended_sign_in_is_not_signed_in(hub: BoardHub) -> None:
    hub.known.clear()
    assert await run("--once") == cli.NOT_SIGNED_IN


async def test_once_without_a_hub_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console_tui.cli.PATIENCE_S", 2.0)
    keep.save(Kept("http://127.0.0.1:9", "kimura", TOKEN, 1, "木村 亮", "青葉商事"))
    assert await run("--once") == cli.NO_HUB
    assert "no connection to the hub" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--json"], "--once"),
        (["--filter", "前田"], "--once"),
        (["--at", "10:15"], "--once"),
        (["--hub", "http://hub.example"], "https://hub.example"),
        (["--hub", "hub"], "https://hub.example"),
        ([], "no terminal"),
    ],
)
async def test_options_that_cannot_be_meant_get_one_line(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert await run(*words) == cli.USAGE
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


async def test_a_board_that_could_not_be_seen_is_not_begun(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert await run() == cli.USAGE
    assert "standard error" in capsys.readouterr().err


@pytest.mark.usefixtures("signed_in")
async def test_sign_out_ends_the_session_at_the_hub_and_removes_the_file(hub: BoardHub) -> None:
    assert await run("--sign-out") == cli.DONE
    assert TOKEN not in hub.known
    assert not keep.place(hub.url).exists()


async def test_sign_out_without_the_hub_removes_the_file_and_says_what_is_left() -> None:
    url = "http://127.0.0.1:9"
    keep.save(Kept(url, "kimura", TOKEN, 1, "木村 亮", "青葉商事"))
    assert await run("--sign-out", "--hub", url) == cli.NO_HUB
    assert not keep.place(url).exists()


@pytest.mark.usefixtures("signed_in")
async def test_a_file_that_others_could_read_ends_its_session(hub: BoardHub) -> None:
    keep.place(hub.url).chmod(0o644)
    assert await run("--once", "--hub", hub.url) == cli.NOT_SIGNED_IN
    assert TOKEN not in hub.known

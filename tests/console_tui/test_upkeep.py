"""Maintenance on the terminal: told before, and while it runs the board says that it is not now."""

from http import HTTPStatus

import pytest

from console_tui import upkeep
from hub.protocol import session
from hub.protocol.closing import COME_BACK
from hub.protocol.session import State
from tests.clock import until
from tests.console_tui.board_hub import NOW, BoardHub
from tests.console_tui.conftest import ENGLISH, JAPANESE, SMALL, WIDE, Desk, Opened, lines

HOUR_S = 3_600.0


def window(stage: str) -> dict[str, object]:
    """From 21:06 to 22:06 in Japan."""
    times = {"begins_at": NOW + HOUR_S, "ends_at": NOW + 2 * HOUR_S}
    return {"id": 1, "stage": stage, "text": "ディスクを交換します", **times}


def banner(desk: Desk) -> str:
    return "".join(lines(desk.board.banner))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "EVERY_S", 0.2)
    monkeypatch.setattr(upkeep, "LOST_S", 0.2)
    monkeypatch.setattr(session, "WAIT_S", 0.1)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["100x30", "80x24"])
async def test_a_window_is_told_before_it_begins_and_not_after_it_is_withdrawn(
    hub: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    hub.told.window = window("announced")
    async with opened(hub.url, size, config=JAPANESE) as desk:
        await until(lambda: "メンテナンスの予定 11/18 21:06 から 11/18 22:06 まで" in banner(desk))
        assert "再接続" not in banner(desk)

        hub.told.window = None
        await until(lambda: not desk.board.banner.display)


async def test_while_it_runs_the_board_says_of_when_it_is_and_goes_on_by_itself(
    hub: BoardHub, opened: Opened
) -> None:
    async with opened(hub.url, WIDE, config=ENGLISH) as desk:
        hub.told.window = window("running")
        hub.refusal = (HTTPStatus.SERVICE_UNAVAILABLE, "maintenance")
        await hub.close(COME_BACK, "maintenance")
        await until(lambda: "Under maintenance, planned until 11/18 22:06" in banner(desk))
        assert "As of 20:06:" in banner(desk)

        hub.told.window = hub.refusal = None
        await until(lambda: desk.board.feed.session.state is State.LIVE)
        await until(lambda: not desk.board.banner.display)

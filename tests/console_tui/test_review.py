"""Judging from the terminal: verdicts, undo, notes, taking, and what is said where it cannot be."""

import pytest
from msgspec.structs import replace

from hub.protocol.facts import IncidentKind, Phase, Sighting, Verdict
from hub.protocol.watchers import IncidentNews
from tests.clock import until
from tests.console_tui.board_hub import NOW, BoardHub
from tests.console_tui.conftest import SMALL, WIDE, Desk, Opened, alert, lines
from tests.links import link

SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["100x30", "80x24"])
PEEPING, IMPERSONATION = f"{1:032x}", f"{2:032x}"


@pytest.fixture
def waiting(hub: BoardHub) -> BoardHub:
    """Two incidents that wait: the graver one is 前田's and the newer one."""
    hub.seats[1] = replace(hub.seats[1], alert=alert(1))
    hub.seats[2] = replace(hub.seats[2], alert=alert(2, IncidentKind.IMPERSONATION))
    hub.told.incidents = [
        {"id": PEEPING, "member": 1, "kind": "peeping", "opened_at": NOW - 600},
        {"id": IMPERSONATION, "member": 2, "kind": "impersonation", "opened_at": NOW - 180},
    ]
    return hub


def foot(desk: Desk) -> str:
    return lines(desk.board.foot)[0]


def listed(desk: Desk) -> list[str]:
    return [line for line in lines(desk.board.pane) if line.strip()]


async def ready(desk: Desk) -> None:
    """The record's list is in the pane, and the pane has the focus."""
    await until(lambda: desk.board.pane.keys == [IMPERSONATION, PEEPING])
    await desk.press("i")


@pytest.mark.requirement("R6")
@SIZES
async def test_what_waits_stands_by_gravity_and_then_by_age(
    waiting: BoardHub, opened: Opened, size: tuple[int, int]
) -> None:
    async with opened(waiting.url, size) as desk:
        await until(lambda: len(listed(desk)) == 2)
        assert "▲ なりすまし 前田 慎吾" in listed(desk)[0]
        assert "▲ のぞき見   吉田 千尋" in listed(desk)[1]


@pytest.mark.requirement("R6")
@SIZES
@pytest.mark.parametrize(
    ("key", "verdict", "word"),
    [("1", "benign", "正当"), ("2", "confirmed", "不正"), ("3", "false_positive", "誤検知")],
)
async def test_a_key_is_a_verdict_and_the_next_incident_comes_under_the_cursor(
    waiting: BoardHub,
    opened: Opened,
    size: tuple[int, int],
    key: str,
    verdict: str,
    word: str,
) -> None:
    async with opened(waiting.url, size) as desk:
        await ready(desk)
        await desk.press(key)
        await until(lambda: f"{word}と判定: 前田 慎吾 なりすまし" in foot(desk))

        assert waiting.told.judged == [("POST", IMPERSONATION, {"verdict": verdict})]
        assert "u で元に戻す" in foot(desk)
        assert desk.board.pane.cursor == PEEPING


async def test_a_verdict_is_taken_back_within_ten_seconds(
    waiting: BoardHub, opened: Opened
) -> None:
    async with opened(waiting.url) as desk:
        await ready(desk)
        await desk.press("2")
        await until(lambda: "不正" in foot(desk))
        await desk.press("u")
        await until(lambda: "取り消しました" in foot(desk))

        assert waiting.told.judged[-1][:2] == ("DELETE", IMPERSONATION)
        assert desk.board.pane.cursor == IMPERSONATION
        assert "正当" not in listed(desk)[0] and "不正" not in listed(desk)[0]


async def test_after_ten_seconds_a_verdict_stands(
    waiting: BoardHub, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console_tui.screens.review.UNDO_S", 0.1)
    async with opened(waiting.url) as desk:
        await ready(desk)
        await desk.press("2")
        await until(lambda: desk.board.pane.cursor == PEEPING)  # the answer has come
        await until(lambda: desk.board.judged is None)
        await desk.press("u")
        assert "元に戻せる判定はありません" in foot(desk)


@pytest.mark.parametrize("heard", [False, True], ids=["unheard", "heard"])
async def test_who_judged_meanwhile_is_named_and_the_same_key_judges_over_that(
    waiting: BoardHub, opened: Opened, heard: bool
) -> None:
    other = {"verdict": "confirmed", "judged_by": "斎藤 純", "judged_at": NOW - 5}
    async with opened(waiting.url, SMALL) as desk:
        await ready(desk)
        if heard:  # of a word that is not the last one any more
            sighting = Sighting(IMPERSONATION, IncidentKind.IMPERSONATION, NOW - 180, NOW)
            news = IncidentNews(2, Phase.JUDGED, sighting, recorded=True, verdict=Verdict.BENIGN)
            await waiting.tell(news=(news,))
            await until(lambda: desk.board.pane.keys == [PEEPING, IMPERSONATION])
            desk.board.pane.choose(IMPERSONATION)
        waiting.told.incidents[1] |= other
        await desk.press("1")
        await until(lambda: "斎藤 純が先に不正と判定: 前田 慎吾 なりすまし" in foot(desk))

        assert waiting.told.judged == []
        assert desk.board.pane.cursor == IMPERSONATION
        assert [line for line in listed(desk) if "不正" in line and "前田 慎吾" in line]
        await desk.press("1")
        await until(lambda: "正当と判定" in foot(desk))
        assert waiting.told.judged == [("POST", IMPERSONATION, {"verdict": "benign"})]


async def test_a_word_that_was_taken_back_meanwhile_is_not_judged_over(
    waiting: BoardHub, opened: Opened
) -> None:
    other: dict[str, object] = {"verdict": "confirmed", "judged_by": "斎藤 純", "judged_at": NOW}
    waiting.told.incidents[1] |= other
    async with opened(waiting.url, SMALL) as desk:
        await until(lambda: desk.board.pane.keys == [PEEPING, IMPERSONATION])
        await desk.press("i")
        desk.board.pane.choose(IMPERSONATION)
        for name in other:
            del waiting.told.incidents[1][name]
        await desk.press("1")
        await until(lambda: "判定を取り消しました" in foot(desk))

        assert waiting.told.judged == []


async def test_a_note_goes_with_the_verdict(waiting: BoardHub, opened: Opened) -> None:
    async with opened(waiting.url) as desk:
        await ready(desk)
        await desk.press("n")
        await until(lambda: desk.app.screen is not desk.board)
        await desk.type("本人に確認した")
        await desk.press("enter")
        await until(lambda: "メモを預かりました" in foot(desk))
        await desk.press("1")
        await until(lambda: waiting.told.judged)

        body = {"verdict": "benign", "note": "本人に確認した"}
        assert waiting.told.judged == [("POST", IMPERSONATION, body)]


async def test_taking_says_who_has_it_and_taking_again_lets_go(
    waiting: BoardHub, opened: Opened
) -> None:
    async with opened(waiting.url, (160, 50)) as desk:
        await ready(desk)
        assert "担当なし" in listed(desk)[0]
        await desk.press("a")
        await until(lambda: "木村 亮" in listed(desk)[0])
        await desk.press("a")
        await until(lambda: "担当なし" in listed(desk)[0])

        assert [body for _, _, body in waiting.told.judged] == [{"assignee": 1}, {"assignee": None}]


async def test_what_others_do_with_an_incident_is_seen_here(
    waiting: BoardHub, opened: Opened
) -> None:
    def step(phase: Phase, verdict: Verdict | None = None, by: int | None = None) -> IncidentNews:
        sighting = Sighting(IMPERSONATION, IncidentKind.IMPERSONATION, NOW - 180, NOW)
        return IncidentNews(2, phase, sighting, recorded=True, verdict=verdict, assignee=by)

    async with opened(waiting.url, (160, 50)) as desk:
        await ready(desk)
        await waiting.tell(news=(step(Phase.TAKEN, by=5),))
        await until(lambda: "Alexandra" in listed(desk)[0])
        await waiting.tell(news=(step(Phase.ESCALATED),))
        await until(lambda: "上位へ" in listed(desk)[0])
        await waiting.tell(news=(step(Phase.JUDGED, Verdict.BENIGN),))
        await until(lambda: "正当" in listed(desk)[1])
        await waiting.tell(news=(step(Phase.DISPUTED),))
        await until(lambda: "申し立て" in listed(desk)[0])


async def test_from_the_table_the_person_s_own_incident_is_judged(
    waiting: BoardHub, opened: Opened
) -> None:
    async with opened(waiting.url, SMALL) as desk:
        await until(lambda: desk.board.pane.keys == [IMPERSONATION, PEEPING])
        desk.board.table.choose(1)
        await desk.press("enter")
        await until(lambda: desk.app.screen is not desk.board)
        await desk.press("3")
        await until(lambda: waiting.told.judged)

        assert waiting.told.judged[0][1] == PEEPING


async def test_without_a_right_or_an_incident_it_is_said(waiting: BoardHub, opened: Opened) -> None:
    waiting.told.no_right = True
    async with opened(waiting.url) as desk:
        await ready(desk)
        await desk.press("2")
        await until(lambda: "権限がない" in foot(desk))
        await desk.press("i")
        desk.board.table.choose(5)
        await desk.press("2")
        assert "判定するインシデントがありません" in foot(desk)


async def test_nothing_is_judged_while_the_line_is_lost(waiting: BoardHub, opened: Opened) -> None:
    async with link(waiting.address) as line, opened(f"http://{line.address}") as desk:
        await ready(desk)
        line.refuse()
        line.cut()
        await until(lambda: desk.board.scene.lost)
        await desk.press("2")
        assert "再接続するまで" in foot(desk)
    assert not waiting.told.judged


async def test_following_puts_the_cursor_on_whose_incident_opens(
    hub: BoardHub, opened: Opened
) -> None:
    sighting = Sighting(PEEPING, IncidentKind.PEEPING, NOW, NOW)
    news = IncidentNews(6, Phase.OPENED, sighting)
    async with opened(hub.url) as desk:
        await desk.press("f")
        assert "追跡中" in lines(desk.board.titles["table"])[0]
        await hub.tell(replace(hub.seats[6], alert=alert()), news=(news,))
        await until(lambda: desk.board.table.cursor == 6)

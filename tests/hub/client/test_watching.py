"""A board of one's own against a hub that follows a script: what it shows, and what it is told."""

import asyncio

import pytest

from hub.client import IncidentKind, Label, Stopped, watch
from hub.protocol.closing import UNAUTHORIZED
from hub.protocol.facts import Phase, Sighting
from hub.protocol.watchers import (
    Delta,
    IncidentNews,
    MemberCard,
    SeatView,
    Snapshot,
    Subscribe,
)
from tests.clock import until
from tests.scripted_hub import Line, Said, ScriptedHub, scripted_hub

NOON = 1_780_000_000.0
MORI, SATO = 1, 2


def seat(member: int, label: Label) -> SeatView:
    return SeatView(member, label, NOON)


def news(number: int) -> IncidentNews:
    sighting = Sighting(f"i{number}", IncidentKind.PEEPING, NOON, NOON)
    return IncidentNews(MORI, Phase.OPENED, sighting)


SNAPSHOT = Snapshot(
    "e", 0, "v", 0, True, NOON,
    members=(MemberCard(MORI, "森"), MemberCard(SATO, "佐藤")),
    seats=(seat(MORI, Label.PRESENT), seat(SATO, Label.AWAY)),
)  # fmt: skip


async def shown(hub: ScriptedHub, line: Line, message: Said) -> None:
    if isinstance(message, Subscribe):
        await hub.say(SNAPSHOT)


async def test_first_the_whole_board_then_what_changes_all_of_it_in_one() -> None:
    async with scripted_hub() as hub:
        hub.script = shown
        async with watch(hub.url, "secret") as board:
            assert board.seats == {}
            changes = board.changes()
            assert (await anext(changes)).whole
            assert board.connected
            assert [board.name(member) for member in board.seats] == ["森", "佐藤"]

            away = (seat(MORI, Label.AWAY),)
            await hub.say(
                Delta("e", 0, 1, seats=away, incidents=(news(1),)),
                Delta("e", 1, 2, incidents=(news(2),)),
                Delta("e", 2, 3, gone=(SATO,)),
            )
            await until(lambda: SATO not in board.seats)
            change = await anext(changes)

    assert change.seats == {MORI, SATO}
    assert [one.sighting.id for one in change.incidents] == ["i1", "i2"]
    assert not change.whole
    assert board.seats[MORI].label is Label.AWAY
    assert board.name(SATO) == "#2"


async def test_a_token_that_is_taken_back_ends_the_block() -> None:
    async def ends(hub: ScriptedHub, line: Line, message: Said) -> None:
        await line.close(UNAUTHORIZED, "this sign-in is no longer valid")

    async with scripted_hub() as hub:
        hub.script = ends
        with pytest.raises(Stopped, match="no longer valid"):
            async with watch(hub.url, "secret") as board:
                async for _ in board.changes():
                    raise AssertionError("nothing was shown")


async def test_whoever_only_looks_now_and_then_sees_the_board_as_it_is() -> None:
    async with scripted_hub() as hub:
        hub.script = shown
        async with watch(hub.url, "secret") as board:
            await until(lambda: board.connected)
            for offset in range(50):
                label = Label.AWAY if offset % 2 else Label.PRESENT
                await hub.say(Delta("e", offset, offset + 1, seats=(seat(MORI, label),)))
            await until(lambda: board.seats[MORI].label is Label.AWAY)
            await asyncio.sleep(0)
            change = await anext(board.changes())

    assert change.whole
    assert board.groups == {}

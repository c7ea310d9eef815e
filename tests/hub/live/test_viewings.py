"""Live views through the hub: who may ask, who is asked, what travels, and what stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec import Struct
from sqlalchemy import select

from hub.access import Role
from hub.protocol import viewing
from hub.protocol.facts import Presence, Purpose
from hub.protocol.live_view import (
    AskView,
    SdpKind,
    ViewAnswered,
    ViewAsked,
    ViewConnected,
    ViewEnd,
    ViewEnded,
    ViewOpened,
    ViewSignal,
)
from hub.protocol.session import ViewNews
from storage.models.images import Viewing
from storage.people.members import disable_member
from tests.clock import until
from tests.hubs import Office, Running, running
from tests.peers import ScriptedAgent, ScriptedBoard, agent, board
from tests.record import NOW

N = TypeVar("N")


class Side:
    """One end of a view, and what it was told of it."""

    def __init__(self, of: ScriptedAgent | ScriptedBoard) -> None:
        self.of = of
        self._heard: list[ViewNews] = []

    @property
    def heard(self) -> list[ViewNews]:
        self._heard += self.of.session.take_views()
        return self._heard

    def say(self, message: Struct) -> None:
        self.of.session.say(message)
        self.of.client.wake()

    async def hears(self, kind: type[N]) -> N:
        """The next word of that kind; what came before it is forgotten."""
        await until(lambda: any(isinstance(one, kind) for one in self.heard))
        at, found = next((at, one) for at, one in enumerate(self.heard) if isinstance(one, kind))
        del self._heard[: at + 1]
        return found


@dataclass
class Scene:
    """A worker at a PC, and a supervisor at a board, perhaps of another node."""

    office: Office
    hub: Running
    boss: int
    member: int
    device: int
    pc: Side
    wall: Side

    def asks(self, request: str = "r", purpose: Purpose = Purpose.WORK_CHECK) -> None:
        self.wall.say(AskView(request, self.member, self.device, purpose))

    async def asked(self) -> str:
        """The worker has the question on the screen; the view's name."""
        self.asks()
        question = await self.pc.hears(ViewAsked)
        return question.view

    async def accepted(self) -> str:
        view = await self.asked()
        self.pc.say(ViewAnswered(view, accepted=True))
        self.pc.say(ViewSignal(view, SdpKind.OFFER, "v=0 offer"))
        await self.wall.hears(ViewSignal)
        return view

    async def connected(self) -> str:
        view = await self.accepted()
        self.wall.say(ViewSignal(view, SdpKind.ANSWER, "v=0 answer"))
        await self.pc.hears(ViewSignal)
        self.wall.say(ViewConnected(view))
        return view

    async def over(self) -> ViewEnd:
        return (await self.wall.hears(ViewEnded)).reason

    async def record(self) -> list[Viewing]:
        async with self.hub.engine.connect() as conn:
            found = await conn.execute(select(Viewing).order_by(Viewing.id))
            return [Viewing(**row._mapping) for row in found]


@asynccontextmanager
async def scene(hub: Running, board_at: str | None = None) -> AsyncIterator[Scene]:
    office = await hub.office()
    mori, device = await office.worker("mori", groups=[office.at.tokyo])
    boss = await office.member("boss", Role.SUPERVISOR, supervises=[office.at.sales])
    token = await office.signed_in(boss)
    async with agent(hub.url, device.token) as pc, board(board_at or hub.url, token) as wall:
        await until(lambda: wall.label(mori) == "present")
        yield Scene(office, hub, boss, mori, device.id, Side(pc), Side(wall))


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running(tmp_path) as hub, scene(hub) as here:
        yield here


# ---- from the question to the end


async def test_the_worker_reads_who_asks_and_what_for(one: Scene) -> None:
    one.asks("r7", Purpose.MEMBER_REQUEST)

    opened = await one.wall.hears(ViewOpened)
    question = await one.pc.hears(ViewAsked)
    assert (opened.request, opened.view) == ("r7", question.view)
    assert (question.by, question.purpose) == ("bossさん", Purpose.MEMBER_REQUEST)
    assert opened.answer_s == viewing.ANSWER_WITHIN_S


async def test_a_yes_brings_the_two_together_and_is_recorded_before_a_picture_can_flow(
    one: Scene,
) -> None:
    view = await one.asked()
    one.pc.say(ViewAnswered(view, accepted=True))
    one.pc.say(ViewSignal(view, SdpKind.OFFER, "v=0 offer"))

    assert await one.wall.hears(ViewAnswered) == ViewAnswered(view, accepted=True)
    assert await one.wall.hears(ViewSignal) == ViewSignal(view, SdpKind.OFFER, "v=0 offer")
    (row,) = await one.record()
    assert (row.kind, row.member_id, row.device_id) == ("live", one.member, one.device)
    assert (row.purpose, row.ended_at) == ("work_check", None)

    one.wall.say(ViewSignal(view, SdpKind.ANSWER, "v=0 answer"))
    assert await one.pc.hears(ViewSignal) == ViewSignal(view, SdpKind.ANSWER, "v=0 answer")


async def test_how_long_somebody_looked_is_in_the_record(one: Scene) -> None:
    view = await one.connected()
    one.wall.say(ViewEnded(view, ViewEnd.WATCHER_LEFT))

    assert (await one.pc.hears(ViewEnded)).reason is ViewEnd.WATCHER_LEFT

    async def has_end() -> bool:
        return (await one.record())[0].ended_at is not None

    await until(has_end)


async def test_a_no_is_told_and_leaves_no_row_of_a_view_that_never_was(one: Scene) -> None:
    view = await one.asked()
    one.pc.say(ViewAnswered(view, accepted=False))

    assert await one.over() is ViewEnd.REFUSED
    assert await one.record() == []


async def test_a_question_without_an_answer_ends_for_both(
    one: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "ANSWER_WITHIN_S", 0.2)
    await one.asked()

    assert await one.over() is ViewEnd.NO_ANSWER
    assert (await one.pc.hears(ViewEnded)).reason is ViewEnd.NO_ANSWER


async def test_an_agent_that_may_not_ask_says_so_itself(one: Scene) -> None:
    view = await one.asked()
    one.pc.say(ViewEnded(view, ViewEnd.NOT_ALLOWED))

    assert await one.over() is ViewEnd.NOT_ALLOWED


# ---- when one side leaves


async def test_a_board_that_is_closed_ends_the_view(one: Scene) -> None:
    await one.connected()
    assert isinstance(one.wall.of, ScriptedBoard)
    await one.wall.of.leave()

    assert (await one.pc.hears(ViewEnded)).reason is ViewEnd.WATCHER_LEFT


async def test_an_agent_that_goes_ends_the_view(one: Scene) -> None:
    await one.connected()
    assert isinstance(one.pc.of, ScriptedAgent)
    await one.pc.of.vanish()

    assert await one.over() is ViewEnd.AGENT_LEFT


async def test_the_worker_may_end_it_at_any_time(one: Scene) -> None:
    view = await one.connected()
    one.pc.say(ViewEnded(view, ViewEnd.WORKER_ENDED))

    assert await one.over() is ViewEnd.WORKER_ENDED


async def test_rights_that_are_taken_away_end_the_view(one: Scene) -> None:
    await one.connected()
    async with one.hub.engine.begin() as conn:
        await disable_member(conn, one.office.id, one.boss, NOW)

    assert (await one.pc.hears(ViewEnded)).reason is ViewEnd.WATCHER_LEFT


# ---- who may ask whom


async def test_who_may_not_see_somebody_live_is_told_that_nobody_is_there(one: Scene) -> None:
    colleague = await one.office.member("aoki", groups=[one.office.at.tokyo])
    stranger = await one.office.member(
        "sato", Role.SUPERVISOR, supervises=[one.office.at.development]
    )
    abroad = await one.hub.office("株式会社B")
    for token in (
        await one.office.signed_in(colleague),
        await one.office.signed_in(stranger),
        await abroad.boss(),
    ):
        async with board(one.hub.url, token) as screen:
            other = Side(screen)
            other.say(AskView("r", one.member, one.device, Purpose.AUDIT))
            assert (await other.hears(ViewEnded)).reason is ViewEnd.OFFLINE
    assert one.pc.heard == []


async def test_a_device_that_is_not_there_or_not_theirs_cannot_be_asked(one: Scene) -> None:
    other, pc = await one.office.worker("kato", [one.office.at.tokyo])
    for member, device in ((one.member, pc.id), (other, pc.id), (one.member, 999)):
        one.wall.say(AskView("r", member, device, Purpose.WORK_CHECK))
        assert await one.over() is ViewEnd.OFFLINE


async def test_one_board_asks_once_at_a_time(one: Scene) -> None:
    await one.asked()
    one.asks("again")

    assert await one.over() is ViewEnd.BUSY


async def test_nobody_hears_or_ends_the_view_of_another_board(one: Scene) -> None:
    view = await one.asked()
    async with board(one.hub.url, await one.office.boss("other")) as screen:
        nosy = Side(screen)
        nosy.say(ViewEnded(view, ViewEnd.WATCHER_LEFT))
        nosy.say(ViewSignal(view, SdpKind.ANSWER, "v=0 mine"))
        one.pc.say(ViewAnswered(view, accepted=True))
        await one.wall.hears(ViewAnswered)
        assert nosy.heard == []
    assert one.pc.heard == []


async def test_an_agent_has_no_say_in_a_view_that_it_was_not_asked_for(one: Scene) -> None:
    view = await one.asked()
    _, pc = await one.office.worker("kato")
    async with agent(one.hub.url, pc.token) as rogue:
        Side(rogue).say(ViewAnswered(view, accepted=False))
        rogue.tell(Presence.AWAY)
        await rogue.recorded()
    one.pc.say(ViewAnswered(view, accepted=True))

    await one.wall.hears(ViewAnswered)


# ---- over two nodes


async def test_board_and_agent_find_each_other_over_two_nodes(
    tmp_path: Path, postgres_url: str, broker_url: str
) -> None:
    async with (
        running(tmp_path / "one", database=postgres_url, redis=broker_url) as here,
        running(tmp_path / "other", database=postgres_url, redis=broker_url) as there,
        scene(here, there.url) as apart,
    ):
        view = await apart.connected()
        apart.pc.say(ViewEnded(view, ViewEnd.WORKER_ENDED))

        assert await apart.over() is ViewEnd.WORKER_ENDED

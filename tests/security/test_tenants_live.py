"""Nothing crosses tenants on the websockets: every message that names something, both ways."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from sqlalchemy import select

from hub.protocol.agents import (
    Bye,
    EvidencePiece,
    EvidenceReport,
    FromAgent,
    GapReport,
    Heartbeat,
    Hello,
    IncidentReport,
    StateReport,
)
from hub.protocol.facts import EvidenceKind, IncidentKind, Phase, Presence, Purpose, Sighting
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
from hub.protocol.watchers import Cursor, FromWatcher, Resume, Subscribe
from storage.models.images import Evidence
from storage.models.incidents import Incident
from tests.clock import until
from tests.hub.live.test_viewings import Scene, scene
from tests.hubs import running
from tests.peers import ScriptedAgent, ScriptedBoard, board

NEVER = 987_654_321

# What each message could name that is somebody else's, and so what is tried below.
OF_WATCHERS = {
    Subscribe: "a cursor", Resume: "a cursor", AskView: "a member and a device",
    ViewSignal: "a view", ViewConnected: "a view", ViewEnded: "a view",
}  # fmt: skip
OF_AGENTS = {
    Hello: "nothing: the token says whose it is", StateReport: "nothing", GapReport: "nothing",
    Heartbeat: "nothing", Bye: "nothing", IncidentReport: "an incident",
    EvidenceReport: "an image and an incident", ViewAnswered: "a view", ViewSignal: "a view",
    ViewEnded: "a view",
}  # fmt: skip


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Scene, Scene]]:
    """Two tenants on one hub, each with a worker at a PC and a supervisor at a board."""
    async with running(tmp_path) as hub, AsyncExitStack() as stack:
        here = await stack.enter_async_context(scene(hub))
        yield here, await stack.enter_async_context(scene(hub))


def test_every_message_is_known_to_this_walk() -> None:
    assert set(get_args(FromWatcher)) == OF_WATCHERS.keys()
    assert set(get_args(FromAgent)) == OF_AGENTS.keys()


@pytest.mark.requirement("R64")
async def test_to_ask_for_a_view_of_anothers_worker_is_to_ask_for_nobody(
    both: tuple[Scene, Scene],
) -> None:
    here, other = both
    answers = set()
    for member, device in (
        (NEVER, NEVER),
        (other.member, other.device),
        (other.member, here.device),
        (here.member, other.device),
    ):
        here.wall.say(AskView("r", member, device, Purpose.WORK_CHECK))
        opened = await here.wall.hears(ViewOpened)
        ended = await here.wall.hears(ViewEnded)
        assert opened.view == ended.view
        answers.add((opened.request, opened.answer_s, opened.ice, ended.reason))

    assert answers == {("r", opened.answer_s, opened.ice, ViewEnd.OFFLINE)}
    assert not any(isinstance(word, ViewAsked) for word in other.pc.heard)


@pytest.mark.requirement("R64")
async def test_a_word_about_anothers_view_changes_nothing_and_gets_no_answer(
    both: tuple[Scene, Scene],
) -> None:
    here, other = both
    asked = await other.asked()

    here.pc.say(ViewAnswered(asked, accepted=False))
    here.pc.say(ViewSignal(asked, SdpKind.OFFER, "v=0 not yours"))
    here.pc.say(ViewEnded(asked, ViewEnd.REFUSED))
    here.wall.say(ViewSignal(asked, SdpKind.ANSWER, "v=0 not yours"))
    here.wall.say(ViewConnected(asked))
    here.wall.say(ViewEnded(asked, ViewEnd.WATCHER_LEFT))
    here.asks("after")  # what was said before has been heard by now
    await here.pc.hears(ViewAsked)

    other.pc.say(ViewAnswered(asked, accepted=True))
    other.pc.say(ViewSignal(asked, SdpKind.OFFER, "v=0 offer"))
    assert (await other.wall.hears(ViewSignal)).sdp == "v=0 offer"
    other.wall.say(ViewSignal(asked, SdpKind.ANSWER, "v=0 answer"))
    assert (await other.pc.hears(ViewSignal)).sdp == "v=0 answer"
    assert not any(isinstance(word, ViewEnded) for word in (*other.pc.heard, *other.wall.heard))
    told = (*here.wall.heard, *here.pc.heard)
    assert not any(getattr(word, "view", "") == asked for word in told)


@pytest.mark.requirement("R64")
async def test_anothers_cursor_is_worth_what_a_made_up_one_is(both: tuple[Scene, Scene]) -> None:
    here, other = both
    wall, theirs = board_of(here), board_of(other)
    made_up = Cursor(theirs.epoch, theirs.offset, "0:never")
    for cursor in (Cursor(theirs.epoch, theirs.offset, view_of(theirs)), made_up):
        wholes = wall.wholes
        here.wall.say(Resume(cursor))
        await until(partial(came, wall, wholes))
        assert set(wall.seats) == {here.member, here.boss}
        assert view_of(wall) != cursor.view

    token = await here.office.signed_in(here.boss)
    for cursor in (Cursor(theirs.epoch, theirs.offset, view_of(theirs)), made_up):
        async with board(here.hub.url, token, wait=False) as again:
            again.session.replica.board.epoch = cursor.epoch
            again.session.replica.board.offset = cursor.offset
            again.session.replica.board.view = cursor.view
            await until(partial(came, again, 0))
            assert set(again.seats) == {here.member, here.boss}


@pytest.mark.requirement("R64")
async def test_a_report_with_the_id_of_anothers_incident_or_image_is_one_of_ones_own(
    both: tuple[Scene, Scene],
) -> None:
    here, other = both
    mine, theirs = agent_of(here), agent_of(other)
    incident, image = theirs.opens(IncidentKind.PEEPING), uuid4().hex
    reports(theirs, EvidencePiece(image, EvidenceKind.CAMERA, theirs.clock(), incident=incident))
    await theirs.recorded()
    heard = len(board_of(other).news)

    now = mine.clock()
    sighting = Sighting(incident, IncidentKind.CAMERA_COVERED, now, now)
    mine.spool.reports.append(IncidentReport(mine.spool.number(), now, Phase.OPENED, sighting))
    reports(mine, EvidencePiece(image, EvidenceKind.SCREEN, now, incident=incident))
    mine.tell(Presence.AWAY)
    await mine.recorded()

    async with here.hub.engine.connect() as conn:
        wanted = select(Incident.tenant_id, Incident.member_id, Incident.kind)
        incidents = set(await conn.execute(wanted.where(Incident.id == incident)))
        columns = select(Evidence.tenant_id, Evidence.member_id, Evidence.kind)
        images = set(await conn.execute(columns.where(Evidence.id == image)))
    assert incidents == {
        (here.office.id, here.member, "camera_covered"),
        (other.office.id, other.member, "peeping"),
    }
    assert images == {
        (here.office.id, here.member, "screen"),
        (other.office.id, other.member, "camera"),
    }
    assert len([one for one in board_of(other).news if one.member != other.member]) == 0
    assert len(board_of(other).news) >= heard
    assert {one.member for one in board_of(here).news} <= {here.member}


def reports(pc: ScriptedAgent, piece: EvidencePiece) -> None:
    pc.spool.reports.append(EvidenceReport(pc.spool.number(), pc.clock(), (piece,)))
    pc.client.wake()


def agent_of(scene: Scene) -> ScriptedAgent:
    assert isinstance(scene.pc.of, ScriptedAgent)
    return scene.pc.of


def board_of(scene: Scene) -> ScriptedBoard:
    assert isinstance(scene.wall.of, ScriptedBoard)
    return scene.wall.of


def came(wall: ScriptedBoard, wholes: int) -> bool:
    """Whether another snapshot has come."""
    return wall.wholes > wholes


def view_of(wall: ScriptedBoard) -> str:
    return wall.session.replica.board.view

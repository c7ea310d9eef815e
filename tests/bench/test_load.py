"""The load generator: it finds nothing wrong with the hub, and what is wrong with a bad one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.typing import Subprotocol

from hub.protocol import codec
from hub.protocol.agents import Ack, Hello, StateReport, Welcome
from hub.protocol.facts import Facts, Label
from hub.protocol.watchers import Delta, SeatView, Snapshot, Subscribe
from tests.bench import rig
from tests.bench.loader import Plan, Seated, load
from tests.bench.population import Crowd

SKEW_S = 0.25
SPOKEN = [Subprotocol(codec.SUBPROTOCOL)]


async def test_nothing_wrong_is_found_with_the_hub() -> None:
    async with rig.hub(Crowd(members=20, boards=5, views=2), rig.Options(stalled=1)) as hub:
        await hub.load.boards(1)
        await hub.load.agents(20)
        came = await hub.load.reconnect(20)
        await hub.load.boards(5)
        calm = await hub.load.run(0.5, 40)
        held = await hub.load.run(0.5, 40, "stall")
        again = await hub.load.run(0.5, 40, "read")

    assert came.back_s > 0
    assert came.whole_s > 0
    assert came.unknown == came.unrecorded == 0
    assert calm.delivered == calm.changed * 5 > 0  # how many go out in half a second is the load's
    assert [calm.lost, calm.reordered, calm.strange, calm.gaps, calm.unknown] == [0] * 5
    assert held.delivered == held.changed * 4 > 0
    assert [held.lost, held.reordered, held.closed, held.unrecorded] == [0] * 4
    assert again.converged_ms >= 0
    assert again.lost == again.reordered == again.strange == 0


async def test_the_floor_delivers_each_change_to_each_board() -> None:
    async with rig.floor(Crowd(members=20, boards=5), tick_ms=50) as floor:
        await floor.load.boards(1)
        await floor.load.agents(20)
        await floor.load.boards(5)
        async with floor.metered() as meter:
            run = await floor.load.run(0.5, 100)

    assert run.changed > 40
    assert run.delivered == run.changed * 5
    assert run.lost == run.reordered == run.strange == 0
    assert meter.spent.seconds > 0.5


async def test_a_relay_is_given_what_boards_shall_read(tmp_path: Path) -> None:
    plan = Plan([Seated(member, True, str(member)) for member in (1, 2, 3)], ["board"] * 2)
    async with relay() as port, load(tmp_path, plan, port, offer="relay") as driven:
        await driven.boards(1)
        await driven.agents(3)
        await driven.boards(2)
        run = await driven.run(0.5, 20)

    assert run.changed > 5
    assert run.delivered == run.changed * 2
    assert run.lost == run.reordered == run.strange == run.unrecorded == 0


async def test_what_a_bad_hub_does_is_counted(tmp_path: Path) -> None:
    """Of three agents with four changes each: a lost one, one too late, and a made-up one."""
    plan = Plan([Seated(member, True, str(member)) for member in (1, 2, 3)], ["board"])
    async with bad_hub() as port, load(tmp_path, plan, port, offer="deflate") as driven:
        await driven.boards(1)
        await driven.agents(3)
        run = await driven.run(1.2, 10)

    assert run.changed == 12
    assert run.lost == 1 + 1
    assert run.reordered == 1
    assert run.conflated == 1
    assert run.strange == 1
    assert run.delivered == 3 + 3 + 3
    assert run.p50_ms < 1000 * SKEW_S


class BadHub:
    """Member 1's fourth change is not shown, 2's third comes before its second, and 3's fourth has
    a time that nobody said. Its clock is wrong, which is no fault."""

    def __init__(self) -> None:
        self.watching: list[ServerConnection] = []
        self.offset = 0
        self.held: SeatView | None = None

    async def peer(self, ws: ServerConnection) -> None:
        assert ws.request
        member = ws.request.headers["Authorization"].split()[1]
        async for frame in ws:
            if ws.request.path == "/ws/watch":
                assert ws.protocol.extensions, "the load has offered compression"
                assert isinstance(codec.from_watcher(frame), Subscribe)
                await self.say(ws, Snapshot("bad", self.offset, "all", 0, True, 0.0))
                self.watching.append(ws)
            else:
                await self.heard(ws, int(member), frame)

    async def heard(self, ws: ServerConnection, member: int, frame: bytes | str) -> None:
        match codec.from_agent(frame):
            case Hello(facts=facts):
                await self.say(ws, Welcome("bad", 1, 0, 0.0, 40.0, 10.0, member, "花子"))
                await self.show(seat(member, facts))
            case StateReport(seq, facts):
                await self.mistaken(member, seq, seat(member, facts))
                await self.say(ws, Ack("load", seq))

    async def mistaken(self, member: int, seq: int, right: SeatView) -> None:
        match member, seq:
            case 1, 4:
                return
            case 2, 2:
                self.held = right
            case 2, 3:
                assert self.held
                await self.show(right)
                await self.show(self.held)
            case 3, 4:
                await self.show(msgspec.structs.replace(right, since=right.since - 0.005))
            case _:
                await self.show(right)

    async def show(self, one: SeatView) -> None:
        self.offset += 1
        for board in self.watching:
            await self.say(board, Delta("bad", self.offset - 1, self.offset, (one,)))

    async def say(self, ws: ServerConnection, message: msgspec.Struct) -> None:
        await ws.send(codec.encode(message).decode())


def seat(member: int, facts: Facts) -> SeatView:
    return SeatView(member, Label(facts.presence), facts.since + SKEW_S)


@asynccontextmanager
async def relay() -> AsyncIterator[int]:
    """Passes on to boards what agents say."""
    watching: list[ServerConnection] = []

    async def peer(ws: ServerConnection) -> None:
        assert ws.request
        if ws.request.path == "/ws/watch":
            watching.append(ws)
        async for frame in ws:
            for board in watching:
                await board.send(frame)

    async with serve(peer, "127.0.0.1", 0, subprotocols=SPOKEN) as server:
        port: int = next(iter(server.sockets)).getsockname()[1]
        yield port


@asynccontextmanager
async def bad_hub() -> AsyncIterator[int]:
    shared = ServerPerMessageDeflateFactory(
        server_no_context_takeover=True, client_no_context_takeover=True
    )
    async with serve(
        BadHub().peer, "127.0.0.1", 0, subprotocols=SPOKEN, extensions=[shared]
    ) as server:
        port: int = next(iter(server.sockets)).getsockname()[1]
        yield port

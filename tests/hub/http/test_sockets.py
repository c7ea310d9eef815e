"""Who may open a websocket, and what is said to those whose frames cannot be meant."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from hub.access import Role
from hub.credentials import COOKIE
from hub.identity.scopes import ApiScope
from hub.protocol.agents import Hello, StateReport, Welcome
from hub.protocol.closing import (
    BAD_MESSAGE,
    FENCED,
    NORMAL,
    OLD_PROTOCOL,
    TOO_BIG,
    TOO_FAST,
    TRY_LATER,
    Advice,
    advice,
)
from hub.protocol.codec import FROM_AGENT_MAX_BYTES, SUBPROTOCOL, encode, to_agent
from hub.protocol.facts import VERSION, Facts, Presence
from hub.protocol.session import code_of_status
from hub.protocol.watchers import Cursor, Resume, Subscribe
from storage.people.api_tokens import add_api_token
from tests.clock import until
from tests.hubs import Running, running
from tests.links import link
from tests.peers import agent
from tests.servers import Postgres

NOW = 1_780_000_000.0
pytestmark = pytest.mark.usefixtures("both_paths")
PROTOCOLS = (SUBPROTOCOL,)


@asynccontextmanager
async def talking(
    hub: Running,
    path: str,
    token: str | None = None,
    protocols: Sequence[str] = PROTOCOLS,
    **headers: str,
) -> AsyncIterator[ClientConnection]:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with connect(
        f"ws://127.0.0.1:{hub.port}{path}",
        subprotocols=[Subprotocol(name) for name in protocols] or None,
        additional_headers=headers,
        proxy=None,
        max_size=None,
    ) as ws:
        yield ws


async def refusal(hub: Running, path: str, *args: Any, **headers: str) -> tuple[int, str]:
    """The status of a refused handshake, and the line that says what to do."""
    with pytest.raises(InvalidStatus) as refused:
        async with talking(hub, path, *args, **headers):
            pass
    answer = refused.value.response
    return answer.status_code, json.loads(answer.body or b"{}")["detail"]


async def closed(ws: ClientConnection, *frames: bytes) -> tuple[int, str]:
    """How the hub closes once these frames were sent."""
    try:
        for frame in frames:
            await ws.send(frame, text=True)
        while True:
            await ws.recv()
    except ConnectionClosed as end:
        assert end.rcvd
        return end.rcvd.code, end.rcvd.reason


def hello(version: int = VERSION, session: str = "run-1") -> bytes:
    return encode(Hello(version, session, "e", 1, NOW, Facts(NOW)))


@pytest.mark.requirement("R1", "R62")
async def test_a_token_of_nobody_is_refused_before_the_websocket_begins(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        for path in ("/ws/agent", "/ws/watch"):
            for token in (None, "made-up"):
                status, title = await refusal(hub, path, token, Origin=hub.url)
                assert status == 401
                assert title


@pytest.mark.requirement("R72")
async def test_a_program_watches_with_a_token_that_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        boss = await office.member("boss", Role.ADMINISTRATOR)
        now, life = datetime.now(UTC), timedelta(days=1)
        made = {}
        async with hub.engine.begin() as conn:
            for scope in (ApiScope.WATCH, ApiScope.BOARD_READ):
                one = await add_api_token(conn, office.id, boss, scope, [scope], life, now)
                made[scope] = one.token

        async with talking(hub, "/ws/watch", made[ApiScope.WATCH]) as ws:
            assert ws.subprotocol == SUBPROTOCOL
        status, detail = await refusal(hub, "/ws/watch", made[ApiScope.BOARD_READ])
        assert (status, "watch" in detail) == (403, True)


async def test_who_does_not_speak_our_protocol_is_told_to_update(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")

        for protocols in ((), ("zaiseki.v0",)):
            status, title = await refusal(hub, "/ws/agent", device.token, protocols)
            assert (status, SUBPROTOCOL in title) == (426, True)
        async with talking(hub, "/ws/agent", device.token) as ws:
            assert ws.subprotocol == SUBPROTOCOL
            assert (await closed(ws, hello(version=VERSION + 1)))[0] == OLD_PROTOCOL
        async with talking(hub, "/ws/watch", await office.boss()) as ws:
            assert (await closed(ws, encode(Subscribe(VERSION + 1))))[0] == OLD_PROTOCOL


async def test_a_cookie_opens_a_board_from_our_own_pages_only(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        cookie = f"{COOKIE}={await (await hub.office()).boss()}"

        for origin in ({"Origin": "https://elsewhere.example"}, {}):
            status, _ = await refusal(hub, "/ws/watch", Cookie=cookie, **origin)
            assert status == 403
        async with talking(hub, "/ws/watch", Cookie=cookie, Origin=hub.url) as ws:
            await ws.send(encode(Subscribe(VERSION)), text=True)
            assert b'"snapshot"' in await ws.recv(decode=False)


STATE = encode(StateReport(1, Facts(NOW)))
BAD_FRAMES = [
    (b"", BAD_MESSAGE),
    (b"not JSON", BAD_MESSAGE),
    (b'{"type":"of nobody"}', BAD_MESSAGE),
    (STATE.replace(b"1780000000.0", b"1e300"), BAD_MESSAGE),
    (STATE.replace(b'"seq":1', b'"seq":-1'), BAD_MESSAGE),
    (hello(), BAD_MESSAGE),
    (b" " * (FROM_AGENT_MAX_BYTES + 1), TOO_BIG),
    (b" " * 100_000, TOO_BIG),
]


async def test_a_frame_that_cannot_be_meant_ends_the_connection_and_says_why(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as hub:
        _, device = await (await hub.office()).worker("mori")
        for frame, code in BAD_FRAMES:
            async with talking(hub, "/ws/agent", device.token) as ws:
                assert (await closed(ws, hello(), frame))[0] == code, frame[:40]
        async with talking(hub, "/ws/agent", device.token) as ws:
            assert await closed(ws, STATE) == (BAD_MESSAGE, "the first message must be hello")


async def test_numbers_come_in_order_or_not_at_all(tmp_path: Path) -> None:
    """Order and delivery, 6."""
    async with running(tmp_path) as hub:
        _, device = await (await hub.office()).worker("mori")
        second = encode(StateReport(2, Facts(NOW)))
        async with talking(hub, "/ws/agent", device.token) as ws:
            code, why = await closed(ws, hello(), second, STATE)

        assert (code, why) == (BAD_MESSAGE, "report 1 came after report 2")


async def test_a_device_that_does_not_wait_for_acks_is_slowed_down(
    tmp_path: Path, postgres: Postgres
) -> None:
    """Order and delivery, 8: what waits for the record is bounded for each line."""
    target = f"{postgres.folder}/.s.PGSQL.5432"
    with postgres.database() as url:
        async with link(target) as cable, running(tmp_path, database=over(url, cable.port)) as hub:
            _, device = await (await hub.office()).worker("mori")
            async with talking(hub, "/ws/agent", device.token) as ws:
                await ws.send(hello(), text=True)
                assert isinstance(to_agent(await ws.recv()), Welcome)
                cable.stall()
                flood = [encode(StateReport(seq, Facts(NOW))) for seq in range(1, 2000)]
                code, why = await closed(ws, *flood)
                await cable.resume()

        assert (code, advice(code), why) == (
            TOO_FAST,
            Advice.WAIT,
            "wait for the acks of 1024 reports",
        )


def over(url: str, port: int) -> str:
    """The same database by way of a TCP link."""
    name = url.split("@/")[1].split("?")[0]
    return f"postgresql+asyncpg://postgres@127.0.0.1:{port}/{name}"


async def test_a_board_that_resumes_without_end_is_slowed_down(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        token = await (await hub.office()).boss()
        again = encode(Resume(Cursor("another life", 0, "view")))
        async with talking(hub, "/ws/watch", token) as ws:
            code, _ = await closed(ws, encode(Subscribe(VERSION)), *[again] * 100)

        assert (code, advice(code)) == (TOO_FAST, Advice.WAIT)


async def test_of_two_sessions_of_a_device_the_newer_stays(tmp_path: Path) -> None:
    """Lease and fencing, 4."""
    async with running(tmp_path) as hub:
        _, device = await (await hub.office()).worker("mori")
        async with agent(hub.url, device.token) as older:
            async with agent(hub.url, device.token) as newer:
                await until(lambda: older.stopped)
                assert older.stopped and older.stopped.code == FENCED
                newer.tell(Presence.AWAY)
                await newer.recorded()
            async with talking(hub, "/ws/agent", device.token) as ws:
                assert (await closed(ws, hello(session=older.session.name)))[0] == FENCED


async def test_the_same_session_may_come_back_while_its_old_line_hangs(tmp_path: Path) -> None:
    """Lease and fencing, 4."""
    async with running(tmp_path) as hub:
        _, device = await (await hub.office()).worker("mori")
        async with talking(hub, "/ws/agent", device.token) as old:
            await old.send(hello(), text=True)
            first = to_agent(await old.recv())
            async with talking(hub, "/ws/agent", device.token) as new:
                await new.send(hello(), text=True)
                again = to_agent(await new.recv())
                assert (await closed(old))[0] == NORMAL
                assert isinstance(first, Welcome) and isinstance(again, Welcome)
                assert again.generation == first.generation


async def test_a_record_that_does_not_answer_keeps_nobody_away_for_good(
    tmp_path: Path, postgres: Postgres
) -> None:
    """An agent that is refused as unknown would stop; one that is told "later" waits."""
    target = f"{postgres.folder}/.s.PGSQL.5432"
    with postgres.database() as url:
        async with link(target) as cable, running(tmp_path, database=over(url, cable.port)) as hub:
            _, device = await (await hub.office()).worker("mori")
            await hub.engine.dispose()
            cable.refuse()
            cable.cut()
            status, _ = await refusal(hub, "/ws/agent", device.token)
            assert (status, advice(code_of_status(status))) == (503, Advice.WAIT)
            assert code_of_status(status) == TRY_LATER
            await cable.resume()
            async with agent(hub.url, device.token) as pc:
                pc.tell(Presence.AWAY)
                await pc.recorded()

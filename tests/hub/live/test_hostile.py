"""Peers that mean harm, or cannot help it: each is told what is wrong, and nobody else notices."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.live import agents, tenant, watchers
from hub.live.frames import BINARY, COMPRESSED, CONTINUED, FIN, PING, TEXT
from hub.live.reception import CONNECTS_MAX
from hub.protocol import session
from hub.protocol.agents import Heartbeat, Hello, StateReport, Welcome
from hub.protocol.closing import (
    BAD_MESSAGE,
    INVALID_DATA,
    PROTOCOL_ERROR,
    TOO_BIG,
    TOO_FAST,
    TRY_LATER,
    UNSUPPORTED_DATA,
    Advice,
    advice,
)
from hub.protocol.codec import (
    FROM_AGENT_MAX_BYTES,
    FROM_WATCHER_MAX_BYTES,
    SUBPROTOCOL,
    encode,
    to_agent,
    to_watcher,
)
from hub.protocol.facts import VERSION, Facts, Label, Presence
from hub.protocol.session import code_of_status
from hub.protocol.watchers import Snapshot, Subscribe
from tests.clock import until
from tests.hubs import Office, Running, running
from tests.peers import agent, board
from tests.rawsockets import RawSocket, client_frame, raw_socket

NOW = 1_780_000_000.0
HELLO = encode(Hello(VERSION, "run-1", "e", 1, NOW, Facts(NOW)))
STATE = encode(StateReport(1, Facts(NOW)))
SUBSCRIBE = encode(Subscribe(VERSION))
BEAT = encode(Heartbeat())
DEFLATE = {"Sec-WebSocket-Extensions": "permessage-deflate"}
LONG = b"x" * 3_000
SMALL = 4_096

pytestmark = pytest.mark.usefixtures("both_paths")


@asynccontextmanager
async def talking(
    hub: Running, path: str, token: str, extra: dict[str, str] | None = None
) -> AsyncIterator[RawSocket]:
    headers = {"Authorization": f"Bearer {token}", **(extra or {})}
    async with raw_socket(hub.port, path, headers, protocols=[SUBPROTOCOL]) as raw:
        yield raw


async def welcomed(raw: RawSocket) -> None:
    await raw.say(HELLO)
    assert isinstance(to_agent(await raw.text()), Welcome)


async def shown(raw: RawSocket) -> None:
    await raw.say(SUBSCRIBE)
    assert isinstance(to_watcher(await raw.text()), Snapshot)


async def token_of(office: Office, login: str = "mori") -> str:
    return (await office.worker(login))[1].token


# ---- frames


def fragments(size: int) -> bytes:
    return client_frame(TEXT, LONG) + client_frame(CONTINUED, LONG) * (size // len(LONG))


FRAMES = {
    "not masked": (b"\x81\x05Hello", PROTOCOL_ERROR),
    "a long ping": (client_frame(FIN | PING, b"x" * 126), PROTOCOL_ERROR),
    "a fragment of nothing": (client_frame(FIN | CONTINUED, b"x"), PROTOCOL_ERROR),
    "compressed, not agreed": (client_frame(FIN | COMPRESSED | TEXT, b"x"), PROTOCOL_ERROR),
    "not UTF-8": (client_frame(FIN | TEXT, b"\xff\xfe"), INVALID_DATA),
    "not text": (client_frame(FIN | BINARY, b"x"), UNSUPPORTED_DATA),
    "not JSON": (client_frame(FIN | TEXT, b"x"), BAD_MESSAGE),
}


@pytest.mark.parametrize(("sent", "code"), FRAMES.values(), ids=FRAMES.keys())
async def test_a_frame_that_nobody_may_send_is_answered_with_its_code(
    tmp_path: Path, sent: bytes, code: int
) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        async with talking(hub, "/ws/agent", await token_of(office)) as raw:
            await welcomed(raw)
            await raw.send(sent)
            assert (await raw.closed())[0] == code
        async with talking(hub, "/ws/watch", await office.boss()) as raw:
            await shown(raw)
            await raw.send(sent)
            assert (await raw.closed())[0] == code


async def test_what_is_too_large_is_refused_in_each_direction(
    tmp_path: Path, both_paths: str
) -> None:
    """At once, and in fragments; a plain server counts those together with a limit of its own."""
    async with running(tmp_path) as hub:
        office = await hub.office()
        token, boss = await token_of(office), await office.boss()
        largest = 70_000 if both_paths == "plain" else FROM_AGENT_MAX_BYTES
        for sent in (b" " * (FROM_AGENT_MAX_BYTES + 1), None):
            async with talking(hub, "/ws/agent", token) as raw:
                await welcomed(raw)
                await raw.send(client_frame(FIN | TEXT, sent) if sent else fragments(largest))
                assert (await raw.closed())[0] == TOO_BIG
        async with talking(hub, "/ws/watch", boss) as raw:
            await shown(raw)
            await raw.say(b" " * (FROM_WATCHER_MAX_BYTES + 1))
            assert (await raw.closed())[0] == TOO_BIG


async def test_a_bomb_is_refused_before_it_bursts(tmp_path: Path, both_paths: str) -> None:
    """Boards may compress on the lane; agents are not offered it, nor is anybody else."""
    packer = zlib.compressobj(wbits=-15)
    bomb = (packer.compress(bytes(2_000_000)) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    async with running(tmp_path) as hub:
        office = await hub.office()
        async with talking(hub, "/ws/watch", await office.boss(), DEFLATE) as raw:
            lane = both_paths == "lane"
            assert ("permessage-deflate" in raw.answer) is lane
            await raw.send(client_frame(FIN | COMPRESSED | TEXT, bomb))
            assert (await raw.closed())[0] == (TOO_BIG if lane else PROTOCOL_ERROR)
        async with talking(hub, "/ws/agent", await token_of(office), DEFLATE) as raw:
            assert "permessage-deflate" not in raw.answer


# ---- turns


async def test_what_is_said_out_of_turn_ends_it(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        token, boss = await token_of(office), await office.boss()
        for said in ([STATE], [HELLO, HELLO], [HELLO, *[BEAT] * (agents.EARLY_MAX + 1), HELLO]):
            async with talking(hub, "/ws/agent", token) as raw:
                await raw.send(b"".join(client_frame(FIN | TEXT, one) for one in said))
                assert (await raw.closed())[0] == BAD_MESSAGE
        for said in ([STATE], [SUBSCRIBE, SUBSCRIBE]):
            async with talking(hub, "/ws/watch", boss) as raw:
                await raw.send(b"".join(client_frame(FIN | TEXT, one) for one in said))
                assert (await raw.closed())[0] == BAD_MESSAGE


# ---- the slow


async def test_who_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slowloris: from the connection to the first message there is a limit."""
    monkeypatch.setattr(agents, "HELLO_WITHIN_S", 0.1)
    monkeypatch.setattr(watchers, "SUBSCRIBE_WITHIN_S", 0.1)
    async with running(tmp_path) as hub:
        office = await hub.office()
        async with (
            talking(hub, "/ws/agent", await token_of(office)) as one,
            talking(hub, "/ws/watch", await office.boss()) as two,
        ):
            await one.send(client_frame(FIN | TEXT, HELLO)[:-1])
            for raw in (one, two):
                assert await raw.closed() == (TRY_LATER, "nothing was heard in time")


# ---- the hasty


async def test_a_flood_of_messages_ends_it(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        async with talking(hub, "/ws/agent", await token_of(office)) as raw:
            await welcomed(raw)
            await raw.send(client_frame(FIN | TEXT, BEAT) * (agents.LIMITS.burst + 1))
            code, _ = await raw.closed()
            assert (code, advice(code)) == (TOO_FAST, Advice.WAIT)


async def test_a_token_that_connects_without_end_is_slowed_down(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        token, other = await token_of(office), await token_of(office, "other")
        statuses = []
        for _ in range(CONNECTS_MAX + 5):
            async with talking(hub, "/ws/agent", token) as raw:
                statuses.append(raw.status)
        assert statuses[:CONNECTS_MAX] == [101] * CONNECTS_MAX
        assert statuses[-1] == 429
        assert code_of_status(statuses[-1]) == TOO_FAST
        async with talking(hub, "/ws/agent", other) as raw:
            assert raw.status == 101


async def test_more_than_can_be_committed_stays_with_the_agents_and_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order and delivery, 8: memory stays bounded, and nothing is lost."""
    monkeypatch.setattr(session, "WAIT_S", 0.5)  # a tenth, as the lease of these hubs
    async with running(tmp_path) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with agent(hub.url, device.token) as pc, board(hub.url, await office.boss()) as wall:
            with monkeypatch.context() as crowded:
                crowded.setattr(tenant, "PENDING_MAX", 0)
                pc.tell(Presence.AWAY)
                await until(lambda: not pc.live and "than this hub can take" in pc.client.trouble)
                assert pc.spool.unrecorded(0, 1)
            await pc.recorded()
            await until(lambda: wall.label(mori) is Label.AWAY)


# ---- the others


async def test_nobody_else_notices(tmp_path: Path) -> None:
    """One board shows one agent's changes while all of the above goes on around them."""
    async with running(tmp_path) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        boss = await office.boss()
        villain = await token_of(office, "villain")
        async with agent(hub.url, device.token) as pc, board(hub.url, boss) as wall:
            for sent, _ in FRAMES.values():
                async with (
                    talking(hub, "/ws/agent", villain) as raw,
                    talking(hub, "/ws/watch", boss) as other,
                ):
                    await welcomed(raw)
                    for one in (raw, other):
                        await one.send(sent)
                    pc.tell(Presence.AWAY)
                    await until(lambda: wall.label(mori) is Label.AWAY)
                    pc.tell(Presence.PRESENT)
                    await until(lambda: wall.label(mori) is Label.PRESENT)
            await pc.recorded()
            assert wall.wholes == 1

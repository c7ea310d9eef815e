"""The conversations of docs/protocol.md, held with a real hub and written down as they went.

`python -m tests.docs.transcripts` holds them anew and writes them into the document.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx2
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from hub.access import Scope
from hub.protocol.agents import Heartbeat, Hello, StateReport
from hub.protocol.codec import SUBPROTOCOL, encode, to_watcher
from hub.protocol.facts import VERSION, Facts, Presence
from hub.protocol.watchers import Cursor, Delta, Snapshot, Subscribe
from storage.seats.devices import revoke_device
from tests.consent import consenting, governed
from tests.hubs import PLAIN, Office, Running, running
from tests.streams import EVENTS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"
PACE = 1.0  # the real one, for lease and heartbeat are told
BLOCK = re.compile(r"(<!-- transcript: ([\w ]+) -->\n```text\n)(.*?)(```\n)", re.DOTALL)
TIME = re.compile(r"\b1\d{9}\.\d+\b")
HEX = re.compile(r"\b[0-9a-f]{32}\b")
RETRY = re.compile(r"\d+")
NOW = "1800000000.0"


class Names:
    """The same text each time: ids by the order in which they come, and one moment for all."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._numbers = count(1)

    def normal(self, line: str) -> str:
        return HEX.sub(self._id, TIME.sub(NOW, line))

    def _id(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found[0], f"{next(self._numbers):032x}")


@dataclass
class Talk:
    """One side of a conversation: what it sends and hears is written down."""

    names: Names
    lines: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(f"{self.names.normal(line)}\n" for line in self.lines)

    @asynccontextmanager
    async def opened(self, hub: Running, path: str, token: str) -> AsyncIterator[ClientConnection]:
        self.lines.append(f"GET {path}, Sec-WebSocket-Protocol: {SUBPROTOCOL}")
        async with connect(
            f"ws://127.0.0.1:{hub.port}{path}",
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers={"Authorization": f"Bearer {token}"},
            proxy=None,
        ) as ws:
            yield ws

    async def say(self, ws: ClientConnection, message: Struct) -> None:
        self.lines.append(f"> {encode(message).decode()}")
        await ws.send(encode(message), text=True)

    async def hear(self, ws: ClientConnection) -> bytes:
        """The next frame; when the hub's heartbeat comes depends on the moment, so it is let go."""
        frame = await ws.recv(decode=False)
        if b'"type":"pulse"' in frame:
            return await self.hear(ws)
        self.lines.append(f"< {frame.decode()}")
        return frame

    async def ends(self, ws: ClientConnection) -> None:
        try:
            while True:
                await self.hear(ws)
        except ConnectionClosed as closed:
            assert closed.rcvd
            self.lines.append(f"< close {closed.rcvd.code} {closed.rcvd.reason}")


@dataclass
class Scene:
    """A hub with one worker and an administrator in it, both known to it before it started."""

    hub: Running
    office: Office
    member: int
    device: int
    device_token: str
    token: str
    names: Names = field(default_factory=Names)

    def talk(self) -> Talk:
        return Talk(self.names)


@asynccontextmanager
async def staged(state: Path) -> AsyncIterator[Scene]:
    """People who come while it runs would take offsets of their own, now or a moment later."""
    async with running(state, pace=PACE) as hub:
        office = await hub.office()
        member, device = await office.worker("mori", [office.at.tokyo])
        async with hub.engine.begin() as conn:
            now = datetime.now(UTC)
            await governed(conn, office.id, now)
            await consenting(conn, office.id, member, now)
        token = await office.boss()
    async with running(state, pace=PACE) as hub:
        again = Office(hub.engine, office.at)
        yield Scene(hub, again, member, device.id, device.token, token)


async def held(state: Path) -> Mapping[str, str]:
    """Every conversation of the document, by its name."""
    async with staged(state) as here:
        refused = await refusal(here)
        agent, epoch = here.talk(), uuid4().hex
        watcher, stream = here.talk(), here.talk()
        async with agent.opened(here.hub, "/ws/agent", here.device_token) as pc:
            session = uuid4().hex
            facts = Facts(time.time(), Presence.PRESENT)
            await agent.say(pc, Hello(VERSION, session, epoch, 1, time.time(), facts))
            await agent.hear(pc)
            reports = said(agent, pc)
            await watching(here, watcher, reports)
            await listening(here, stream, reports)
            await agent.say(pc, Heartbeat())
            async with here.hub.engine.begin() as conn:
                everybody = Scope(here.office.id, everybody=True)
                await revoke_device(conn, everybody, here.device, datetime.now(UTC))
            await agent.ends(pc)
    return {
        "refusal": refused,
        "agent": agent.text,
        "watcher": watcher.text,
        "events": stream.text,
    }


async def refusal(here: Scene) -> str:
    talk = here.talk()
    try:
        async with talk.opened(here.hub, "/ws/watch", "made-up"):
            raise AssertionError("nobody knows this token")
    except InvalidStatus as refused:
        answer = refused.response
        talk.lines.append(f"< {answer.status_code} {answer.reason_phrase}")
        talk.lines.append(f"< {(answer.body or b'').decode()}")
    return talk.text


Tell = Callable[[Presence], Awaitable[None]]


def said(agent: Talk, pc: ClientConnection) -> Tell:
    """How the agent tells a new state, and waits for its ack."""
    numbers = count(1)

    async def tell(presence: Presence) -> None:
        await agent.say(pc, StateReport(next(numbers), Facts(time.time(), presence)))
        await agent.hear(pc)

    return tell


async def watching(here: Scene, talk: Talk, tell: Tell) -> None:
    """The board, a change, a line that breaks, and what was missed meanwhile."""
    async with talk.opened(here.hub, "/ws/watch", here.token) as ws:
        await talk.say(ws, Subscribe(VERSION))
        snapshot = to_watcher(await talk.hear(ws))
        assert isinstance(snapshot, Snapshot)
        await tell(Presence.AWAY)
        delta = to_watcher(await talk.hear(ws))
        assert isinstance(delta, Delta)
    talk.lines.append("(the line breaks)")
    await tell(Presence.PRESENT)
    async with talk.opened(here.hub, "/ws/watch", here.token) as ws:
        await talk.say(ws, Subscribe(VERSION, Cursor(delta.epoch, delta.offset, snapshot.view)))
        await talk.hear(ws)
        await talk.hear(ws)
        await talk.say(ws, Subscribe(VERSION))
        await talk.ends(ws)


async def listening(here: Scene, talk: Talk, tell: Tell) -> None:
    """The same as server-sent events, until the sign-in is taken back."""
    headers = {"Authorization": f"Bearer {here.token}"}
    async with httpx2.AsyncClient(
        base_url=here.hub.url, headers=headers, timeout=30, verify=PLAIN
    ) as client:
        async with events(client, talk, "") as lines:
            await through(lines, talk, "snapshot")
            await tell(Presence.AWAY)
            last = await through(lines, talk, "delta")
        talk.lines.append("(the line breaks)")
        await tell(Presence.PRESENT)
        async with events(client, talk, last) as lines:
            await through(lines, talk, "delta")
            assert (await client.delete("/api/v1/session")).status_code == 204
            await through(lines, talk, "end")


@asynccontextmanager
async def events(
    client: httpx2.AsyncClient, talk: Talk, last: str
) -> AsyncIterator[AsyncIterator[str]]:
    talk.lines.append(f"> GET {EVENTS}")
    more = {"Last-Event-ID": last} if last else {}
    talk.lines += [f"> {name}: {value}" for name, value in more.items()]
    async with client.stream("GET", EVENTS, headers=more) as answer:
        talk.lines.append(f"< {answer.status_code} {answer.headers['content-type']}")
        yield answer.aiter_lines()


async def through(lines: AsyncIterator[str], talk: Talk, name: str) -> str:
    """Read on to the end of the next event of that name; its id."""
    found, last, kept = "", "", list[str]()
    while found != name or kept:
        line = await anext(lines)
        word, _, value = line.partition(": ")
        found = value if word == "event" else found
        last = value if word == "id" else last
        kept.append(f"< {RETRY.sub('2500', line) if word == 'retry' else line}".rstrip())
        if not line:
            talk.lines += kept if found != "pulse" else []
            kept = []
    return last


def blocks(document: str) -> Iterator[tuple[str, str]]:
    """The transcripts that stand in the document, by their names."""
    return ((found[2], found[3]) for found in BLOCK.finditer(document))


def rewritten(document: str, held: Mapping[str, str]) -> str:
    return BLOCK.sub(lambda found: f"{found[1]}{held[found[2]]}{found[4]}", document)


async def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        told = await held(Path(state))
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text(), told))


if __name__ == "__main__":
    asyncio.run(main())

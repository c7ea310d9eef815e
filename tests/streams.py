"""A board on server-sent events: the same replica as a websocket's, fed over plain HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx2
import msgspec

from hub.protocol.events import Ended, ToListener
from hub.protocol.facts import Label
from hub.protocol.replica import Replica
from hub.protocol.watchers import IncidentNews
from tests.clock import until
from tests.hubs import PLAIN

EVENTS = "/api/v1/events"

_decoder: msgspec.json.Decoder[ToListener] = msgspec.json.Decoder(ToListener)


@dataclass
class Event:
    """One event as a browser would dispatch it (WHATWG HTML 9.2.6)."""

    name: str
    data: str
    id: str


@dataclass
class Listener:
    """Listens once; come back with another one and the same `replica` and `last`."""

    replica: Replica = field(default_factory=Replica)
    last: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Event] = field(default_factory=list)
    news: list[IncidentNews] = field(default_factory=list)
    retries: list[int] = field(default_factory=list)
    comments: int = 0
    ended: Ended | None = None
    over: bool = False

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.got]

    @property
    def live(self) -> bool:
        return any(one.id or one.name == "resumed" for one in self.got)

    def label(self, member: int) -> Label | None:
        seat = self.replica.board.seats.get(member)
        return seat.label if seat else None

    def again(self) -> "Listener":
        """Who comes back from here."""
        self.replica.restart()
        return Listener(self.replica, self.last)

    async def listen(self, url: str, token: str) -> None:
        """Until the stream ends, one way or another."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if self.last:
            headers["Last-Event-ID"] = self.last
        timeout = httpx2.Timeout(5, read=None)
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=timeout, verify=PLAIN) as client,
            client.stream("GET", url + EVENTS, headers=headers) as answer,
        ):
            self.status, self.headers = answer.status_code, dict(answer.headers)
            with suppress(httpx2.TransportError):
                await self._read(answer.aiter_lines())
        self.over = True

    async def _read(self, lines: AsyncIterator[str]) -> None:
        name, data = "", list[str]()
        async for line in lines:
            word, _, value = line.partition(": ")
            match word:
                case "event":
                    name = value
                case "id":
                    self.last = value
                case "data":
                    data.append(value)
                case "retry":
                    self.retries.append(int(value))
                case ":":
                    self.comments += 1
                case "" if data:
                    self._take(Event(name, "\n".join(data), self.last))
                    name, data = "", []

    def _take(self, event: Event) -> None:
        self.got.append(event)
        message = _decoder.decode(event.data)
        if isinstance(message, Ended):
            self.ended = message
            return
        change = self.replica.apply(message, time.time())
        self.news += change.incidents
        assert change.resume is None, "a stream has no gaps"


@asynccontextmanager
async def listening(
    url: str, token: str, before: Listener | None = None, *, wait: bool = True
) -> AsyncIterator[Listener]:
    """A listener, shown the board when the block begins; `before` is one that was cut off."""
    one = before.again() if before else Listener()
    task = asyncio.create_task(one.listen(url, token))
    try:
        if wait:
            await until(lambda: one.live or task.done())
        yield one
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

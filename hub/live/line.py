"""One connected agent as its node knows it: its latest word, and what is to be told to it."""

import asyncio
import time

from msgspec.structs import replace

from hub.live.tenant import Done
from hub.presence.changes import Fenced, Unmet
from hub.presence.seat import device_of
from hub.presence.skew import hello_by_hub
from hub.protocol.closing import BAD_MESSAGE, COME_BACK, FENCED, TOO_FAST, Closing
from hub.protocol.messages import Ack, Hello, IncidentReport, Report, StateReport
from storage.devices import LinkedDevice
from storage.transitions import Moment, Number

WAITING_MAX = 1_024  # reports of one line that SQL does not have; our agents send 256 ahead


class AgentLine:
    """One connected agent. `generation` is 0 until its hello is committed.

    `hello` is kept at the device's latest committed word, so that it can be registered again at
    any time. `shed` if a report found no room in the recorder: it is not acknowledged, and
    neither is any later one, so that the agent sends them again.
    """

    def __init__(self, linked: LinkedDevice, hello: Hello, now: float) -> None:
        self.member = linked.member
        self.device = linked.device
        self.skew_s = hello.clock - now
        self.hello = hello_by_hub(hello, self.skew_s)
        self.live_from = hello.next_seq
        self.generation = 0
        self.heard_at = time.monotonic()
        self.renewed_upto = 0.0
        self.committed = asyncio.Event()
        self.closing: Closing | None = None
        self.gone = False
        self.shed = False
        self.outcomes: dict[Number, Moment] = {}
        self.taken = -1
        self.waiting = 0
        self.acked = 0
        self.ack = 0
        self._news = asyncio.Event()

    @property
    def session(self) -> str:
        return self.hello.session

    def joined(self, done: Done) -> None:
        device = device_of(done.seat, self.device)
        assert device is not None
        self.generation = device.generation
        self.committed.set()

    def take(self, what: Report) -> None:
        """Raise Closing for a report that comes out of order, or before its turn."""
        if what.seq <= self.taken:
            raise Closing(BAD_MESSAGE, f"report {what.seq} came after report {self.taken}")
        if self.waiting >= WAITING_MAX:
            raise Closing(TOO_FAST, f"wait for the acks of {self.waiting} reports")
        self.taken = what.seq
        self.waiting += 1

    def recorded(self, seq: int) -> None:
        """Everything up to `seq` is durable: reports are recorded in the order of their numbers."""
        self.waiting -= 1
        self.ack = max(self.ack, seq)
        self._news.set()

    def refuse(self, why: Fenced | Unmet) -> None:
        """This session may not speak for the device: for good, or until it has said hello again."""
        if isinstance(why, Fenced):
            self.close(Closing(FENCED, "a newer session of this device has taken over"))
        else:
            self.close(Closing(COME_BACK, "the live path began anew; say hello again"))

    def close(self, why: Closing) -> None:
        """The first reason is the one that is told."""
        self.closing = self.closing or why
        self.committed.set()
        self._news.set()

    async def acks(self) -> Ack:
        """The next ack, for all that was recorded meanwhile; raise what closes this line."""
        while self.ack <= self.acked and self.closing is None:
            self._news.clear()
            await self._news.wait()
        if self.closing:
            raise self.closing
        self.acked = self.ack
        return Ack(self.hello.device_epoch, self.acked)

    def remember(self, what: Report) -> None:
        """Keep the hello at the device's latest word."""
        self.hello = replace(self.hello, next_seq=max(self.hello.next_seq, what.seq + 1))
        match what:
            case StateReport(facts=facts):
                self.hello = replace(self.hello, facts=facts)
            case IncidentReport(sighting=sighting):
                others = [one for one in self.hello.incidents if one.id != sighting.id]
                incidents = (*others, sighting) if sighting.ongoing else tuple(others)
                self.hello = replace(self.hello, incidents=incidents)

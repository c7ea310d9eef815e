"""One connected agent as its node knows it: its latest word, and what is to be told to it."""

import asyncio

from msgspec.structs import replace

from hub.live.tenant import Done
from hub.presence.seat import device_of
from hub.presence.skew import hello_by_hub
from hub.protocol.closing import Closing
from hub.protocol.messages import Ack, Hello, IncidentReport, Report, StateReport
from storage.devices import LinkedDevice
from storage.transitions import Moment, Number


class AgentLine:
    """One connected agent. `generation` is 0 until its hello is committed.

    `hello` is kept at the device's latest word, so that it can be registered again at any time.
    """

    def __init__(self, linked: LinkedDevice, hello: Hello, now: float) -> None:
        self.member = linked.member
        self.device = linked.device
        self.skew_s = hello.clock - now
        self.hello = hello_by_hub(hello, self.skew_s)
        self.generation = 0
        self.heard = True
        self.committed = asyncio.Event()
        self.closing: Closing | None = None
        self.outcomes: dict[Number, Moment] = {}
        self.acked = 0
        self.ack = 0
        self._news = asyncio.Event()

    def joined(self, done: Done) -> None:
        device = device_of(done.seat, self.device)
        assert device is not None
        self.generation = device.generation
        self.committed.set()

    def recorded(self, seq: int) -> None:
        """Everything up to `seq` is durable: reports are recorded in the order of their numbers."""
        self.ack = max(self.ack, seq)
        self._news.set()

    def close(self, why: Closing) -> None:
        self.closing = why
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
        match what:
            case StateReport(facts=facts):
                self.hello = replace(self.hello, facts=facts)
            case IncidentReport(sighting=sighting):
                others = [one for one in self.hello.incidents if one.id != sighting.id]
                incidents = (*others, sighting) if sighting.ongoing else tuple(others)
                self.hello = replace(self.hello, incidents=incidents)

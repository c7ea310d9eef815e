"""One connected agent as its node knows it: its latest word, and what is to be told to it."""

import asyncio
import time
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from hub.limits import Limits
from hub.live.frames import Frame
from hub.live.tenant import Done
from hub.live.wire import Wire
from hub.presence.changes import Fenced, Unmet
from hub.presence.seat import device_of
from hub.presence.skew import hello_by_hub
from hub.protocol import codec
from hub.protocol.agents import Ack, Hello, IncidentReport, PolicyChanged, Report, StateReport
from hub.protocol.closing import BAD_MESSAGE, COME_BACK, FENCED, TOO_FAST, Closing
from hub.protocol.facts import Policy
from hub.protocol.on_air import OnAir
from storage.seats.devices import LinkedDevice
from storage.seats.transitions import Moment, Number

WAITING_MAX = 1_024  # reports of one line that SQL does not have; our agents send 256 ahead

Outcomes = dict[Number, Moment]


class AgentLine:
    """One connected agent. `generation` is 0 until its hello is committed.

    `hello` is kept at the device's latest committed word, so that it can be registered again at
    any time. `shed` if a report found no room in the recorder: it is not acknowledged, and
    neither is any later one, so that the agent sends them again. `met` is called once, when the
    hello is committed.
    """

    __slots__ = (
        "_met", "_telling", "_wire", "ack", "acked", "address", "closing", "device", "generation",
        "gone", "heard_at", "hello", "let_in_by", "live_from", "member", "on_air", "outcomes",
        "policy", "renewed_upto", "shed", "skew_s", "taken", "told_policy", "waiting",
    )  # fmt: skip

    def __init__(
        self,
        linked: LinkedDevice,
        hello: Hello,
        now: float,
        wire: Wire,
        met: Callable[[], None] | None = None,
        address: str = "",
    ) -> None:
        self.address = address
        self.let_in_by: Limits | None = None
        self.member = linked.member
        self.device = linked.device
        self.skew_s = hello.clock - now
        self.hello = hello_by_hub(hello, self.skew_s)
        self.live_from = hello.next_seq
        self.generation = 0
        self.heard_at = time.monotonic()
        self.renewed_upto = 0.0
        self.closing: Closing | None = None
        self.gone = False
        self.shed = False
        self.outcomes: Outcomes | None = None
        self.on_air: tuple[OnAir, float] | None = None  # by the hub's clock, and when it was said
        self.policy = Policy()
        self.told_policy: Policy | None = None  # none before the welcome, which brings one
        self.taken = -1
        self.waiting = 0
        self.acked = 0
        self.ack = 0
        self._wire = wire
        self._met = met
        self._telling = False

    @property
    def session(self) -> str:
        return self.hello.session

    def joined(self, done: Done) -> None:
        device = device_of(done.seat, self.device)
        assert device is not None
        self.generation = device.generation
        met, self._met = self._met, None
        if met:
            met()

    def recorded_already(self, upto: int, outcomes: Outcomes | None) -> None:
        """What the record has of this device_epoch, and what became of what it has not."""
        self.ack = self.acked = self.taken = upto
        self.outcomes = outcomes

    def outcome(self, number: Number) -> Moment | None:
        return self.outcomes.pop(number, None) if self.outcomes else None

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
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self.tell)  # one ack for all of the same batch

    def tell(self) -> None:
        """What was recorded meanwhile, and a new policy; one that does not read hears later."""
        self._telling = False
        if self.ack > self.acked and not self._wire.full:
            self.acked = self.ack
            self._wire.send(Frame(codec.encode(Ack(self.hello.device_epoch, self.acked))))
        if self.told_policy not in (None, self.policy) and not self._wire.full:
            self.told_policy = self.policy
            self._wire.send(Frame(codec.encode(PolicyChanged(self.policy))))

    def say(self, message: Struct) -> None:
        """Of a live view, or a pause: it is about now, and a few kB."""
        self._wire.send(Frame(codec.encode(message)))

    def adopt(self, policy: Policy) -> None:
        """The policy in force for this member may have changed."""
        self.policy = policy
        self.tell()

    def refuse(self, why: Fenced | Unmet) -> None:
        """This session may not speak for the device: for good, or until it has said hello again."""
        if isinstance(why, Fenced):
            self.close(Closing(FENCED, "a newer session of this device has taken over"))
        else:
            self.close(Closing(COME_BACK, "the live path began anew; say hello again"))

    def close(self, why: Closing) -> None:
        """The first reason is the one that is told."""
        self.closing = self.closing or why
        self._wire.close(self.closing)

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

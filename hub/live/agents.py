"""An agent's connection: frame -> report -> change of a seat -> record -> ack."""

import time
from collections.abc import Callable

from hub.live.floor import Floor
from hub.live.frames import Frame
from hub.live.line import AgentLine, Outcomes
from hub.live.recorder import Entry
from hub.live.tenant import Change, Done
from hub.live.wire import Limits, Wire, Wires
from hub.presence.changes import Effect, News, bye, report, told
from hub.presence.seat import Device, Seat, view, with_device
from hub.presence.skew import report_by_hub
from hub.protocol import codec
from hub.protocol.agents import (
    Bye,
    EvidenceReport,
    FromAgent,
    GapReport,
    Heartbeat,
    Hello,
    IncidentReport,
    Report,
    StateReport,
    Welcome,
)
from hub.protocol.closing import BAD_MESSAGE, NORMAL, OLD_PROTOCOL, TRY_LATER, Closing
from hub.protocol.facts import VERSION, Phase, Sighting
from hub.protocol.live_view import ViewAnswered, ViewEnded, ViewSignal
from hub.protocol.watchers import IncidentNews
from storage.seats.devices import LinkedDevice
from storage.seats.transitions import Hole, Moment, Number, Step, Told

HELLO_WITHIN_S = 10.0
WELCOME_WITHIN_S = 5.0  # an agent waits for 10 s; an outage of the broker is told before
EARLY_MAX = 4
HEARTBEAT = codec.encode(Heartbeat())  # as all agents write it: needs no decoding

# A camera makes a few reports a minute; a burst is what was queued while the hub was away.
LIMITS = Limits(codec.FROM_AGENT_MAX_BYTES, burst=4_096, per_s=50.0, kernel_bytes=16 * 1024)


class Agent:
    """One agent's connection, from the hello to its end: a shell over its line."""

    __slots__ = (
        "_address", "_change", "_early", "_line", "_linked", "_ready", "_wire", "_wires", "floor",
    )  # fmt: skip

    limits = LIMITS

    def __init__(
        self,
        linked: LinkedDevice,
        floor: Floor,
        wires: Wires,
        ready: Callable[["Agent"], None],
        address: str,
    ) -> None:
        """`ready` is called when it may be welcomed."""
        self._address = address
        self.floor = floor
        self._linked: LinkedDevice | None = linked
        self._wires = wires
        self._ready = ready
        self._line: AgentLine | None = None
        self._change: Change | None = None
        self._early: tuple[bytes, ...] = ()

    # ---- as the connection tells it

    def attached(self, wire: Wire) -> None:
        self._wire = wire
        self._wires.expect(self, HELLO_WITHIN_S, self._silent)

    def received(self, message: bytes) -> None:
        line = self._line
        if line is None:
            self._greeted(codec.from_agent(message))
        elif self._linked is not None:
            self._hold(message)
        elif message == HEARTBEAT:
            line.heard_at = time.monotonic()
        else:
            line.heard_at = time.monotonic()
            heed(codec.from_agent(message), line, self.floor)

    def drained(self) -> None:
        if self._line:
            self._line.tell()

    def lost(self) -> None:
        self._wires.met(self)
        if self._change:
            self._change.withdrawn = True
        if self._line:
            self.floor.lost(self._line)

    def close(self, why: Closing) -> None:
        self._wire.close(why)

    # ---- hello and welcome

    @property
    def numbered(self) -> tuple[int, str]:
        """Whose reports they are: a device's, in one of its epochs."""
        assert self._line
        return self._line.device, self._line.hello.device_epoch

    def _silent(self) -> None:
        self.close(Closing(TRY_LATER, "nothing was heard in time"))

    def _greeted(self, first: FromAgent) -> None:
        if not isinstance(first, Hello):
            raise Closing(BAD_MESSAGE, "the first message must be hello")
        if first.version != VERSION:
            raise Closing(OLD_PROTOCOL, f"this hub speaks version {VERSION}; update the older one")
        assert self._linked
        let_in(self.floor)
        self._line = AgentLine(
            self._linked, first, time.time(), self._wire, self._met, self._address
        )
        self._change = self.floor.registration(self._line)
        self.floor.tenant.add(self._change)
        self._wires.expect(self, WELCOME_WITHIN_S, self._not_met)

    def _not_met(self) -> None:
        self.close(Closing(TRY_LATER, "the live path is down; try again"))

    def _met(self) -> None:
        """The hello is committed."""
        self._change = None
        self._ready(self)

    def welcome(self, upto: int, outcomes: Outcomes | None, now: float) -> None:
        """The record has everything up to this number, and `outcomes` are of some that it lacks."""
        line, linked = self._line, self._linked
        assert line and linked
        if line.gone:
            return
        self._wires.met(self)
        line.recorded_already(upto, outcomes)
        timing = self.floor.timing
        line.policy = line.told_policy = policy = self.floor.policy_of(linked.member)
        said = Welcome(
            self.floor.tenant.epoch, line.generation, upto, now, timing.lease_s,
            timing.heartbeat_s, linked.member, linked.member_name, policy,
        )  # fmt: skip
        self._linked = None
        self._wire.send(Frame(codec.encode(said)))
        self._heed_early()

    def _hold(self, message: bytes) -> None:
        """Said before the welcome: whoever is in a hurry is heard after it, but not at length."""
        if len(self._early) == EARLY_MAX:
            raise Closing(BAD_MESSAGE, "wait for the welcome before you report")
        self._early += (message,)

    def _heed_early(self) -> None:
        early, self._early = self._early, ()
        try:
            for message in early:
                self.received(message)
        except Closing as why:
            self.close(why)


def heed(message: FromAgent, line: AgentLine, floor: Floor) -> None:
    match message:
        case Heartbeat(on_air):
            if on_air:
                floor.on_air.said(line, on_air)
        case Bye():
            leave(line, floor)
            raise Closing(NORMAL, "goodbye")
        case Hello():
            raise Closing(BAD_MESSAGE, "hello is said once a connection")
        case ViewAnswered() | ViewSignal() | ViewEnded():
            floor.viewings.from_agent(line, message)
        case _:
            take(report_by_hub(message, line.skew_s), line, floor)


def take(what: Report, line: AgentLine, floor: Floor) -> None:
    """A numbered report: to the live picture, then to the record, then to its ack."""
    let_in(floor)
    line.take(what)
    late = what.seq < line.live_from
    number = Number(line.device, line.hello.device_epoch, what.seq)
    received_at = time.time()

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return report(seat, line.device, line.session, number.device_epoch, what, late)

    def done_with(done: Done) -> None:
        if done.refused:
            line.refuse(done.refused)
            return
        if not late:
            line.remember(what)
        entry = entry_of(what, number, line, done, received_at, floor.tenant.id)
        entry.recorded = lambda: after_record(what, line, floor, late=not done.moments)
        line.shed = line.shed or not floor.recorder.add(entry)

    lease = (line.device, floor.timing.lease_s)
    change = Change(line.member, decide, done_with, lease, number=number)
    change.outcome = line.outcome(number)
    change.received_at, change.skew_s = received_at, line.skew_s
    floor.tenant.add(change)


def let_in(floor: Floor) -> None:
    """Memory is bounded: what cannot be committed in time stays with the agents."""
    if floor.tenant.crowded:
        raise Closing(TRY_LATER, "more is reported than this hub can take; try again")


def entry_of(
    what: Report, number: Number, line: AgentLine, done: Done, received_at: float, tenant: int
) -> Entry:
    """The report as rows: with its place if the boards saw it, else as a late one."""
    match what:
        case StateReport():
            return Entry(tenant, done.moments or [late_moment(what, number, line, received_at)])
        case IncidentReport():
            step = Step(
                line.member, number, what.phase, what.sighting, what.at, received_at,
                late=not done.moments,
            )  # fmt: skip
            return Entry(tenant, done.moments, [step])
        case GapReport():
            return Entry(tenant, holes=[Hole(line.member, number, what, received_at)])
        case EvidenceReport():
            told = Told(line.member, number, what, received_at)
            return Entry(tenant, evidence=[told])


def late_moment(what: StateReport, number: Number, line: AgentLine, received_at: float) -> Moment:
    """What the device alone was, for the history strip; the boards never saw it."""
    alone = told(Device(line.device, "", 0, what.facts.since), what.facts)
    seat = with_device(Seat(line.member), alone, what.facts.since)
    return Moment(
        member=line.member,
        cause="late",
        event_time=min(what.facts.since, received_at),
        received_at=received_at,
        state=view(seat),
        device=line.device,
        number=number,
        skew_s=line.skew_s,
        why=what.why,
    )


def after_record(what: Report, line: AgentLine, floor: Floor, late: bool) -> None:
    line.recorded(what.seq)
    if isinstance(what, IncidentReport) and what.phase is Phase.OPENED:
        tell_recorded(line.member, what.sighting, floor, late)


def tell_recorded(member: int, sighting: Sighting, floor: Floor, late: bool) -> None:
    """An incident that was shown as being recorded is recorded now."""
    news = News(IncidentNews(member, Phase.RECORDED, sighting, late, recorded=True))
    floor.tenant.add(Change(member, lambda seat: (seat, [news])))


def leave(line: AgentLine, floor: Floor) -> None:
    now = time.time()

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return bye(seat, line.device, line.session, now)

    floor.tenant.add(Change(line.member, decide, floor.record, (line.device, None)))

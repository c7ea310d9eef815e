"""A person whose devices come, go, see, fall silent and catch up, in simulated time.

It acts through hub.presence as the live path does, and keeps what the record would have.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from hub.history.facts import Fact, Lost, Place, Spoken, shown
from hub.live.tenant import Change, moment_of
from hub.presence.changes import (
    Effect,
    Moved,
    Timing,
    bye,
    expire,
    join,
    punch,
    report,
    restore,
    told,
)
from hub.presence.seat import Device, Seat, label, view, with_device
from hub.protocol.agents import GapReport, Hello, StateReport
from hub.protocol.facts import VERSION, Capture, Facts, Label, Link, Presence, Reason, Work
from hub.protocol.watchers import SeatView
from storage.seats.transitions import Hole, Moment, Number
from storage.seats.transitions import Place as Placed

TIMING = Timing()
OFFLINE_S = TIMING.offline_after_s - TIMING.lease_s

Decide = Callable[[Seat], tuple[Seat, list[Effect]]]


@dataclass
class Pc:
    """One device: what it is, says, has not sent, and when the hub last heard it."""

    id: int
    device_epoch: str
    facts: Facts
    session: int = 0
    seq: int = 0
    connected: bool = False
    waiting: list[StateReport | GapReport] = field(default_factory=list)
    deadline: float | None = None
    diary: list[tuple[float, Facts | None]] = field(default_factory=list)


class World:
    """One member's seat, from `start` on; times are whole seconds."""

    def __init__(self, member: int, devices: tuple[int, ...], start: float, epoch: str) -> None:
        self.member = member
        self.now = start
        self.seat = Seat(member)
        self.epoch = epoch
        self.offset = 0
        self.pcs = [Pc(id, f"d{id}", Facts(start)) for id in devices]
        self.moments: list[Moment] = []
        self.holes: list[Hole] = []
        self.boards: list[tuple[float, SeatView]] = []

    # ---- what happens

    def wander(self, random: Random, steps: int, longest_s: int = 900) -> None:
        """Let anything happen, again and again."""
        for _ in range(steps):
            self.pass_by(random.randint(1, longest_s))
            pc = self.pcs[random.randrange(len(self.pcs))]
            match random.randrange(9):
                case 0 | 1 | 2:
                    self.sees(pc, random.choice(list(Presence)), random.choice(list(Capture)))
                case 3:
                    self.cut(pc)
                case 4 | 5:
                    self.connects(pc)
                case 6:
                    self.leaves(pc)
                case 7:
                    self.punches(random.choice((Work.WORKING, Work.BREAK, Work.OUT)))
                case 8:
                    random.choice((self.restarts, self.forgets, lambda _: self.broker_lost()))(pc)

    def settle(self) -> None:
        """Everybody comes back and tells the rest."""
        self.pass_by(5)
        for pc in self.pcs:
            self.connects(pc)

    def pass_by(self, seconds: int) -> None:
        """Time goes on; whom nobody hears falls silent at the deadline."""
        until = self.now + seconds
        while True:
            due = [(pc.deadline, pc) for pc in self.pcs if pc.deadline and not pc.connected]
            deadline, pc = min(due, default=(until + 1, None), key=lambda item: item[0])
            if pc is None or deadline > until:
                break
            self.now = max(self.now, deadline)
            self._expires(pc, deadline)
        self.now = until

    def _expires(self, pc: Pc, deadline: float) -> None:
        stale = any(one.link is Link.ONLINE for one in self.seat.devices if one.id == pc.id)
        self._happens(lambda seat: expire(seat, pc.id, deadline, TIMING.lease_s))
        pc.deadline = deadline + OFFLINE_S if stale else None

    def sees(self, pc: Pc, presence: Presence, capture: Capture = Capture.ON) -> None:
        self._tells(pc, Facts(self.now, presence, Work.WORKING, capture))

    def restarts(self, pc: Pc) -> None:
        """The agent dies without a word; another begins later and remembers what was not sent."""
        self.cut(pc)
        pc.diary.append((self.now, None))
        self.pass_by(45)
        pc.session += 1
        self._tells(pc, Facts(self.now, reason=Reason.STARTING))

    def forgets(self, pc: Pc) -> None:
        """The spool of a device that is offline runs over."""
        states = [one for one in pc.waiting if isinstance(one, StateReport)]
        if pc.connected or not states:
            return
        begin, end = states[0].facts.since, states[-1].facts.since
        gap = GapReport(states[0].seq, begin, end, len(states), "overwritten")
        pc.waiting = [gap]

    def _tells(self, pc: Pc, facts: Facts) -> None:
        pc.facts = facts
        pc.seq += 1
        pc.diary.append((self.now, facts))
        what = StateReport(pc.seq, facts)
        pc.waiting.append(what)
        if pc.connected:
            self._sends(pc, late=False)

    def _sends(self, pc: Pc, late: bool) -> None:
        for what in pc.waiting:
            if isinstance(what, GapReport):
                number = Number(pc.id, pc.device_epoch, what.seq)
                self.holes.append(Hole(self.member, number, what, self.now))
            elif late:
                self.moments.append(self._late(pc, what))
            else:
                self._reports(pc, what)
        pc.waiting = []

    def _reports(self, pc: Pc, what: StateReport) -> None:
        session = str(pc.session)
        self._happens(lambda seat: report(seat, pc.id, session, pc.device_epoch, what, late=False))

    def _late(self, pc: Pc, what: StateReport) -> Moment:
        alone = told(Device(pc.id, "", 0, what.facts.since), what.facts)
        seat = with_device(Seat(self.member), alone, what.facts.since)
        number = Number(pc.id, pc.device_epoch, what.seq)
        since = what.facts.since
        return Moment(self.member, "late", since, self.now, view(seat), pc.id, number)

    def connects(self, pc: Pc) -> None:
        if pc.connected:
            return
        hello = Hello(VERSION, str(pc.session), pc.device_epoch, pc.seq + 1, self.now, pc.facts)
        self._happens(lambda seat: join(seat, pc.id, hello, self.now))
        pc.connected, pc.deadline = True, None
        self._sends(pc, late=True)

    def cut(self, pc: Pc) -> None:
        if pc.connected:
            pc.connected, pc.deadline = False, self.now + TIMING.lease_s

    def leaves(self, pc: Pc) -> None:
        if pc.connected:
            self._happens(lambda seat: bye(seat, pc.id, str(pc.session), self.now))
            pc.connected, pc.deadline = False, None
            pc.diary.append((self.now, None))
            pc.session += 1
            self._tells(pc, Facts(self.now, reason=Reason.STARTING))

    def punches(self, work: Work) -> None:
        self._happens(lambda seat: punch(seat, work, None, self.now))

    def broker_lost(self, gone_s: int = 20) -> None:
        """A new epoch: what the record has comes back as not known, then who is there says so."""
        vouched = max((one.received_at for one in self.moments if one.place), default=0.0)
        if not vouched:
            return
        self.pass_by(gone_s)
        recorded, self.seat = self.seat, Seat(self.member)
        self.epoch, self.offset = self.epoch + "+", 0
        self._happens(lambda seat: restore(seat, recorded, vouched))
        for pc in self.pcs:
            if pc.connected:
                pc.connected = False
                self.connects(pc)
            elif any(one.id == pc.id and one.link is Link.STALE for one in self.seat.devices):
                pc.deadline = self.now + OFFLINE_S

    def _happens(self, decide: Decide) -> None:
        before = self.seat
        self.seat, effects = decide(before)
        self.offset += 1
        change = Change(self.member, decide, received_at=self.now)
        for position, effect in enumerate(effects):
            if isinstance(effect, Moved):
                moment = moment_of(change, effect, before, self.seat, position)
                place = Placed(self.epoch, self.offset, position)
                self.moments.append(placed(moment, place))
        self.boards.append((self.now, view(self.seat)))

    # ---- what the record has of it

    def facts(self) -> list[Fact]:
        return [fact_of(one) for one in self.moments]

    def lost(self) -> list[Lost]:
        return [
            Lost(
                self.member,
                one.number.device,
                one.gap.lost_from,
                one.gap.lost_to,
                one.gap.count,
                one.gap.reason,
                Spoken(one.number.device_epoch, one.number.seq),
                one.received_at,
            )
            for one in self.holes
        ]

    # ---- the truth

    def true_label(self, at: float) -> Label | None:
        """What the only device itself saw last; None if that was long enough ago to know better.

        Nobody can tell a device that has just died from a quiet one before its lease is over.
        """
        (pc,) = self.pcs
        said = [facts for time, facts in pc.diary if time <= at and facts]
        if not said or any(
            facts is None and t + TIMING.lease_s <= at for t, facts in lives(pc, at)
        ):
            return None
        facts = said[-1]
        return label(facts.work, facts.capture, Link.ONLINE, facts.presence)


def lives(pc: Pc, at: float) -> list[tuple[float, Facts | None]]:
    """The last word of its diary by then."""
    return [entry for entry in pc.diary if entry[0] <= at][-1:]


def placed(moment: Moment, place: Placed) -> Moment:
    return Moment(
        moment.member,
        moment.cause,
        moment.event_time,
        moment.received_at,
        moment.state,
        moment.device,
        moment.number,
        place,
    )


def fact_of(one: Moment) -> Fact:
    place = Place(one.place.epoch, one.place.offset, one.place.position) if one.place else None
    spoken = Spoken(one.number.device_epoch, one.number.seq) if one.number else None
    return Fact(
        one.member,
        one.cause,
        one.event_time,
        one.received_at,
        shown(one.state),
        place,
        one.device,
        spoken,
    )

"""One tenant on this node: its replica of the seats, and the tick that commits what changes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

import msgspec
from msgspec.structs import replace
from redis.exceptions import RedisError

from hub.live.broker import (
    Batch,
    Broker,
    Committed,
    Conflict,
    EpochOver,
    Heard,
    Known,
    Opened,
    Tick,
    Told,
)
from hub.presence.changes import Effect, Fenced, Moved, News
from hub.presence.seat import Seat, view
from hub.protocol.messages import IncidentNews
from storage.transitions import Moment, Number, Place

TICK_S = 0.05
TICK_CHANGES_MAX = 2_000  # one script call stays short, so that other tenants' ticks do not wait
AGAIN_S = 0.5  # between tries while the broker does not answer

_decode_moment = msgspec.json.Decoder(Moment).decode

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Done:
    """What became of a change: the seat after it, its rows and news, and whether it was fenced."""

    seat: Seat
    moments: list[Moment] = field(default_factory=list)
    news: list[IncidentNews] = field(default_factory=list)
    fenced: bool = False


@dataclass(slots=True)
class Change:
    """Something that wants to happen to a seat. `decide` may run again after a conflict.

    `lease` gives a device so many seconds until its next deadline, None takes it away; `guard`
    names the deadline that must still stand. `told` hears what became of it. A change that is a
    device's report carries its `number`; one whose `outcome` the broker kept is not decided again.
    """

    member: int
    decide: Callable[[Seat], tuple[Seat, list[Effect]]]
    told: Callable[[Done], None] = lambda _: None
    lease: tuple[int, float | None] | None = None
    guard: tuple[int, int] | None = None
    number: Number | None = None
    outcome: Moment | None = None
    received_at: float = field(default_factory=time.time)
    skew_s: float | None = None


class Tenant:
    """Follows and changes one tenant's seats. Keeps nothing that cannot be rebuilt.

    `on_tick` is awaited for every tick in order, our own too; `on_open` after every (re)opening,
    before any further change is taken.
    """

    def __init__(
        self,
        id: int,
        broker: Broker,
        by_punch: bool,
        on_tick: Callable[["Tenant", int, Tick], Awaitable[None]],
        on_open: Callable[["Tenant", Opened], Awaitable[None]],
    ) -> None:
        self.id = id
        self.broker = broker
        self.by_punch = by_punch
        self.on_tick = on_tick
        self.on_open = on_open
        self.epoch = ""
        self.offset = 0
        self.directory_offset = 0
        self.seats: dict[int, Seat] = {}
        self._pending: list[Change] = []
        self._directory = 0
        self._unsure = False
        self._ticking: asyncio.Task[None] | None = None
        self._order = asyncio.Lock()

    def seat(self, member: int) -> Seat:
        """The seat as this node knows it; one that nobody ever sat on is off."""
        seat = self.seats.get(member) or Seat(member)
        return seat if seat.by_punch == self.by_punch else replace(seat, by_punch=self.by_punch)

    @property
    def waiting(self) -> int:
        return len(self._pending)

    # ---- changing

    def add(self, change: Change) -> None:
        """The first change after quiet goes out at once, the others with the next tick."""
        self._pending.append(change)
        self._tick_soon()

    def announce_directory(self, version: int) -> None:
        """The record's directory has changed: let exactly one tick of all nodes say so."""
        self._directory = max(self._directory, version)
        self._tick_soon()

    def _tick_soon(self) -> None:
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._ticks())

    async def _ticks(self) -> None:
        try:
            while self._pending or self._directory:
                try:
                    if self._unsure:
                        await self._make_sure()
                    await self._flush()
                    await asyncio.sleep(TICK_S)
                except EpochOver:
                    await self._open_again()
                except (RedisError, OSError) as failed:
                    log.warning("broker does not answer", extra={"error": str(failed)})
                    self._unsure = True
                    await asyncio.sleep(AGAIN_S)
        finally:
            self._ticking = None

    async def _flush(self) -> None:
        """Commit what is pending, tell everybody concerned, then show it."""
        changes = self._pending[:TICK_CHANGES_MAX]
        batch, done, committed = await self._commit(changes)
        del self._pending[: len(changes)]
        if batch.directory == self._directory:
            self._directory = 0
        for change, what in zip(changes, done, strict=True):
            change.told(placed(what, self.epoch, committed.offset))
        if batch.tells:
            await self.advance(Told(self.epoch, committed.offset, committed.tick))

    async def _commit(self, changes: list[Change]) -> tuple[Batch, list[Done], Committed]:
        """Decide and set, again and again until no other node was in between."""
        while True:
            batch, done = self._decide(changes)
            match await self.broker.commit(self.id, self.epoch, batch):
                case Committed() as committed:
                    return batch, done, committed
                case Conflict():
                    await self.catch_up()
                case Heard(devices):
                    for change in changes:
                        if change.guard and change.guard[0] in devices:
                            change.decide, change.guard, change.lease = unchanged, None, None
                case Known():
                    self._directory = 0

    async def _make_sure(self) -> None:
        """An answer was lost: what the broker has committed is not decided a second time."""
        numbers = {change.number.device for change in self._pending if change.number}
        for device in numbers:
            outcomes = await self.outcomes(device)
            for change in self._pending:
                if change.number and change.number.device == device:
                    change.outcome = change.outcome or outcomes.get(change.number)
        self._unsure = False

    async def outcomes(self, device: int) -> dict[Number, Moment]:
        """What became of a device's reports that SQL may not have yet."""
        held = await self.broker.unrecorded(self.id, str(device))
        moments = (decoded(epoch, offset, row) for epoch, offset, row in held.values())
        return {moment.number: moment for moment in moments if moment.number}

    def _decide(self, changes: list[Change]) -> tuple[Batch, list[Done]]:
        """Run every change over the seats as they are, in order."""
        batch, done = Batch(directory=self._directory), list[Done]()
        now: dict[int, Seat] = {}
        for change in changes:
            before = now.get(change.member) or self.seat(change.member)
            if change.outcome:
                done.append(Done(before, [change.outcome]))
                continue
            after, effects = change.decide(before)
            what = self._carried_out(change, before, after, effects, batch)
            if after is not before:
                now[change.member] = after
            if change.lease and not what.fenced:
                device, seconds = change.lease
                batch.leases.append((device, None if seconds is None else round(seconds * 1000)))
            if change.guard:
                batch.guards.append(change.guard)
            done.append(what)
        for member, seat in now.items():
            known = self.seats.get(member)
            batch.seats.append((member, known.rev if known else 0, seat))
        return batch, done

    def _carried_out(
        self, change: Change, before: Seat, after: Seat, effects: list[Effect], batch: Batch
    ) -> Done:
        what = Done(after)
        for effect in effects:
            match effect:
                case Moved():
                    moment = moment_of(change, effect, before, after, len(batch.rows))
                    what.moments.append(moment)
                    batch.rows.append((*owner_of(moment), msgspec.json.encode(moment)))
                case News(incident):
                    what.news.append(incident)
                    batch.news.append(incident)
                case Fenced():
                    what.fenced = True
        return what

    # ---- following

    async def open(self) -> None:
        """Follow the tenant as it is in the broker; the first to come begins a new epoch.

        Where the epoch goes on and the history has what we missed, that is all that happens.
        """
        async with self._order:
            opened = await self.broker.open(self.id, uuid4().hex)
            if opened.epoch == self.epoch and await self._read_history():
                return
            self.epoch, self.offset = opened.epoch, opened.offset
            self.directory_offset = opened.directory_offset
            self.seats = opened.seats
            await self.on_open(self, opened)

    async def _open_again(self) -> None:
        """Another life of the broker: what was pending waits behind the re-registrations."""
        waiting, self._pending = self._pending, []
        self.epoch = ""
        try:
            await self.open()
        finally:
            self._pending += waiting

    async def advance(self, told: Told) -> None:
        """Apply a tick in its place; raise EpochOver if it is of another life."""
        async with self._order:
            if told.epoch != self.epoch:
                raise EpochOver
            if told.offset == self.offset + 1:
                await self._apply(told)
            elif told.offset > self.offset and not await self._read_history():
                raise EpochOver

    async def catch_up(self) -> None:
        async with self._order:
            if not await self._read_history():
                raise EpochOver

    async def _read_history(self) -> bool:
        """The stream is the letter: read what the bell did not bring; false if it is cut off."""
        for told in await self.broker.history(self.id, self.offset):
            if told.offset != self.offset + 1:
                return False
            await self._apply(told)
        return True

    async def _apply(self, told: Told) -> None:
        self.offset = told.offset
        for seat in told.tick.seats:
            self.seats[seat.member] = replace(seat, rev=told.offset)
        if told.tick.directory:
            self.directory_offset = told.offset
        await self.on_tick(self, told.offset, told.tick)

    async def stop(self) -> None:
        """Let what is pending be committed, for a moment."""
        if self._ticking:
            await asyncio.wait([self._ticking], timeout=1)
            self._ticking and self._ticking.cancel()


def unchanged(seat: Seat) -> tuple[Seat, list[Effect]]:
    return seat, []


def moment_of(change: Change, moved: Moved, before: Seat, after: Seat, position: int) -> Moment:
    device, epoch, seq = moved.device, moved.device_epoch, moved.seq
    number = None
    if device is not None and epoch is not None and seq is not None:
        number = Number(device, epoch, seq)
    return Moment(
        member=after.member,
        cause=moved.cause,
        event_time=min(moved.at, change.received_at),
        received_at=change.received_at,
        state=view(after),
        device=device,
        number=number,
        place=Place("", 0, position),
        skew_s=change.skew_s,
        why=moved.why,
        relabelled=before.label is not after.label,
    )


def owner_of(moment: Moment) -> tuple[str, str]:
    """Where the broker keeps the outcome until SQL has it: by the device's number, or ours."""
    if moment.number is None:
        return "hub", str(moment.place.position if moment.place else 0)
    return str(moment.number.device), f"{moment.number.device_epoch}/{moment.number.seq}"


def decoded(epoch: str, offset: int, row: bytes) -> Moment:
    return at_place(_decode_moment(row), epoch, offset)


def at_place(moment: Moment, epoch: str, offset: int) -> Moment:
    """The moment with the place that the script gave it; one from an earlier commit has its own."""
    if moment.place is None or moment.place.epoch:
        return moment
    return replace(moment, place=Place(epoch, offset, moment.place.position))


def placed(done: Done, epoch: str, offset: int) -> Done:
    done.moments = [at_place(moment, epoch, offset) for moment in done.moments]
    return done

"""One tenant on this node: its replica of the seats, and the tick that commits what changes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from uuid import uuid4

import msgspec
from msgspec.structs import replace
from redis.exceptions import RedisError

from hub.counters import CONFLICTS, EPOCHS, TICK, TICK_CHANGES
from hub.live.broker import (
    Batch,
    Broker,
    Committed,
    Conflict,
    EpochOver,
    Heard,
    Known,
    Opened,
    Stand,
    Tick,
    Told,
)
from hub.live.tasks import still_wanted
from hub.presence.changes import Effect, Fenced, Moved, News, Unmet
from hub.presence.seat import Seat, view
from hub.protocol.watchers import IncidentNews
from storage.database import FAULTS
from storage.seats.transitions import Moment, Number, Place

TICK_S = 0.05
REST_S = 0.01  # after a flush that took as long as that or longer
TICK_CHANGES_MAX = 2_000  # one script call stays short, so that other tenants' ticks do not wait
PENDING_MAX = 20_000  # of about 1 kB; who would bring more keeps it, and comes back later
STOP_WITHIN_S = 1.0
AGAIN_S = 0.5  # between tries while a server does not answer

_decode_moment = msgspec.json.Decoder(Moment).decode

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Done:
    """What became of a change: the seat after it, its rows and news.

    `refused` says why a session may not change the seat: it is fenced, or it was never met here.
    """

    seat: Seat
    moments: list[Moment] = field(default_factory=list)
    news: list[IncidentNews] = field(default_factory=list)
    refused: Fenced | Unmet | None = None


@dataclass(slots=True, eq=False)
class Change:
    """Something that wants to happen to a seat. `decide` may run again after a conflict.

    `lease` gives a device so many seconds until its next deadline, None takes it away; `guard`
    names the deadline that must still stand. `told` hears what became of it. A change that is a
    device's report carries its `number`; one whose `outcome` the broker kept is not decided again.
    `restored` marks the last one of those that bring an epoch's seats back.
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
    restored: bool = False
    withdrawn: bool = False

    def stay(self) -> None:
        """Let everything be as it is."""
        self.decide, self.guard, self.lease = unchanged, None, None


class Tenant:
    """Follows and changes one tenant's seats. Keeps nothing that cannot be rebuilt.

    One task commits and reopens, so that neither meets the other half done. `on_tick` is awaited
    for every tick in order, our own too; `on_open` after every (re)opening, and what it returns
    is committed before any other change.
    """

    def __init__(
        self,
        id: int,
        broker: Broker,
        on_tick: Callable[["Tenant", int, Tick], Awaitable[None]],
        on_open: Callable[["Tenant", Opened], Awaitable[list[Change]]],
    ) -> None:
        self.id = id
        self.broker = broker
        self.by_punch = False
        self.on_tick = on_tick
        self.on_open = on_open
        self.epoch = ""
        self.offset = 0
        self.directory_offset = 0
        self.seats: dict[int, Seat] = {}  # in the order in which they changed, the latest last
        self._pending: list[Change] = []
        self._directory = 0
        self.astray_since: float | None = None
        self._followed = ""
        self._unsure = False
        self._ticking: asyncio.Task[None] | None = None
        self._order = asyncio.Lock()

    def seat(self, member: int) -> Seat:
        """The seat as this node knows it; one that nobody ever sat on is off."""
        seat = self.seats.get(member) or Seat(member)
        return seat if seat.by_punch == self.by_punch else replace(seat, by_punch=self.by_punch)

    @property
    def waiting(self) -> int:
        """How much the next ticks have to do; nothing once all that was wanted is committed."""
        return len(self._pending) + (self._directory > 0) + (self.astray_since is not None)

    @property
    def crowded(self) -> bool:
        """More is brought than can be committed."""
        return len(self._pending) >= PENDING_MAX

    # ---- changing

    def add(self, change: Change) -> None:
        """The first change after quiet goes out at once, the others with the next tick."""
        self._pending.append(change)
        self._tick_soon()

    def announce_directory(self, version: int) -> None:
        """The record's directory has changed: let exactly one tick of all nodes say so."""
        self._directory = max(self._directory, version)
        self._tick_soon()

    def follow_again(self) -> None:
        """We may have missed something: look where the tenant stands, and begin anew if we must."""
        self.astray_since = self.astray_since or time.time()
        self._tick_soon()

    def _begin_anew(self) -> None:
        self.epoch = ""
        self.follow_again()

    def _tick_soon(self) -> None:
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._ticks())

    async def _ticks(self) -> None:
        try:
            while self.waiting:
                await self._tick()
        finally:
            self._ticking = None

    async def _tick(self) -> None:
        self._pending = [change for change in self._pending if not change.withdrawn]
        try:
            if self.astray_since is not None:
                await self.open()
            if self._pending or self._directory:
                begun = time.monotonic()
                await self._flush()
                await asyncio.sleep(max(REST_S, TICK_S - (time.monotonic() - begun)))
        except EpochOver:
            self._begin_anew()
        except (RedisError, *FAULTS) as failed:
            still_wanted()
            log.warning("cannot commit", extra={"tenant": self.id, "error": str(failed)})
            self._unsure = True
            await asyncio.sleep(AGAIN_S)
        except Exception:
            log.exception("a tick failed", extra={"tenant": self.id})
            self._begin_anew()
            await asyncio.sleep(AGAIN_S)

    async def _flush(self) -> None:
        """Commit what is pending, tell everybody concerned, then show it."""
        changes = self._pending[:TICK_CHANGES_MAX]
        with TICK.time():
            batch, done, committed = await self._commit(changes)
        TICK_CHANGES.observe(len(changes))
        self._unsure = False
        del self._pending[: len(changes)]
        if batch.directory == self._directory:
            self._directory = 0
        for change, what in zip(changes, done, strict=True):
            change.told(placed(what, self.epoch, committed.offset))
        if committed.tick.tells:
            await self.advance(Told(self.epoch, committed.offset, committed.tick))

    async def _commit(self, changes: list[Change]) -> tuple[Batch, list[Done], Committed]:
        """Decide and set, again and again until no other node was in between."""
        while True:
            if self._unsure:
                await self._make_sure(changes)
            at = self.offset
            batch, done = self._decide(changes)
            match await self.broker.commit(self.id, self.epoch, batch):
                case Committed() as committed:
                    if committed.tick.tells and committed.offset <= at:
                        raise EpochOver  # an older copy of the data answers
                    return batch, done, committed
                case Conflict():
                    CONFLICTS.inc()
                    await self.catch_up()
                    if self.offset == at:
                        raise EpochOver  # it differs, and the history does not tell why
                case Heard(devices):
                    for change in changes:
                        if change.guard and change.guard[0] in devices:
                            change.stay()
                case Known():
                    self._directory = 0

    async def _make_sure(self, changes: list[Change]) -> None:
        """An answer was lost: what the broker has committed is not decided a second time."""
        numbered = [change for change in changes if change.number]
        outcomes = await self.outcomes({one.number.device for one in numbered if one.number})
        for change in numbered:
            if change.number and change.number.device in outcomes:
                known = outcomes[change.number.device].get(change.number)
                change.outcome = change.outcome or known

    async def outcomes(self, devices: Collection[int]) -> dict[int, dict[Number, Moment]]:
        """What became of devices' reports that SQL may not have yet; of those who have any."""
        if not devices:
            return {}
        owners = [str(device) for device in devices]
        found = await self.broker.unrecorded_of(self.id, owners)
        return {int(owner): by_number(held) for owner, held in found.items()}

    def _decide(self, changes: list[Change]) -> tuple[Batch, list[Done]]:
        """Run every change over the seats as they are, in order."""
        batch, done = Batch(directory=self._directory), list[Done]()
        first: dict[int, Seat] = {}
        now: dict[int, Seat] = {}
        for change in changes:
            before = now.get(change.member) or self.seat(change.member)
            first.setdefault(change.member, before)
            if change.outcome:
                done.append(Done(before, [change.outcome]))
                continue
            if change.guard in batch.guards:
                change.stay()  # a deadline ends one thing, however often it was noticed
            after, effects = change.decide(before)
            now[change.member] = after
            what = self._carried_out(change, before, after, effects, batch)
            if change.lease and not what.refused:
                device, seconds = change.lease
                batch.leases.append((device, None if seconds is None else round(seconds * 1000)))
            if change.guard:
                batch.guards.append(change.guard)
            batch.restored |= change.restored
            done.append(what)
        for member, seat in now.items():
            known = self.seats.get(member)
            rev = known.rev if known else 0
            batch.seats.append((member, rev, None if seat is first[member] else seat))
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
                case Fenced() | Unmet():
                    what.refused = effect
        return what

    # ---- following

    async def open(self) -> None:
        """Follow the tenant as it is in the broker; the first to come begins a new epoch.

        Where the epoch goes on and the history has what we missed, that is all that happens.
        """
        async with self._order:
            seen = Stand(self._followed, self.offset)
            opened = await self.broker.open(self.id, uuid4().hex, seen)
            same = opened.epoch == self.epoch and opened.offset >= self.offset
            if not (same and await self._read_history()):
                EPOCHS.inc(opened.epoch != self.epoch)
                self.epoch, self.offset = opened.epoch, opened.offset
                self._followed = opened.epoch
                self.directory_offset = opened.directory_offset
                self.seats = dict(sorted(opened.seats.items(), key=rev_of))
                self._pending[:0] = await self._opened(opened)
            self.astray_since = None
        if self._pending:
            self._tick_soon()

    async def _opened(self, opened: Opened) -> list[Change]:
        try:
            return await self.on_open(self, opened)
        except BaseException:
            self.epoch = ""  # half open is not open: the next try begins anew, too
            raise

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
            self.seats.pop(seat.member, None)
            self.seats[seat.member] = replace(seat, rev=told.offset)
        if told.tick.directory:
            self.directory_offset = told.offset
        await self.on_tick(self, told.offset, told.tick)

    async def stop(self) -> None:
        """Let what is pending be committed, for a moment."""
        if ticking := self._ticking:
            await asyncio.wait([ticking], timeout=STOP_WITHIN_S)
            ticking.cancel()
            await asyncio.wait([ticking])


def rev_of(item: tuple[int, Seat]) -> int:
    return item[1].rev


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


def by_number(held: dict[str, tuple[str, int, bytes]]) -> dict[Number, Moment]:
    moments = (decoded(epoch, offset, row) for epoch, offset, row in held.values())
    return {moment.number: moment for moment in moments if moment.number}


def at_place(moment: Moment, epoch: str, offset: int) -> Moment:
    """The moment with the place that the script gave it; one from an earlier commit has its own."""
    if moment.place is None or moment.place.epoch:
        return moment
    return replace(moment, place=Place(epoch, offset, moment.place.position))


def placed(done: Done, epoch: str, offset: int) -> Done:
    done.moments = [at_place(moment, epoch, offset) for moment in done.moments]
    return done

"""All boards of one tenant on this node: what each is shown, and what it lacks."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Mapping

from redis.exceptions import RedisError

from hub.counters import CAUGHT_UP, SNAPSHOTS_SENT
from hub.live.broker import HISTORY_LENGTH, EpochOver, Tick
from hub.live.frames import Frame
from hub.live.outbox import FRAME_MAX_BYTES
from hub.live.tasks import still_wanted
from hub.live.tenant import Tenant
from hub.live.views import (
    Cuts,
    Seats,
    View,
    Watcher,
    encoded_seat,
    encoded_tick,
    frame_of,
    sight_of,
    view_id,
    with_seats,
)
from hub.presence.seat import Seat
from hub.protocol.codec import PART_MAX_BYTES
from hub.protocol.watchers import Cursor, Delta, IncidentNews, Pulse, Resumed, Snapshot
from storage.people.directory import Directory

log = logging.getLogger(__name__)


class Memory:
    """The incidents of the latest ticks: everything that happened after the offset `since`."""

    def __init__(self, since: int) -> None:
        self.since = since
        self._news: deque[tuple[int, IncidentNews]] = deque()

    def add(self, offset: int, news: Iterable[IncidentNews]) -> None:
        self._news.extend((offset, one) for one in news)
        while len(self._news) > HISTORY_LENGTH:
            self.since, _ = self._news.popleft()

    def reach_back(self, ticks: Iterable[tuple[int, Tick]]) -> None:
        """Remember these, oldest first, as far as they follow each other without a gap."""
        earlier = [(offset, tick) for offset, tick in ticks if offset <= self.since]
        while earlier and earlier[-1][0] == self.since:
            offset, tick = earlier.pop()
            self._news.extendleft((offset, one) for one in reversed(tick.news))
            self.since = offset - 1

    def between(self, after: int, upto: int) -> list[IncidentNews]:
        found = []
        for offset, news in reversed(self._news):
            if offset <= after:
                break
            if offset <= upto:
                found.append(news)
        return found[::-1]


class Audience:
    """`seats` has every seat as watchers get it, encoded once for all views.

    `offset` is the tick that was shown last: the tenant's own may be one ahead for a moment.
    """

    def __init__(self, tenant: Tenant, directory: Directory) -> None:
        self.tenant = tenant
        self.cuts = Cuts(directory)
        self.views: dict[str, View] = {}
        self.seats = Seats()
        self.offset = 0
        self._memory = Memory(0)
        self._missed: dict[tuple[str, int], tuple[Frame | None, int]] = {}
        self._recalling: asyncio.Task[None] | None = None
        self._reaching: asyncio.Task[None] | None = None

    def watchers(self) -> list[Watcher]:
        return [watcher for view in self.views.values() for watcher in view.watchers]

    # ---- what happens

    def open(self) -> None:
        """Another life, or whatever came before is not known: everything anew."""
        tenant = self.tenant
        self.offset = tenant.offset
        self._memory = Memory(self.offset)
        self._missed.clear()
        everybody = self.cuts.directory.members.keys() | tenant.seats.keys()
        self.seats = Seats()
        self.know({member: encoded_seat(tenant.seat(member)) for member in everybody})

    def know(self, seats: Mapping[int, bytes]) -> None:
        """Seats as they are from now on; the views are told with `show`, or begin anew."""
        self.seats.whole.update(seats)

    def adopt(self, directory: Directory) -> None:
        """People and rights have changed; the views are told with `show`, or begin anew."""
        self.cuts = Cuts(directory)
        new = directory.members.keys() - self.seats.whole.keys()
        self.know({member: encoded_seat(self.tenant.seat(member)) for member in new})

    def show_anew(self) -> None:
        for view in self.views.values():
            view.adopt(self.cuts)
            view.after = self.offset
            for watcher in view.watchers:
                self._begin(watcher)

    def show(self, offset: int, tick: Tick, turned: bool) -> None:
        """One frame for each view; those who could not take it are given what they lack."""
        told = encoded_tick(tick)
        whole = self.seats.whole
        changed = {id: seat for id, seat in told.items() if whole.get(id) != seat}
        self.know(changed)
        shared = any(view.shares for view in self.views.values())
        self.seats.follow(changed, offset, shared)
        self._memory.add(offset, tick.news)
        self._missed.clear()
        self.offset = offset
        for view in list(self.views.values()):
            turn = view.turn(self.cuts) if turned else None
            large = view.show(self.tenant.epoch, offset, self.seats, changed, tick.news, turn)
            if large:
                for watcher in view.watchers:
                    self.feed(watcher)

    def pulse(self, now: float) -> None:
        for view in self.views.values():
            view.forget()
            frame = frame_of(Pulse(self.tenant.epoch, view.after, now))
            for watcher in view.watchers:
                if not (watcher.lacks or watcher.wire.full):
                    watcher.wire.send(frame)
        if self._ahead():
            self._reach()

    # ---- who looks

    def subscribe(self, watcher: Watcher, cursor: Cursor | None) -> None:
        """Show the view of this actor: from the cursor on if we can, else from the beginning."""
        sight = sight_of(watcher.actor)
        id = view_id(sight)
        if id not in self.views:
            self.views[id] = View(sight, self.cuts, self.offset)
        self.views[id].watchers.add(watcher)
        watcher.view = self.views[id]
        self.resume(watcher, cursor)

    def leave(self, watcher: Watcher) -> None:
        view = watcher.view
        if view is None:
            return
        view.watchers.discard(watcher)
        watcher.view = None
        if not view.watchers:
            del self.views[view.id]

    def resume(self, watcher: Watcher, cursor: Cursor | None) -> None:
        view = watcher.view
        if view is None:
            return
        if cursor and self._can_resume(cursor, view):
            said = Resumed(cursor.epoch, cursor.offset, cursor.view, time.time())
            watcher.wire.send(frame_of(said, cursor))
            watcher.go_on(cursor.offset)
            self.feed(watcher)
        else:
            self._begin(watcher)

    def _can_resume(self, cursor: Cursor, view: View) -> bool:
        """The same life, the same view, and no change of the directory since."""
        same = (cursor.epoch, cursor.view) == (self.tenant.epoch, view.id)
        return same and self._same_people(cursor.offset)

    def _same_people(self, since: int) -> bool:
        return self.tenant.directory_offset <= since

    def _begin(self, watcher: Watcher) -> None:
        SNAPSHOTS_SENT.inc()
        watcher.begin(self.offset)
        self.feed(watcher)

    # ---- what they lack

    def feed(self, watcher: Watcher) -> None:
        """Write to a watcher what it lacks, as long as it reads."""
        while watcher.view and watcher.lacks and not watcher.wire.full:
            if watcher.place is not None:
                self._next_part(watcher, watcher.view, watcher.place)
            elif not self._caught_up(watcher, watcher.view):
                return

    def _next_part(self, watcher: Watcher, view: View, place: int) -> None:
        epoch, now = self.tenant.epoch, time.time()
        head = Snapshot(epoch, watcher.sent, view.id, watcher.part, last=False, now=now)
        frame, watcher.place = view.part(head, place, self.seats, self.offset)
        watcher.part += 1
        watcher.wire.send(frame)

    def _caught_up(self, watcher: Watcher, view: View) -> bool:
        """Tell a watcher the last state of what changed, and the incidents; False if not yet."""
        since = watcher.sent
        if not self._same_people(since):
            self._begin_again(watcher)
        elif since < self._memory.since:
            self._recall()
            return False
        elif since > self.offset:
            self._reach()
            return False
        elif since == self.offset:
            CAUGHT_UP.inc()
            watcher.behind = False
        else:
            self._tell_missed(watcher, view)
        return True

    def _tell_missed(self, watcher: Watcher, view: View) -> None:
        """As much as fits a part; all who stand at the same offset share it."""
        asked = (view.id, watcher.sent)
        if asked not in self._missed:
            self._missed[asked] = self._made(view, watcher.sent)
        frame, upto = self._missed[asked]
        if frame is None:
            watcher.sent = upto
        elif watcher.wire.size(frame) > FRAME_MAX_BYTES:
            self._begin_again(watcher)
        else:
            watcher.wire.send(frame)
            watcher.sent = upto

    def _begin_again(self, watcher: Watcher) -> None:
        SNAPSHOTS_SENT.inc()
        watcher.begin(self.offset)

    def _made(self, view: View, since: int) -> tuple[Frame | None, int]:
        """What a view missed since an offset, about a part of it; and up to where that goes."""
        part, size, upto, last = list[bytes](), 0, self.offset, since
        for seat in self._changed_since(since):
            if size >= PART_MAX_BYTES and seat.rev != last:
                upto = last  # what changed at one offset stays together
                break
            for told in view.changed((seat.member,), self.seats, since, self.offset):
                part.append(told)
                size += len(told)
            last = seat.rev
        news = self._memory.between(since, upto)
        seen = tuple(one for one in news if one.member in view.whole)
        if not part and not seen:
            return None, upto
        head = Delta(self.tenant.epoch, since, upto, incidents=seen)
        return with_seats(head, part, view.id), upto

    def _changed_since(self, since: int) -> list[Seat]:
        """The oldest change first; one that is not shown yet comes with its own tick."""
        found = []
        for seat in reversed(self.tenant.seats.values()):
            if seat.rev <= since:
                break
            if seat.rev <= self.offset:
                found.append(seat)
        return found[::-1]

    # ---- what this node has not seen itself

    def _reach(self) -> None:
        """Boards have come that know more than we do: look at once what that may be."""
        if self._reaching is None:
            self._reaching = asyncio.create_task(self._reached())

    async def _reached(self) -> None:
        """Who is ahead even of the broker's data asks for what never was, and begins anew."""
        try:
            await self.tenant.catch_up()
        except EpochOver:
            self.tenant.follow_again()
        except (RedisError, OSError) as failed:
            still_wanted()
            log.warning("cannot read the history", extra={"error": str(failed)})
        else:
            for watcher in self._ahead():
                self._begin(watcher)
            for watcher in self.watchers():
                self.feed(watcher)
        finally:
            self._reaching = None

    def _ahead(self) -> list[Watcher]:
        """Those to whom what this node knows would be the past."""
        return [
            one
            for one in self.watchers()
            if one.behind and one.place is None and one.sent > self.offset
        ]

    def _recall(self) -> None:
        """Read back what was told before we came, once for all who lack it."""
        if self._recalling is None:
            self._recalling = asyncio.create_task(self._recalled())

    async def _recalled(self) -> None:
        memory = self._memory
        try:
            since = min((one.sent for one in self._lacking()), default=memory.since)
            memory.reach_back(await self._told_since(since))
        except (RedisError, OSError) as failed:
            still_wanted()
            log.warning("cannot read the history", extra={"error": str(failed)})
        finally:
            self._recalling = None
        for watcher in self._lacking():
            self._begin(watcher)
        for watcher in self.watchers():
            self.feed(watcher)

    async def _told_since(self, since: int) -> list[tuple[int, Tick]]:
        history = await self.tenant.broker.history(self.tenant.id, since)
        return [(told.offset, told.tick) for told in history]

    def _lacking(self) -> list[Watcher]:
        """Those who stand before everything that this node knows."""
        known = self._memory.since
        return [
            one for one in self.watchers() if one.behind and one.place is None and one.sent < known
        ]

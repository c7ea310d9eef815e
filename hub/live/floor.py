"""One tenant's floor on this node: who is connected, what they may see, what the record says."""

import time
from collections.abc import Iterator

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Action, scope
from hub.live.broker import Broker, Opened, Tick, Told
from hub.live.line import AgentLine
from hub.live.outbox import LIMIT_BYTES
from hub.live.recorder import Entry, Recorder
from hub.live.tenant import Change, Done, Tenant
from hub.live.views import View, Watcher, encoded_seat, encoded_tick, snapshot, view_id, with_seats
from hub.presence.alarms import seen
from hub.presence.changes import Effect, Timing, join, restore
from hub.presence.seat import Device, Seat, device_of
from hub.protocol.closing import FENCED, UNAUTHORIZED, Closing
from hub.protocol.codec import PART_MAX_BYTES, encode
from hub.protocol.messages import (
    Cursor,
    Delta,
    Link,
    Pulse,
    Resumed,
    SeatView,
    Work,
)
from storage.directory import Directory, directory
from storage.transitions import last_states, unreviewed

RESTORED_ALARMS_MAX = 2_000  # a tenant's unreviewed incidents that badges know again after a loss


class Floor:
    def __init__(
        self,
        tenant: int,
        by_punch: bool,
        engine: AsyncEngine,
        broker: Broker,
        recorder: Recorder,
        timing: Timing,
    ) -> None:
        self.engine = engine
        self.recorder = recorder
        self.timing = timing
        self.tenant = Tenant(tenant, broker, by_punch, self.on_tick, self.on_open)
        self.directory = Directory(tenant, 0, {}, {}, {}, {})
        self.views: dict[str, View] = {}
        self.agents: dict[int, AgentLine] = {}
        self.encoded: dict[int, bytes] = {}
        self.quiet_until = 0.0

    # ---- what the broker tells

    async def on_open(self, tenant: Tenant, opened: Opened) -> None:
        """Everything anew: the record's seats if an epoch began, our agents, every board."""
        await self._read_directory()
        self.encoded = {member: encoded_seat(tenant.seat(member)) for member in self._everybody()}
        self.quiet_until = time.time() + self.timing.lease_s
        if opened.began:
            await self._restore()
        for line in self.agents.values():
            self.register(line)
        for view in self.views.values():
            view.after = tenant.offset
            view.redirect(self.directory, tenant.epoch, tenant.offset, self.encoded)
            for watcher in view.watchers:
                self._snapshot(watcher, view)

    async def on_tick(self, tenant: Tenant, offset: int, tick: Tick) -> None:
        changed = encoded_tick(tick)
        self.encoded.update(changed)
        if tick.directory:
            await self._read_directory()
            self._add_newcomers()
            for view in self.views.values():
                view.redirect(self.directory, tenant.epoch, offset, self.encoded)
            self._take_away()
        for view in self.views.values():
            view.show(tenant.epoch, offset, changed, tick.news)
        self._fence(tick)

    async def _read_directory(self) -> None:
        async with self.engine.connect() as conn:
            self.directory = await directory(conn, self.tenant.id)

    def _everybody(self) -> set[int]:
        return set(self.directory.members) | set(self.tenant.seats)

    def _add_newcomers(self) -> None:
        for member in self.directory.members.keys() - self.encoded.keys():
            self.encoded[member] = encoded_seat(self.tenant.seat(member))

    def _fence(self, tick: Tick) -> None:
        """A newer session of a device took over, here or on another node."""
        for seat in tick.seats:
            for device in seat.devices:
                line = self.agents.get(device.id)
                if line and line.generation and device.generation > line.generation:
                    line.close(Closing(FENCED, "a newer session of this device has taken over"))

    def _take_away(self) -> None:
        """Rights that have gone are gone on open connections, too."""
        for line in list(self.agents.values()):
            if line.device not in self.directory.devices:
                line.close(Closing(UNAUTHORIZED, "this device's token is no longer valid"))
        for view in list(self.views.values()):
            for watcher in list(view.watchers):
                actor = self.directory.actor(watcher.actor.member)
                if actor is None:
                    watcher.close(Closing(UNAUTHORIZED, "this sign-in is no longer valid"))
                elif actor != watcher.actor:
                    self.leave(watcher)
                    watcher.actor = actor
                    self.subscribe(watcher, None)

    # ---- agents

    def register(self, line: AgentLine) -> None:
        """Commit the whole state of a connected device: at its hello, and in a new epoch."""
        received_at = time.time()

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return join(seat, line.device, line.hello, received_at)

        def told(done: Done) -> None:
            line.joined(done)
            self.record(done)

        lease = (line.device, self.timing.lease_s)
        change = Change(
            line.member, decide, told, lease, received_at=received_at, skew_s=line.skew_s
        )
        self.agents[line.device] = line
        self.tenant.add(change)

    def record(self, done: Done) -> None:
        if done.moments:
            self.recorder.add(Entry(self.tenant.id, done.moments))

    def revive(self, heard: set[int]) -> None:
        """Whom we hear is online: a lease that ended while the broker was away is taken again."""
        for line in [self.agents[device] for device in heard if device in self.agents]:
            seat = self.tenant.seats.get(line.member)
            known = seat and device_of(seat, line.device)
            if known and line.generation == known.generation and known.link is not Link.ONLINE:
                self.register(line)

    async def _restore(self) -> None:
        """The broker began anew: the record's seats come back as not known."""
        async with self.engine.connect() as conn:
            states, vouched = await last_states(conn, self.tenant.id)
            open_incidents = await unreviewed(conn, self.tenant.id, RESTORED_ALARMS_MAX)
        seats = {state.member: seat_of(state) for state in states}
        for member, device, sighting in open_incidents:
            seat = seats.get(member)
            if seat is not None:
                seats[member] = replace(seat, alarms=seen(seat.alarms, device, sighting))
        for seat in seats.values():
            self._bring_back(seat, vouched)

    def _bring_back(self, recorded: Seat, vouched: float) -> None:
        until_offline = self.timing.offline_after_s - self.timing.lease_s
        silent = [device for device in recorded.devices if device.link is not Link.OFFLINE]
        lease = (silent[0].id, until_offline) if silent else None

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return restore(seat, recorded, vouched)

        self.tenant.add(Change(recorded.member, decide, self.record, lease))
        for device in silent[1:]:
            self.tenant.add(Change(recorded.member, nothing, lease=(device.id, until_offline)))

    # ---- watchers

    def subscribe(self, watcher: Watcher, cursor: Cursor | None) -> None:
        """Show the view of this actor: from the cursor on if we can, else from the beginning."""
        seen_by = scope(watcher.actor, Action.SEE_SEAT)
        view = self.views.get(view_id(seen_by))
        if view is None:
            view = View(seen_by, self.directory, self.tenant.offset)
            self.views[view.id] = view
        view.watchers.add(watcher)
        self.resume(watcher, cursor)

    def leave(self, watcher: Watcher) -> None:
        for view in list(self.views.values()):
            view.watchers.discard(watcher)
            if not view.watchers:
                del self.views[view.id]

    def resume(self, watcher: Watcher, cursor: Cursor | None) -> None:
        view = self.view_of(watcher)
        if cursor and self._can_resume(cursor, view):
            watcher.start(iter([encode(self._resumed(cursor))]), cursor.offset)
            watcher.skip()
        else:
            self._snapshot(watcher, view)

    def view_of(self, watcher: Watcher) -> View:
        return next(view for view in self.views.values() if watcher in view.watchers)

    def _resumed(self, cursor: Cursor) -> Resumed:
        return Resumed(cursor.epoch, cursor.offset, cursor.view, time.time())

    def _can_resume(self, cursor: Cursor, view: View) -> bool:
        """The same life, the same view, and no change of the directory since."""
        tenant = self.tenant
        since_directory = tenant.directory_offset <= cursor.offset <= tenant.offset
        return (cursor.epoch, cursor.view) == (tenant.epoch, view.id) and since_directory

    def _snapshot(self, watcher: Watcher, view: View) -> None:
        tenant = self.tenant
        parts = snapshot(view, tenant.epoch, tenant.offset, time.time(), self.encoded)
        watcher.start(parts, tenant.offset)

    async def catch_up(self, watcher: Watcher) -> None:
        """Give a watcher that was skipped the last state of all that changed, and the incidents."""
        tenant, since, offset = self.tenant, watcher.sent, -1
        history: list[Told] = []
        while watcher.behind and offset != tenant.offset:
            offset = tenant.offset
            history = await tenant.broker.history(tenant.id, since)
        if not watcher.behind or watcher.sent != since:
            return  # it was started anew while we read
        view = self.view_of(watcher)
        whole = since == offset or (bool(history) and history[0].offset == since + 1)
        frames = list(self._missed(view, since, history)) if whole else []
        if whole and sum(map(len, frames)) <= LIMIT_BYTES:
            watcher.caught_up(frames, offset)
        else:
            self._snapshot(watcher, view)

    def _missed(self, view: View, since: int, history: list[Told]) -> Iterator[bytes]:
        """Deltas of about a part each; what changed at one offset stays together."""
        news = (one for told in history for one in told.tick.news)
        seen_news = tuple(one for one in news if one.member in view.members)
        seats = (self.tenant.seats.get(member) for member in view.members)
        ordered = sorted((seat for seat in seats if seat and seat.rev > since), key=by_rev)
        after, part, size = since, list[bytes](), 0
        for at, seat in enumerate(ordered):
            part.append(self.encoded[seat.member])
            size += len(part[-1])
            last_of_rev = at + 1 == len(ordered) or ordered[at + 1].rev != seat.rev
            if size >= PART_MAX_BYTES and last_of_rev and at + 1 < len(ordered):
                yield with_seats(Delta(self.tenant.epoch, after, seat.rev), part)
                after, part, size = seat.rev, [], 0
        if part or seen_news:
            head = Delta(self.tenant.epoch, after, self.tenant.offset, incidents=seen_news)
            yield with_seats(head, part)

    def pulse(self, now: float) -> None:
        for view in self.views.values():
            frame = encode(Pulse(self.tenant.epoch, view.after, now))
            for watcher in view.watchers:
                watcher.put(frame)

    def watchers(self) -> list[Watcher]:
        return [watcher for view in self.views.values() for watcher in view.watchers]


def nothing(seat: Seat) -> tuple[Seat, list[Effect]]:
    return seat, []


def by_rev(seat: Seat) -> int:
    return seat.rev


def seat_of(state: SeatView) -> Seat:
    """A seat as the record's last row tells it; fencing begins anew."""
    devices = tuple(
        Device(
            id=one.id,
            session="",
            generation=0,
            since=one.since,
            work=Work.OFF if state.work is Work.OFF else Work.WORKING,
            link=one.link,
            presence=one.presence,
            capture=one.capture,
            reason=one.reason,
        )
        for one in state.devices
    )
    said_by_device = bool(devices) and state.work in (Work.OFF, Work.WORKING)
    return Seat(
        member=state.member,
        label=state.label,
        since=state.since,
        punched=Work.OFF if said_by_device else state.work,
        task=state.task,
        devices=devices,
    )

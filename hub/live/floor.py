"""One tenant's floor on this node: who is connected, what they may see, what the record says."""

import dataclasses
import logging
import time

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import only
from hub.counters import RENEWED
from hub.limits import CountryOf, lets_in
from hub.live.audience import Audience
from hub.live.broker import Broker, Opened, Stand, Tick
from hub.live.line import AgentLine
from hub.live.on_air import OnAirs
from hub.live.recorder import Entry, Recorder
from hub.live.tenant import Change, Done, Tenant, unchanged
from hub.live.viewings import Viewings
from hub.live.views import Watcher, encoded_seat
from hub.policy import at_work, working
from hub.presence.alarms import seen
from hub.presence.changes import Effect, Fenced, Timing, Unmet, join, restore
from hub.presence.seat import Device, Seat, device_of
from hub.protocol.closing import COME_BACK, NORMAL, TRY_LATER, UNAUTHORIZED, Closing
from hub.protocol.facts import Link, Policy, Quiet, Work
from hub.protocol.live_view import IceServer
from hub.protocol.watchers import SeatView
from storage.database import FAULTS
from storage.people.directory import Directory, directory
from storage.people.tenants import PAUSED
from storage.seats.punches import works
from storage.seats.transitions import last_states, unreviewed

OUTSIDE = "your organisation lets nobody in from this address"
RESTORED_ALARMS_MAX = 2_000  # a tenant's unreviewed incidents that badges know again after a loss

log = logging.getLogger(__name__)


class Floor:
    def __init__(
        self,
        tenant: int,
        engine: AsyncEngine,
        broker: Broker,
        recorder: Recorder,
        timing: Timing,
        ice: tuple[IceServer, ...] = (),
        country_of: CountryOf | None = None,
    ) -> None:
        """`country_of` tells an address's country, where the hub knows countries."""
        self.engine = engine
        self.country_of = country_of
        self.recorder = recorder
        self.timing = timing
        self.tenant = Tenant(tenant, broker, self.on_tick, self.on_open)
        self.directory = Directory(tenant, 0, {}, {}, {}, {})
        self.audience = Audience(self.tenant, self.directory)
        self.agents: dict[int, AgentLine] = {}
        self.viewings = Viewings(
            self.tenant, engine, broker, self.agents, lambda: self.directory, ice
        )
        self.on_air = OnAirs(tenant, broker, self.agents)
        self.directory_told = 0
        self.unanswered_since: float | None = None  # since when the broker does not answer
        self._quiet_until = 0.0
        self._renewed_at = 0.0

    # ---- what the broker tells

    async def on_open(self, tenant: Tenant, opened: Opened) -> list[Change]:
        """Everything anew: the record's seats if an epoch began, our agents, every board."""
        await self._read_directory()
        changes = [] if opened.restored else await self._restoration()
        changes += [self.registration(line) for line in self._still_heard()]
        self.audience.open()
        self.on_air.again()
        self.audience.know(self._about_to_be(changes))
        self._quiet_until = time.monotonic() + self.timing.lease_s
        self._show_anew()
        return changes

    def _about_to_be(self, changes: list[Change]) -> dict[int, bytes]:
        """The seats as these changes will leave them: no board shows a broker half filled."""
        seats: dict[int, Seat] = {}
        for change in changes:
            before = seats.get(change.member) or self.tenant.seat(change.member)
            seats[change.member], _ = change.decide(before)
        return {member: encoded_seat(seat) for member, seat in seats.items()}

    async def on_tick(self, tenant: Tenant, offset: int, tick: Tick) -> None:
        turned = tick.directory > 0 and await self._turn(tick.directory)
        self.audience.show(offset, tick, turned)
        if turned:
            self.enforce()
        self._follow_work(tick)
        self._fence(tick)

    async def _turn(self, version: int) -> bool:
        """Whether the new directory could be read; if not, `look_again` will."""
        self.directory_told = max(self.directory_told, version)
        try:
            await self._read_directory()
        except FAULTS as failed:
            log.warning("cannot read the directory", extra={"error": str(failed)})
            return False
        return True

    async def look_again(self) -> None:
        """Read the directory without a tick that tells of it: every board begins anew."""
        await self._read_directory()
        self._show_anew()

    def _show_anew(self) -> None:
        self.audience.show_anew()
        self.enforce()

    async def _read_directory(self) -> None:
        limits = self.directory.limits
        async with self.engine.connect() as conn:
            read = await directory(conn, self.tenant.id)
        self.directory = dataclasses.replace(read, limits=limits) if read.limits == limits else read
        self.tenant.by_punch = self.directory.by_punch
        self.audience.adopt(self.directory)

    def policy_of(self, member: int) -> Policy:
        """What is in force for a member now: outside punched work their cameras are closed."""
        policy = self.directory.policy_of(member)
        return at_work(policy, self.tenant.seat(member).punched, self.directory.by_punch)

    def _follow_work(self, tick: Tick) -> None:
        """Who punched is told at once whether the camera may be open."""
        for seat in tick.seats:
            off = not working(seat.punched, self.directory.by_punch)
            for device in seat.devices:
                line = self.agents.get(device.id)
                if line and off != (line.policy.quiet is Quiet.OFF_WORK):
                    line.adopt(self.policy_of(line.member))

    def _fence(self, tick: Tick) -> None:
        """A newer session of a device took over, here or on another node."""
        for seat in tick.seats:
            for device in seat.devices:
                line = self.agents.get(device.id)
                if line and device.session not in ("", line.session):
                    line.refuse(Fenced(device.id))

    def enforce(self) -> None:
        """Rights that have gone are gone on open connections, too."""
        for line in list(self.agents.values()):
            if self.directory.state in PAUSED:
                line.close(Closing(TRY_LATER, "this contract is suspended, or has not begun"))
            elif line.device not in self.directory.devices:
                line.close(Closing(UNAUTHORIZED, "this device's token is no longer valid"))
            elif self._outside(line):
                line.close(Closing(TRY_LATER, OUTSIDE))
            else:
                line.adopt(self.policy_of(line.member))
        for watcher in self.audience.watchers():
            actor = self.directory.actor(watcher.actor.member)
            if actor is None:
                watcher.close(Closing(UNAUTHORIZED, "this sign-in is no longer valid"))
            elif self._outside(watcher):
                watcher.close(Closing(TRY_LATER, OUTSIDE))
            elif (now := only(actor, watcher.actor.actions)) != watcher.actor:
                self.audience.leave(watcher)
                watcher.actor = now
                self.audience.subscribe(watcher, None)
        self.viewings.enforce()

    def _outside(self, one: AgentLine | Watcher) -> bool:
        """Whether nobody is let in any more from where it came; looked up once for each change."""
        limits = self.directory.limits
        if one.let_in_by is limits:
            return False
        if lets_in(limits, one.address, self.country_of):
            one.let_in_by = limits
            return False
        return True

    # ---- agents

    def registration(self, line: AgentLine) -> Change:
        """Commit the whole state of a connected device: at its hello, and in a new epoch."""
        received_at = time.time()

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return join(seat, line.device, line.hello, received_at)

        def told(done: Done) -> None:
            self.record(done)
            if done.refused:
                line.refuse(done.refused)
            elif not line.gone:
                self._seat(line)
                line.joined(done)

        lease = (line.device, self.timing.lease_s)
        return Change(line.member, decide, told, lease, received_at=received_at, skew_s=line.skew_s)

    def _seat(self, line: AgentLine) -> None:
        """This connection is the device's from here on."""
        before = self.agents.get(line.device)
        self.agents[line.device] = line
        if before is None or before is line:
            return
        if before.session == line.session:
            before.close(Closing(NORMAL, "this session came back on another connection"))
        else:
            before.refuse(Fenced(line.device))

    def lost(self, line: AgentLine) -> None:
        """A connection has ended; that alone changes nothing on any board."""
        line.gone = True
        self.viewings.lost(line)
        if self.agents.get(line.device) is line:
            del self.agents[line.device]

    def record(self, done: Done) -> None:
        if done.moments:
            self.recorder.add(Entry(self.tenant.id, done.moments))

    def _still_heard(self) -> list[AgentLine]:
        """Whom we have not heard for a lease may have gone or moved: let them say hello again."""
        since = time.monotonic() - self.timing.lease_s
        for line in self.agents.values():
            if line.heard_at < since:
                line.refuse(Unmet(line.device))
        return [line for line in self.agents.values() if line.closing is None]

    async def renew(self) -> Stand:
        """Heartbeats cost a timestamp here; the leases of all who were heard go on at once."""
        heard = [
            (line, line.heard_at)
            for line in self.agents.values()
            if line.heard_at > line.renewed_upto
        ]
        devices = [line.device for line, _ in heard]
        stand = await self.tenant.broker.renew(self.tenant.id, devices, self.timing.lease_s)
        RENEWED.inc(len(devices))
        for line, at in heard:
            line.renewed_upto = at
        self._answered(time.monotonic())
        self._revive([line for line, _ in heard])
        return stand

    def _answered(self, now: float) -> None:
        """After an outage nobody sweeps for one lease: those who are there say so first."""
        if now - self._renewed_at > self.timing.lease_s / 2:
            self._quiet_until = now + self.timing.lease_s
        self._renewed_at = now

    def may_sweep(self, now: float) -> bool:
        renewing = now - self._renewed_at <= self.timing.lease_s / 2
        return renewing and now >= self._quiet_until

    def _revive(self, heard: list[AgentLine]) -> None:
        """Whom we hear is online: a lease that ended while the broker was away is taken again."""
        for line in heard:
            seat = self.tenant.seats.get(line.member)
            known = seat and device_of(seat, line.device)
            if known and known.session == line.session and known.link is not Link.ONLINE:
                self.tenant.add(self.registration(line))

    def let_come_back(self) -> None:
        """Those whose reports found no room send them again, now that there is some."""
        for line in self.agents.values():
            if line.shed:
                line.close(Closing(COME_BACK, "the record takes reports again; come back"))

    async def _restoration(self) -> list[Change]:
        """The broker began anew: the record's seats come back as not known."""
        async with self.engine.connect() as conn:
            states, vouched = await last_states(conn, self.tenant.id)
            open_incidents = await unreviewed(conn, self.tenant.id, RESTORED_ALARMS_MAX)
            punched = await works(conn, self.tenant.id)
        seats = {one.member: seat_of(one, punched.get(one.member, Work.OFF)) for one in states}
        for member, device, sighting in open_incidents:
            seat = seats.get(member)
            if seat is not None:
                seats[member] = replace(seat, alarms=seen(seat.alarms, device, sighting))
        changes = [one for seat in seats.values() for one in self._bring_back(seat, vouched)]
        return [*changes, Change(0, unchanged, restored=True)]

    def _bring_back(self, recorded: Seat, vouched: float) -> list[Change]:
        until_offline = self.timing.offline_after_s - self.timing.lease_s
        silent = [device for device in recorded.devices if device.link is not Link.OFFLINE]

        def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
            return restore(seat, recorded, vouched)

        seat = Change(recorded.member, decide, self.record)
        leases = [(device.id, until_offline) for device in silent]
        return [seat, *(Change(recorded.member, unchanged, lease=lease) for lease in leases)]


def seat_of(state: SeatView, punched: Work) -> Seat:
    """A seat as the record's last row tells it; fencing begins anew."""
    said = Work.OFF if state.work is Work.OFF else Work.WORKING
    devices = tuple(
        Device(
            id=one.id,
            session="",
            generation=0,
            since=one.since,
            work=said,
            link=one.link,
            presence=one.presence,
            capture=one.capture,
            reason=one.reason,
        )
        for one in state.devices
    )
    return Seat(
        member=state.member,
        label=state.label,
        since=state.since,
        punched=punched,
        task=state.task,
        devices=devices,
    )

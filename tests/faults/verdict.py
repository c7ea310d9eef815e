"""What must hold whatever has happened: counted while it happens, and checked when all is quiet."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.presence.changes import Timing
from hub.presence.seat import Seat, device_of, status, view
from hub.protocol.facts import Link
from storage.models.incidents import IncidentStep
from storage.models.seats import Gap, Snapshot, Transition
from storage.seats.snapshots import replayed, seats_in
from tests.clock import until
from tests.faults.crowd import Crowd, Person
from tests.faults.estate import Estate
from tests.faults.weather import Weather

LOOK_EVERY_S = 0.1
TICK_S = 0.05
SWEEP_S = 1.0  # between sweeps, times the pace
TOLERANCE_S = 2.0  # two busy cores: three nodes, their servers, 220 peers and this observer
BLIND_S = 8.0  # a broker that stalls is noticed after 5 s, and boards go dark 2 s after that
QUIET_WITHIN_S = 90.0
REPORTS = (Transition, IncidentStep, Gap)


class Verdict(Struct):
    """`stale_as_live` counts moments at which a board that could know better showed a seat as
    online whose device had been silent for longer than its lease, a renewal, a sweep, a tick and
    the tolerance; `looked` counts all moments at which that could have been.
    """

    acknowledged: int = 0
    given: int = 0
    missing: int = 0
    doubled: int = 0
    unacknowledged: int = 0
    stale_as_live: int = 0
    looked: int = 0
    replicas_differ: int = 0
    replays_differ: int = 0
    live_without_lease: int = 0
    untrue: int = 0
    faults: dict[str, int] = {}
    seed: int = 0

    @property
    def broken(self) -> bool:
        return bool(
            self.missing
            or self.doubled
            or self.unacknowledged
            or self.stale_as_live
            or self.replicas_differ
            or self.replays_differ
            or self.live_without_lease
            or self.untrue
        )


@dataclass
class Observer:
    """Looks at every board several times a second."""

    crowd: Crowd
    weather: Weather
    pace: float
    stale_as_live: int = 0
    looked: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def bound_s(self) -> float:
        """How long silence may take to be shown."""
        timing: Timing = self.crowd.timing
        return timing.lease_s + timing.renew_s + SWEEP_S * self.pace + TICK_S + TOLERANCE_S

    async def watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)
            if time.monotonic() - before < LOOK_EVERY_S + 0.5:  # or it is we who were asleep
                self.look(time.monotonic())

    def look(self, now: float) -> None:
        """After the broker was at fault nobody sweeps for a lease: then nothing is due yet."""
        if now - self.weather.broker_ill_at < BLIND_S + 2 * self.bound_s:
            return
        silent = [one for one in self.crowd.people if self.is_silent(one, now)]
        for wall in self.crowd.walls:
            cable = wall.cable
            if cable.ill or now - cable.ill_at < TOLERANCE_S or not wall.board.live:
                continue
            for person in silent:
                self.looked += 1
                seat = wall.board.seats.get(person.member)
                if seat and seat.link is Link.ONLINE:
                    self.stale_as_live += 1
                    silence = now - (person.silent_since or now)
                    self.said.append(f"{person.member} silent for {silence:.1f} s: {seat}")

    def is_silent(self, person: Person, now: float) -> bool:
        return person.silent_since is not None and now - person.silent_since > self.bound_s


async def quiet(estate: Estate, crowd: Crowd) -> None:
    """Until nobody has anything left to say, and every board has heard all of it."""

    async def all_is_said() -> bool:
        for person in crowd.people:
            if person.agent.stopped and await crowd.kill(person):  # by a run that has gone since
                crowd.start_again(person)
        if not all(person.agent.quiet for person in crowd.people):
            return False
        if not all(wall.board.live for wall in crowd.walls):
            return False
        return await still(estate, crowd)

    await until(all_is_said, timeout_s=QUIET_WITHIN_S)


async def unrecorded(estate: Estate) -> list[str]:
    """Which tenants' own transitions the broker still keeps for the record."""
    async with estate.valkey.client() as redis:
        return [name.decode() async for name in redis.scan_iter("*unrecorded:hub")]


async def still(estate: Estate, crowd: Crowd) -> bool:
    """Nothing is on its way to the record, and nothing moves any more."""
    if await unrecorded(estate):
        return False
    epoch, offset, _ = await estate.stands(crowd.office)
    await asyncio.sleep(1.0)
    return (epoch, offset) == (await estate.stands(crowd.office))[:2]


async def judged(estate: Estate, crowd: Crowd) -> Verdict:
    verdict = Verdict()
    epoch, offset, seats = await estate.stands(crowd.office)
    async with estate.record.connect() as conn:
        await count_reports(conn, crowd, verdict)
        await count_doubles(conn, crowd.office.id, verdict)
        await compare_replays(conn, crowd.office.id, (epoch, offset), seats, verdict)
    await compare_replicas(crowd, seats, verdict)
    leases = await estate.leases(crowd.office)
    for person in crowd.people:
        compare_truth(person, seats[person.member], leases, verdict)
    return verdict


async def count_reports(conn: AsyncConnection, crowd: Crowd, verdict: Verdict) -> None:
    """Every number up to the last acknowledged one is in the record, whatever it was."""
    recorded: dict[tuple[int | None, str | None], set[int | None]] = {}
    for table in REPORTS:
        wanted = select(table.device_id, table.device_epoch, table.seq)
        for device, name, seq in await conn.execute(wanted.where(table.seq.is_not(None))):
            recorded.setdefault((device, name), set()).add(seq)
    for person in crowd.people:
        spool = person.agent.spool
        have = recorded.get((person.device, spool.device_epoch), set())
        verdict.given += spool.given
        verdict.acknowledged += spool.acknowledged
        verdict.unacknowledged += spool.given - spool.acknowledged
        verdict.missing += len(set(range(1, spool.acknowledged + 1)) - have)


async def count_doubles(conn: AsyncConnection, tenant: int, verdict: Verdict) -> None:
    """Rows with one number, rows in one place, and steps that a webhook would tell twice."""
    for table in REPORTS:
        number = (table.device_id, table.device_epoch, table.seq)
        twice = select(func.count()).where(table.tenant_id == tenant, table.seq.is_not(None))
        counts = (await conn.execute(twice.group_by(*number))).scalars()
        verdict.doubled += sum(count - 1 for count in counts)
    at = (Transition.epoch, Transition.offset, Transition.position)
    places = select(func.count()).where(Transition.epoch.is_not(None)).group_by(*at)
    verdict.doubled += sum(count - 1 for count in (await conn.execute(places)).scalars())


async def compare_replays(
    conn: AsyncConnection,
    tenant: int,
    stands: tuple[str, int],
    seats: dict[int, Seat],
    verdict: Verdict,
) -> None:
    """The live rows give every snapshot, and the seats as the broker has them now."""
    rows = await replayed(conn, tenant, *stands)
    held = {view(seat) for seat in seats.values()}
    verdict.replays_differ += len(held ^ set(rows))
    for epoch, offset in (await conn.execute(select(Snapshot.epoch, Snapshot.offset))).all():
        kept = await seats_in(conn, tenant, epoch, offset)
        verdict.replays_differ += kept != await replayed(conn, tenant, epoch, offset)


async def compare_replicas(crowd: Crowd, seats: dict[int, Seat], verdict: Verdict) -> None:
    """Every board shows exactly what its rights let it see of the broker's seats."""
    for wall, whole, shared in await crowd.sights():
        expected = {id: view(seats.get(id) or Seat(id)) for id in whole}
        expected |= {id: status(view(seats.get(id) or Seat(id))) for id in shared}
        verdict.replicas_differ += dict(wall.board.seats) != expected


def compare_truth(person: Person, seat: Seat, leases: dict[int, float], verdict: Verdict) -> None:
    """A seat is live with a lease only, and shows what its device said last."""
    device = device_of(seat, person.device)
    live = device is not None and device.link is Link.ONLINE
    verdict.live_without_lease += live and leases.get(person.device, -1.0) < 0
    told = person.agent.spool.facts().presence
    verdict.untrue += not (device and live and device.presence is told)


def counted(weather: Weather) -> dict[str, int]:
    return dict(sorted(Counter(weather.counts).items()))

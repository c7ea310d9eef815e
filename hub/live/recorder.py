"""Writes what happened to SQL in small batches, and only then lets anybody hear that it is safe."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.protocol.messages import Phase
from storage import transitions, webhooks
from storage.transitions import Hole, Moment, Step

BATCH_MAX = 1_000
BACKLOG_MAX = 20_000  # entries of about 1 kB; over it agents are not read until SQL has caught up
AGAIN_S = 0.5

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """What belongs together; `recorded` is called when it is durable, in the order of adding."""

    tenant: int
    moments: list[Moment] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    recorded: Callable[[], None] = lambda: None


class Recorder:
    """One per node. Live goes on while SQL is slow or gone; the backlog is bounded.

    `clear` hears which outcomes the broker need not keep any longer.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        clear: Callable[[list[Entry]], None],
        wake_webhooks: Callable[[], None],
    ) -> None:
        self.engine = engine
        self.clear = clear
        self.wake_webhooks = wake_webhooks
        self.failing_since: float | None = None
        self._entries: list[Entry] = []
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    @property
    def backlog(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._more.set()
        if self.backlog >= BACKLOG_MAX:
            self._room.clear()

    async def room(self) -> None:
        """Wait while the backlog is full: agents keep what we do not read."""
        await self._room.wait()

    async def run(self) -> None:
        while True:
            await self._more.wait()
            await self.flush()
            if not self._entries:
                self._more.clear()

    async def flush(self) -> None:
        """Record one batch; on failure everything stays and is tried again."""
        batch = self._entries[:BATCH_MAX]
        try:
            told = await self._write(batch)
        except (SQLAlchemyError, OSError) as failed:
            self.failing_since = self.failing_since or time.time()
            log.warning("cannot record", extra={"error": str(failed).splitlines()[0]})
            await asyncio.sleep(AGAIN_S)
            return
        self.failing_since = None
        del self._entries[: len(batch)]
        if self.backlog < BACKLOG_MAX:
            self._room.set()
        self.clear(batch)
        for entry in batch:
            entry.recorded()
        if told:
            self.wake_webhooks()

    async def _write(self, batch: list[Entry]) -> bool:
        """One transaction for all; true if a webhook is to be called."""
        by_tenant: defaultdict[int, list[Entry]] = defaultdict(list)
        for entry in batch:
            by_tenant[entry.tenant].append(entry)
        told = False
        async with self.engine.begin() as conn:
            for tenant, entries in by_tenant.items():
                told |= await write(conn, tenant, entries)
        return told

    async def stop(self) -> None:
        """Write what waits, unless SQL does not take it now: the agents have it still."""
        while self._entries and self.failing_since is None:
            await self.flush()


async def write(conn: AsyncConnection, tenant: int, entries: list[Entry]) -> bool:
    now = datetime.now(UTC)
    moments = [moment for entry in entries for moment in entry.moments]
    steps = [step for entry in entries for step in entry.steps]
    holes = [hole for entry in entries for hole in entry.holes]
    await transitions.record(conn, tenant, moments, steps, holes, now)
    return await webhooks.enqueue(conn, tenant, events(moments, steps), now)


def events(moments: list[Moment], steps: list[Step]) -> list[webhooks.Event]:
    """What the outside hears: a seat's word changed, an incident began."""
    updated = [presence_updated(one) for one in moments if one.relabelled and one.place]
    opened = [incident_opened(step) for step in steps if step.phase is Phase.OPENED]
    return [*updated, *opened]


def presence_updated(moment: Moment) -> webhooks.Event:
    place, state = moment.place, moment.state
    assert place is not None
    data = webhooks.PresenceUpdated(
        epoch=place.epoch,
        seq=place.offset,
        member=moment.member,
        label=state.label,
        since=transitions.utc(state.since),
        work=state.work,
        presence=state.presence,
        link=state.link,
        capture=state.capture,
        reason=state.reason,
    )
    key = f"{place.epoch}/{place.offset}/{place.position}"
    return webhooks.Event(key, transitions.utc(moment.event_time), data)


def incident_opened(step: Step) -> webhooks.Event:
    number, sighting = step.number, step.sighting
    data = webhooks.IncidentOpened(
        epoch=number.device_epoch,
        seq=number.seq,
        id=sighting.id,
        kind=sighting.kind,
        member=step.member,
        device=number.device,
        opened_at=transitions.utc(sighting.opened_at),
        late=step.late,
    )
    return webhooks.Event(sighting.id, transitions.utc(step.event_time), data)

"""Writes what happened to SQL in small batches, and only then lets anybody hear that it is safe."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.counters import ACK_LAG, BATCH, BATCH_ENTRIES, REFUSED, SHED
from hub.live.noticed import noticed
from hub.live.tasks import still_wanted
from hub.live.telling import events
from storage.database import FAULTS, is_refusal
from storage.outgoing import notices
from storage.seats import transitions
from storage.seats.transitions import Hole, Moment, Step, Told
from storage.webhooks import outbox

BATCH_MAX = 1_000
GROUP_S = 0.25  # between commits, unless they fall behind: one costs as much as 50 of its rows
BACKLOG_MAX = 20_000  # entries of about 1 kB; what is over it comes again when SQL has caught up
AGAIN_S = 0.5

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """What belongs together; `recorded` is called when it is durable, in the order of adding."""

    tenant: int
    moments: list[Moment] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    evidence: list[Told] = field(default_factory=list)
    recorded: Callable[[], None] = lambda: None
    added_at: float = field(default_factory=time.monotonic)


class Recorder:
    """One per node. Live goes on while SQL is slow or gone; the backlog is bounded.

    Over its limit nothing more is taken: agents keep what is not acknowledged, and the broker
    keeps what the hub did itself. `clear` hears which outcomes it need not keep any longer.
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
        self._one_by_one = 0
        self._more = asyncio.Event()

    @property
    def backlog(self) -> int:
        return len(self._entries)

    @property
    def oldest_s(self) -> float:
        """For how long the oldest entry has been waiting."""
        return time.monotonic() - self._entries[0].added_at if self._entries else 0.0

    @property
    def has_room(self) -> bool:
        """Whether those who were shed may send again."""
        return self.backlog < BACKLOG_MAX // 2

    def add(self, entry: Entry) -> bool:
        """Whether the entry was taken; one that was not is still where it came from."""
        if self.backlog >= BACKLOG_MAX:
            SHED.inc()
            return False
        self._entries.append(entry)
        self._more.set()
        return True

    async def run(self) -> None:
        while True:
            await self._more.wait()
            await self.flush()
            if not self._entries:
                self._more.clear()
            if self.backlog < BATCH_MAX:
                await asyncio.sleep(GROUP_S)

    async def flush(self) -> None:
        """Record one batch; on failure everything stays and is tried again."""
        batch = self._entries[: 1 if self._one_by_one else BATCH_MAX]
        try:
            with BATCH.time():
                told = await self._write(batch)
        except Exception as failed:
            if not is_refusal(failed) and not isinstance(failed, FAULTS):
                raise
            await self._failed(failed, batch)
            return
        BATCH_ENTRIES.observe(len(batch))
        ACK_LAG.observe(self.oldest_s)
        self._recorded(batch)
        self.clear(batch)
        for entry in batch:
            entry.recorded()
        if told:
            self.wake_webhooks()

    def _recorded(self, batch: list[Entry]) -> None:
        self.failing_since = None
        self._one_by_one = max(0, self._one_by_one - len(batch))
        del self._entries[: len(batch)]

    async def _failed(self, failed: Exception, batch: list[Entry]) -> None:
        """A server that does not answer is asked again; one bad row does not hold up the rest."""
        still_wanted()
        said = (str(failed).splitlines() or [type(failed).__name__])[0]
        if not is_refusal(failed):
            self.failing_since = self.failing_since or time.time()
            log.warning("cannot record", extra={"error": said})
            await asyncio.sleep(AGAIN_S)
        elif len(batch) > 1:
            self._one_by_one = len(batch)
        else:
            REFUSED.inc()
            log.error("the record refuses this for good", extra={"error": said, "entry": batch[0]})
            self._recorded(batch)
            self.clear(batch)

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
    told = [one for entry in entries for one in entry.evidence]
    await transitions.record(conn, tenant, moments, steps, holes, now, told)
    await notices.announce(conn, tenant, noticed(moments, steps, holes), now)
    return await outbox.enqueue(conn, tenant, list(events(moments, steps, holes)), now)

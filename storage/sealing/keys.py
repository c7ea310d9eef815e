"""The tenants' keys: made at the first need, known everywhere before they seal, destroyed for good.

Ask for a box before a transaction begins: it may write a tenant's first key by a connection of its
own. What is in the box then seals and opens without waiting for anything.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.models.keys import MasterKey, TenantKey
from storage.sealing.masters import MasterProblem, Masters, NoMaster, fresh
from storage.sealing.sealed import About, Box, UnknownKey
from storage.upsert import insert_new

KNOWN_FOR_S = 5.0  # then a process reads a tenant's keys again
SPREAD = timedelta(seconds=30)  # from making a key to sealing with it: that, and clocks that differ


class Destroyed(Exception):
    """The tenant's keys were destroyed: nothing of it can ever be read again."""

    def __init__(self, tenant: int) -> None:
        super().__init__(f"the keys of tenant {tenant} were destroyed; its data cannot be read")


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: int
    tenant: int
    number: int
    master: str
    wrapped: bytes
    created_at: datetime
    active_from: datetime
    upto: str
    complete_at: datetime | None
    destroyed_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Known:
    box: Box
    until: float


def utc_now() -> datetime:
    return datetime.now(UTC)


class Keys:
    """Every tenant's keys, as far as this process has needed them. `clock` gives the time.

    `pace` shortens what is waited for; every process of a record has the same.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        masters: Masters,
        clock: Callable[[], datetime] = utc_now,
        pace: float = 1.0,
    ) -> None:
        self.engine = engine
        self.masters = masters
        self.spread = SPREAD * pace
        self._known_for_s = KNOWN_FOR_S * pace
        self._clock = clock
        self._known: dict[int, _Known] = {}
        self._plain: dict[int, bytes] = {}

    async def box(self, tenant: int) -> Box:
        """The tenant's keys, at most KNOWN_FOR_S old. Raise Destroyed, or MasterProblem."""
        known = self._known.get(tenant)
        if known and time.monotonic() < known.until:
            return known.box
        return await self.read(tenant)

    async def read(self, tenant: int) -> Box:
        """The tenant's keys as they are in the record now; its first one is made if there is none.

        Raise Destroyed, or MasterProblem.
        """
        self._known.pop(tenant, None)
        until = time.monotonic() + self._known_for_s
        async with self.engine.connect() as conn:
            rows = await keys_of(conn, tenant)
        if not rows:
            rows = await self._first(tenant)
        if rows[-1].destroyed_at:
            await self.forget(tenant)
            raise Destroyed(tenant)
        now = self._clock()
        rows = [row for row in rows if row.retired_at is None]
        active = [row for row in rows if row.active_from <= now] or rows[:1]
        box = Box(
            tenant,
            active[-1].id,
            {row.id: await self._unwrapped(row) for row in rows},
            plain_left=not any(row.complete_at for row in rows),
        )
        self._known[tenant] = _Known(box, until)
        return box

    async def seal(self, tenant: int, about: About, plain: bytes) -> bytes:
        return (await self.box(tenant)).seal(about, plain)

    async def open(self, tenant: int, about: About, stored: bytes) -> bytes:
        """Raise Unreadable, Destroyed or MasterProblem."""
        try:
            return (await self.box(tenant)).open(about, stored)
        except UnknownKey:  # another process may have rotated a moment ago, by a clock before ours
            return (await self.read(tenant)).open(about, stored)

    async def check(self) -> str | None:
        """Raise MasterProblem unless the master key in use is at hand; a new one's name, if made.

        Two hubs that meet an empty record with a key each must not both go on.
        """
        made = None
        async with self.engine.begin() as conn:
            name = await master_in_use(conn)
            at_hand = await asyncio.to_thread(self.masters.names)
            if name is None:
                if not at_hand:
                    made = await asyncio.to_thread(self.masters.make)
                first = made or at_hand[0]
                row = {"number": 1, "name": first, "since": self._clock()}
                await insert_new(conn, MasterKey, [row])
                name = await master_in_use(conn)
                at_hand = [*at_hand, first]
        if name not in at_hand:
            raise NoMaster(str(name))
        return made

    async def new_key(
        self, conn: AsyncConnection, tenant: int, number: int, active_from: datetime
    ) -> None:
        """Add the tenant's key of that number, which seals from then on; one is made once only."""
        await hold_masters(conn)
        master = await master_in_use(conn)
        if master is None:
            raise MasterProblem("the record knows no master key yet; start the hub first")
        bound = bound_to(tenant, number)
        wrapped = await asyncio.to_thread(self.masters.wrap, master, fresh(), bound)
        row = {
            "tenant_id": tenant,
            "number": number,
            "master": master,
            "wrapped": wrapped,
            "created_at": self._clock(),
            "active_from": active_from,
        }
        await insert_new(conn, TenantKey, [row])

    async def _first(self, tenant: int) -> list[KeyRow]:
        await self.check()
        async with self.engine.begin() as conn:
            await self.new_key(conn, tenant, 1, self._clock())
        async with self.engine.connect() as conn:
            return await keys_of(conn, tenant)

    async def _unwrapped(self, row: KeyRow) -> bytes:
        if row.id not in self._plain:
            bound = bound_to(row.tenant, row.number)
            unwrap = self.masters.unwrap
            self._plain[row.id] = await asyncio.to_thread(unwrap, row.master, row.wrapped, bound)
        return self._plain[row.id]

    async def forget(self, tenant: int) -> None:
        """Hold nothing of the tenant in memory any more."""
        self._known.pop(tenant, None)
        async with self.engine.connect() as conn:
            for row in await keys_of(conn, tenant):
                self._plain.pop(row.id, None)


def bound_to(tenant: int, number: int) -> bytes:
    """What a wrapped key belongs to."""
    return msgspec.msgpack.encode(("tenant key", tenant, number))


async def keys_of(conn: AsyncConnection, tenant: int) -> list[KeyRow]:
    """The tenant's keys in the order of their numbers."""
    rows = await conn.execute(_ROW.where(TenantKey.tenant_id == tenant).order_by(TenantKey.number))
    return [KeyRow(*tuple(row)) for row in rows]


async def hold_masters(conn: AsyncConnection) -> None:
    """Until this transaction ends no master key comes or goes, and nobody else wraps with one.

    Else one could be dropped between its use and the commit of what it has wrapped.
    """
    first = update(MasterKey).where(MasterKey.number == 1)
    await conn.execute(first.values(name=MasterKey.name))


async def master_in_use(conn: AsyncConnection) -> str | None:
    """The name of the master key that wraps new keys."""
    wanted = select(MasterKey.name).order_by(MasterKey.number.desc()).limit(1)
    return (await conn.execute(wanted)).scalar()


_ROW = select(
    TenantKey.id, TenantKey.tenant_id, TenantKey.number, TenantKey.master, TenantKey.wrapped,
    TenantKey.created_at, TenantKey.active_from, TenantKey.upto, TenantKey.complete_at,
    TenantKey.destroyed_at, TenantKey.retired_at,
)  # fmt: skip

"""New keys for old, at both levels, and the end of a tenant's keys with its certificate."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.errors import Missing
from storage.models.keys import KeyCertificate, MasterKey, TenantKey
from storage.models.webhooks import WebhookEndpoint
from storage.people.tenants import TenantRow, TenantState, directory_changes
from storage.people.tenants import tenant as tenant_now
from storage.proof import log
from storage.proof.log import What
from storage.proof.signing import Signer
from storage.sealing.keys import (
    Destroyed,
    KeyRow,
    Keys,
    bound_to,
    hold_masters,
    keys_of,
    master_in_use,
)
from storage.sealing.masters import MasterProblem, Masters, NoMaster
from storage.sealing.resealing import things
from storage.sealing.vapid import needs_master, rewrap_vapid
from storage.upsert import insert_new

AT_ONCE = 100  # tenant keys that one transaction wraps anew
OPENS = (TenantKey.destroyed_at.is_(None), TenantKey.retired_at.is_(None))


class Certificate(msgspec.Struct, frozen=True):
    """What is stated when a tenant's keys are destroyed; `masters` open backups that hold them.

    `unreadable` counts what was sealed with them by kind, at that moment.
    """

    system_id: str
    name: str
    destroyed_at: datetime
    keys: list[int]
    masters: list[str]
    unreadable: dict[str, int]
    certificate: str = "the tenant's keys were destroyed; what they sealed cannot be read any more"


@dataclass(frozen=True, slots=True)
class Signed:
    statement: str
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class MasterRow:
    number: int
    name: str
    since: datetime
    dropped_at: datetime | None


# ---- tenants' keys


async def rotate(keys: Keys, tenant: int, now: datetime) -> KeyRow:
    """Give the tenant another key, unless one is on its way; raise Destroyed, or MasterProblem."""
    await keys.read(tenant)
    async with keys.engine.begin() as conn:
        last = (await keys_of(conn, tenant))[-1]
        if last.active_from <= now:
            await keys.new_key(conn, tenant, last.number + 1, now + keys.spread)
            last = (await keys_of(conn, tenant))[-1]
            await log.write(conn, tenant, What.KEY_ROTATED, None, {"key": last.id}, now)
    return last


# ---- master keys


async def masters(conn: AsyncConnection) -> list[MasterRow]:
    """Those that this record has used, the one in use last."""
    wanted = select(MasterKey.number, MasterKey.name, MasterKey.since, MasterKey.dropped_at)
    rows = await conn.execute(wanted.order_by(MasterKey.number))
    return [MasterRow(number, name, since, gone) for number, name, since, gone in rows]


async def prepare_master(keys: Keys) -> str:
    """A master key that comes next, at hand but not in use: an unused one, or a new one."""
    async with keys.engine.connect() as conn:
        used = {row.name for row in await masters(conn)}
    at_hand = await asyncio.to_thread(keys.masters.names)
    unused = [name for name in at_hand if name not in used]
    return unused[0] if unused else await asyncio.to_thread(keys.masters.make)


async def rotate_master(keys: Keys, now: datetime) -> str:
    """Wrap from now on with the next master key; `rewrap_some` then sees to the older wraps."""
    name = await prepare_master(keys)
    async with keys.engine.begin() as conn:
        await hold_masters(conn)
        used = await masters(conn)
        if name not in {row.name for row in used}:  # else another process was quicker
            row = {"number": used[-1].number + 1, "name": name, "since": now}
            await insert_new(conn, MasterKey, [row])
            await log.write(conn, None, What.KEY_ROTATED, None, {"master": name}, now)
    return name


async def rewrap_some(keys: Keys) -> int:
    """Wrap a few keys anew with the master key in use; how many, 0 = that was all.

    Each changes in one statement, so that it is wrapped by the one or the other at any moment.
    """
    async with keys.engine.connect() as conn:
        name = await master_in_use(conn)
        found = await _wrapped_by_others(conn, name)
    if name is None or not found:
        return await rewrap_vapid(keys)
    anew = await asyncio.to_thread(_rewrapped, keys.masters, name, found)
    async with keys.engine.begin() as conn:
        await hold_masters(conn)
        if await master_in_use(conn) != name:
            return len(anew)  # they are to be wrapped with a newer one
        for row, wrapped in anew:
            same = update(TenantKey).where(TenantKey.id == row.id, TenantKey.wrapped == row.wrapped)
            await conn.execute(same.values(master=name, wrapped=wrapped))
    return len(anew)


def _rewrapped(keys: Masters, name: str, rows: Sequence[KeyRow]) -> list[tuple[KeyRow, bytes]]:
    anew = []
    for row in rows:
        bound = bound_to(row.tenant, row.number)
        plain = keys.unwrap(row.master, row.wrapped, bound)
        anew.append((row, keys.wrap(name, plain, bound)))
    return anew


async def drop_master(keys: Keys, name: str, now: datetime) -> None:
    """Forget a master key for good; raise Missing, or MasterProblem while anything needs it."""
    async with keys.engine.begin() as conn:
        await hold_masters(conn)
        used = {row.name: row for row in await masters(conn)}
        if name not in used:
            raise Missing("master key", name)
        wrapped = select(TenantKey.id).where(TenantKey.master == name, *OPENS)
        needed = (await conn.execute(wrapped.limit(1))).first()
        if name == await master_in_use(conn) or needed or await needs_master(conn, name):
            raise MasterProblem(
                f"the master key {name} is in use; run: zaiseki keys rotate --master"
            )
        with suppress(NoMaster):  # it went before, and the command was killed then
            await asyncio.to_thread(keys.masters.drop, name)
        one = update(MasterKey).where(MasterKey.name == name)
        await conn.execute(one.values(dropped_at=now))
        await log.write(conn, None, What.KEY_DESTROYED, None, {"master": name}, now)


# ---- the end


class NotEnded(Exception):
    """The tenant's contract has not ended: its keys are still wanted."""

    def __init__(self, system_id: str, state: TenantState) -> None:
        super().__init__(
            f"the contract of {system_id} is {state}: end it first with: zaiseki tenant end"
            f" {system_id}; to lose its data all the same, add --although {state}"
        )


async def destroy(
    keys: Keys,
    tenant: TenantRow,
    signer: Signer,
    now: datetime,
    *,
    although: str | None = None,
    rewrite: bool = True,
) -> Signed:
    """Make all that the tenant has stored unreadable for good; raise Destroyed if it is already.

    Raise NotEnded unless its contract has ended, or `although` names the state that it is in.
    With `rewrite` the database's files are rewritten, too, for which other writers have to wait.
    Hubs that have the keys in memory forget them within KNOWN_FOR_S.
    """
    async with keys.engine.connect() as conn:
        if conn.dialect.name == "sqlite":  # what is freed in the file is overwritten
            await conn.exec_driver_sql("PRAGMA secure_delete=ON")
            await conn.commit()
        async with conn.begin():
            await directory_changes(conn, tenant.id)  # nobody begins or ends it meanwhile
            state = (await tenant_now(conn, tenant.id)).state
            if state is not TenantState.ENDED and although != state:
                raise NotEnded(tenant.system_id, state)
            rows = await keys_of(conn, tenant.id)
            if any(row.destroyed_at for row in rows):
                raise Destroyed(tenant.id)
            known = [row.name for row in await masters(conn) if not row.dropped_at]
            stated = Certificate(
                tenant.system_id, tenant.name, now, [row.id for row in rows], known,
                await things(conn, tenant.id),
            )  # fmt: skip
            statement = msgspec.json.encode(stated)
            signed = Signed(statement.decode(), signer.public_key, signer.sign(statement))
            await _destroyed(conn, tenant.id, signed, now)
    await keys.forget(tenant.id)
    if rewrite:
        await scrub(keys.engine, ["tenant_keys"])
    return signed


async def _destroyed(conn: AsyncConnection, tenant: int, signed: Signed, now: datetime) -> None:
    """The keys go first: what comes after can only fail together with it."""
    gone = update(TenantKey).where(TenantKey.tenant_id == tenant)
    await conn.execute(gone.values(wrapped=b"", destroyed_at=now))
    if not await keys_of(conn, tenant):  # so that none is ever made again
        row = {"tenant_id": tenant, "number": 1, "master": "", "wrapped": b"", "created_at": now}
        await conn.execute(insert(TenantKey).values(**row, active_from=now, destroyed_at=now))
    hooks = update(WebhookEndpoint).where(
        WebhookEndpoint.tenant_id == tenant, WebhookEndpoint.removed_at.is_(None)
    )
    await conn.execute(hooks.values(removed_at=now, secret="", sealed=None, former=None))
    kept = insert(KeyCertificate).values(
        tenant_id=tenant, at=now, statement=signed.statement,
        public_key=signed.public_key, signature=signed.signature,
    )  # fmt: skip
    await conn.execute(kept)
    await log.write(conn, tenant, What.KEY_DESTROYED, None, {"tenant": tenant}, now)


async def certificate(conn: AsyncConnection, tenant: int) -> Signed:
    """Raise Missing if the tenant's keys were not destroyed."""
    wanted = select(
        KeyCertificate.statement, KeyCertificate.public_key, KeyCertificate.signature
    ).where(KeyCertificate.tenant_id == tenant)
    found = (await conn.execute(wanted.order_by(KeyCertificate.id.desc()).limit(1))).one_or_none()
    if found is None:
        raise Missing("certificate of tenant", str(tenant))
    statement, public_key, signature = found
    return Signed(statement, public_key, signature)


async def scrub(engine: AsyncEngine, tables: Sequence[str]) -> None:
    """Leave nothing in the database's own files of what rows of the tables once held.

    SQLite rewrites the whole file and empties its write-ahead log; PostgreSQL rewrites the tables.
    Its write-ahead log and whatever was backed up are not reached by this.
    """
    async with engine.connect() as conn:
        alone = await conn.execution_options(isolation_level="AUTOCOMMIT")
        if alone.dialect.name == "sqlite":
            await alone.execute(text("VACUUM"))
            await alone.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        else:
            for table in tables:
                await alone.execute(text(f'VACUUM FULL "{table}"'))


async def _wrapped_by_others(conn: AsyncConnection, name: str | None) -> list[KeyRow]:
    wanted = select(TenantKey.tenant_id).where(TenantKey.master != name, *OPENS)
    tenants = (await conn.execute(wanted.distinct().limit(AT_ONCE))).scalars().all()
    found = [row for tenant in tenants for row in await keys_of(conn, tenant)]
    return [row for row in found if row.master != name and row.wrapped]

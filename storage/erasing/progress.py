"""Which tenants are to be looked through, by whom, and what has gone so far."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.erasure import Erasure
from storage.models.people import Tenant
from storage.upsert import insert_new

SWEEP_EVERY = timedelta(hours=20)  # so that a day has one, whenever the hub was started
CLAIM = timedelta(minutes=10)  # renewed with whatever goes: a living claimant holds it


async def due(conn: AsyncConnection, now: datetime, limit: int) -> list[int]:
    """Tenants that nobody has looked through for a day, the longest waiting first."""
    free = or_(Erasure.claimed_until.is_(None), Erasure.claimed_until < now)
    waiting = or_(Erasure.swept_at.is_(None), Erasure.swept_at <= now - SWEEP_EVERY)
    wanted = (
        select(Tenant.id)
        .outerjoin(Erasure, Erasure.tenant_id == Tenant.id)
        .where(free, waiting, Erasure.erased_at.is_(None))
        .order_by(Erasure.swept_at.is_not(None), Erasure.swept_at, Tenant.id)
        .limit(limit)
    )
    return list((await conn.execute(wanted)).scalars())


async def claim(conn: AsyncConnection, tenant: int, now: datetime) -> bool:
    """True for exactly one caller; what a dead one had claimed comes free again."""
    await _begin(conn, tenant)
    free = or_(Erasure.claimed_until.is_(None), Erasure.claimed_until < now)
    one = update(Erasure).where(Erasure.tenant_id == tenant, free)
    return (await conn.execute(one.values(claimed_until=now + CLAIM))).rowcount == 1


async def hold(conn: AsyncConnection, tenant: int, now: datetime) -> None:
    """Still at it."""
    one = update(Erasure).where(Erasure.tenant_id == tenant)
    await conn.execute(one.values(claimed_until=now + CLAIM))


async def note(conn: AsyncConnection, tenant: int, kind: str, count: int) -> None:
    """So many of that kind have gone in this transaction."""
    await _begin(conn, tenant)
    gone = await counted(conn, tenant)
    gone[kind] = gone.get(kind, 0) + count
    await conn.execute(update(Erasure).where(Erasure.tenant_id == tenant).values(gone=gone))


async def _begin(conn: AsyncConnection, tenant: int) -> None:
    await insert_new(conn, Erasure, [{"tenant_id": tenant, "gone": {}}])


async def counted(conn: AsyncConnection, tenant: int) -> dict[str, int]:
    """What has gone since the last end, by kind."""
    wanted = select(Erasure.gone).where(Erasure.tenant_id == tenant)
    return dict((await conn.execute(wanted)).scalar_one_or_none() or {})


async def done(
    conn: AsyncConnection, tenant: int, now: datetime, *, erased: bool = False
) -> dict[str, int]:
    """The tenant was looked through to the end; what has gone by kind, which is forgotten here."""
    gone = await counted(conn, tenant)
    values: dict[str, object] = {
        "claimed_until": None,
        "swept_at": now,
        "gone": {},
        "erased_at": now if erased else None,
    }
    await conn.execute(update(Erasure).where(Erasure.tenant_id == tenant).values(**values))
    return gone

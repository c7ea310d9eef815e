"""How the record is, as an operator asks: how fast, how durable, how full, whose clock."""

import time
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from storage.models.people import Member
from storage.models.seats import Device

ASKED_TIMES = 5


@dataclass(frozen=True, slots=True)
class Health:
    """`answer_s` is the best of a few empty questions, `commit_s` what one durable write took.

    `clock_ahead_s` compares the server's clock with ours; 0 where it is the same machine's.
    `free_connections` is None where there is no limit;
    `undurable` names what is switched off that an ack needs.
    """

    version: str
    answer_s: float
    commit_s: float
    clock_ahead_s: float = 0.0
    free_connections: int | None = None
    undurable: tuple[str, ...] = ()


async def health(conn: AsyncConnection) -> Health:
    """Write one row over itself, durably; the tables must be at head."""
    answer_s = min([await _answer_s(conn) for _ in range(ASKED_TIMES)])
    begun = time.monotonic()
    await conn.execute(text("UPDATE alembic_version SET version_num = version_num"))
    await conn.commit()
    commit_s = time.monotonic() - begun
    if conn.dialect.name == "sqlite":
        version = (await conn.execute(text("SELECT sqlite_version()"))).scalar_one()
        return Health(f"SQLite {version}", answer_s, commit_s)
    return Health(
        version=f"PostgreSQL {await _shown(conn, 'server_version')}",
        answer_s=answer_s,
        commit_s=commit_s,
        clock_ahead_s=await _clock_ahead_s(conn),
        free_connections=await _free_connections(conn),
        undurable=tuple([name for name in DURABLE if await _shown(conn, name) == "off"]),
    )


DURABLE = ("synchronous_commit", "fsync", "full_page_writes")  # off: an ack may not survive


async def active_devices(conn: AsyncConnection) -> int:
    """How many agents may connect, of all tenants."""
    return (
        await conn.execute(
            select(func.count())
            .select_from(Device)
            .join(Member, Member.id == Device.member_id)
            .where(Device.revoked_at.is_(None), Member.disabled_at.is_(None))
        )
    ).scalar_one()


def connections(engine: AsyncEngine) -> int:
    """How many are in use by this process now."""
    pool = engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


async def _answer_s(conn: AsyncConnection) -> float:
    begun = time.monotonic()
    await conn.execute(text("SELECT 1"))
    return time.monotonic() - begun


async def _shown(conn: AsyncConnection, name: str) -> str:
    return str((await conn.execute(text(f"SHOW {name}"))).scalar_one())


async def _clock_ahead_s(conn: AsyncConnection) -> float:
    asked = time.time()
    theirs = (await conn.execute(text("SELECT extract(epoch FROM clock_timestamp())"))).scalar_one()
    return float(theirs) - (asked + time.time()) / 2


async def _free_connections(conn: AsyncConnection) -> int:
    used = (await conn.execute(text("SELECT count(*) FROM pg_stat_activity"))).scalar_one()
    return int(await _shown(conn, "max_connections")) - int(used)

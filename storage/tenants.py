"""The customers, and the count of changes in each one's directory."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Missing
from storage.models.people import Tenant

SYSTEM_ID_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # read out on the phone: no 0/O, 1/I/L
SYSTEM_ID_LENGTH = 8  # 8 of 31 letters: 8.5e11 ids, so a collision is a retry nobody ever sees


WORK_FROM = "device"  # where a seat's `work` comes from by default
BY_PUNCH = "punch"  # or from punches alone


@dataclass(frozen=True, slots=True)
class TenantRow:
    id: int
    system_id: str
    name: str
    work_from: str


async def create_tenant(conn: AsyncConnection, name: str, now: datetime) -> TenantRow:
    """A new customer with a new システムID, and nobody in it yet."""
    system_id = "".join(secrets.choice(SYSTEM_ID_LETTERS) for _ in range(SYSTEM_ID_LENGTH))
    row = insert(Tenant).values(system_id=system_id, name=name, work_from=WORK_FROM, created_at=now)
    tenant_id = (await conn.execute(row.returning(Tenant.id))).scalar_one()
    return TenantRow(tenant_id, system_id, name, WORK_FROM)


async def tenants(conn: AsyncConnection) -> list[TenantRow]:
    rows = await conn.execute(_ROW.order_by(Tenant.id))
    return [TenantRow(*row) for row in rows]


async def any_tenant(conn: AsyncConnection) -> bool:
    return bool((await conn.execute(select(exists(select(Tenant.id))))).scalar_one())


async def only_tenant(conn: AsyncConnection) -> TenantRow | None:
    """The tenant of an installation that has exactly one."""
    rows = (await conn.execute(_ROW.limit(2))).all()
    return TenantRow(*rows[0]) if len(rows) == 1 else None


async def tenant_by_system_id(conn: AsyncConnection, system_id: str) -> TenantRow | None:
    found = await conn.execute(_ROW.where(Tenant.system_id == system_id.strip().upper()))
    row = found.one_or_none()
    return TenantRow(*row) if row else None


async def directory_changes(conn: AsyncConnection, tenant_id: int) -> None:
    """Count a change of members, groups, rights or devices, in the transaction that makes it.

    Called first, it also makes changes of one tenant wait for each other on every database.
    """
    counted = update(Tenant).where(Tenant.id == tenant_id).values(directory=Tenant.directory + 1)
    if (await conn.execute(counted)).rowcount != 1:
        raise Missing("tenant", str(tenant_id))


_ROW = select(Tenant.id, Tenant.system_id, Tenant.name, Tenant.work_from)

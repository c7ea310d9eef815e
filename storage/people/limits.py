"""From where a tenant lets anybody in; no row is the default."""

from ipaddress import ip_network

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.limits import Limits
from storage.models.machines import Limit
from storage.people.tenants import directory_changes


async def limits_of(conn: AsyncConnection, tenant: int) -> Limits:
    wanted = select(Limit.networks, Limit.countries).where(Limit.tenant_id == tenant)
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        return Limits()
    countries = None if row.countries is None else frozenset(row.countries)
    return Limits(tuple(map(ip_network, row.networks)), countries)


async def set_limits(conn: AsyncConnection, tenant: int, limits: Limits) -> None:
    await directory_changes(conn, tenant)
    await conn.execute(delete(Limit).where(Limit.tenant_id == tenant))
    row = insert(Limit).values(
        tenant_id=tenant,
        networks=list(map(str, limits.networks)),
        countries=None if limits.countries is None else sorted(limits.countries),
    )
    await conn.execute(row)

"""The workers' devices: each holds one token, shown once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tokens
from storage.errors import Missing
from storage.models.people import Member
from storage.models.seats import Device
from storage.tenants import directory_changes


@dataclass(frozen=True, slots=True)
class NewDevice:
    id: int
    token: str


@dataclass(frozen=True, slots=True)
class LinkedDevice:
    """The device behind a valid token."""

    tenant: int
    member: int
    device: int
    member_name: str


@dataclass(frozen=True, slots=True)
class DeviceRow:
    id: int
    name: str
    kind: str
    member: int
    login: str
    revoked: bool


async def add_device(
    conn: AsyncConnection, tenant_id: int, member_id: int, name: str, now: datetime
) -> NewDevice:
    """Raise Missing if there is no such member, or they are disabled."""
    await directory_changes(conn, tenant_id)
    owner = select(Member.id).where(
        Member.id == member_id, Member.tenant_id == tenant_id, Member.disabled_at.is_(None)
    )
    if (await conn.execute(owner)).scalar_one_or_none() is None:
        raise Missing("active member", str(member_id))
    token = tokens.mint()
    row = insert(Device).values(
        tenant_id=tenant_id,
        member_id=member_id,
        name=name,
        token_hash=tokens.digest(token),
        created_at=now,
    )
    device = (await conn.execute(row.returning(Device.id))).scalar_one()
    return NewDevice(device, token)


async def device_of(conn: AsyncConnection, token: str) -> LinkedDevice | None:
    """Which device holds the token; none if it was revoked or its member is disabled."""
    return (await devices_of(conn, {token})).get(token)


async def devices_of(conn: AsyncConnection, held: Collection[str]) -> dict[str, LinkedDevice]:
    """The same for many tokens in one look: those that are good."""
    by_digest = {tokens.digest(token): token for token in held}
    wanted = (
        select(Device.token_hash, Device.tenant_id, Device.member_id, Device.id, Member.name)
        .join(Member, Member.id == Device.member_id)
        .where(
            Device.token_hash.in_(by_digest),
            Device.revoked_at.is_(None),
            Member.disabled_at.is_(None),
        )
    )
    rows = await conn.execute(wanted)
    return {
        by_digest[row.token_hash]: LinkedDevice(row.tenant_id, row.member_id, row.id, row.name)
        for row in rows
    }


async def devices(conn: AsyncConnection, tenant_id: int) -> list[DeviceRow]:
    """All of a tenant, revoked ones too, the oldest first."""
    wanted = (
        select(
            Device.id, Device.name, Device.kind, Device.member_id, Member.login, Device.revoked_at
        )
        .join(Member, Member.id == Device.member_id)
        .where(Device.tenant_id == tenant_id)
        .order_by(Device.id)
    )
    return [
        DeviceRow(row.id, row.name, row.kind, row.member_id, row.login, row.revoked_at is not None)
        for row in await conn.execute(wanted)
    ]


async def revoke_device(
    conn: AsyncConnection, tenant_id: int, device_id: int, now: datetime
) -> None:
    """Its token is worth nothing from now on; raise Missing if the tenant has no such device."""
    await directory_changes(conn, tenant_id)
    one = update(Device).where(
        Device.id == device_id, Device.tenant_id == tenant_id, Device.revoked_at.is_(None)
    )
    if (await conn.execute(one.values(revoked_at=now))).rowcount != 1:
        raise Missing("device", str(device_id))

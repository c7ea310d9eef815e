"""The workers' devices: each holds one token, shown once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Scope
from storage.errors import Missing
from storage.models.people import Member, Tenant
from storage.models.seats import Device
from storage.people import tokens
from storage.people.members import in_scope
from storage.people.tenants import OPEN_TO_DEVICES, PAUSED, directory_changes


@dataclass(frozen=True, slots=True)
class NewDevice:
    id: int
    token: str


@dataclass(frozen=True, slots=True)
class LinkedDevice:
    """The device behind a valid token; `renewed` if it is one that was never used before."""

    tenant: int
    member: int
    device: int
    member_name: str
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class DeviceRow:
    id: int
    name: str
    kind: str
    member: int
    login: str
    member_name: str
    revoked: bool
    created_at: datetime
    paired: bool


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
        token_at=now,
        created_at=now,
    )
    device = (await conn.execute(row.returning(Device.id))).scalar_one()
    return NewDevice(device, token)


async def device_of(conn: AsyncConnection, token: str) -> LinkedDevice | None:
    """Which device holds the token; none if it was revoked or its member is disabled."""
    return (await devices_of(conn, {token})).get(token)


async def devices_of(conn: AsyncConnection, held: Collection[str]) -> dict[str, LinkedDevice]:
    """The same for many tokens in one look: those that are good, of tenants that are active."""
    by_digest = {tokens.digest(token): token for token in held}
    wanted = (
        select(
            Device.token_hash, Device.next_hash, Device.tenant_id, Device.member_id, Device.id,
            Member.name,
        )
        .join(Member, Member.id == Device.member_id)
        .join(Tenant, Tenant.id == Device.tenant_id)
        .where(
            or_(Device.token_hash.in_(by_digest), Device.next_hash.in_(by_digest)),
            Device.revoked_at.is_(None),
            Member.disabled_at.is_(None),
            OPEN_TO_DEVICES,
        )
    )  # fmt: skip
    found: dict[str, LinkedDevice] = {}
    for row in await conn.execute(wanted):
        whose = row.tenant_id, row.member_id, row.id, row.name
        for digest, renewed in ((row.token_hash, False), (row.next_hash, True)):
            if digest in by_digest:
                found[by_digest[digest]] = LinkedDevice(*whose, renewed)
    return found


async def hand_out(conn: AsyncConnection, device: LinkedDevice) -> str:
    """A new token for the device; the old one is good until this one is used for the first time."""
    token = tokens.mint()
    one = update(Device).where(Device.id == device.device, Device.tenant_id == device.tenant)
    await conn.execute(one.values(next_hash=tokens.digest(token)))
    return token


async def take_over(conn: AsyncConnection, device: LinkedDevice, token: str, now: datetime) -> None:
    """The new token was used: from now on the old one is worth nothing."""
    digest = tokens.digest(token)
    one = update(Device).where(Device.id == device.device, Device.next_hash == digest)
    await conn.execute(one.values(token_hash=digest, next_hash=None, token_at=now))


async def waiting_of(conn: AsyncConnection, token: str) -> bool:
    """Whether a device that was refused may come back by itself: its tenant is not active now."""
    wanted = (
        select(Device.id)
        .join(Member, Member.id == Device.member_id)
        .join(Tenant, Tenant.id == Device.tenant_id)
        .where(
            Device.token_hash == tokens.digest(token),
            Device.revoked_at.is_(None),
            Member.disabled_at.is_(None),
            Tenant.state.in_(PAUSED),
        )
    )
    return (await conn.execute(wanted)).scalar_one_or_none() is not None


async def devices(conn: AsyncConnection, within: Scope) -> list[DeviceRow]:
    """Those of members in the scope, revoked ones too, the oldest first."""
    wanted = (
        select(
            Device.id, Device.name, Device.kind, Device.member_id, Member.login, Member.name,
            Device.revoked_at.is_not(None), Device.created_at, Device.paired_at.is_not(None),
        )
        .join(Member, Member.id == Device.member_id)
        .where(Device.tenant_id == within.tenant, in_scope(within))
        .order_by(Device.id)
    )  # fmt: skip
    return [DeviceRow(*row) for row in await conn.execute(wanted)]


async def revoke_device(
    conn: AsyncConnection, within: Scope, device_id: int, now: datetime
) -> None:
    """Its tokens are worth nothing from now on; raise Missing if the scope has no such device."""
    await directory_changes(conn, within.tenant)
    one = update(Device).where(
        Device.id == device_id,
        Device.tenant_id == within.tenant,
        Device.revoked_at.is_(None),
        exists().where(Member.id == Device.member_id, in_scope(within)),
    )
    if (await conn.execute(one.values(revoked_at=now, next_hash=None))).rowcount != 1:
        raise Missing("device", str(device_id))

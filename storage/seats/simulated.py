"""The members and devices of a simulation: made at once, and closed when it ends."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role
from storage.models.people import Member
from storage.models.seats import Device
from storage.people import tokens
from storage.people.groups import add_group, groups
from storage.people.members import Edit, add_people
from storage.people.tenants import directory_changes, require_seat

DEVICE = "simulation"  # the name of their devices: no other device is touched
PREFIX = "sim-"  # what their logins begin with: no other member is


async def open_simulated(
    conn: AsyncConnection,
    tenant_id: int,
    people: Sequence[tuple[str, str, str]],
    now: datetime,
) -> list[str]:
    """A token of a new device for each (login, name, group), in their order of login.

    Who is there from an earlier simulation is let in again and keeps their history. Raise Conflict
    if the contract has not so many seats left.
    """
    await close_simulated(conn, tenant_id, now)
    known = await _members(conn, tenant_id)
    homes = await _groups(conn, tenant_id, [group for _, _, group in people])
    fresh = [
        Edit(login=login, name=name, role=Role.WORKER, groups=[homes[group]])
        for login, name, group in people
        if login not in known
    ]
    await add_people(conn, tenant_id, fresh, now)
    last = max(login for login, _, _ in people)
    invited = _simulated(tenant_id) & (Member.login <= last)
    await conn.execute(update(Member).where(invited).values(disabled_at=None))
    await require_seat(conn, tenant_id)
    known = await _members(conn, tenant_id)
    return await _devices(conn, tenant_id, [known[login] for login, _, _ in people], now)


async def close_simulated(conn: AsyncConnection, tenant_id: int, now: datetime) -> None:
    """Their devices' tokens are worth nothing, and the members are disabled; history stays."""
    await directory_changes(conn, tenant_id)
    owned = exists().where(Member.id == Device.member_id, _simulated(tenant_id))
    theirs = (Device.tenant_id == tenant_id, Device.name == DEVICE, Device.revoked_at.is_(None))
    await conn.execute(update(Device).where(*theirs, owned).values(revoked_at=now, next_hash=None))
    active = _simulated(tenant_id) & Member.disabled_at.is_(None)
    await conn.execute(update(Member).where(active).values(disabled_at=now))


def _simulated(tenant_id: int) -> ColumnElement[bool]:
    return (Member.tenant_id == tenant_id) & Member.login.startswith(PREFIX)


async def _members(conn: AsyncConnection, tenant_id: int) -> dict[str, int]:
    rows = await conn.execute(select(Member.login, Member.id).where(_simulated(tenant_id)))
    return {row.login: row.id for row in rows}


async def _groups(conn: AsyncConnection, tenant_id: int, names: Sequence[str]) -> dict[str, int]:
    """Groups of the top level, made where they are missing."""
    tree = (await groups(conn, tenant_id)).values()
    known = {group.name: group.id for group in tree if group.parent is None}
    for name in dict.fromkeys(names):
        if name not in known:
            known[name] = await add_group(conn, tenant_id, name)
    return known


async def _devices(
    conn: AsyncConnection, tenant_id: int, members: Sequence[int], now: datetime
) -> list[str]:
    minted = [tokens.mint() for _ in members]
    rows = [
        {
            "tenant_id": tenant_id,
            "member_id": member,
            "name": DEVICE,
            "token_hash": tokens.digest(token),
            "token_at": now,
            "created_at": now,
        }
        for member, token in zip(members, minted, strict=True)
    ]
    await conn.execute(insert(Device), rows)
    return minted

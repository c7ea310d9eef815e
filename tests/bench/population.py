"""A tenant with very many people in it, at once: members, devices with tokens, and sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.access import Role
from storage.models.people import GroupMember, GroupSupervisor, Member, Session
from storage.models.seats import Device
from storage.people import tokens
from storage.people.groups import add_group
from storage.people.sessions import LIFE
from storage.people.tenants import create_tenant, directory_changes
from tests.bench.loader import Plan, Seated


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many members with so many devices each, and boards through so many different views.

    With one view all boards are an administrator's; with more, each view is a supervisor's, and
    all of them supervise the group that everybody is in: the same seats, in frames of their own.
    """

    members: int
    boards: int
    devices: int = 1
    views: int = 1


async def populate(engine: AsyncEngine, crowd: Crowd) -> Plan:
    """In one transaction, with bulk inserts: 10,000 members take seconds."""
    now = datetime.now(UTC)
    async with engine.begin() as conn:
        tenant = (await create_tenant(conn, "株式会社大勢", now)).id
        group = await add_group(conn, tenant, "全員")
        workers = await members(conn, tenant, "worker", crowd.members, Role.WORKER, now)
        role = Role.ADMINISTRATOR if crowd.views == 1 else Role.SUPERVISOR
        lookers = await members(conn, tenant, "looker", crowd.views, role, now)
        links = [{"group_id": group, "member_id": member} for member in workers]
        await conn.execute(insert(GroupMember), links)
        given = [{"group_id": group, "member_id": member} for member in lookers]
        await conn.execute(insert(GroupSupervisor), given)
        owners = [member for member in workers for _ in range(crowd.devices)]
        pcs = await devices(conn, tenant, owners, now)
        boards = [lookers[number % crowd.views] for number in range(crowd.boards)]
        plan = Plan(seated(owners, pcs, crowd.devices), await sessions(conn, tenant, boards, now))
        await directory_changes(conn, tenant)
    return plan


def seated(owners: Sequence[int], minted: Sequence[str], devices: int) -> list[Seated]:
    """The first device of each member speaks for the seat."""
    pairs = enumerate(zip(owners, minted, strict=True))
    return [Seated(member, number % devices == 0, token) for number, (member, token) in pairs]


async def members(
    conn: AsyncConnection, tenant: int, login: str, count: int, role: Role, now: datetime
) -> list[int]:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": tenant,
            "login": f"{login}{number}",
            "name": f"在席 {number}",
            "role": role,
            "created_at": now,
        }
        for number in range(count)
    ]
    made = insert(Member).returning(Member.id, sort_by_parameter_order=True)
    return list((await conn.execute(made, rows)).scalars())


async def devices(
    conn: AsyncConnection, tenant: int, owners: Sequence[int], now: datetime
) -> list[str]:
    minted = [tokens.mint() for _ in owners]
    rows = [
        {
            "tenant_id": tenant,
            "member_id": owner,
            "name": "PC",
            "token_hash": tokens.digest(token),
            "created_at": now,
        }
        for owner, token in zip(owners, minted, strict=True)
    ]
    await conn.execute(insert(Device), rows)
    return minted


async def sessions(
    conn: AsyncConnection, tenant: int, lookers: Sequence[int], now: datetime
) -> list[str]:
    """A sign-in for each board."""
    minted = [tokens.mint() for _ in lookers]
    rows = [
        {
            "tenant_id": tenant,
            "member_id": looker,
            "token_hash": tokens.digest(token),
            "kind": "terminal",
            "created_at": now,
            "expires_at": now + LIFE["terminal"],
        }
        for looker, token in zip(lookers, minted, strict=True)
    ]
    await conn.execute(insert(Session), rows)
    return minted

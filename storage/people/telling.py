"""What the outside hears of members, in the transaction that adds or changes them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role
from storage.models.people import GroupMember, GroupSupervisor, Member, Tenant
from storage.webhooks.events import Event, UserCreated, UserDisabled, UserUpdated
from storage.webhooks.outbox import enqueue

AT_ONCE = 5_000  # ids in one question: SQLite takes 32,766 parameters, PostgreSQL 32,767

Kind = type[UserCreated] | type[UserUpdated] | type[UserDisabled]


async def tell_members(
    conn: AsyncConnection, tenant: int, kind: Kind, members: Sequence[int], now: datetime
) -> None:
    """Tell the members' state as this transaction leaves it; call it after the change.

    The directory's version, which every change counts up, tells one change from the next.
    """
    asked = select(Tenant.directory).where(Tenant.id == tenant)
    version = (await conn.execute(asked)).scalar_one()
    for at in range(0, len(members), AT_ONCE):
        told = await _told(conn, kind, members[at : at + AT_ONCE])
        events = [Event(f"{data.member}/{version}", now, data) for data in told]
        await enqueue(conn, tenant, events, now)


async def _told(
    conn: AsyncConnection, kind: Kind, ids: Sequence[int]
) -> list[UserCreated | UserUpdated | UserDisabled]:
    if kind is UserDisabled:
        return [UserDisabled(id) for id in ids]
    wanted = select(Member.id, Member.role, Member.disabled_at).where(Member.id.in_(ids))
    rows = (await conn.execute(wanted.order_by(Member.id))).all()
    of, over = await _links(conn, GroupMember, ids), await _links(conn, GroupSupervisor, ids)
    if kind is UserCreated:
        return [UserCreated(row.id, Role(row.role), of[row.id], over[row.id]) for row in rows]
    return [
        UserUpdated(row.id, Role(row.role), of[row.id], over[row.id], row.disabled_at is not None)
        for row in rows
    ]


async def _links(
    conn: AsyncConnection, table: type[GroupMember] | type[GroupSupervisor], ids: Sequence[int]
) -> defaultdict[int, tuple[int, ...]]:
    wanted = select(table.member_id, table.group_id).where(table.member_id.in_(ids))
    groups: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    row: Any
    for row in await conn.execute(wanted.order_by(table.group_id)):
        groups[row.member_id] += (row.group_id,)
    return groups

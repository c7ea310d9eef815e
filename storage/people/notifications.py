"""How members want to be told of incidents; no row is the default."""

from collections.abc import Collection

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.notifying import Notifications
from storage.models.people import Notification


async def notifications_of(
    conn: AsyncConnection, tenant: int, members: Collection[int]
) -> dict[int, Notifications]:
    """What each of them chose."""
    wanted = select(Notification.member_id, Notification.chosen).where(
        Notification.tenant_id == tenant, Notification.member_id.in_(members)
    )
    rows = await conn.execute(wanted)
    chosen = {row.member_id: msgspec.convert(row.chosen, Notifications) for row in rows}
    return {member: chosen.get(member, Notifications()) for member in members}


async def choose_notifications(
    conn: AsyncConnection, tenant: int, member: int, chosen: Notifications
) -> None:
    """Put this in the place of what the member chose before."""
    own = Notification.tenant_id == tenant, Notification.member_id == member
    await conn.execute(delete(Notification).where(*own))
    row = {"tenant_id": tenant, "member_id": member, "chosen": msgspec.to_builtins(chosen)}
    await conn.execute(insert(Notification).values(row))

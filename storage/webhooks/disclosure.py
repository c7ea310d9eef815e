"""Who outside is told about a member: the receivers whose filters let their events through."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import with_all_below
from storage.models.people import Group, GroupMember
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.webhooks.events import EVENT_TYPES, EventType
from storage.webhooks.outbox import LISTENING, wants


@dataclass(frozen=True, slots=True)
class Destination:
    """A receiver by its host alone: the rest of an address may be a secret."""

    host: str
    types: tuple[EventType, ...]
    since: datetime


async def destinations(conn: AsyncConnection, tenant: int, member: int) -> list[Destination]:
    """Where the member's data goes now, the oldest first; by which types of events."""
    wanted = select(Endpoint.url, Endpoint.types, Endpoint.groups, Endpoint.created_at)
    rows = await conn.execute(wanted.where(Endpoint.tenant_id == tenant, LISTENING))
    mine, parents = await _groups(conn, tenant, member)
    found = []
    for row in rows.all():
        asked = [int(one) for one in row.groups.split()]
        if asked and not mine & with_all_below(asked, parents):
            continue
        types = tuple(one for one in EVENT_TYPES if one.personal and wants(row.types, one.type))
        if types:
            found.append(Destination(urlsplit(row.url).hostname or "", types, row.created_at))
    return sorted(found, key=lambda one: (one.since, one.host))


async def _groups(
    conn: AsyncConnection, tenant: int, member: int
) -> tuple[set[int], dict[int, int | None]]:
    """The member's groups, and the tenant's tree."""
    inside = select(GroupMember.group_id).where(GroupMember.member_id == member)
    mine = set((await conn.execute(inside)).scalars())
    tree = select(Group.id, Group.parent_id).where(Group.tenant_id == tenant)
    return mine, {row.id: row.parent_id for row in await conn.execute(tree)}

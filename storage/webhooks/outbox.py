"""The webhook outbox: who is told what, in the transaction that records what became true."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import with_all_below
from storage.errors import Missing
from storage.models.people import Group, GroupMember
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.upsert import Row, insert_new
from storage.webhooks.bodies import Content, body
from storage.webhooks.events import Event, Ping, message_id

EVERY_TYPE = "*"
EVERY_OF = ".*"  # after the first part of a type: incident.*

STANDING = Endpoint.removed_at.is_(None)
LISTENING = and_(STANDING, Endpoint.disabled_at.is_(None))


def wants(types: str, kind: str) -> bool:
    """Whether an endpoint's filter lets a type through."""
    return any(
        one in (EVERY_TYPE, kind)
        or (one.endswith(EVERY_OF) and kind.startswith(one.removesuffix("*")))
        for one in types.split()
    )


WHO_LISTENS = select(Endpoint.id, Endpoint.types, Endpoint.groups, Endpoint.content).where(
    Endpoint.tenant_id == bindparam("of"), LISTENING
)


async def enqueue(
    conn: AsyncConnection, tenant_id: int, events: Sequence[Event], now: datetime
) -> bool:
    """Put the events into the outbox of every endpoint that wants them; True if one did.

    Belongs in the transaction that records what the events tell of: both become true, or neither.
    After True and the commit, wake the dispatcher.
    """
    if not events:
        return False
    listening = (await conn.execute(WHO_LISTENS, {"of": tenant_id})).all()
    wanted = [
        (one, event) for one in listening for event in events if wants(one.types, event.data.TYPE)
    ]
    if any(one.groups for one, _ in wanted):
        people = await _people(conn, tenant_id, [event for one, event in wanted if one.groups])
        about = {one.id: people.within(one.groups) for one in listening if one.groups}
        wanted = [
            (one, event) for one, event in wanted if not one.groups or event.member in about[one.id]
        ]
    written: dict[tuple[int, str], Row] = {}
    rows = []
    for one, event in wanted:
        how = (id(event), one.content)
        if how not in written:
            written[how] = _row(tenant_id, Content(one.content), event, now)
        rows.append(written[how] | {"endpoint_id": one.id})
    await insert_new(conn, Delivery, rows)
    return bool(rows)


@dataclass(frozen=True, slots=True)
class _People:
    """The tree of groups, and which of them the members in question are in."""

    parents: dict[int, int | None]
    groups: dict[int, set[int]]

    def within(self, wanted: str) -> set[int]:
        """Those who are in one of these groups, or in one below."""
        these = with_all_below((int(one) for one in wanted.split()), self.parents)
        return {member for member, groups in self.groups.items() if these & groups}


async def _people(conn: AsyncConnection, tenant_id: int, events: Iterable[Event]) -> _People:
    tree = select(Group.id, Group.parent_id).where(Group.tenant_id == tenant_id)
    parents = {row.id: row.parent_id for row in await conn.execute(tree)}
    about = {event.member for event in events if event.member is not None}
    inside = select(GroupMember.member_id, GroupMember.group_id).where(
        GroupMember.member_id.in_(about), GroupMember.group_id.in_(parents)
    )
    groups: dict[int, set[int]] = {}
    for member, group in await conn.execute(inside):
        groups.setdefault(member, set()).add(group)
    return _People(parents, groups)


def _row(tenant_id: int, content: Content, event: Event, now: datetime) -> Row:
    """What is the same for every endpoint that wants it so: the message is written once."""
    message = message_id(tenant_id, event.data.TYPE, event.key)
    return {
        "tenant_id": tenant_id,
        "message_id": message,
        "type": event.data.TYPE,
        "content": content,
        "body": body(message, tenant_id, event, content),
        "created_at": now,
        "due_at": now,
    }


async def ping(conn: AsyncConnection, tenant_id: int, endpoint_id: int, now: datetime) -> int:
    """Queue one webhook.ping, whatever the filters say; its delivery. Raise Missing."""
    ask = select(Endpoint.content).where(
        Endpoint.id == endpoint_id, Endpoint.tenant_id == tenant_id, LISTENING
    )
    content = (await conn.execute(ask)).scalar_one_or_none()
    if content is None:
        raise Missing("webhook", str(endpoint_id))
    event = Event(secrets.token_hex(16), now, Ping(endpoint_id))
    row = _row(tenant_id, Content(content), event, now) | {"endpoint_id": endpoint_id}
    made = insert(Delivery).values(**row).returning(Delivery.id)
    return (await conn.execute(made)).scalar_one()

"""The tree of groups."""

from msgspec import Struct

from hub.access import Action
from hub.http.fields import Created, GroupName, Id
from hub.http.rest import Caller
from hub.protocol.messages import GroupCard
from storage.groups import add_group
from storage.groups import groups as listed


class Groups(Struct, frozen=True):
    items: list[GroupCard]


class NewGroup(Struct, frozen=True, forbid_unknown_fields=True):
    name: GroupName
    parent: Id | None = None


async def groups(who: Caller) -> Groups:
    """All groups of the tenant."""
    who.require(Action.MANAGE_GROUPS)
    async with who.engine.connect() as conn:
        tree = await listed(conn, who.actor.tenant)
    return Groups([GroupCard(group.id, group.name, group.parent) for group in tree.values()])


async def create_group(who: Caller, body: NewGroup) -> Created:
    """Add a group, at the top or below another."""
    who.require(Action.MANAGE_GROUPS)
    async with who.engine.begin() as conn:
        return Created(await add_group(conn, who.actor.tenant, body.name, body.parent))

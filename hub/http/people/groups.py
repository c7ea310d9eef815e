"""The tree of groups."""

from collections.abc import Mapping

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action, Subject
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Created, GroupName, Id
from hub.http.problems import Problem
from storage.people.groups import (
    add_group,
    edit_group,
    headcounts,
    remove_group,
    require_groups,
    set_supervisors,
    supervisors,
)
from storage.people.groups import groups as listed
from storage.proof import log
from storage.proof.log import What


class GroupItem(Struct, frozen=True, omit_defaults=True):
    """`members` counts the active ones in the group itself; `supervisors` are as they were given.

    `evidence` is the level that it was narrowed to.
    """

    id: int
    name: str
    parent: int | None = None
    members: int = 0
    supervisors: tuple[int, ...] = ()
    evidence: str | None = None


class Groups(Struct, frozen=True):
    items: list[GroupItem]


class GroupRecord(Struct, frozen=True, omit_defaults=True):
    """What can be changed of a group; how many are in it changes with them."""

    id: int
    name: str
    parent: int | None = None
    supervisors: tuple[int, ...] = ()
    evidence: str | None = None


class NewGroup(Struct, frozen=True, forbid_unknown_fields=True):
    name: GroupName
    parent: Id | None = None


class GroupEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is; without a parent (null) it stands at the top."""

    name: GroupName | UnsetType = UNSET
    parent: Id | UnsetType | None = UNSET


class Supervisors(Struct, frozen=True, forbid_unknown_fields=True):
    members: tuple[Id, ...]


class GroupPath(Struct, frozen=True):
    group: Id


async def groups(who: Caller) -> Groups:
    """All groups of the tenant; to a supervisor, those given and all below them."""
    within, tenant = who.within(Action.SEE_GROUPS), who.actor.tenant
    async with who.engine.connect() as conn:
        tree = await listed(conn, tenant)
        count = await headcounts(conn, tenant)
        over = await supervisors(conn, tenant)
    seen = [id for id in tree if within.holds(Subject(tenant, groups=frozenset((id,))))]
    return Groups(
        [
            GroupItem(
                id=id,
                name=tree[id].name,
                parent=tree[id].parent if tree[id].parent in seen else None,
                members=count.get(id, 0),
                supervisors=tuple(over.get(id, ())),
                evidence=tree[id].evidence,
            )
            for id in seen
        ]
    )


async def one_group(who: Caller, path: GroupPath) -> GroupRecord:
    """A group that the caller may see."""
    found = [item for item in (await groups(who)).items if item.id == path.group]
    if not found:
        raise Problem(problems.NOT_FOUND)
    [one] = found
    return GroupRecord(one.id, one.name, one.parent, one.supervisors, one.evidence)


async def create_group(who: Caller, body: NewGroup) -> Created:
    """Add a group, at the top or below another."""
    who.require(Action.MANAGE_GROUPS)
    async with who.engine.begin() as conn:
        made = await add_group(conn, who.actor.tenant, body.name, body.parent)
        await _log(who, conn, What.GROUP_CREATED, {"group": made, "parent": body.parent})
    return Created(made)


async def change_group(who: Caller, path: GroupPath, body: GroupEdit) -> None:
    """Rename or move a group, with all that is below it."""
    who.require(Action.MANAGE_GROUPS)
    tenant = who.actor.tenant
    async with who.engine.begin() as conn:
        await require_groups(conn, tenant, [path.group])
        stands = (await listed(conn, tenant))[path.group]
        name = stands.name if body.name is UNSET else body.name
        parent = stands.parent if body.parent is UNSET else body.parent
        await edit_group(conn, tenant, path.group, name, parent)
        told: dict[str, object] = {"group": path.group}
        if name != stands.name:
            told["name"] = [stands.name, name]
        if parent != stands.parent:
            told["parent"] = [stands.parent, parent]
        await _log(who, conn, What.GROUP_CHANGED, told)


async def delete_group(who: Caller, path: GroupPath) -> None:
    """Take away a group with nobody and nothing in it."""
    who.require(Action.MANAGE_GROUPS)
    async with who.engine.begin() as conn:
        await remove_group(conn, who.actor.tenant, path.group)
        await _log(who, conn, What.GROUP_REMOVED, {"group": path.group})


async def supervise(who: Caller, path: GroupPath, body: Supervisors) -> None:
    """Say who supervises a group and all below it: these supervisors, and nobody else."""
    who.require(Action.MANAGE_GROUPS)
    async with who.engine.begin() as conn:
        await set_supervisors(conn, who.actor.tenant, path.group, body.members)
        told = {"group": path.group, "supervisors": body.members}
        await _log(who, conn, What.GROUP_CHANGED, told)


async def _log(
    who: Caller, conn: AsyncConnection, what: What, subject: Mapping[str, object]
) -> None:
    await log.write(conn, who.actor.tenant, what, who.actor.member, subject, who.now)

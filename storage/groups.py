"""The tree of groups."""

from dataclasses import dataclass

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Ambiguous, Missing, Taken
from storage.models.people import Group
from storage.tenants import directory_changes

PATH_SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class GroupRow:
    id: int
    name: str
    parent: int | None = None
    evidence: str | None = None


async def add_group(
    conn: AsyncConnection, tenant_id: int, name: str, parent: int | None = None
) -> int:
    """Raise Taken if its parent has one of that name, Missing if there is no such parent."""
    await directory_changes(conn, tenant_id)
    if parent is not None:
        await require_groups(conn, tenant_id, [parent])
    same = exists().where(
        Group.tenant_id == tenant_id,
        Group.parent_id.is_not_distinct_from(parent),
        Group.name == name,
    )
    if (await conn.execute(select(same))).scalar_one():
        raise Taken("group", name)
    row = insert(Group).values(tenant_id=tenant_id, parent_id=parent, name=name)
    return (await conn.execute(row.returning(Group.id))).scalar_one()


async def groups(conn: AsyncConnection, tenant_id: int) -> dict[int, GroupRow]:
    """All groups of a tenant by id, the oldest first."""
    wanted = select(Group.id, Group.name, Group.parent_id, Group.evidence).where(
        Group.tenant_id == tenant_id
    )
    return {row.id: GroupRow(*row) for row in await conn.execute(wanted.order_by(Group.id))}


async def group_by_path(conn: AsyncConnection, tenant_id: int, path: str) -> int:
    """The group called `path`: a name, or the names from the top with slashes between.

    Raise Missing if there is none, Ambiguous if several have that name.
    """
    tree = await groups(conn, tenant_id)
    exact = [group for group in tree if path_of(tree, group) == path]
    found = exact or [group.id for group in tree.values() if group.name == path]
    if not found:
        raise Missing("group", path)
    if len(found) > 1:
        raise Ambiguous("group", path)
    return found[0]


async def require_groups(conn: AsyncConnection, tenant_id: int, ids: list[int]) -> None:
    """Raise Missing for the first that is not a group of this tenant."""
    wanted = select(Group.id).where(Group.tenant_id == tenant_id, Group.id.in_(ids))
    known = set((await conn.execute(wanted)).scalars())
    for group in ids:
        if group not in known:
            raise Missing("group", str(group))


def path_of(tree: dict[int, GroupRow], group: int) -> str:
    """The names from the top of the tree down to the group."""
    names: list[str] = []
    at: int | None = group
    while at is not None:
        names.append(tree[at].name)
        at = tree[at].parent
    return PATH_SEPARATOR.join(reversed(names))

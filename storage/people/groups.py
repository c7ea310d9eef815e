"""The tree of groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role, with_all_below
from storage.errors import Ambiguous, Conflict, Missing, Rule, Taken
from storage.models.people import Group, GroupMember, GroupSupervisor, Member
from storage.people.tenants import directory_changes

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
    await _require_free(conn, tenant_id, name, parent)
    row = insert(Group).values(tenant_id=tenant_id, parent_id=parent, name=name)
    return (await conn.execute(row.returning(Group.id))).scalar_one()


async def edit_group(
    conn: AsyncConnection, tenant_id: int, group_id: int, name: str, parent: int | None
) -> None:
    """Rename and move it, with all below it.

    Raise Missing for a group of nobody here, Taken for a name that its new parent has already,
    Conflict if it would come to be below itself.
    """
    await directory_changes(conn, tenant_id)
    await require_groups(conn, tenant_id, [group_id, *([parent] if parent is not None else [])])
    tree = await groups(conn, tenant_id)
    if parent in with_all_below([group_id], {one.id: one.parent for one in tree.values()}):
        raise Conflict(Rule.GROUP_RING)
    await _require_free(conn, tenant_id, name, parent, group_id)
    one = update(Group).where(Group.tenant_id == tenant_id, Group.id == group_id)
    await conn.execute(one.values(name=name, parent_id=parent))


async def remove_group(conn: AsyncConnection, tenant_id: int, group_id: int) -> None:
    """Raise Conflict while anybody or any group is in it, Missing if there is none."""
    await directory_changes(conn, tenant_id)
    await require_groups(conn, tenant_id, [group_id])
    somebody = exists().where(GroupMember.group_id == group_id)
    below = exists().where(Group.tenant_id == tenant_id, Group.parent_id == group_id)
    if (await conn.execute(select(somebody | below))).scalar_one():
        raise Conflict(Rule.GROUP_NOT_EMPTY)
    await conn.execute(delete(GroupSupervisor).where(GroupSupervisor.group_id == group_id))
    await conn.execute(delete(Group).where(Group.tenant_id == tenant_id, Group.id == group_id))


async def set_supervisors(
    conn: AsyncConnection, tenant_id: int, group_id: int, members: Sequence[int]
) -> None:
    """These and nobody else; raise Missing for one who is no supervisor of this tenant."""
    await directory_changes(conn, tenant_id)
    await require_groups(conn, tenant_id, [group_id])
    wanted = select(Member.id).where(
        Member.tenant_id == tenant_id, Member.id.in_(members), Member.role == Role.SUPERVISOR
    )
    known = set((await conn.execute(wanted)).scalars())
    for member in members:
        if member not in known:
            raise Missing("supervisor", str(member))
    await conn.execute(delete(GroupSupervisor).where(GroupSupervisor.group_id == group_id))
    if known:
        links = [{"group_id": group_id, "member_id": member} for member in sorted(known)]
        await conn.execute(insert(GroupSupervisor), links)


async def headcounts(conn: AsyncConnection, tenant_id: int) -> dict[int, int]:
    """How many active members each group has itself; empty ones are left out."""
    wanted = (
        select(GroupMember.group_id, func.count().label("members"))
        .join(Member, Member.id == GroupMember.member_id)
        .where(Member.tenant_id == tenant_id, Member.disabled_at.is_(None))
        .group_by(GroupMember.group_id)
    )
    return {row.group_id: row.members for row in await conn.execute(wanted)}


async def supervisors(conn: AsyncConnection, tenant_id: int) -> dict[int, list[int]]:
    """Who supervises each group, as it was given; those without are left out."""
    wanted = (
        select(GroupSupervisor.group_id, GroupSupervisor.member_id)
        .join(Member, Member.id == GroupSupervisor.member_id)
        .where(Member.tenant_id == tenant_id)
        .order_by(GroupSupervisor.member_id)
    )
    found: dict[int, list[int]] = {}
    for row in await conn.execute(wanted):
        found.setdefault(row.group_id, []).append(row.member_id)
    return found


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


async def _require_free(
    conn: AsyncConnection, tenant_id: int, name: str, parent: int | None, but: int | None = None
) -> None:
    same = exists().where(
        Group.tenant_id == tenant_id,
        Group.parent_id.is_not_distinct_from(parent),
        Group.name == name,
        Group.id.is_distinct_from(but),
    )
    if (await conn.execute(select(same))).scalar_one():
        raise Taken("group", name)


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

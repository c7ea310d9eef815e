"""What a tenant has decided about its agents, and what its groups have narrowed."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.policy import at_work, covered, in_force, narrowed_through
from hub.protocol.facts import EvidenceLevel, Policy
from storage.consent.charters import charter_in_force
from storage.consent.consents import agreed
from storage.errors import Missing
from storage.models.people import Group, GroupMember, Tenant
from storage.people.groups import GroupRow, groups
from storage.people.tenants import BY_PUNCH, directory_changes
from storage.seats.punches import standing


async def tenant_policy(conn: AsyncConnection, tenant_id: int) -> Policy:
    """Raise Missing if there is no such tenant."""
    wanted = select(
        Tenant.evidence, Tenant.evidence_interval_s, Tenant.level, Tenant.challenge, Tenant.hint
    ).where(Tenant.id == tenant_id)
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        raise Missing("tenant", str(tenant_id))
    return Policy(
        EvidenceLevel(row.evidence), row.evidence_interval_s, row.level, row.challenge, row.hint
    )


async def policy_for(conn: AsyncConnection, tenant_id: int, member_id: int) -> Policy:
    """What is in force for one member, whether they work now or not."""
    mine = select(GroupMember.group_id).where(GroupMember.member_id == member_id)
    groups_of = (await conn.execute(mine)).scalars().all()
    narrowed = narrowed_levels(await groups(conn, tenant_id))
    policy = in_force(await tenant_policy(conn, tenant_id), groups_of, narrowed)
    charter = await charter_in_force(conn, tenant_id)
    return covered(policy, charter, await agreed(conn, tenant_id, member_id, charter))


async def policy_now(conn: AsyncConnection, tenant_id: int, member_id: int) -> Policy:
    """The same at this moment: outside their punched work a member's cameras are closed."""
    work_from = select(Tenant.work_from).where(Tenant.id == tenant_id)
    by_punch = (await conn.execute(work_from)).scalar_one() == BY_PUNCH
    policy = await policy_for(conn, tenant_id, member_id)
    return at_work(policy, (await standing(conn, tenant_id, member_id)).work, by_punch)


def narrowed_levels(tree: Mapping[int, GroupRow]) -> dict[int, EvidenceLevel]:
    """For each group that is narrowed, by itself or from above, to which level."""
    given = {one.id: EvidenceLevel(one.evidence) for one in tree.values() if one.evidence}
    return narrowed_through({one.id: one.parent for one in tree.values()}, given) if given else {}


async def set_policy(conn: AsyncConnection, tenant_id: int, policy: Policy) -> None:
    """It is in force on connected agents within seconds: see `hub.live.floor`."""
    await directory_changes(conn, tenant_id)
    values = {
        "evidence": policy.evidence,
        "evidence_interval_s": policy.interval_s,
        "level": policy.level,
        "challenge": policy.challenge,
        "hint": policy.hint,
    }
    await conn.execute(update(Tenant).where(Tenant.id == tenant_id).values(values))


async def may_erase_own(conn: AsyncConnection, tenant_id: int) -> bool:
    """Whether members may take away images of themselves that are of no incident."""
    wanted = select(Tenant.own_erasing).where(Tenant.id == tenant_id)
    return (await conn.execute(wanted)).scalar_one()


async def let_erase_own(conn: AsyncConnection, tenant_id: int, allowed: bool) -> None:
    one = update(Tenant).where(Tenant.id == tenant_id)
    await conn.execute(one.values(own_erasing=allowed))


async def narrow_group(
    conn: AsyncConnection, tenant_id: int, group_id: int, level: EvidenceLevel | None
) -> None:
    """None takes the narrowing away; raise Missing if the tenant has no such group."""
    await directory_changes(conn, tenant_id)
    one = update(Group).where(Group.id == group_id, Group.tenant_id == tenant_id)
    if (await conn.execute(one.values(evidence=level))).rowcount != 1:
        raise Missing("group", str(group_id))

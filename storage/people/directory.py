"""A tenant's people, groups, rights and devices in one look, for cutting views on the live path."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Actor, Role, Sharing, Subject, among, with_all_below
from hub.limits import Limits
from hub.policy import covered, in_force
from hub.protocol.enrolling import ConsentPurpose
from hub.protocol.facts import EvidenceLevel, Policy, Purpose
from storage.consent.charters import charter_in_force, viewing_purposes
from storage.consent.consents import NOTHING, agreed_by
from storage.consent.policy import narrowed_levels, tenant_policy
from storage.errors import Missing
from storage.models.people import GroupMember, GroupSupervisor, Member, Tenant
from storage.models.seats import Device
from storage.people.groups import GroupRow, groups
from storage.people.limits import limits_of
from storage.people.tenants import BY_PUNCH, OPEN_TO_DEVICES, OPEN_TO_PEOPLE, TenantState


@dataclass(frozen=True, slots=True)
class Person:
    """An active member and the groups they are in."""

    id: int
    name: str
    role: Role
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Directory:
    """`version` counts the tenant's changes; `supervises` holds given groups and all below them.

    `devices` names the member of each device whose token is good. `by_punch` if work comes from
    punches alone. `policy` is the tenant's; `policy_of` says what is in force for a member.
    A tenant that is not `state` active has no devices here, and closed to people no members.
    `consents` say what each member agreed to under `charter`, the version in force; `viewing`
    what it lets anybody look at somebody for, `limits` from where anybody is let in; `sharing`
    with whom people share their status and task.
    """

    tenant: int
    version: int
    members: Mapping[int, Person]
    groups: Mapping[int, GroupRow]
    supervises: Mapping[int, frozenset[int]]
    devices: Mapping[int, int]
    by_punch: bool = False
    policy: Policy = field(default_factory=Policy)
    narrowed: Mapping[int, EvidenceLevel] = field(default_factory=dict)
    state: TenantState = TenantState.ACTIVE
    charter: int | None = None
    consents: Mapping[int, frozenset[ConsentPurpose]] = field(default_factory=dict)
    viewing: frozenset[Purpose] = frozenset()
    limits: Limits = field(default_factory=Limits)
    sharing: Sharing = Sharing.NOBODY

    def policy_of(self, member: int) -> Policy:
        """As far as group, charter and consent let it; whether they work is the seat's to know."""
        narrowed = in_force(self.policy, self.subject(member).groups, self.narrowed)
        return covered(narrowed, self.charter, self.consents.get(member, NOTHING))

    def actor(self, member: int) -> Actor | None:
        """What a member may by now; nobody if they are not active any more."""
        person = self.members.get(member)
        if person is None:
            return None
        supervises = self.supervises.get(member, frozenset())
        actor = Actor(self.tenant, member, person.role, supervises)
        return among(actor, self.sharing, person.groups)

    def subject(self, member: int) -> Subject:
        """The member as a question of rights is asked about them."""
        person = self.members.get(member)
        return Subject(self.tenant, member, person.groups if person else frozenset())


async def directory(conn: AsyncConnection, tenant_id: int) -> Directory:
    """Raise Missing if there is no such tenant.

    The version is read first: after a change in between, the picture is newer than it says.
    """
    wanted = select(Tenant.directory, Tenant.work_from, Tenant.state, Tenant.sharing)
    found = (await conn.execute(wanted.where(Tenant.id == tenant_id))).one_or_none()
    if found is None:
        raise Missing("tenant", str(tenant_id))
    tree = await groups(conn, tenant_id)
    people = await _people(conn, tenant_id)
    charter = await charter_in_force(conn, tenant_id)
    return Directory(
        tenant=tenant_id,
        version=found.directory,
        members=people,
        groups=tree,
        supervises=await _supervises(conn, people, tree),
        devices=await _devices(conn, tenant_id),
        by_punch=found.work_from == BY_PUNCH,
        policy=await tenant_policy(conn, tenant_id),
        narrowed=narrowed_levels(tree),
        state=TenantState(found.state),
        charter=charter,
        consents=await agreed_by(conn, tenant_id, charter),
        viewing=await viewing_purposes(conn, tenant_id),
        limits=await limits_of(conn, tenant_id),
        sharing=Sharing(found.sharing),
    )


async def directory_versions(conn: AsyncConnection) -> dict[int, int]:
    """How often each tenant's directory has changed."""
    rows = await conn.execute(select(Tenant.id, Tenant.directory))
    return {row.id: row.directory for row in rows}


async def _people(conn: AsyncConnection, tenant_id: int) -> dict[int, Person]:
    inside = (Member.tenant_id == tenant_id, Member.disabled_at.is_(None), _tenant(OPEN_TO_PEOPLE))
    links = select(GroupMember.member_id, GroupMember.group_id).join(Member).where(*inside)
    of: defaultdict[int, set[int]] = defaultdict(set)
    for link in await conn.execute(links):
        of[link.member_id].add(link.group_id)
    rows = await conn.execute(select(Member.id, Member.name, Member.role).where(*inside))
    return {row.id: Person(row.id, row.name, Role(row.role), frozenset(of[row.id])) for row in rows}


async def _supervises(
    conn: AsyncConnection, people: Mapping[int, Person], tree: Mapping[int, GroupRow]
) -> dict[int, frozenset[int]]:
    given: defaultdict[int, set[int]] = defaultdict(set)
    rows = await conn.execute(
        select(GroupSupervisor.member_id, GroupSupervisor.group_id).where(
            GroupSupervisor.group_id.in_(tree)
        )
    )
    for row in rows:
        if row.member_id in people and people[row.member_id].role is Role.SUPERVISOR:
            given[row.member_id].add(row.group_id)
    parents = {group.id: group.parent for group in tree.values()}
    return {member: with_all_below(top, parents) for member, top in given.items()}


async def _devices(conn: AsyncConnection, tenant_id: int) -> dict[int, int]:
    wanted = (
        select(Device.id, Device.member_id)
        .join(Member, Member.id == Device.member_id)
        .where(
            Device.tenant_id == tenant_id,
            Device.revoked_at.is_(None),
            Member.disabled_at.is_(None),
            _tenant(OPEN_TO_DEVICES),
        )
    )
    return {row.id: row.member_id for row in await conn.execute(wanted)}


def _tenant(is_open: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Tenant.id == Member.tenant_id, is_open)

"""What a tenant lets its agents do: set by administrators, seen by everybody it holds for."""

from msgspec import Struct

from hub.access import Action
from hub.http.fields import Id
from hub.http.rest import Caller
from hub.protocol.messages import EvidenceLevel, Policy
from storage import policy as record


class Policies(Struct, frozen=True):
    """`mine` is in force for the caller: the tenant's, as their groups narrow it."""

    tenant: Policy
    mine: Policy


class GroupPath(Struct, frozen=True):
    group: Id


class Narrowing(Struct, frozen=True, forbid_unknown_fields=True):
    """The most that devices of a group may send; none takes a narrowing away."""

    evidence: EvidenceLevel | None


async def policy(who: Caller) -> Policies:
    """The tenant's policy, and what of it is in force for oneself."""
    async with who.engine.connect() as conn:
        tenant = await record.tenant_policy(conn, who.actor.tenant)
        mine = await record.policy_for(conn, who.actor.tenant, who.actor.member)
    return Policies(tenant, mine)


async def set_policy(who: Caller, body: Policy) -> None:
    """Change the tenant's policy; connected agents follow within seconds."""
    who.require(Action.MANAGE_POLICY)
    async with who.engine.begin() as conn:
        await record.set_policy(conn, who.actor.tenant, body)


async def narrow_group(who: Caller, path: GroupPath, body: Narrowing) -> None:
    """Let the devices of a group, and of those below it, send less than the tenant does."""
    who.require(Action.MANAGE_POLICY)
    async with who.engine.begin() as conn:
        await record.narrow_group(conn, who.actor.tenant, path.group, body.evidence)

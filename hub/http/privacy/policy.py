"""What a tenant lets its agents do: set by administrators, seen by everybody it holds for."""

from typing import Annotated

from msgspec import Meta, Struct, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action
from hub.http.callers import Caller
from hub.http.fields import Id
from hub.protocol.facts import EvidenceLevel, Policy
from storage.consent import policy as record
from storage.proof import log


class NewPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """What can be set of a policy; the rest of one follows from charter, consent and work."""

    evidence: EvidenceLevel = EvidenceLevel.INCIDENT_ONLY
    interval_s: Annotated[float, Meta(ge=30, le=86_400)] = 192.0
    level: Annotated[str, Meta(pattern="^(low|mid|high)$")] | None = None
    challenge: bool = False
    hint: bool = False
    erase_own: bool = False


class Policies(Struct, frozen=True):
    """`mine` is in force for the caller: as groups, charter, consent and work narrow it.

    `erase_own` lets members take away periodic images of themselves.
    """

    tenant: Policy
    mine: Policy
    erase_own: bool


class GroupPath(Struct, frozen=True):
    group: Id


class Narrowing(Struct, frozen=True, forbid_unknown_fields=True):
    """The most that devices of a group may send; none takes a narrowing away."""

    evidence: EvidenceLevel | None


async def policy(who: Caller) -> Policies:
    """The tenant's policy, and what of it is in force for oneself."""
    async with who.engine.connect() as conn:
        tenant = await record.tenant_policy(conn, who.actor.tenant)
        mine = await record.policy_now(conn, who.actor.tenant, who.actor.member)
        erase_own = await record.may_erase_own(conn, who.actor.tenant)
    return Policies(tenant, mine, erase_own)


async def set_policy(who: Caller, body: NewPolicy) -> None:
    """Change the tenant's policy; connected agents follow within seconds."""
    who.require(Action.MANAGE_POLICY)
    wanted = Policy(body.evidence, body.interval_s, body.level, body.challenge, body.hint)
    async with who.engine.begin() as conn:
        await record.set_policy(conn, who.actor.tenant, wanted)
        await record.let_erase_own(conn, who.actor.tenant, body.erase_own)
        await _log(who, conn, log.What.POLICY_CHANGED, to_builtins(body))


async def narrow_group(who: Caller, path: GroupPath, body: Narrowing) -> None:
    """Let the devices of a group, and of those below it, send less than the tenant does."""
    who.require(Action.MANAGE_POLICY)
    async with who.engine.begin() as conn:
        await record.narrow_group(conn, who.actor.tenant, path.group, body.evidence)
        subject: dict[str, object] = {"group": path.group, "evidence": body.evidence}
        await _log(who, conn, log.What.POLICY_NARROWED, subject)


async def _log(
    who: Caller, conn: AsyncConnection, what: log.What, subject: dict[str, object]
) -> None:
    await log.write(conn, who.actor.tenant, what, who.actor.member, subject, who.now)

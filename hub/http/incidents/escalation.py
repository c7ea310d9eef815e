"""After how long an incident that nobody answers goes up."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action
from hub.http.callers import Caller
from storage.proof import log
from storage.proof.log import What
from storage.seats.incidents import escalate_after, set_escalation


class Escalation(Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes without anybody taking or judging it; none: it never goes up."""

    after_min: Annotated[int, Meta(ge=1, le=1440)] | None


async def escalation(who: Caller) -> Escalation:
    """The tenant's rule, told to those who judge incidents or set it."""
    who.within(Action.JUDGE_INCIDENT)
    async with who.engine.connect() as conn:
        return Escalation(await escalate_after(conn, who.actor.tenant))


async def change_escalation(who: Caller, body: Escalation) -> None:
    """Set the tenant's rule."""
    who.require(Action.MANAGE_POLICY)
    async with who.engine.begin() as conn:
        await set_escalation(conn, who.actor.tenant, body.after_min)
        what, told = What.ESCALATION_CHANGED, {"after_min": body.after_min}
        await log.write(conn, who.actor.tenant, what, who.actor.member, told, who.now)

"""How one wants to be told of incidents: one's own choice, and nobody else's."""

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.problems import Problem
from hub.notifying import Notifications, whole
from storage.people.notifications import choose_notifications, notifications_of
from storage.proof import log
from storage.proof.log import What


async def notifications(who: Caller) -> Notifications:
    """On which ways one is told of which incidents, and when not."""
    who.require_own(Action.EDIT_PROFILE)
    member = who.actor.member
    async with who.engine.connect() as conn:
        return (await notifications_of(conn, who.actor.tenant, [member]))[member]


async def set_notifications(who: Caller, body: Notifications) -> None:
    """Choose all of it anew."""
    who.require_own(Action.EDIT_PROFILE)
    if not whole(body):
        raise Problem(problems.INVALID, what="$.quiet_from, $.quiet_to")
    tenant, member = who.actor.tenant, who.actor.member
    async with who.engine.begin() as conn:
        if body == (await notifications_of(conn, tenant, [member]))[member]:
            return
        await choose_notifications(conn, tenant, member, body)
        told = {"member": member, "changed": ["notifications"]}
        await log.write(conn, tenant, What.MEMBER_CHANGED, member, told, who.now)

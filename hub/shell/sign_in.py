"""`zaiseki member invite` and `unlock`: letting somebody in again from a shell."""

from hub.shell.task import Task
from storage.people.password_links import LIFE, PATHS, open_link
from storage.people.second_factors import forget_factors
from storage.people.sessions import revoke_sessions
from storage.proof.log import What


async def member_invite(task: Task) -> None:
    """A link with which a member chooses a password, to hand over."""
    tenant = await task.tenant()
    member = await task.member(tenant)
    token = await open_link(task.conn, tenant.id, member, "invitation", task.now)
    await task.log(tenant, What.INVITED, member=member, mailed=False)
    days = LIFE["invitation"].days
    print(f"for {task.options.login}, works once and for {days} days:")
    print(f"{task.hub_url}/{PATHS['invitation']}?token={token}")


async def member_unlock(task: Task) -> None:
    """Phone and recovery codes are lost: the password alone signs in until another app is set."""
    tenant = await task.tenant()
    member = await task.member(tenant)
    app, passkeys = await forget_factors(task.conn, member)
    await revoke_sessions(task.conn, member, task.now)
    if app:
        await task.log(tenant, What.TOTP_DISABLED, member=member, why="lost")
    if passkeys:
        await task.log(tenant, What.PASSKEY_REMOVED, member=member, why="lost")
    print(f"{task.options.login} has no second factor any more and is signed out everywhere")

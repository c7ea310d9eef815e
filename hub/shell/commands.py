"""What the administrator's commands do."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from hub.access import Role, Scope
from hub.identity import passwords
from hub.settings import WrongSetting, settings
from hub.shell.charters import CharterRefused, charter_publish, charter_show
from hub.shell.maintenance import (
    NotPlanned,
    maintenance_announce,
    maintenance_begin,
    maintenance_end,
    maintenance_list,
)
from hub.shell.sign_in import member_invite, member_unlock
from hub.shell.task import Failure, Task, password_of, tell
from hub.shell.tenants import (
    operator_add,
    operator_disable,
    operator_list,
    tenant_add,
    tenant_end,
    tenant_list,
    tenant_resume,
    tenant_seats,
    tenant_suspend,
)
from hub.shell.webhooks import (
    Refused,
    webhook_add,
    webhook_change,
    webhook_deliveries,
    webhook_delivery,
    webhook_disable,
    webhook_enable,
    webhook_list,
    webhook_remove,
    webhook_replay,
    webhook_rotate,
    webhook_test,
)
from storage import database
from storage.errors import Ambiguous, Conflict, Missing, Taken
from storage.people.groups import add_group, group_by_path, groups, path_of
from storage.people.members import (
    disable_member,
    enable_member,
    members,
    set_password,
)
from storage.people.telling import tell_members
from storage.proof.log import What
from storage.sealing.keys import Destroyed
from storage.sealing.masters import MasterProblem
from storage.seats.devices import add_device, devices, revoke_device
from storage.webhooks.events import UserDisabled, UserUpdated

FAILED = 1
WRONG_USE = 2  # as argparse has it


REFUSED = (
    Failure, CharterRefused, NotPlanned, Refused, Missing, Taken, Ambiguous, Conflict,
    database.DatabaseProblem,
)  # fmt: skip


def run_command(options: argparse.Namespace) -> int:
    """Do what was asked; failures are one line on standard error."""
    try:
        asyncio.run(_do(options))
    except WrongSetting as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return WRONG_USE
    except REFUSED as refused:
        print(f"zaiseki: {refused}", file=sys.stderr)
        return FAILED
    except (MasterProblem, Destroyed) as closed:
        print(f"zaiseki: {closed}", file=sys.stderr)
        return FAILED
    except passwords.WeakPassword as weak:
        print(f"zaiseki: {weak}; nothing was changed", file=sys.stderr)
        return FAILED
    return 0


async def _do(options: argparse.Namespace) -> None:
    known = settings(options, os.environ)
    url = known.database or database.embedded_url(known.state)
    if options.action in MAINTENANCE:
        await MAINTENANCE[options.action](url)
        return
    if known.database is None:
        await database.upgrade(url)
    else:
        await database.check_head(url)
    engine = database.engine(url)
    try:
        async with engine.begin() as conn:
            await ACTIONS[options.action](Task(options, known, conn, datetime.now(UTC)))
    except DBAPIError as wrong:
        raise database.unreachable(url, wrong) from None
    finally:
        await engine.dispose()


async def db_upgrade(url: str) -> None:
    await database.upgrade(url)
    print(f"the tables at {database.shown(url)} are up to date")


async def db_check(url: str) -> None:
    await database.check_head(url)
    print(f"the tables at {database.shown(url)} fit this zaiseki")


async def member_add(task: Task) -> None:
    await task.add_member(await task.tenant(), Role(task.options.role))


async def member_list(task: Task) -> None:
    tenant = await task.tenant()
    tree = await groups(task.conn, tenant.id)
    for member in await members(task.conn, Scope(tenant.id, everybody=True)):
        of = ", ".join(path_of(tree, group) for group in member.groups)
        state = "disabled" if member.disabled else "active"
        print(f"{member.id}\t{member.login}\t{member.name}\t{member.role}\t{state}\t{of}")


async def member_disable(task: Task) -> None:
    tenant = await task.tenant()
    member = await task.member(tenant)
    await disable_member(task.conn, tenant.id, member, task.now)
    await task.log(tenant, What.MEMBER_DISABLED, member=member)
    await tell_members(task.conn, tenant.id, UserDisabled, [member], task.now)
    print(f"{task.options.login} is signed out everywhere and cannot sign in any more")


async def member_enable(task: Task) -> None:
    tenant = await task.tenant()
    member = await task.member(tenant)
    await enable_member(task.conn, tenant.id, member)
    await task.log(tenant, What.MEMBER_ENABLED, member=member)
    await tell_members(task.conn, tenant.id, UserUpdated, [member], task.now)
    print(f"{task.options.login} can sign in again, and their devices report")


async def member_password(task: Task) -> None:
    tenant = await task.tenant()
    member = await task.member(tenant)
    password = password_of(task.options)
    await set_password(
        task.conn,
        tenant.id,
        member,
        passwords.hashed(password),
        task.now,
        must_change=not task.options.password_stdin,
    )
    await task.log(tenant, What.PASSWORD_SET, member=member)
    print(f"{task.options.login} has a new password and is signed out everywhere")
    tell(task.options, password)


async def group_add(task: Task) -> None:
    options, tenant = task.options, await task.tenant()
    name = task.name()
    if "/" in name:
        raise Failure("a group's name has no slash: give the group above it with --parent")
    parent = None
    if options.parent:
        parent = await group_by_path(task.conn, tenant.id, options.parent)
    group = await add_group(task.conn, tenant.id, name, parent)
    await task.log(tenant, What.GROUP_CREATED, group=group)
    print(f"group {group}: {name}")


async def group_list(task: Task) -> None:
    tree = await groups(task.conn, (await task.tenant()).id)
    for path, group in sorted((path_of(tree, group), group) for group in tree):
        print(f"{group}\t{path}")


async def device_add(task: Task) -> None:
    tenant = await task.tenant()
    member = await task.member(tenant)
    made = await add_device(task.conn, tenant.id, member, task.name(), task.now)
    await task.log(tenant, What.DEVICE_CREATED, device=made.id, member=member)
    print(f"device {made.id} of {task.options.login}; its token is shown this once. On that PC:")
    print(f"ZAISEKI_TOKEN={made.token} zaiseki agent run --hub {task.hub_url} --source 0")


async def device_list(task: Task) -> None:
    for device in await devices(task.conn, Scope((await task.tenant()).id, everybody=True)):
        state = "revoked" if device.revoked else "active"
        print(f"{device.id}\t{device.login}\t{device.name}\t{device.kind}\t{state}")


async def device_revoke(task: Task) -> None:
    tenant = await task.tenant()
    await revoke_device(task.conn, Scope(tenant.id, everybody=True), task.options.device, task.now)
    await task.log(tenant, What.DEVICE_REVOKED, device=task.options.device)
    print(f"device {task.options.device} is revoked")


MAINTENANCE: dict[str, Callable[[str], Awaitable[None]]] = {
    "db_upgrade": db_upgrade,
    "db_check": db_check,
}
ACTIONS: dict[str, Callable[[Task], Awaitable[None]]] = {
    action.__name__: action
    for action in (
        tenant_add, tenant_list, tenant_suspend, tenant_resume, tenant_end, tenant_seats,
        operator_add, operator_list, operator_disable,
        member_add, member_list, member_disable, member_enable, member_password,
        member_invite, member_unlock,
        group_add, group_list,
        device_add, device_list, device_revoke,
        charter_publish, charter_show,
        maintenance_announce, maintenance_begin, maintenance_end, maintenance_list,
        webhook_add, webhook_change, webhook_list, webhook_remove, webhook_rotate, webhook_test,
        webhook_enable, webhook_disable, webhook_deliveries, webhook_delivery, webhook_replay,
    )
}  # fmt: skip

"""`zaiseki tenant` and `zaiseki operator`: contracts, and the people who run the installation."""

from collections.abc import Mapping

from hub.access import Role, Scope
from hub.shell.task import Task
from storage.errors import Missing
from storage.people.members import disable_member, member_by_login, members
from storage.people.tenants import (
    TenantRow,
    TenantState,
    create_tenant,
    limit_seats,
    operators_home,
    seats_of,
    set_state,
    tenant_by_system_id,
    tenants,
)
from storage.proof import log
from storage.proof.log import What

HOME = "運用者 / Operators"


async def tenant_add(task: Task) -> None:
    options = task.options
    made = await create_tenant(task.conn, task.name(), task.now, seat_limit=options.seats)
    if options.before_start:
        await set_state(task.conn, made.id, TenantState.BEFORE_START, "", task.now)
    told = {"tenant": made.id, "seat_limit": options.seats}
    await _log(task, What.TENANT_CREATED, made.id, told)
    print(f"{made.system_id}\t{made.name}")


async def tenant_list(task: Task) -> None:
    rows = await tenants(task.conn)
    seats = await seats_of(task.conn, [row.id for row in rows])
    for row in rows:
        of = "" if row.seat_limit is None else f"/{row.seat_limit}"
        state = f"{row.state} ({row.reason})" if row.reason else row.state
        print(f"{row.system_id}\t{row.name}\t{state}\t{seats.get(row.id, 0)}{of}")


async def tenant_suspend(task: Task) -> None:
    tenant = await _becomes(task, TenantState.SUSPENDED, What.TENANT_SUSPENDED)
    print(f"{tenant.name}: nobody and no device gets in until it is resumed; the data stays")


async def tenant_resume(task: Task) -> None:
    tenant = await _becomes(task, TenantState.ACTIVE, What.TENANT_ACTIVATED)
    print(f"{tenant.name}: people and devices get in")


async def tenant_end(task: Task) -> None:
    tenant = await _becomes(task, TenantState.ENDED, What.TENANT_ENDED)
    print(f"{tenant.name}: the contract has ended and nobody gets in; a month later all is erased")


async def tenant_seats(task: Task) -> None:
    tenant, seats = await _tenant(task), task.options.seats
    await limit_seats(task.conn, tenant.id, seats)
    told = {"tenant": tenant.id, "seat_limit": [tenant.seat_limit, seats]}
    await _log(task, What.TENANT_CHANGED, tenant.id, told)
    print(f"{tenant.name}: {'no limit of seats' if seats is None else f'{seats} seats'}")


async def operator_add(task: Task) -> None:
    home = await operators_home(task.conn)
    if home is None:
        home = await create_tenant(task.conn, HOME, task.now, operators=True)
    await task.add_member(home, Role.OPERATOR)


async def operator_list(task: Task) -> None:
    home = await operators_home(task.conn)
    everybody = Scope(home.id, everybody=True) if home else None
    for row in await members(task.conn, everybody) if everybody else ():
        print(f"{row.login}\t{row.name}\t{'disabled' if row.disabled else 'active'}")


async def operator_disable(task: Task) -> None:
    home, login = await operators_home(task.conn), task.options.login
    member = await member_by_login(task.conn, home.id, login) if home else None
    if home is None or member is None:
        raise Missing("operator", login)
    await disable_member(task.conn, home.id, member, task.now)
    await log.write(
        task.conn, home.id, What.MEMBER_DISABLED, None, {"member": member, "by": "command"},
        task.now,
    )  # fmt: skip
    print(f"{login} is signed out everywhere and cannot sign in any more")


async def _becomes(task: Task, state: TenantState, what: What) -> TenantRow:
    tenant, reason = await _tenant(task), task.options.reason
    await set_state(task.conn, tenant.id, state, reason, task.now)
    told = {"tenant": tenant.id, "state": [tenant.state, state], "reason": reason}
    await _log(task, what, tenant.id, told)
    return tenant


async def _tenant(task: Task) -> TenantRow:
    system_id = task.options.system_id
    found = await tenant_by_system_id(task.conn, system_id)
    if found is None or found.operators:
        raise Missing("tenant", system_id)
    return found


async def _log(task: Task, what: What, tenant: int, told: Mapping[str, object]) -> None:
    """The customer's log and the installation's: a shell tells no name of whoever used it."""
    for home in (tenant, None):
        await log.write(task.conn, home, what, None, {**told, "by": "command"}, task.now)

"""The customers: their contracts' state, and the count of changes in each one's directory."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Sharing
from storage.errors import Conflict, Missing, Rule
from storage.models.people import Member, Tenant

SYSTEM_ID_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # read out on the phone: no 0/O, 1/I/L
SYSTEM_ID_LENGTH = 8  # 8 of 31 letters: 8.5e11 ids, so a collision is a retry nobody ever sees


WORK_FROM = "device"  # where a seat's `work` comes from by default
BY_PUNCH = "punch"  # or from punches alone


class TenantState(StrEnum):
    """Before its start a tenant is prepared by its people, and no device reports."""

    BEFORE_START = "before_start"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


PAUSED = (TenantState.BEFORE_START, TenantState.SUSPENDED)  # devices come back by themselves
OPEN_TO_PEOPLE = Tenant.state.in_((TenantState.BEFORE_START, TenantState.ACTIVE))
OPEN_TO_DEVICES = Tenant.state == TenantState.ACTIVE


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to reach about the contract (管理者: name, department, e-mail)."""

    name: str = ""
    department: str = ""
    email: str = ""
    phone: str = ""


NOBODY = Contact()


@dataclass(frozen=True, slots=True)
class TenantRow:
    """`operators`: no customer, but the home of those who run the installation."""

    id: int
    system_id: str
    name: str
    work_from: str
    created_at: datetime
    operators: bool = False
    state: TenantState = TenantState.ACTIVE
    reason: str = ""
    seat_limit: int | None = None
    contact: Contact = NOBODY
    sharing: Sharing = Sharing.GROUPS


async def create_tenant(
    conn: AsyncConnection,
    name: str,
    now: datetime,
    *,
    seat_limit: int | None = None,
    contact: Contact = NOBODY,
    operators: bool = False,
) -> TenantRow:
    """A new customer with a new システムID, and nobody in it yet."""
    system_id = "".join(secrets.choice(SYSTEM_ID_LETTERS) for _ in range(SYSTEM_ID_LENGTH))
    row = insert(Tenant).values(
        system_id=system_id,
        name=name,
        work_from=WORK_FROM,
        seat_limit=seat_limit,
        operators=operators,
        created_at=now,
        **_columns(contact),
    )
    await conn.execute(row)
    return _row((await conn.execute(_ROW.where(Tenant.system_id == system_id))).one())


async def tenants(conn: AsyncConnection) -> list[TenantRow]:
    """The customers, the oldest first."""
    return [_row(row) for row in await conn.execute(_CUSTOMERS.order_by(Tenant.id))]


async def tenant_page(
    conn: AsyncConnection, after: int, limit: int, words: str = ""
) -> list[TenantRow]:
    """Customers beyond an id, the oldest first; `words` is part of a name or the system ID."""
    wanted = _CUSTOMERS.where(Tenant.id > after).order_by(Tenant.id).limit(limit)
    if words:
        named = Tenant.name.icontains(words, autoescape=True)
        wanted = wanted.where(named | (Tenant.system_id == words.strip().upper()))
    return [_row(row) for row in await conn.execute(wanted)]


async def tenant(conn: AsyncConnection, tenant_id: int) -> TenantRow:
    """Raise Missing if there is none."""
    found = (await conn.execute(_ROW.where(Tenant.id == tenant_id))).one_or_none()
    if found is None:
        raise Missing("tenant", str(tenant_id))
    return _row(found)


async def customer(conn: AsyncConnection, tenant_id: int) -> TenantRow:
    """The same, for whoever may act on customers only."""
    found = await tenant(conn, tenant_id)
    if found.operators:
        raise Missing("tenant", str(tenant_id))
    return found


async def any_tenant(conn: AsyncConnection) -> bool:
    """Whether anybody is at home here: customers, or operators."""
    return bool((await conn.execute(select(exists(select(Tenant.id))))).scalar_one())


async def only_tenant(conn: AsyncConnection) -> TenantRow | None:
    """The tenant of an installation that has exactly one customer."""
    rows = (await conn.execute(_CUSTOMERS.limit(2))).all()
    return _row(rows[0]) if len(rows) == 1 else None


async def operators_home(conn: AsyncConnection) -> TenantRow | None:
    """Where the operators of the installation are members, once there are any."""
    found = (await conn.execute(_ROW.where(Tenant.operators).limit(1))).one_or_none()
    return _row(found) if found else None


async def tenant_by_system_id(conn: AsyncConnection, system_id: str) -> TenantRow | None:
    found = await conn.execute(_ROW.where(Tenant.system_id == system_id.strip().upper()))
    row = found.one_or_none()
    return _row(row) if row else None


async def edit_tenant(
    conn: AsyncConnection,
    tenant_id: int,
    *,
    name: str | None = None,
    work_from: str | None = None,
    sharing: Sharing | None = None,
    contact: Contact | None = None,
) -> None:
    """Change what is given; raise Missing if there is no such tenant."""
    await directory_changes(conn, tenant_id)
    values = {
        "name": name,
        "work_from": work_from,
        "sharing": sharing,
        **(_columns(contact) if contact else {}),
    }
    given = {column: value for column, value in values.items() if value is not None}
    if given:
        await conn.execute(update(Tenant).where(Tenant.id == tenant_id).values(**given))


async def limit_seats(conn: AsyncConnection, tenant_id: int, limit: int | None) -> None:
    """How many active accounts the contract has; those above it stay, and none is added."""
    await directory_changes(conn, tenant_id)
    await conn.execute(update(Tenant).where(Tenant.id == tenant_id).values(seat_limit=limit))


async def set_state(
    conn: AsyncConnection, tenant_id: int, state: TenantState, reason: str, now: datetime
) -> None:
    """Nodes learn of it with the directory's next version, and let nobody stay who may not.

    Saying it again changes the reason, and not since when.
    """
    await directory_changes(conn, tenant_id)
    one = update(Tenant).where(Tenant.id == tenant_id)
    await conn.execute(one.where(Tenant.state != state).values(state_since=now))
    await conn.execute(one.values(state=state, state_reason=reason))


async def seats_taken(conn: AsyncConnection, tenant_id: int) -> int:
    """How many accounts are active."""
    wanted = select(func.count()).where(Member.tenant_id == tenant_id, Member.disabled_at.is_(None))
    return int((await conn.execute(wanted)).scalar_one())


async def seats_of(conn: AsyncConnection, ids: list[int]) -> dict[int, int]:
    """The same for several tenants; one with nobody in it is left out."""
    wanted = (
        select(Member.tenant_id, func.count().label("seats"))
        .where(Member.tenant_id.in_(ids), Member.disabled_at.is_(None))
        .group_by(Member.tenant_id)
    )
    return {row.tenant_id: row.seats for row in await conn.execute(wanted)}


async def require_seat(conn: AsyncConnection, tenant_id: int) -> None:
    """Raise Conflict once the contract's last seat is taken; call it after the row is written."""
    limit = (await tenant(conn, tenant_id)).seat_limit
    if limit is not None and await seats_taken(conn, tenant_id) > limit:
        raise Conflict(Rule.SEATS_TAKEN, str(limit))


async def directory_changes(conn: AsyncConnection, tenant_id: int) -> None:
    """Count a change of members, groups, rights or devices, in the transaction that makes it.

    Called first, it also makes changes of one tenant wait for each other on every database.
    """
    counted = update(Tenant).where(Tenant.id == tenant_id).values(directory=Tenant.directory + 1)
    if (await conn.execute(counted)).rowcount != 1:
        raise Missing("tenant", str(tenant_id))


def _columns(contact: Contact) -> dict[str, str]:
    return {
        "contact_name": contact.name,
        "contact_department": contact.department,
        "contact_email": contact.email,
        "contact_phone": contact.phone,
    }


def _row(row: Row[*tuple[Any, ...]]) -> TenantRow:
    return TenantRow(
        id=row.id,
        system_id=row.system_id,
        name=row.name,
        work_from=row.work_from,
        operators=row.operators,
        state=TenantState(row.state),
        reason=row.state_reason,
        seat_limit=row.seat_limit,
        contact=Contact(
            row.contact_name, row.contact_department, row.contact_email, row.contact_phone
        ),
        created_at=row.created_at,
        sharing=Sharing(row.sharing),
    )


_ROW = select(
    Tenant.id,
    Tenant.system_id,
    Tenant.name,
    Tenant.work_from,
    Tenant.operators,
    Tenant.state,
    Tenant.state_reason,
    Tenant.seat_limit,
    Tenant.contact_name,
    Tenant.contact_department,
    Tenant.contact_email,
    Tenant.contact_phone,
    Tenant.sharing,
    Tenant.created_at,
)
_CUSTOMERS = _ROW.where(Tenant.operators.is_(False))

"""One's own tenant, for those who manage it; and all customers, for who runs the installation."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action, Role, Sharing
from hub.http.callers import Caller
from hub.http.fields import Id, Line, Login, Name, login_of, seconds
from hub.identity import passwords
from storage.people.members import add_member
from storage.people.tenants import (
    NOBODY,
    Contact,
    TenantRow,
    TenantState,
    create_tenant,
    customer,
    edit_tenant,
    limit_seats,
    seats_of,
    seats_taken,
    set_state,
    tenant_page,
)
from storage.people.tenants import tenant as tenant_of
from storage.proof import log
from storage.proof.log import What

PAGE = 100
PAGE_MAX = 500

Seats = Annotated[int, Meta(ge=1, le=1_000_000)]
Phone = Annotated[str, Meta(max_length=50, pattern=r"^[0-9+\-() ]*$")]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
NoneOrEmail = Annotated[
    str, Meta(max_length=254, pattern=r"^([^\x00-\x20\x7f@]+@[^\x00-\x20\x7f@]+)?$")
]

WORD = {
    TenantState.BEFORE_START: What.TENANT_CHANGED,
    TenantState.ACTIVE: What.TENANT_ACTIVATED,
    TenantState.SUSPENDED: What.TENANT_SUSPENDED,
    TenantState.ENDED: What.TENANT_ENDED,
}


class ContactCard(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to reach about the contract: name, department, e-mail and phone."""

    name: Line = ""
    department: Line = ""
    email: NoneOrEmail = ""
    phone: Phone = ""


class TenantRecord(Struct, frozen=True, omit_defaults=True):
    """`seats` counts the active accounts; without a `seat_limit` the contract has no limit.

    `sharing` is with whom people share their status and task.
    """

    system_id: str
    name: str
    state: TenantState
    work_from: str
    sharing: Sharing
    seats: int
    contact: ContactCard
    seat_limit: int | None = None


class OwnTenantEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays. `work_from`: whether a seat's work comes from devices or punches."""

    name: Name | None = None
    work_from: Literal["device", "punch"] | None = None
    sharing: Sharing | None = None
    contact: ContactCard | None = None


class TenantItem(Struct, frozen=True, omit_defaults=True):
    """What the operator knows of a customer; `reason` is why the state is what it is."""

    id: int
    system_id: str
    name: str
    state: TenantState
    seats: int
    contact: ContactCard
    created_at: float
    seat_limit: int | None = None
    reason: str = ""


class TenantPage(Struct, frozen=True, omit_defaults=True):
    """The oldest first; `next` is the cursor of the following page, if there is one."""

    items: list[TenantItem]
    next: str | None = None


class TenantQuery(Struct, frozen=True):
    """`q` is part of a name, or a system ID; `cursor` is the `next` of the page before."""

    q: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = PAGE
    cursor: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


class Administrator(Struct, frozen=True, forbid_unknown_fields=True):
    login: Login
    name: Name


class NewTenant(Struct, frozen=True, forbid_unknown_fields=True):
    """A customer and its first administrator. Until it is `active` no device reports."""

    name: Name
    administrator: Administrator
    seat_limit: Seats | None = None
    contact: ContactCard = ContactCard()
    state: Literal["before_start", "active"] = "active"


class CreatedTenant(Struct, frozen=True):
    """The administrator's password is told this once; another is chosen at the first sign-in."""

    id: int
    system_id: str
    password: str


class TenantPath(Struct, frozen=True):
    tenant: Id


class TenantEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays; a `seat_limit` of null is none."""

    name: Name | None = None
    contact: ContactCard | None = None
    seat_limit: Seats | UnsetType | None = UNSET


class NewState(Struct, frozen=True, forbid_unknown_fields=True):
    """Suspended and ended tenants let nobody in; data stays as it is."""

    state: TenantState
    reason: Reason


async def own_tenant(who: Caller) -> TenantRecord:
    """The caller's own tenant, with its contact record."""
    who.require(Action.SEE_TENANT)
    async with who.engine.connect() as conn:
        return await _own(conn, who.actor.tenant)


async def edit_own_tenant(who: Caller, body: OwnTenantEdit) -> TenantRecord:
    """Change the name, the contact record, where work comes from, or with whom people share."""
    who.require(Action.MANAGE_TENANT)
    async with who.engine.begin() as conn:
        before = await tenant_of(conn, who.actor.tenant)
        await edit_tenant(
            conn,
            before.id,
            name=body.name,
            work_from=body.work_from,
            sharing=body.sharing,
            contact=_contact(body.contact),
        )
        told = changes(before, await tenant_of(conn, before.id))
        await log.write(conn, before.id, What.TENANT_CHANGED, who.actor.member, told, who.now)
        return await _own(conn, before.id)


async def tenants(who: Caller, query: TenantQuery) -> TenantPage:
    """A page of the installation's customers: their contracts, nothing of their people."""
    _require_operator(who)
    async with who.engine.connect() as conn:
        rows = await tenant_page(conn, query.cursor, query.limit + 1, query.q)
        seats = await seats_of(conn, [row.id for row in rows])
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    items = [_item(row, seats.get(row.id, 0)) for row in shown]
    return TenantPage(items, str(shown[-1].id) if more else None)


async def one_tenant(who: Caller, path: TenantPath) -> TenantItem:
    """One customer's contract."""
    _require_operator(who)
    async with who.engine.connect() as conn:
        row = await customer(conn, path.tenant)
        seats = await seats_of(conn, [row.id])
    return _item(row, seats.get(row.id, 0))


async def open_tenant(who: Caller, body: NewTenant) -> CreatedTenant:
    """Create a customer and its first administrator."""
    _require_operator(who)
    password = passwords.generated()
    password_hash = await passwords.hash_aside(password)
    contact = _contact(body.contact) or NOBODY
    async with who.engine.begin() as conn:
        made = await create_tenant(
            conn, body.name, who.now, seat_limit=body.seat_limit, contact=contact
        )
        if body.state != made.state:
            await set_state(conn, made.id, TenantState(body.state), "", who.now)
        await add_member(
            conn,
            made.id,
            login=login_of(body.administrator.login),
            name=body.administrator.name,
            role=Role.ADMINISTRATOR,
            password_hash=password_hash,
            now=who.now,
            must_change=True,
        )
        told = {"tenant": made.id, "seat_limit": body.seat_limit, "state": body.state}
        await _log(who, conn, What.TENANT_CREATED, made.id, told)
    return CreatedTenant(made.id, made.system_id, password)


async def change_tenant(who: Caller, path: TenantPath, body: TenantEdit) -> None:
    """Change a customer's name, contact record or number of seats."""
    _require_operator(who)
    async with who.engine.begin() as conn:
        before = await customer(conn, path.tenant)
        await edit_tenant(conn, before.id, name=body.name, contact=_contact(body.contact))
        if body.seat_limit is not UNSET:
            await limit_seats(conn, before.id, body.seat_limit)
        told = changes(before, await tenant_of(conn, before.id))
        await _log(who, conn, What.TENANT_CHANGED, before.id, told)


async def change_state(who: Caller, path: TenantPath, body: NewState) -> None:
    """Start, suspend, resume or end a customer's contract."""
    _require_operator(who)
    async with who.engine.begin() as conn:
        before = await customer(conn, path.tenant)
        await set_state(conn, before.id, body.state, body.reason, who.now)
        told = {"tenant": before.id, "state": [before.state, body.state], "reason": body.reason}
        await _log(who, conn, WORD[body.state], before.id, told)


def changes(before: TenantRow, after: TenantRow) -> dict[str, object]:
    """What the log keeps of a change: settings from and to, of the contact only what changed."""
    told: dict[str, object] = {"tenant": after.id}
    for one in ("name", "work_from", "sharing", "seat_limit"):
        was, now = getattr(before, one), getattr(after, one)
        if was != now:
            told[one] = [was, now]
    parts = ("name", "department", "email", "phone")
    contact = [one for one in parts if getattr(before.contact, one) != getattr(after.contact, one)]
    return told | ({"contact": contact} if contact else {})


def _require_operator(who: Caller) -> None:
    who.within(Action.OPERATE_TENANTS)


async def _log(
    who: Caller, conn: AsyncConnection, what: What, tenant: int, told: Mapping[str, object]
) -> None:
    """Both logs have it: the operators' with who did it, the customer's that the operator did."""
    await log.write(conn, who.actor.tenant, what, who.actor.member, told, who.now)
    await log.write(conn, tenant, what, None, {**told, "by": "operator"}, who.now)


async def _own(conn: AsyncConnection, tenant: int) -> TenantRecord:
    row = await tenant_of(conn, tenant)
    return TenantRecord(
        system_id=row.system_id,
        name=row.name,
        state=row.state,
        work_from=row.work_from,
        sharing=row.sharing,
        seats=await seats_taken(conn, tenant),
        contact=_card(row.contact),
        seat_limit=row.seat_limit,
    )


def _item(row: TenantRow, seats: int) -> TenantItem:
    return TenantItem(
        id=row.id,
        system_id=row.system_id,
        name=row.name,
        state=row.state,
        seats=seats,
        contact=_card(row.contact),
        created_at=seconds(row.created_at),
        seat_limit=row.seat_limit,
        reason=row.reason,
    )


def _card(contact: Contact) -> ContactCard:
    return ContactCard(contact.name, contact.department, contact.email, contact.phone)


def _contact(card: ContactCard | None) -> Contact | None:
    if card is None:
        return None
    return Contact(card.name, card.department, card.email, card.phone)

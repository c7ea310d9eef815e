"""The people of a tenant."""

from msgspec import Struct

from hub import passwords
from hub.access import Action, Role, scope
from hub.http.fields import Id, Login, Name, login_of
from hub.http.rest import Caller
from storage.members import MemberRow, add_member, disable_member
from storage.members import members as listed


class MemberItem(Struct, frozen=True, omit_defaults=True):
    """`groups` they are in; `supervises` as given, what is below a group comes with it."""

    id: int
    login: str
    name: str
    role: Role
    locale: str
    disabled: bool = False
    groups: tuple[int, ...] = ()
    supervises: tuple[int, ...] = ()


class Members(Struct, frozen=True):
    items: list[MemberItem]


class NewMember(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a password, one is made up and told once in the answer."""

    login: Login
    name: Name
    role: Role = Role.WORKER
    groups: tuple[Id, ...] = ()
    supervises: tuple[Id, ...] = ()
    password: str | None = None


class CreatedMember(Struct, frozen=True, omit_defaults=True):
    id: int
    password: str | None = None


class MemberPath(Struct, frozen=True):
    member: Id


async def members(who: Caller) -> Members:
    """Everybody whom the caller may see."""
    async with who.engine.connect() as conn:
        rows = await listed(conn, scope(who.actor, Action.SEE_MEMBER))
    return Members([_item(row) for row in rows])


async def create_member(who: Caller, body: NewMember) -> CreatedMember:
    """Give somebody a login."""
    who.require(Action.MANAGE_MEMBERS)
    password = body.password or passwords.generated()
    passwords.check(password, body.login)
    password_hash = await passwords.hash_aside(password)
    async with who.engine.begin() as conn:
        member = await add_member(
            conn,
            who.actor.tenant,
            login=login_of(body.login),
            name=body.name,
            role=body.role,
            password_hash=password_hash,
            now=who.now,
            groups=body.groups,
            supervises=body.supervises,
        )
    return CreatedMember(member, None if body.password else password)


async def disable(who: Caller, path: MemberPath) -> None:
    """Take away the login, the sessions and the devices' access of somebody."""
    who.require(Action.MANAGE_MEMBERS)
    async with who.engine.begin() as conn:
        await disable_member(conn, who.actor.tenant, path.member, who.now)


def _item(row: MemberRow) -> MemberItem:
    return MemberItem(
        id=row.id,
        login=row.login,
        name=row.name,
        role=row.role,
        locale=row.locale,
        disabled=row.disabled,
        groups=row.groups,
        supervises=row.supervises,
    )

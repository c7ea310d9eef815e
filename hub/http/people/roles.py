"""What each role may do, and to whom: the matrix of rights as a table, the same for everybody."""

from enum import StrEnum

from msgspec import Struct

from hub.access import Action, Reach, Role, reach
from hub.http.callers import Caller


class Whom(StrEnum):
    """To whom a role may do something; `tenant` is everybody of it and the tenant as a whole."""

    ONESELF = "oneself"
    COLLEAGUES = "colleagues"
    SUPERVISED = "supervised"
    TENANT = "tenant"
    INSTALLATION = "installation"


class Right(Struct, frozen=True):
    role: Role
    whom: list[Whom]


class ActionRights(Struct, frozen=True):
    """Roles that may do it to nobody are left out."""

    action: Action
    rights: list[Right]


class Roles(Struct, frozen=True):
    items: list[ActionRights]


WHOM = {
    Reach.OWN: Whom.ONESELF,
    Reach.COLLEAGUES: Whom.COLLEAGUES,
    Reach.TEAM: Whom.SUPERVISED,
    Reach.TENANT: Whom.TENANT,
    Reach.INSTALLATION: Whom.INSTALLATION,
}


async def roles(who: Caller) -> Roles:
    """Everything that rights are asked for, and who has them."""
    return Roles([ActionRights(action, rights_to(action)) for action in Action])


def rights_to(action: Action) -> list[Right]:
    far = {role: reach(role, action) for role in Role}
    return [Right(role, [WHOM[part] for part in parts]) for role, parts in far.items() if parts]

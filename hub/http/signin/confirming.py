"""What must hold before somebody changes how they sign in."""

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.problems import Problem
from hub.identity.signing_in import Standing
from storage.people.sessions import CONFIRMED_FOR
from storage.people.standing import standing_of


def is_confirmed(who: Caller) -> bool:
    """Whether the person behind the session has shown who they are a short time ago."""
    confirmed_at = who.signed_in.confirmed_at
    return confirmed_at is not None and who.now - confirmed_at < CONFIRMED_FOR


def require_confirmed(who: Caller) -> None:
    """Raise the problem CONFIRMATION_NEEDED: a screen left open must not change a sign-in.

    Nor may a program that acts for somebody: then it is NOT_ALLOWED.
    """
    who.require_own(Action.MANAGE_CREDENTIALS)
    if not is_confirmed(who):
        raise Problem(problems.CONFIRMATION_NEEDED)


async def own_standing(who: Caller, conn: AsyncConnection) -> Standing:
    standing = await standing_of(conn, who.actor.tenant, who.actor.member)
    if standing is None:
        raise Problem(problems.NOT_SIGNED_IN)
    return standing


async def keep_required(who: Caller, conn: AsyncConnection) -> None:
    """After a change: raise the problem SECOND_FACTOR_REQUIRED if the last one would be gone."""
    standing = await own_standing(who, conn)
    if standing.required and not standing.protected:
        raise Problem(problems.SECOND_FACTOR_REQUIRED)

"""At every door: is the hub in maintenance, and does a tenant let anybody in from there?"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.http import problems
from hub.http.callers import Caller, Visitor
from hub.http.contracts import Operation
from hub.http.problems import Problem
from hub.http.signin.throttle import Throttle, site
from hub.limits import CountryOf, Limits, countries, lets_in
from hub.live.servers import Servers
from hub.maintenance import retry_after_s
from hub.notifying import JAPAN
from hub.settings import Settings
from storage.proof import log

# While one runs: who is signed in is asked by every open page, and operators have to sign in.
IN_MAINTENANCE, SIGN_IN = "/api/v1/maintenance", "/api/v1/session"


def outside_maintenance(visitor: Visitor, operation: Operation) -> None:
    """Raise the problem MAINTENANCE while a window runs, for all but who runs the installation.

    To be asked before and after it is known who asks: a record that is away is not asked for it.
    """
    window = visitor.upkeep.runs
    if window is None or _goes_on(visitor, operation):
        return
    wait_s = retry_after_s(window, visitor.now)
    until = f"{window.ends_at.astimezone(JAPAN):%Y-%m-%d %H:%M} JST"
    raise Problem(problems.MAINTENANCE, what=until, headers={"Retry-After": str(wait_s)})


def _goes_on(visitor: Visitor, operation: Operation) -> bool:
    if isinstance(visitor, Caller):
        signed_in = visitor.actor.role is Role.OPERATOR
    else:
        signed_in = operation.contract.signed_in  # it will be asked again when that is known
    path = operation.path
    sign_in = path == SIGN_IN or path.startswith(f"{SIGN_IN}/")
    return signed_in or sign_in or path == IN_MAINTENANCE


def countries_of(settings: Settings) -> CountryOf | None:
    """How to tell an address's country, where the hub has a file of them."""
    return countries(settings.geoip) if settings.geoip else None


async def within_limits(
    engine: AsyncEngine,
    servers: Servers,
    settings: Settings,
    limits: Limits,
    tenant: int,
    member: int,
    address: str,
    now: datetime,
) -> None:
    """Raise the problem OUTSIDE_LIMITS; it is logged once in a while, not with every try."""
    country_of = countries_of(settings)
    if lets_in(limits, address, country_of):
        return
    key = f"{{{tenant}}}:outside:{member}:{site(address)}"
    if await Throttle(servers).over(key, 1) is None:
        country = country_of(address) if country_of else None
        subject = {"member": member, "address": address, "country": country}
        async with engine.begin() as conn:
            await log.write(conn, tenant, log.What.OUTSIDE_LIMITS, None, subject, now)
    raise Problem(problems.OUTSIDE_LIMITS, what=address)

"""At every door, once it is known who comes: is it from where their tenant lets anybody in?"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.http import problems
from hub.http.problems import Problem
from hub.http.signin.throttle import Throttle, site
from hub.limits import CountryOf, Limits, countries, lets_in
from hub.live.servers import Servers
from hub.settings import Settings
from storage.proof import log


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

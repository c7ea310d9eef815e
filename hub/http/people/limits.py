"""From where a tenant's people, devices and programs may come: set here, asked at every door."""

from ipaddress import ip_network
from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.doors import countries_of
from hub.http.problems import Problem
from hub.limits import Limits, lets_in
from storage.people import limits as record
from storage.proof import log

NETWORKS_MAX = 200

Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Network = Annotated[str, Meta(min_length=2, max_length=64)]


class LimitsAnswer(Struct, frozen=True, omit_defaults=True):
    """`geoip` if the hub knows countries; `address` and `country` are where the caller is now.

    Without `countries` and networks it is Japan alone, where the hub knows countries.
    """

    networks: list[str]
    geoip: bool
    address: str
    countries: list[str] | None = None
    country: str | None = None


class NewLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Networks in CIDR notation are let in, and addresses of the countries (ISO 3166-1)."""

    networks: Annotated[tuple[Network, ...], Meta(max_length=NETWORKS_MAX)] = ()
    countries: Annotated[tuple[Country, ...], Meta(max_length=300)] | None = None


async def limits(who: Caller) -> LimitsAnswer:
    """From where the tenant lets anybody in, and where the caller is."""
    who.require(Action.MANAGE_SIGN_IN)
    async with who.engine.connect() as conn:
        found = await record.limits_of(conn, who.actor.tenant)
    country_of = countries_of(who.settings)
    return LimitsAnswer(
        list(map(str, found.networks)),
        country_of is not None,
        who.address,
        None if found.countries is None else sorted(found.countries),
        country_of(who.address) if country_of else None,
    )


async def set_limits(who: Caller, body: NewLimits) -> None:
    """Change it, though not so that the caller is shut out."""
    who.require(Action.MANAGE_SIGN_IN)
    try:
        networks = tuple(ip_network(one, strict=False) for one in body.networks)
    except ValueError as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None
    asked = body.countries
    wanted = Limits(networks, None if asked is None else frozenset(asked))
    if not lets_in(wanted, who.address, countries_of(who.settings)):
        raise Problem(problems.LOCKS_OUT, what=who.address)
    tenant = who.actor.tenant
    async with who.engine.begin() as conn:
        await record.set_limits(conn, tenant, wanted)
        subject: dict[str, object] = {
            "networks": list(map(str, networks)), "countries": list(asked or ()),
        }  # fmt: skip
        what = log.What.LIMITS_CHANGED
        await log.write(conn, tenant, what, who.actor.member, subject, who.now)

"""From where a tenant lets anybody in: networks and countries (R63)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path

import maxminddb

HOME = frozenset({"JP"})  # where the service may be used from, if nobody has said otherwise

CountryOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """`networks` are always let in; `countries`, if not None, too, and nobody else."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    countries: frozenset[str] | None = None


def lets_in(limits: Limits, address: str, country_of: CountryOf | None) -> bool:
    """`country_of` is None where the hub has no file of countries: then only networks count.

    An address that is not public (RFC 6890) is of no country, so of no other country.
    """
    known = parsed(address)
    if known is None or any(known in network for network in limits.networks):
        return True  # what has no address, such as a socket of this machine, came from nowhere
    countries = limits.countries
    if countries is None and not limits.networks:
        countries = HOME
    if country_of is None:
        return not limits.networks
    if countries is None:
        return False
    return not known.is_global or country_of(address) in countries


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@cache
def countries(file: Path) -> CountryOf:
    """Looks addresses up in a MaxMind DB file of countries (GeoLite2, DB-IP, ...).

    Raise OSError or maxminddb.InvalidDatabaseError for a file that is none.
    """
    reader = maxminddb.open_database(file)

    def country_of(address: str) -> str | None:
        found = reader.get(address)
        country = found.get("country") if isinstance(found, dict) else None
        code = country.get("iso_code") if isinstance(country, dict) else None
        return code if isinstance(code, str) else None

    return country_of

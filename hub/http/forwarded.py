"""Where a request comes from: its peer, or what a proxy that we trust says of whom it serves."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]
Headers = Iterable[tuple[bytes, bytes]]

FOR, PROTO = b"x-forwarded-for", b"x-forwarded-proto"
SECURE = {"http": False, "ws": False, "https": True, "wss": True}
HOPS_MAX = 20  # of one request; whoever sends more wants to keep us busy
IPV6_SITE_BITS = 64  # RFC 4291 2.5.4: one subscriber owns all addresses below


@dataclass(frozen=True, slots=True)
class Origin:
    """`address` is the client's as text; `local` says that nobody else's network was between."""

    address: str
    secure: bool
    local: bool


def origin(peer: str, secure: bool, headers: Headers, trusted: Networks) -> Origin:
    """From the right, the first address that is no trusted proxy's is the client's.

    What anybody else forwards is not believed. A forwarding header of a peer on this machine
    shows a proxy that nobody has named: then the client is not on this machine.
    """
    said = [value.decode("latin-1") for name, value in headers if name == FOR]
    protos = [value.decode("latin-1") for name, value in headers if name == PROTO]
    known = parsed(peer)
    if known is None or not _in(known, trusted):
        loopback = known is not None and known.is_loopback
        return Origin(peer, secure, loopback and not said and not protos)
    hops = [parsed(hop) for hop in ",".join(said).split(",")[-HOPS_MAX:]] if said else []
    client = known
    for hop in reversed(hops):
        if hop is None:
            break
        client = hop
        if not _in(hop, trusted):
            break
    if protos:
        secure = SECURE.get(protos[-1].rpartition(",")[2].strip().lower(), False)
    return Origin(str(client), secure, client.is_loopback and (bool(said) or not protos))


def parsed(text: str) -> Address | None:
    """An address, with or without a port; an IPv4 one in IPv6 spelling is IPv4 (RFC 4291 2.5.5)."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def site(address: str) -> str:
    """What one subscriber has: an IPv4 address, or all IPv6 addresses of a network of theirs."""
    known = parsed(address)
    if known is None:
        return address
    if known.version == 4:
        return str(known)
    return str(ip_network((known, IPV6_SITE_BITS), strict=False))


def _in(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)

"""Where a webhook may go: https to the open internet, or networks that the operator allowed."""

import socket
from collections.abc import Callable, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx2

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Sequence[Address]]

URL_MAX_CHARS = 2_000
HTTPS_PORT = 443

GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291: all that is assigned; the rest is not public
SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 7526: gone, and it hides an IPv4 address
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address is in the last 32 bits


class Why(StrEnum):
    """What is wrong with an address."""

    ADDRESS = "address"
    CREDENTIALS = "credentials"
    INSIDE = "inside"
    PLAIN = "plain"


class Forbidden(Exception):
    """A webhook must not go there; the message says why, and what to do.

    `reason` says it to programs, and `what` is the address or the host that it is about.
    """

    def __init__(self, reason: Why, what: str, said: str) -> None:
        super().__init__(f"{what} {said}")
        self.reason = reason
        self.what = what


def parse(url: str) -> httpx2.URL:
    """The address as the client will read it. Raises Forbidden."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        said = "is not an address; write https://HOST/PATH"
        raise Forbidden(Why.ADDRESS, repr(url), said) from None
    if parsed.scheme not in ("https", "http") or not parsed.host or len(url) > URL_MAX_CHARS:
        raise Forbidden(Why.ADDRESS, repr(url), "is not a web address; write https://HOST/PATH")
    if parsed.userinfo:
        said = "must not be told with a name and a password; the signature is the proof"
        raise Forbidden(Why.CREDENTIALS, parsed.host, said)
    return parsed


def vet(url: httpx2.URL, addresses: Sequence[Address], allow: Sequence[Network]) -> None:
    """Raise Forbidden unless it is https to public addresses, or to networks that are allowed.

    One bad address among good ones is enough: nobody's name points both inside and outside.
    """
    for address in (_plain(address) for address in addresses):
        if any(address in network for network in allow):
            continue
        if not is_public(address):
            said = "not a public address; if that is meant, allow its network in"
            raise Forbidden(Why.INSIDE, url.host, f"is {address}, {said} ZAISEKI_WEBHOOK_ALLOW")
        if url.scheme != "https" or url.port not in (None, HTTPS_PORT):
            said = f"must be https on port {HTTPS_PORT}; to allow more, name its network in"
            raise Forbidden(Why.PLAIN, url.host, f"{said} ZAISEKI_WEBHOOK_ALLOW")


def is_public(address: Address) -> bool:
    """Whether the address belongs to the open internet, also the one it hides inside."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    if address in NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    return address.is_global and address in GLOBAL_UNICAST and address not in SIX_TO_FOUR


def _plain(address: Address) -> Address:
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def lookup(host: str, port: int) -> Sequence[Address]:
    """The addresses of a name, the system's preferred first. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))

"""The mail server that the hub hands its mail to, as an address (pure)."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

SCHEMES = {"smtp": 587, "smtps": 465}  # RFC 6409 and RFC 8314: submission, in TLS from the start


class Guard(StrEnum):
    """How the way there is protected; without, it is to this machine only."""

    TLS = "tls"
    STARTTLS = "starttls"
    LOOPBACK = "loopback"


@dataclass(frozen=True, slots=True)
class MailServer:
    """`sender` is what recipients see; without `name`, nobody signs in there."""

    host: str
    port: int
    guard: Guard
    sender: str
    name: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(url: str, sender: str) -> MailServer:
    """Raise ValueError, with one line that says what to write instead."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.path.strip("/"):
        raise ValueError("give an address such as smtp://name:password@mail.example.jp:587")
    if "@" not in sender or any(not letter.isprintable() for letter in sender):
        raise ValueError("ZAISEKI_MAIL_FROM must say from whom, such as zaiseki@example.jp")
    if parts.scheme == "smtps":
        guard = Guard.TLS
    else:
        guard = Guard.LOOPBACK if _is_here(parts.hostname) else Guard.STARTTLS
    return MailServer(
        host=parts.hostname,
        port=parts.port or SCHEMES[parts.scheme],
        guard=guard,
        sender=sender,
        name=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

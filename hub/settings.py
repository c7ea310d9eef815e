"""Where the hub keeps its things and how it is reached: options first, environment, defaults."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hub.identity.mail_server import MailServer, mail_server
from hub.protocol.live_view import IceServer

DEFAULT_STATE = ".state"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_RATE_PER_S = 20.0
RATE_MAX_PER_S = 100_000
DRAIN_MAX_S = 600
ADDRESS = "url"  # in the state folder: where the hub of this folder is reached


class WrongSetting(Exception):
    """An option or a variable that cannot be meant; the message is one line for its author."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every command of the server needs to know.

    `database` is the record's URL and `redis` the broker's; None means the embedded one, in the
    folder `state`. `url` is the hub's address as agents and people type it, without a path.
    `pace` shortens heartbeats and leases (0 < pace <= 1), for tests and measurements.
    `drain_s` is how long a stopping node says so before it takes nobody any more.
    `ice_servers` are the STUN and TURN servers of live views; none is ever asked unasked.
    `master_file` has the master keys that wrap the tenants' keys; None means in the folder `state`.
    `master_key` are such keys themselves, and `pkcs11` the URI (RFC 7512) of a token that has them.
    `signing_key` signs heads and tombstones; None means a key in the folder `state`.
    `heads` is a folder or an object store's URL where signed heads are kept a second time.
    `vault` is the URL of an object store for images; None means files in the folder `state`.
    `webhook_allow` are networks that webhooks may go to although they are not public, also by http.
    `tls_certificate` and `tls_key` are PEM files; without them the hub speaks plain http, to this
    machine and to `trusted_proxies` only. `monitors` may read the metrics from elsewhere.
    `mail` takes the hub's mail; without it none is sent, and nobody resets a password by mail.
    `rate_per_s` is how many requests one session, device or token may make, for long.
    `geoip` is a MaxMind DB file that knows the countries of addresses.
    """

    state: Path
    database: str | None
    redis: str | None
    host: str
    port: int
    url: str
    pace: float
    webhook_allow: tuple[IPv4Network | IPv6Network, ...]
    ice_servers: tuple[IceServer, ...] = ()
    drain_s: float = 0.0
    vault: str | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    monitors: tuple[IPv4Network | IPv6Network, ...] = ()
    rate_per_s: float = DEFAULT_RATE_PER_S
    master_file: Path | None = None
    master_key: str | None = field(default=None, repr=False)
    pkcs11: str | None = field(default=None, repr=False)
    signing_key: Path | None = None
    heads: str | None = None
    mail: MailServer | None = None
    geoip: Path | None = None


def add_record_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that opens the record."""
    parser.add_argument(
        "--database", metavar="URL", help="PostgreSQL or SQLite [ZAISEKI_DATABASE, else in --state]"
    )
    parser.add_argument(
        "--state", metavar="DIR", help=f"folder for data [ZAISEKI_STATE, else {DEFAULT_STATE}]"
    )
    parser.add_argument(
        "--master-file",
        metavar="FILE",
        help="the master keys [ZAISEKI_MASTER_FILE, else master.key in --state];"
        " see also ZAISEKI_MASTER_KEY, ZAISEKI_PKCS11",
    )
    parser.add_argument(
        "--signing-key",
        metavar="FILE",
        help="signs heads and tombstones; the same file for every node"
        " [ZAISEKI_SIGNING_KEY, else signing-key.pem in --state]",
    )
    parser.add_argument(
        "--heads",
        metavar="PLACE",
        help="a folder or an object store where signed heads are kept, too [ZAISEKI_HEADS]",
    )


def add_hub_options(parser: argparse.ArgumentParser) -> None:
    """Those, and the options of the command that serves."""
    add_record_options(parser)
    parser.add_argument("--redis", metavar="URL", help="Redis or Valkey [ZAISEKI_REDIS]")
    parser.add_argument("--host", help=f"address to listen on [ZAISEKI_HOST, else {DEFAULT_HOST}]")
    parser.add_argument("--port", help=f"0 takes a free one [ZAISEKI_PORT, else {DEFAULT_PORT}]")
    add_url_option(parser)
    parser.add_argument(
        "--vault",
        metavar="URL",
        help="object store for images, such as s3://bucket [ZAISEKI_VAULT, else in --state]",
    )
    parser.add_argument(
        "--tls-certificate",
        metavar="FILE",
        help="PEM file with the chain, to serve https [ZAISEKI_TLS_CERTIFICATE]",
    )
    parser.add_argument("--tls-key", metavar="FILE", help="PEM file with its key [ZAISEKI_TLS_KEY]")
    parser.add_argument(
        "--trusted-proxies",
        metavar="NETWORKS",
        help="whose X-Forwarded-For and -Proto are believed [ZAISEKI_TRUSTED_PROXIES]",
    )
    parser.add_argument(
        "--geoip",
        metavar="FILE",
        help="MaxMind DB file of countries: tenants may then limit where from [ZAISEKI_GEOIP]",
    )
    parser.add_argument(
        "--drain",
        metavar="S",
        help="when told to stop, go on for so many seconds while /readyz says 503 [ZAISEKI_DRAIN]",
    )


def add_url_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url", help="the hub's address for agents [ZAISEKI_URL, else from host and port]"
    )


def settings(
    options: argparse.Namespace, environ: Mapping[str, str], port: int = DEFAULT_PORT
) -> Settings:
    """Read `--name` or else ZAISEKI_NAME; raise WrongSetting for what cannot be meant."""

    def given(name: str) -> str | None:
        return _given(options, environ, name)

    host = given("host") or DEFAULT_HOST
    taken = _port(given("port") or str(port))
    certificate, key = _tls(given("tls_certificate"), given("tls_key"))
    scheme = "https" if certificate else "http"
    return Settings(
        state=Path(given("state") or DEFAULT_STATE).expanduser().absolute(),
        database=given("database"),
        redis=given("redis"),
        host=host,
        port=taken,
        url=_url(given("url") or f"{scheme}://{host}:{taken}"),
        pace=_pace(given("pace") or "1"),
        webhook_allow=_networks("ZAISEKI_WEBHOOK_ALLOW", given("webhook_allow")),
        ice_servers=_ice_servers(given("ice_servers") or ""),
        drain_s=_drain(given("drain") or "0"),
        vault=given("vault"),
        tls_certificate=certificate,
        tls_key=key,
        trusted_proxies=_networks("--trusted-proxies", given("trusted_proxies")),
        monitors=_networks("ZAISEKI_MONITORS", given("monitors")),
        rate_per_s=_rate(given("rate") or str(DEFAULT_RATE_PER_S)),
        master_file=_path(given("master_file")),
        master_key=given("master_key"),
        pkcs11=given("pkcs11"),
        signing_key=_path(given("signing_key")),
        heads=given("heads"),
        geoip=_path(given("geoip")),
        mail=_mail(given("smtp"), given("mail_from")),
    )


def given_url(options: argparse.Namespace, environ: Mapping[str, str]) -> str | None:
    """The address that somebody has told us, if anybody has."""
    return _given(options, environ, "url")


def _given(options: argparse.Namespace, environ: Mapping[str, str], name: str) -> str | None:
    return getattr(options, name, None) or environ.get(f"ZAISEKI_{name.upper()}") or None


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise WrongSetting(f"--port {text!r} is no port: give a number from 0 to 65535")


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if 0 < pace <= 1:
        return pace
    raise WrongSetting(f"ZAISEKI_PACE {text!r} is no pace: give a number over 0 and up to 1")


def _mail(url: str | None, sender: str | None) -> MailServer | None:
    """The password stands in it, so it comes by the environment only."""
    if url is None:
        return None
    try:
        return mail_server(url, sender or "")
    except ValueError as wrong:
        raise WrongSetting(f"ZAISEKI_SMTP: {wrong}") from None


def _drain(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= DRAIN_MAX_S:
        return seconds
    raise WrongSetting(f"--drain {text!r} is no time: give seconds from 0 to {DRAIN_MAX_S}")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise WrongSetting(f"--url {text!r} is no address: give one such as https://hub.example.jp")
    return text.rstrip("/")


def _tls(certificate: str | None, key: str | None) -> tuple[Path | None, Path | None]:
    if bool(certificate) != bool(key):
        raise WrongSetting("--tls-certificate and --tls-key go together: give both, or neither")
    return _path(certificate), _path(key)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if 1 <= rate <= RATE_MAX_PER_S:
        return rate
    raise WrongSetting(
        f"ZAISEKI_RATE {text!r} is no rate: give requests a second from 1 to {RATE_MAX_PER_S}"
    )


def _networks(name: str, text: str | None) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks parted by commas or spaces."""
    try:
        return tuple(ip_network(part) for part in (text or "").replace(",", " ").split())
    except ValueError as wrong:
        raise WrongSetting(f"{name}: {wrong}: give networks such as 10.0.0.0/8,fd00::/8") from None


# RFC 7064 and RFC 7065, and before the host, as other addresses have it, a name and a password.
ICE = re.compile(
    r"(?P<scheme>stuns?|turns?):(?:(?P<name>[^:@]+):(?P<word>[^@]+)@)?(?P<host>[^@?/\s]+)"
    r"(?P<transport>\?transport=(?:udp|tcp))?"
)


def _ice_servers(text: str) -> tuple[IceServer, ...]:
    """Addresses parted by commas or spaces; a TURN server's has its name and password in it."""
    return tuple(_ice_server(part) for part in text.replace(",", " ").split())


def _ice_server(text: str) -> IceServer:
    found = ICE.fullmatch(text)
    if found is None or (found["scheme"].startswith("turn") and not found["name"]):
        raise WrongSetting(
            "ZAISEKI_ICE_SERVERS: give addresses such as "
            "stun:stun.example.jp:3478,turn:name:password@turn.example.jp:3478?transport=udp"
        )
    url = f"{found['scheme']}:{found['host']}{found['transport'] or ''}"
    if not found["name"]:
        return IceServer(url)
    return IceServer(url, unquote(found["name"]), unquote(found["word"]))

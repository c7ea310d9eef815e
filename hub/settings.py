"""Where the hub keeps its things and how it is reached: options first, environment, defaults."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_STATE = ".state"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000


class WrongSetting(Exception):
    """An option or a variable that cannot be meant; the message is one line for its author."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every command of the server needs to know.

    `database` is the record's URL and `redis` the broker's; None means the embedded one, in the
    folder `state`. `url` is the hub's address as agents and people type it, without a path.
    `pace` shortens heartbeats and leases (0 < pace <= 1), for tests and measurements.
    `webhook_allow` are networks that webhooks may go to although they are not public, also by http.
    """

    state: Path
    database: str | None
    redis: str | None
    host: str
    port: int
    url: str
    pace: float
    webhook_allow: tuple[IPv4Network | IPv6Network, ...]


def add_record_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that opens the record."""
    parser.add_argument(
        "--database", metavar="URL", help="PostgreSQL or SQLite [ZAISEKI_DATABASE, else in --state]"
    )
    parser.add_argument(
        "--state", metavar="DIR", help=f"folder for data [ZAISEKI_STATE, else {DEFAULT_STATE}]"
    )


def add_hub_options(parser: argparse.ArgumentParser) -> None:
    """Those, and the options of the command that serves."""
    add_record_options(parser)
    parser.add_argument("--redis", metavar="URL", help="Redis or Valkey [ZAISEKI_REDIS]")
    parser.add_argument("--host", help=f"address to listen on [ZAISEKI_HOST, else {DEFAULT_HOST}]")
    parser.add_argument("--port", help=f"0 takes a free one [ZAISEKI_PORT, else {DEFAULT_PORT}]")
    add_url_option(parser)


def add_url_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url", help="the hub's address for agents [ZAISEKI_URL, else from host and port]"
    )


def settings(options: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """Read `--name` or else ZAISEKI_NAME; raise WrongSetting for what cannot be meant."""

    def given(name: str) -> str | None:
        return getattr(options, name, None) or environ.get(f"ZAISEKI_{name.upper()}") or None

    host = given("host") or DEFAULT_HOST
    port = _port(given("port") or str(DEFAULT_PORT))
    return Settings(
        state=Path(given("state") or DEFAULT_STATE).expanduser().absolute(),
        database=given("database"),
        redis=given("redis"),
        host=host,
        port=port,
        url=_url(given("url") or f"http://{host}:{port}"),
        pace=_pace(given("pace") or "1"),
        webhook_allow=_networks(given("webhook_allow") or ""),
    )


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


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise WrongSetting(f"--url {text!r} is no address: give one such as https://hub.example.jp")
    return text.rstrip("/")


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks parted by commas or spaces."""
    try:
        return tuple(ip_network(part) for part in text.replace(",", " ").split())
    except ValueError as wrong:
        raise WrongSetting(
            f"ZAISEKI_WEBHOOK_ALLOW: {wrong}: give networks such as 10.0.0.0/8,fd00::/8"
        ) from None

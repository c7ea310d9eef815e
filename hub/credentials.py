"""What a request or a websocket brings along to show who sends it, and from where."""

from typing import Any

from starlette.requests import HTTPConnection

COOKIE = "zaiseki_session"
OF_HOST = "__Host-"  # no page of another host can set a cookie named so (RFC 6265bis 4.1.3.2)
HOST_COOKIE = OF_HOST + COOKIE
_WEB_SCHEME = {"ws": "http", "wss": "https"}


def bearer(connection: HTTPConnection[Any]) -> str | None:
    """The token of `Authorization: Bearer …` (RFC 6750 2.1); terminals and devices send it."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def cookie(connection: HTTPConnection[Any]) -> str | None:
    """The token that a browser sends by itself, so that its origin has to be checked too."""
    return connection.cookies.get(cookie_name(connection))


def cookie_name(connection: HTTPConnection[Any], name: str = COOKIE) -> str:
    """Browsers take the better name over https only, and with the path / only."""
    return OF_HOST + name if secure(connection) else name


def origin(connection: HTTPConnection[Any]) -> str:
    """The origin of our own pages as this client sees them."""
    scheme = connection.url.scheme
    return f"{_WEB_SCHEME.get(scheme, scheme)}://{connection.headers.get('host', '')}".lower()


def same_origin(connection: HTTPConnection[Any]) -> bool:
    """Whether one of our own pages sent it: browsers name the origin, and pages cannot forge it.

    False without an Origin header too, so it decides only about what came with a cookie.
    """
    return connection.headers.get("origin", "").lower() == origin(connection)


def secure(connection: HTTPConnection[Any]) -> bool:
    return connection.url.scheme in ("https", "wss")

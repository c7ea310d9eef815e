"""What every request meets first: whom it comes from, whether anybody could listen in, and what
browsers may do with the answer.
"""

from collections.abc import MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.http import problems, rest
from hub.http.forwarded import Networks, origin, parsed
from hub.http.problems import Problem

# RFC 6797; OWASP ASVS 5.0, 3.4.1: a year at least, with all names below.
HSTS = "max-age=31536000; includeSubDomains"
POWERS = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope",
          "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb")  # fmt: skip
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in POWERS),
}
PROBES = ("/healthz", "/readyz")  # balancers ask from anywhere, plainly; they learn yes or no
METRICS = "/metrics"

Pairs = list[tuple[bytes, bytes]]


class Edge:
    """Around the whole application. `trusted` are proxies, `monitors` may read the metrics."""

    def __init__(self, app: ASGIApp, trusted: Networks = (), monitors: Networks = ()) -> None:
        self._app = app
        self._trusted = trusted
        self._monitors = monitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._settle(scope)
        answers = Answers(send, scope)
        if refused is not None:
            await refused(scope, receive, answers)
            return
        try:
            await self._app(scope, receive, answers)
        except Exception as wrong:
            if scope["type"] == "websocket" or answers.begun:
                raise
            await told(scope, wrong)(scope, receive, answers)

    def _settle(self, scope: MutableMapping[str, Any]) -> ASGIApp | None:
        """Put the client and its scheme into the scope; what refuses the request, if anything."""
        peer, port = scope.get("client") or ("", 0)
        secure = scope["scheme"] in ("https", "wss")
        found = origin(peer, secure, scope["headers"], self._trusted)
        scope["client"] = (found.address, port)
        kind = "ws" if scope["type"] == "websocket" else "http"
        scope["scheme"] = kind + "s" * found.secure
        path = scope["path"]
        if path in PROBES:
            return None
        if path == METRICS:
            shown = found.local or self._reads(found.address)
            return None if shown else told(scope, Problem(problems.NOT_FOUND))
        if found.secure or found.local:
            return None
        return told(scope, Problem(problems.NOT_ENCRYPTED))

    def _reads(self, address: str) -> bool:
        known = parsed(address)
        return known is not None and any(known in network for network in self._monitors)


class Answers:
    """Sends, and adds the headers that an answer does not have itself."""

    def __init__(self, send: Send, scope: Scope) -> None:
        self._send = send
        self._more = SECURE if scope["scheme"] in ("https", "wss") else PLAIN
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.begun = True
            own = list(message.get("headers", []))
            names = {name.lower() for name, _ in own}
            message["headers"] = own + [pair for pair in self._more if pair[0] not in names]
        await self._send(message)


def _pairs(headers: dict[str, str]) -> Pairs:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


PLAIN = _pairs(HEADERS)
SECURE = _pairs({**HEADERS, "Strict-Transport-Security": HSTS})


def told(scope: Scope, wrong: Exception) -> Response:
    """Refused, or broken, as a problem document; a websocket learns it before it begins."""
    request: Request[Any] = Request({**scope, "type": "http", "method": scope.get("method", "GET")})
    locale = problems.language(request.headers.get("accept-language", ""))
    return rest.refusal(request, locale, wrong)

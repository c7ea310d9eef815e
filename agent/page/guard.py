"""Who may use the page: a browser on this PC that was given the token, and none of its tricks."""

import hmac
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "zaiseki_page"
OPEN = {"/", "/page.css", "/page.js", "/words.js", "/api/enter"}
OWN_TOKEN = "/share/"  # these streams ask for a token of their own, for players that keep no cookie
SAFE = {"GET", "HEAD"}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Before everything: the right Host (a rebound DNS name has another), the right Origin for
    what changes something, and the cookie that only the token brings."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path, method = Headers(scope=scope), str(scope["path"]), str(scope["method"])
        refused = self._refusal(headers, path, method)
        if refused:
            status, why = refused
            await PlainTextResponse(why, status, HEADERS)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Headers, path: str, method: str) -> tuple[int, str] | None:
        if headers.get("host", "").lower() not in self._hosts:
            return 421, "この名前では開けません / not by this name: open 127.0.0.1"
        if path.startswith(OWN_TOKEN):
            return None
        if method not in SAFE and headers.get("origin", "") != f"http://{headers['host']}":
            return 403, "別のサイトからの操作です / request from another site"
        if path in OPEN or self.entered(headers):
            return None
        return 401, "`zaiseki agent page` で開いてください / open it with `zaiseki agent page`"

    def entered(self, headers: Headers) -> bool:
        try:
            kept = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return kept is not None and hmac.compare_digest(kept.value.encode(), self._token.encode())

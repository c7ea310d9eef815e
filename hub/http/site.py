"""The outside of the hub over HTTP: REST, its description, and the web app."""

import re
import secrets
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from hub.http import rest
from hub.http.callers import State
from hub.http.explained import not_found, problem_page, problems_page, refused
from hub.http.openapi import document
from hub.http.operations import OPERATIONS
from hub.http.rates import Rates

WEB = Path(str(files("hub") / "_web"))
HASHED = re.compile(r"assets/[^/]+-[\w-]{8,}\.\w+$")  # Vite puts a hash of the content there
FOREVER = "public, max-age=31536000, immutable"

HANDLERS = {404: refused, 405: refused}  # what the router refuses before anybody is asked

NONCE_BYTES = 16  # CSP 3, 7.1: at least 128 bits

# Mantine writes style elements at run time: they carry the nonce of the page. No script does.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self';"
    " worker-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self';"
    " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEAD = "<head>"
MARK = '<meta property="csp-nonce" nonce="{nonce}" />'
NOT_BUILT = """\
在席: 画面がまだ組み立てられていません。./run を使うか、`pip install .` で組み立ててください。
The web app has not been built. Use ./run, or build it with `pip install .`.
"""


def routes(web: Path = WEB, rates: Rates | None = None) -> list[BaseRoute]:
    """Everything but websockets and health; the web app takes what nobody else knows, so last."""

    async def openapi(_: Request[State]) -> Response:
        return Response(_description(), media_type="application/json")

    async def app(request: Request[State]) -> Response:
        return page(web, request)

    return [
        *rest.routes(OPERATIONS, rates or Rates()),
        Route("/openapi.json", openapi),
        Route("/problems", problems_page),
        Route("/problems/{name}", problem_page),
        Route("/{path:path}", app),
    ]


@cache
def _description() -> bytes:
    """Takes a tenth of a second, and is the same for every hub of this program."""
    return msgspec.json.encode(document(OPERATIONS))


def page(web: Path, request: Request[State]) -> Response:
    """A built file; or, for an address that the app itself knows, the app."""
    if not (web / "index.html").is_file():
        return PlainTextResponse(NOT_BUILT, 503)
    asked = request.path_params["path"]
    found = _inside(web, asked)
    if found is not None and found.suffix != ".html":
        caching = FOREVER if HASHED.search(asked) else "no-cache"
        return FileResponse(found, headers={"Cache-Control": caching})
    if "." in asked.rpartition("/")[2]:
        return not_found(request)
    return html(web / "index.html")


def html(file: Path) -> Response:
    """The app's page with a nonce of its own, which is why no cache may keep it."""
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    page = file.read_text().replace(HEAD, HEAD + MARK.format(nonce=nonce), 1)
    headers = {"Content-Security-Policy": CSP.format(nonce=nonce), "Cache-Control": "no-store"}
    return HTMLResponse(page, headers=headers)


def _inside(web: Path, asked: str) -> Path | None:
    """The file of that name, never one outside of the folder."""
    if "\0" in asked:
        return None
    path = (web / asked).resolve()
    return path if path.is_relative_to(web.resolve()) and path.is_file() else None

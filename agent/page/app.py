"""The page's routes: our own files, one state, and what can be done."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from agent import terms
from agent.cameras import share
from agent.page.desk import LONGEST_PAUSE_S, Desk
from agent.page.guard import COOKIE, HEADERS, Guard
from agent.settings import SettingsError
from hub.protocol.enrolling import Condition

BODY_MAX_BYTES = 4096
PREVIEW_EVERY_S = 0.1
BOUNDARY = "frame"
STATIC = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/words.js": ("words.js", "text/javascript"),
}

T = TypeVar("T")
Endpoint = Callable[[Request[Any]], Awaitable[Response]]


class Entry(Struct, frozen=True):
    token: Annotated[str, Meta(max_length=200)]


class PauseBody(Struct, frozen=True):
    reason: Annotated[str, Meta(max_length=60)]
    seconds: Annotated[float, Meta(gt=0, le=LONGEST_PAUSE_S)] | None = None


class EnrolBody(Struct, frozen=True):
    condition: Condition


class NameBody(Struct, frozen=True):
    name: Annotated[str, Meta(max_length=64)]


class OnBody(Struct, frozen=True):
    on: bool


class TermsText(Struct, frozen=True):
    version: str
    ja: tuple[str, ...]
    en: tuple[str, ...]


def app(desk: Desk, port: int, token: str) -> ASGIApp:
    """Everything behind the guard; `share`'s streams ask for their own token."""
    routes = [
        *(Route(path, static(*what), methods=["GET"]) for path, what in STATIC.items()),
        Route("/api/enter", enter(token), methods=["POST"]),
        Route("/api/state", state(desk), methods=["GET"]),
        Route("/api/terms", text, methods=["GET"]),
        Route("/api/preview", preview(desk), methods=["GET"]),
        *(Route(f"/api/{name}", done, methods=["POST"]) for name, done in actions(desk).items()),
        *share.routes(desk.agent.share),
    ]
    return Guard(Starlette(routes=routes, max_body_size=BODY_MAX_BYTES), port, token)


def static(name: str, media: str) -> Endpoint:
    body = files("agent.page").joinpath("static", name).read_bytes()

    async def get(request: Request[Any]) -> Response:
        return Response(body, headers=HEADERS, media_type=f"{media}; charset=utf-8")

    return get


def answer(body: Struct | None = None, status: int = 200) -> Response:
    if body is None:
        return Response(status_code=204, headers=HEADERS)
    return Response(msgspec.json.encode(body), status, HEADERS, "application/json")


def enter(token: str) -> Endpoint:
    async def post(request: Request[Any]) -> Response:
        given = msgspec.json.decode(await request.body(), type=Entry)
        if not hmac.compare_digest(given.token.encode(), token.encode()):
            return Response("`zaiseki agent page`", 401, HEADERS)
        response = answer()
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/")
        return response

    return checked(post)


def state(desk: Desk) -> Endpoint:
    async def get(request: Request[Any]) -> Response:
        return answer(desk.now())

    return get


async def text(request: Request[Any]) -> Response:
    return answer(TermsText(terms.VERSION, terms.TERMS["ja"], terms.TERMS["en"]))


def preview(desk: Desk) -> Endpoint:
    """The camera's pictures while somebody enrols, as a browser shows them (multipart JPEG)."""

    async def pictures() -> AsyncIterator[bytes]:
        shown = 0
        while guided := desk.guided:
            view = guided.view
            if view.number != shown and view.jpeg:
                shown = view.number
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n".encode()
                yield head + view.jpeg + b"\r\n"
            await asyncio.sleep(PREVIEW_EVERY_S)

    async def get(request: Request[Any]) -> Response:
        media = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        return StreamingResponse(pictures(), headers=HEADERS, media_type=media)

    return get


def actions(desk: Desk) -> dict[str, Endpoint]:
    """What a click does; each answers with the state after it."""

    def on(kind: type[T], act: Callable[[T], object]) -> Endpoint:
        async def post(request: Request[Any]) -> Response:
            did = act(msgspec.json.decode(await request.body() or b"{}", type=kind))
            if asyncio.iscoroutine(did):
                await did
            return answer(desk.now())

        return checked(post)

    agent = desk.agent
    return {
        "accept": on(Struct, lambda _: desk.accept()),
        "withdraw": on(Struct, lambda _: desk.withdraw()),
        "pause": on(PauseBody, lambda body: desk.pause(body.reason, body.seconds)),
        "resume": on(Struct, lambda _: desk.resume()),
        "enrol": on(EnrolBody, lambda body: desk.begin(body.condition)),
        "enrol/skip": on(Struct, lambda _: desk.skip()),
        "enrol/stop": on(Struct, lambda _: desk.stop()),
        "forget": on(NameBody, lambda body: desk.forget(body.name)),
        "view/accept": on(NameBody, lambda body: agent.views.accept(body.name)),
        "view/refuse": on(NameBody, lambda body: agent.views.refuse(body.name)),
        "view/end": on(NameBody, lambda body: agent.views.end(body.name)),
        "share/stream": on(OnBody, lambda body: agent.share.stream(body.on)),
        "share/camera": on(OnBody, lambda body: agent.share.virtual_camera(body.on)),
    }


def checked(post: Endpoint) -> Endpoint:
    async def run(request: Request[Any]) -> Response:
        try:
            return await post(request)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            return Response(str(wrong), 422, HEADERS)
        except SettingsError as wrong:
            return Response(str(wrong), 507, HEADERS)

    return run

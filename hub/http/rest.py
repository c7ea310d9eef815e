"""Typed operations over HTTP: the annotations of a function are its contract.

An operation is `async def name(who: Visitor | Caller, body: …, query: …, path: …) -> Answer`, where
each of body, query and path is optional and a msgspec Struct. `Caller` asks for a sign-in,
`OnDevice` for a device's token. A body of `bytes` is taken as it is, and a `Response` sent so.
"""

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypedDict, TypeVar, get_type_hints

import msgspec
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hub import credentials
from hub.access import Action, Actor, Subject, may
from hub.http import problems
from hub.http.decoder import Decoder
from hub.http.problems import Kind, Problem
from hub.live.servers import Servers
from hub.passwords import Crowded, WeakPassword
from hub.protocol.images import CHUNK_MAX_BYTES
from hub.protocol.messages import Work
from storage.devices import LinkedDevice, device_of
from storage.errors import Missing, Taken
from storage.sessions import LIFE, SignedIn, actor_of
from storage.vault import Vault

BODY_MAX_BYTES = 64 * 1024
RETRY_AFTER_S = 3
SAFE = {"GET", "HEAD", "OPTIONS"}  # RFC 9110 9.2.1
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

log = logging.getLogger(__name__)
T = TypeVar("T")


class Live(Protocol):
    """The live path, as far as REST tells it something."""

    async def punched(
        self, tenant: int, member: int, work: Work, task: str | None, at: float
    ) -> None: ...


class State(TypedDict):
    """What the application's lifespan yields for its requests."""

    engine: AsyncEngine
    servers: Servers
    live: Live
    vault: Vault
    decoder: Decoder


class Visitor:
    """Anybody who asks, signed in or not."""

    def __init__(self, request: Request[State], now: datetime) -> None:
        self.request = request
        self.now = now
        self.locale = problems.language(request.headers.get("accept-language", ""))
        self._cookie: str | None = None

    @property
    def engine(self) -> AsyncEngine:
        return self.request.state["engine"]

    @property
    def servers(self) -> Servers:
        return self.request.state["servers"]

    @property
    def live(self) -> Live:
        return self.request.state["live"]

    @property
    def vault(self) -> Vault:
        return self.request.state["vault"]

    @property
    def decoder(self) -> Decoder:
        return self.request.state["decoder"]

    @property
    def address(self) -> str:
        """The client's address; behind a proxy, what uvicorn takes from a trusted one."""
        return self.request.client.host if self.request.client else ""

    def keep(self, token: str) -> None:
        """Give the browser its session cookie; an empty token takes it away."""
        self._cookie = token

    def answer(self, response: Response) -> Response:
        if self._cookie is not None:
            response.set_cookie(
                credentials.COOKIE,
                self._cookie,
                max_age=int(LIFE["browser"].total_seconds()) if self._cookie else 0,
                path="/",
                httponly=True,
                samesite="strict",
                secure=credentials.secure(self.request),
            )
        return response


class Caller(Visitor):
    """Somebody who is signed in."""

    def __init__(self, request: Request[State], now: datetime, signed_in: SignedIn) -> None:
        super().__init__(request, now)
        self.signed_in = signed_in
        self.locale = signed_in.locale

    @property
    def actor(self) -> Actor:
        return self.signed_in.actor

    def require(self, action: Action) -> None:
        """Raise the problem NOT_ALLOWED unless the caller may do it to the tenant as a whole."""
        if not may(self.actor, action, Subject(self.actor.tenant)):
            raise Problem(problems.NOT_ALLOWED)

    def require_own(self, action: Action) -> None:
        """Raise the problem NOT_ALLOWED unless the caller may do it to themselves."""
        if not may(self.actor, action, Subject(self.actor.tenant, self.actor.member)):
            raise Problem(problems.NOT_ALLOWED)


class OnDevice(Visitor):
    """A worker's device, by its token."""

    def __init__(self, request: Request[State], now: datetime, device: LinkedDevice) -> None:
        super().__init__(request, now)
        self.device = device


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the site map; `problems` are those beyond what can happen anywhere."""

    method: str
    path: str
    run: Callable[..., Awaitable[msgspec.Struct | Response | None]]
    status: int = 200
    problems: tuple[Kind, ...] = ()

    @property
    def contract(self) -> "Contract":
        return _contract(self.run)


@dataclass(frozen=True, slots=True)
class Contract:
    """What the annotations of an operation say."""

    signed_in: bool
    on_device: bool
    body: type[msgspec.Struct | bytes] | None
    query: type[msgspec.Struct] | None
    path: type[msgspec.Struct] | None
    answer: type[msgspec.Struct | Response] | None


def _contract(run: Callable[..., object]) -> Contract:
    hints = get_type_hints(run)
    who = hints[next(iter(inspect.signature(run).parameters))]
    answer = hints["return"]
    return Contract(
        signed_in=issubclass(who, Caller),
        on_device=issubclass(who, OnDevice),
        body=hints.get("body"),
        query=hints.get("query"),
        path=hints.get("path"),
        answer=None if answer is type(None) else answer,
    )


def routes(operations: Iterable[Operation]) -> list[Route]:
    """One route a path; every method of it that is not in the table is answered as a problem."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    found = [Route(path, _endpoint(of), methods=METHODS, name=path) for path, of in by_path.items()]
    return [*found, Route("/api/{rest:path}", _endpoint({}), methods=METHODS, name="api")]


def _endpoint(
    by_method: dict[str, Operation],
) -> Callable[[Request[State]], Awaitable[Response]]:
    async def endpoint(request: Request[State]) -> Response:
        visitor = Visitor(request, datetime.now(UTC))
        try:
            operation = _chosen(by_method, request)
            contract = operation.contract
            who = await _who(visitor, contract)
            visitor = who
            given = await _given(request, contract)
            answer = await operation.run(who, **given)
            if isinstance(answer, Response):
                return who.answer(_uncached(answer))
            body = b"" if answer is None else msgspec.json.encode(answer)
            media = None if answer is None else "application/json"
            return who.answer(_uncached(Response(body, operation.status, media_type=media)))
        except Exception as wrong:
            return _refusal(visitor, wrong)

    return endpoint


def _chosen(by_method: dict[str, Operation], request: Request[State]) -> Operation:
    if not by_method:
        raise Problem(problems.NOT_FOUND)
    method = "GET" if request.method == "HEAD" else request.method
    if method not in by_method:
        allowed = ", ".join(by_method)
        raise Problem(problems.METHOD_NOT_ALLOWED, what=allowed, headers={"Allow": allowed})
    return by_method[method]


async def _who(visitor: Visitor, contract: Contract) -> Visitor:
    """Know the caller by the token; what comes with a cookie must come from our own pages."""
    request = visitor.request
    token = credentials.bearer(request)
    if contract.on_device:
        return await _device(visitor, token)
    if token is None:
        _check_origin(request, required=contract.signed_in)
        token = credentials.cookie(request)
    if not contract.signed_in:
        return visitor
    signed_in = None
    if token is not None:
        async with visitor.engine.connect() as conn:
            signed_in = await actor_of(conn, token, visitor.now)
    if signed_in is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="zaiseki"'}
        raise Problem(problems.NOT_SIGNED_IN, headers=challenge)
    return Caller(request, visitor.now, signed_in)


async def _device(visitor: Visitor, token: str | None) -> OnDevice:
    """Devices have no cookies, so no page can use theirs."""
    linked = None
    if token is not None:
        async with visitor.engine.connect() as conn:
            linked = await device_of(conn, token)
    if linked is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="zaiseki"'}
        raise Problem(problems.NOT_SIGNED_IN, headers=challenge)
    return OnDevice(visitor.request, visitor.now, linked)


def _check_origin(request: Request[State], *, required: bool) -> None:
    if request.method in SAFE:
        return
    if not required and "origin" not in request.headers:  # a sign-in by a terminal or a script
        return
    if required and credentials.cookie(request) is None:  # it will be refused as not signed in
        return
    if not credentials.same_origin(request):
        raise Problem(problems.FOREIGN_ORIGIN, what=credentials.origin(request))


async def _given(request: Request[State], contract: Contract) -> dict[str, msgspec.Struct | bytes]:
    given: dict[str, msgspec.Struct | bytes] = {}
    if contract.path is not None:
        try:
            given["path"] = msgspec.convert(request.path_params, contract.path, strict=False)
        except msgspec.ValidationError:
            raise Problem(problems.NOT_FOUND) from None
    if contract.query is not None:
        given["query"] = _converted(dict(request.query_params), contract.query)
    if contract.body is bytes:
        given["body"] = await _received(request, CHUNK_MAX_BYTES)
    elif contract.body is not None:
        given["body"] = await _body(request, contract.body)
    return given


def _converted(values: dict[str, str], wanted: type[T]) -> T:
    try:
        return msgspec.convert(values, wanted, strict=False)
    except msgspec.ValidationError as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None


async def _body(request: Request[State], wanted: type[T]) -> T:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Problem(problems.NOT_JSON, what=media or "Content-Type: -")
    received = await _received(request, BODY_MAX_BYTES)
    try:
        return msgspec.json.decode(received, type=wanted)
    except msgspec.ValidationError as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Problem(problems.NOT_JSON, what=str(wrong)) from None


async def _received(request: Request[State], limit: int) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise Problem(problems.TOO_LARGE, what=str(limit))
    return bytes(received)


def _refusal(visitor: Visitor, wrong: Exception) -> Response:
    problem = _problem(wrong)
    if problem.kind is problems.BROKEN:
        log.error("%s %s broke", visitor.request.method, visitor.request.url.path, exc_info=wrong)
    elif problem.kind is problems.UNAVAILABLE:
        log.warning("%s %s: %s", visitor.request.method, visitor.request.url.path, wrong)
    document = problem.document(visitor.locale)
    response = Response(
        msgspec.json.encode(document),
        problem.kind.status,
        headers={**problem.headers, "Content-Language": visitor.locale},
        media_type=problems.MEDIA_TYPE,
    )
    return _uncached(response)


def _problem(wrong: Exception) -> Problem:
    """What the caller is told for what went wrong below."""
    later = {"Retry-After": str(RETRY_AFTER_S)}
    match wrong:
        case Problem():
            return wrong
        case ClientDisconnect():
            return Problem(problems.NOT_JSON, what="the body ended early")
        case Missing():
            return Problem(problems.NOT_FOUND)
        case Taken():
            return Problem(problems.TAKEN, what=wrong.name, reason=wrong.what)
        case WeakPassword():
            return Problem(problems.WEAK_PASSWORD)
        case Crowded():
            return Problem(problems.CROWDED, headers=later)
        case RedisError() | OperationalError() | InterfaceError() | OSError():
            return Problem(problems.UNAVAILABLE, headers=later)
        case DBAPIError() if wrong.connection_invalidated:
            return Problem(problems.UNAVAILABLE, headers=later)
        case _:
            return Problem(problems.BROKEN)


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response

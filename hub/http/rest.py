"""Typed operations over HTTP: the annotations of a function are its contract.

An operation is `async def name(who: Visitor | Caller, body: …, query: …, path: …) -> Answer`, where
each of body, query and path is optional and a msgspec Struct. `Caller` asks for a sign-in,
`OnDevice` for a device's token. A body of `bytes` is taken as it is, and a `Response` sent so.
"""

import asyncio
import inspect
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol, TypedDict, TypeVar, get_type_hints
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hub import credentials
from hub.access import Action, Actor, Scope, Subject, may, refused, scope
from hub.http import problems
from hub.http.doors import within_limits
from hub.http.pictures.decoder import Decoder
from hub.http.problems import Kind, Problem
from hub.http.rates import Rates
from hub.identity.passwords import Crowded, WeakPassword
from hub.identity.scopes import opens
from hub.live.servers import Servers
from hub.protocol.images import CHUNK_MAX_BYTES
from hub.protocol.messages import Sighting, Verdict, Work
from hub.settings import Settings
from storage.errors import Conflict, Missing, Rule, Taken
from storage.images.vault import SealedVault
from storage.people.limits import limits_of
from storage.people.sessions import LIFE, SEEN_EVERY, SignedIn, actor_of, touch
from storage.proof.log import What
from storage.proof.log import write as write_log
from storage.sealing.keys import Destroyed, Keys
from storage.sealing.masters import MasterProblem
from storage.sealing.sealed import Unreadable
from storage.seats.devices import LinkedDevice, device_of, take_over

BODY_MAX_BYTES = 64 * 1024
BODY_WITHIN_S = 60.0  # an image's piece of 128 KiB takes half of it at 40 kbit/s
RETRY_AFTER_S = 3
SHOWN_LETTERS = 200  # of a path, in the log
FORM = "application/x-www-form-urlencoded"
SAFE = {"GET", "HEAD", "OPTIONS"}  # RFC 9110 9.2.1
# In JSON. No screen shows it, and PostgreSQL stores none.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

CONFLICTS = {
    Rule.SEATS_TAKEN: problems.SEATS_TAKEN,
    Rule.LAST_ADMINISTRATOR: problems.LAST_ADMINISTRATOR,
    Rule.OWN_ACCOUNT: problems.OWN_ACCOUNT,
    Rule.OTHER_HOME: problems.OTHER_HOME,
    Rule.GROUP_RING: problems.GROUP_RING,
    Rule.GROUP_NOT_EMPTY: problems.GROUP_NOT_EMPTY,
}

log = logging.getLogger(__name__)
T = TypeVar("T")


class Live(Protocol):
    """The live path, as far as REST tells it something."""

    async def punched(
        self, tenant: int, member: int, work: Work, task: str | None, at: float
    ) -> None: ...

    async def judged(
        self,
        tenant: int,
        member: int,
        device: int,
        sighting: Sighting,
        verdict: Verdict | None,
        at: float,
    ) -> None: ...


class State(TypedDict):
    """What the application's lifespan yields for its requests."""

    engine: AsyncEngine
    servers: Servers
    live: Live
    vault: SealedVault
    keys: Keys
    decoder: Decoder
    settings: Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """A cookie beside the session's; an empty value takes it away."""

    name: str
    value: str
    life: timedelta
    samesite: Literal["lax", "strict"] = "strict"


class Form(msgspec.Struct, frozen=True):
    """A body of application/x-www-form-urlencoded, as OAuth has it (RFC 6749 appendix B)."""


class Visitor:
    """Anybody who asks, signed in or not."""

    def __init__(self, request: Request[State], now: datetime) -> None:
        self.request = request
        self.now = now
        self.locale = problems.language(request.headers.get("accept-language", ""))
        self._kept: list[Kept] = []

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
    def vault(self) -> SealedVault:
        return self.request.state["vault"]

    @property
    def keys(self) -> Keys:
        """What seals and opens; ask it for a box before a transaction begins."""
        return self.request.state["keys"]

    @property
    def decoder(self) -> Decoder:
        return self.request.state["decoder"]

    @property
    def settings(self) -> Settings:
        return self.request.state["settings"]

    @property
    def agent(self) -> str:
        """What the client's program calls itself."""
        return self.request.headers.get("user-agent", "")

    @property
    def address(self) -> str:
        """The client's address; behind a trusted proxy, what that one says (hub.http.edge)."""
        return self.request.client.host if self.request.client else ""

    def keep(self, token: str) -> None:
        """Give the browser its session cookie; an empty token takes it away."""
        self.keep_also(Kept(credentials.COOKIE, token, LIFE["browser"]))

    def keep_also(self, kept: Kept) -> None:
        """Give the browser another cookie."""
        self._kept.append(kept)

    def brought(self, name: str) -> str | None:
        """Such a cookie again."""
        return self.request.cookies.get(credentials.cookie_name(self.request, name))

    def answer(self, response: Response) -> Response:
        for kept in self._kept:
            response.set_cookie(
                credentials.cookie_name(self.request, kept.name),
                kept.value,
                max_age=int(kept.life.total_seconds()) if kept.value else 0,
                path="/",
                httponly=True,
                samesite=kept.samesite,
                secure=credentials.secure(self.request),
            )
        return response


class Caller(Visitor):
    """Somebody who is signed in."""

    def __init__(self, request: Request[State], now: datetime, signed_in: SignedIn) -> None:
        super().__init__(request, now)
        self.signed_in = signed_in
        if "accept-language" not in request.headers:
            self.locale = signed_in.locale

    @property
    def actor(self) -> Actor:
        return self.signed_in.actor

    def require(self, action: Action) -> None:
        """Raise the problem NOT_ALLOWED unless the caller may do it to the tenant as a whole."""
        if not may(self.actor, action, Subject(self.actor.tenant)):
            raise Problem(problems.NOT_ALLOWED)

    def within(self, action: Action) -> Scope:
        """On whom the caller may do it; raise the problem NOT_ALLOWED if on nobody at all."""
        if refused(self.actor, action):
            raise Problem(problems.NOT_ALLOWED)
        return scope(self.actor, action)

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
    body_max_bytes: int | None = None  # else BODY_MAX_BYTES, for raw bytes CHUNK_MAX_BYTES

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
    first, *others = inspect.signature(run).parameters
    if unknown := set(others) - {"body", "query", "path"}:
        raise TypeError(f"{run.__name__}: an operation gets no {unknown}")
    who = hints[first]
    answer = hints["return"]
    return Contract(
        signed_in=issubclass(who, Caller),
        on_device=issubclass(who, OnDevice),
        body=hints.get("body"),
        query=hints.get("query"),
        path=hints.get("path"),
        answer=None if answer is type(None) else answer,
    )


def routes(operations: Iterable[Operation], rates: Rates) -> list[Route]:
    """One route a path; every method of it that is not in the table is answered as a problem."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    found = [
        Route(path, _endpoint(of, rates), methods=METHODS, name=path)
        for path, of in sorted(by_path.items(), key=_plain_parts_first)
    ]
    return [*found, Route("/api/{rest:path}", _endpoint({}, rates), methods=METHODS, name="api")]


def _plain_parts_first(item: tuple[str, object]) -> list[bool]:
    """`/sessions/revoke` is no session by the name of revoke."""
    return [part.startswith("{") for part in item[0].split("/")]


def _endpoint(
    by_method: dict[str, Operation], rates: Rates
) -> Callable[[Request[State]], Awaitable[Response]]:
    async def endpoint(request: Request[State]) -> Response:
        visitor = Visitor(request, datetime.now(UTC))
        token = credentials.bearer(request) or credentials.cookie(request)
        spent = rates.spend(token, visitor.address, time.monotonic())
        try:
            if spent.wait_s:
                raise Problem(problems.TOO_MANY_REQUESTS, what=str(spent.wait_s))
            operation = _chosen(by_method, request)
            contract = operation.contract
            who = await _who(visitor, operation)
            if contract.signed_in or contract.on_device:
                rates.good(token, time.monotonic())
            visitor = who
            given = await _given(request, operation)
            response = who.answer(_response(operation, await operation.run(who, **given)))
        except Exception as wrong:
            answered = await _noted(visitor, wrong)
            response = refusal(request, visitor.locale, answered)
        response.headers.update(spent.headers)
        return _uncached(response)

    return endpoint


async def _noted(visitor: Visitor, wrong: Exception) -> Exception:
    """Log who was not allowed to; what else is wrong, if that is not possible."""
    refused = isinstance(wrong, Problem) and wrong.kind is problems.NOT_ALLOWED
    if not refused or not isinstance(visitor, Caller):
        return wrong
    actor, request = visitor.actor, visitor.request
    asked = {"method": request.method, "path": request.url.path[:SHOWN_LETTERS]}
    try:
        async with visitor.engine.begin() as conn:
            what = What.ACCESS_REFUSED
            await write_log(conn, actor.tenant, what, actor.member, asked, visitor.now)
    except Exception as failed:
        return failed
    return wrong


def _response(operation: Operation, answer: msgspec.Struct | Response | None) -> Response:
    if isinstance(answer, Response):
        return answer
    body = b"" if answer is None else msgspec.json.encode(answer)
    media = None if answer is None else "application/json"
    return Response(body, operation.status, media_type=media)


def _chosen(by_method: dict[str, Operation], request: Request[State]) -> Operation:
    if not by_method:
        raise Problem(problems.NOT_FOUND)
    method = "GET" if request.method == "HEAD" else request.method
    if method not in by_method:
        allowed = ", ".join(by_method)
        raise Problem(problems.METHOD_NOT_ALLOWED, what=allowed, headers={"Allow": allowed})
    return by_method[method]


async def _who(visitor: Visitor, operation: Operation) -> Visitor:
    """Know the caller by the token; what comes with a cookie must come from our own pages."""
    request, contract = visitor.request, operation.contract
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
    await let_in(visitor, signed_in.actor.tenant, signed_in.actor.member)
    actions = signed_in.actor.actions
    if actions is not None and not opens(actions, operation.method, operation.path):
        raise Problem(problems.NOT_ALLOWED)
    await _seen(visitor, signed_in)
    return Caller(request, visitor.now, signed_in)


async def let_in(visitor: Visitor, tenant: int, member: int) -> None:
    """Raise the problem OUTSIDE_LIMITS for an address that the tenant lets nobody in from."""
    async with visitor.engine.connect() as conn:
        limits = await limits_of(conn, tenant)
    await within_limits(
        visitor.engine, visitor.servers, visitor.settings, limits, tenant, member,
        visitor.address, visitor.now,
    )  # fmt: skip


async def _seen(visitor: Visitor, signed_in: SignedIn) -> None:
    """Note once a minute that the session is used; a record that is busy may miss it."""
    if signed_in.seen_at and visitor.now - signed_in.seen_at < SEEN_EVERY:
        return
    with suppress(OperationalError, InterfaceError):
        async with visitor.engine.begin() as conn:
            await touch(conn, signed_in.session, visitor.address, visitor.agent, visitor.now)


async def _device(visitor: Visitor, token: str | None) -> OnDevice:
    """Devices have no cookies, so no page can use theirs."""
    linked = None
    if token is not None:
        async with visitor.engine.connect() as conn:
            linked = await device_of(conn, token)
        if linked and linked.renewed:
            async with visitor.engine.begin() as conn:
                await take_over(conn, linked, token, visitor.now)
    if linked is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="zaiseki"'}
        raise Problem(problems.NOT_SIGNED_IN, headers=challenge)
    await let_in(visitor, linked.tenant, linked.member)
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


async def _given(
    request: Request[State], operation: Operation
) -> dict[str, msgspec.Struct | bytes]:
    contract = operation.contract
    given: dict[str, msgspec.Struct | bytes] = {}
    if contract.path is not None:
        if "\0" in request.url.path:
            raise Problem(problems.NOT_FOUND)
        try:
            given["path"] = msgspec.convert(request.path_params, contract.path, strict=False)
        except msgspec.ValidationError:
            raise Problem(problems.NOT_FOUND) from None
    if contract.query is not None:
        given["query"] = _converted(_once(request.query_params.multi_items()), contract.query)
    if contract.body is bytes:
        limit = operation.body_max_bytes or CHUNK_MAX_BYTES
        given["body"] = await _received(request, limit)
    elif contract.body is not None:
        limit = operation.body_max_bytes or BODY_MAX_BYTES
        given["body"] = await _body(request, contract.body, limit)
    return given


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Which of two a part of the way looks at nobody knows, so nothing is asked for twice."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(problems.INVALID, what=f"{twice}=…&{twice}=…")
    if any("\0" in value for value in values.values()):
        raise Problem(problems.INVALID, what="%00")
    return values


def _converted(values: dict[str, str], wanted: type[T]) -> T:
    try:
        return msgspec.convert(values, wanted, strict=False)
    except msgspec.ValidationError as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None


async def _body(request: Request[State], wanted: type[T], limit: int) -> T:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = isinstance(wanted, type) and issubclass(wanted, Form)
    if media != (FORM if form else "application/json"):
        raise Problem(problems.NOT_JSON, what=media or "Content-Type: -")
    received = await _received(request, limit)
    if form:
        return _converted(_once(parse_qsl(received.decode(errors="replace"))), wanted)
    if NUL.search(received):
        raise Problem(problems.INVALID, what=r"\u0000")
    try:
        return msgspec.json.decode(received, type=wanted)
    except msgspec.ValidationError as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Problem(problems.NOT_JSON, what=str(wrong)) from None
    except RecursionError:
        raise Problem(problems.NOT_JSON, what="nested too deeply") from None


async def _received(request: Request[State], limit: int) -> bytes:
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                received += chunk
                if len(received) > limit:
                    raise Problem(problems.TOO_LARGE, what=str(limit))
    except TimeoutError:
        raise Problem(problems.TOO_SLOW, what=f"{BODY_WITHIN_S:.0f}") from None
    return bytes(received)


def refusal(request: Request[State], locale: str, wrong: Exception) -> Response:
    """The problem document; what broke is told by a number only, which stands in the log, too."""
    problem = _problem(wrong)
    instance = None
    where = f"{request.method} {request.url.path}"
    if problem.kind is problems.BROKEN:
        instance = uuid4().urn
        log.error("%s broke", where, exc_info=wrong, extra={"instance": instance})
        problem = Problem(problems.BROKEN, what=instance)
    elif problem.kind is problems.UNAVAILABLE:
        log.warning("%s: %s", where, wrong)
    response = Response(
        msgspec.json.encode(problem.document(locale, instance)),
        problem.kind.status,
        headers={**problem.headers, "Content-Language": locale},
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
        case Conflict():
            return Problem(CONFLICTS[wrong.rule], what=wrong.what)
        case WeakPassword():
            return Problem(problems.WEAK_PASSWORD)
        case Crowded():
            return Problem(problems.CROWDED, headers=later)
        case Destroyed():
            return Problem(problems.KEYS_DESTROYED)
        case Unreadable():
            return Problem(problems.UNREADABLE)
        case MasterProblem():
            return Problem(problems.UNAVAILABLE, headers=later)
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

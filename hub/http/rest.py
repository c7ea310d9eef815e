"""Typed operations over HTTP: the annotations of a function are its contract.

An operation is `async def name(who: Visitor | Caller, body: …, query: …, path: …) -> Answer`, where
each of body, query and path is optional and a msgspec Struct. `Caller` asks for a sign-in,
`OnDevice` for a device's token. A body of `bytes` is taken as it is, and a `Response` sent so.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hub import credentials
from hub.http import problems
from hub.http.accepting import check_acceptable
from hub.http.callers import Caller, OnDevice, State, Visitor
from hub.http.contracts import Operation, described
from hub.http.doors import outside_maintenance
from hub.http.entity import Readers, encoded, reader_of, seen, turn
from hub.http.given import JSON, given_to, received_by
from hub.http.identifying import identified
from hub.http.once import once
from hub.http.pictures.decoder import Busy
from hub.http.problems import Problem
from hub.http.rates import Rates, Spent, headers
from hub.identity.passwords import CommonPassword, Crowded, WeakPassword
from storage.database import NotConnected
from storage.errors import Conflict, Missing, Rule, Taken
from storage.images.vault import VaultFailed
from storage.proof.log import What
from storage.proof.log import write as write_log
from storage.sealing.keys import Destroyed
from storage.sealing.masters import MasterProblem
from storage.sealing.sealed import Unreadable

RETRY_AFTER_S = 3

SHOWN_LETTERS = 200  # of a path, in the log

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

CONFLICTS = {
    Rule.SEATS_TAKEN: problems.SEATS_TAKEN,
    Rule.LAST_ADMINISTRATOR: problems.LAST_ADMINISTRATOR,
    Rule.OWN_ACCOUNT: problems.OWN_ACCOUNT,
    Rule.OTHER_HOME: problems.OTHER_HOME,
    Rule.GROUP_RING: problems.GROUP_RING,
    Rule.GROUP_NOT_EMPTY: problems.GROUP_NOT_EMPTY,
    Rule.WINDOW_OVERLAPS: problems.WINDOW_OVERLAPS,
    Rule.WINDOW_OVER: problems.WINDOW_OVER,
}

log = logging.getLogger(__name__)


def routes(operations: Iterable[Operation], rates: Rates) -> list[Route]:
    """One route a path; every method of it that is not in the table is answered as a problem."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    readers = {path: of["GET"] for path, of in by_path.items() if "GET" in of}
    found = [
        Route(path, _endpoint(of, rates, readers), methods=METHODS, name=path)
        for path, of in sorted(by_path.items(), key=_plain_parts_first)
    ]
    rest = _endpoint({}, rates, {})
    return [*found, Route("/api/{rest:path}", rest, methods=METHODS, name="api")]


def _plain_parts_first(item: tuple[str, object]) -> list[bool]:
    """`/sessions/revoke` is no session by the name of revoke."""
    return [part.startswith("{") for part in item[0].split("/")]


def _endpoint(
    by_method: dict[str, Operation], rates: Rates, readers: Readers
) -> Callable[[Request[State]], Awaitable[Response]]:
    async def endpoint(request: Request[State]) -> Response:
        visitor = Visitor(request, datetime.now(UTC))
        token = credentials.bearer(request) or credentials.cookie(request)
        spent = [rates.spend(token, visitor.address, time.monotonic())]
        try:
            _within(spent)
            operation = _chosen(by_method, request)
            outside_maintenance(visitor, operation)
            check_acceptable(request, operation)
            visitor = await identified(visitor, operation)
            if tenant := _tenant_of(visitor):
                rates.good(token, time.monotonic())
                spent.append(rates.of_tenant(tenant, time.monotonic()))
                _within(spent)
            outside_maintenance(visitor, operation)
            response = visitor.answer(await _answered(visitor, operation, readers))
        except Exception as wrong:
            answered = await _noted(visitor, wrong)
            response = refusal(request, visitor.locale, answered)
        response.headers.update(headers(spent))
        return _uncached(response)

    return endpoint


def _within(spent: Sequence[Spent]) -> None:
    if wait_s := max(one.wait_s for one in spent):
        raise Problem(problems.TOO_MANY_REQUESTS, what=str(wait_s))


def _tenant_of(who: Visitor) -> int | None:
    match who:
        case Caller():
            return who.actor.tenant
        case OnDevice():
            return who.device.tenant
    return None


async def _answered(who: Visitor, operation: Operation, readers: Readers) -> Response:
    """The operation with everything around it that its line in the table asks for."""
    received = await received_by(who.request, operation)
    given = given_to(who.request, operation, received)
    reader = reader_of(operation, readers)

    async def run() -> Response:
        if reader is None or not isinstance(who, Caller):
            return _response(operation, await operation.run(who, **given))
        async with turn(who, reader):
            return _response(operation, await operation.run(who, **given))

    response = await once(who, operation, received, run)
    if operation.method == "GET" and described(operation.contract.answer):
        return seen(who.request, response, operation.beside)
    return response


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
    body = b"" if answer is None else encoded(answer)
    media = None if answer is None else JSON
    return Response(body, operation.status, media_type=media)


def _chosen(by_method: dict[str, Operation], request: Request[State]) -> Operation:
    if not by_method:
        raise Problem(problems.NOT_FOUND)
    method = "GET" if request.method == "HEAD" else request.method
    if method not in by_method:
        allowed = ", ".join(by_method)
        raise Problem(problems.METHOD_NOT_ALLOWED, what=allowed, headers={"Allow": allowed})
    return by_method[method]


def refusal(request: Request[State], locale: str, wrong: Exception) -> Response:
    """The problem document; what broke is told by a number only, which stands in the log, too."""
    problem = _problem(wrong)
    instance = None
    where = f"{request.method} {request.url.path}"
    if problem.kind is problems.BROKEN:
        instance = uuid4().urn
        log.error("%s broke", where, exc_info=wrong, extra={"instance": instance})
        problem = Problem(problems.BROKEN, what=instance)
    elif problem.kind in (problems.UNAVAILABLE, problems.INCOMPLETE):
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
        case CommonPassword():
            return Problem(problems.WEAK_PASSWORD, reason="common", detail=problems.COMMON_PASSWORD)
        case WeakPassword():
            return Problem(problems.WEAK_PASSWORD)
        case Crowded():
            return Problem(problems.CROWDED, headers=later)
        case Busy():
            return Problem(problems.IMAGE_LATER, headers=later)
        case Destroyed():
            return Problem(problems.KEYS_DESTROYED)
        case Unreadable():
            return Problem(problems.UNREADABLE)
        case MasterProblem():
            return Problem(problems.UNAVAILABLE, detail=problems.NO_MASTER, headers=later)
        case VaultFailed():
            return Problem(problems.UNAVAILABLE, detail=problems.NO_VAULT, headers=later)
        case RedisError():
            return Problem(problems.UNAVAILABLE, detail=problems.NO_BROKER, headers=later)
        case OperationalError() | InterfaceError() | NotConnected():
            return Problem(problems.UNAVAILABLE, headers=later)
        case DBAPIError() if wrong.connection_invalidated:
            return Problem(problems.UNAVAILABLE, headers=later)
        case _:
            return Problem(problems.BROKEN)


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response

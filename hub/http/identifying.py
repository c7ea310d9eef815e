"""Finds out who asks, by token or cookie, and whether they may come in at all."""

from contextlib import suppress

from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.requests import Request

from hub import credentials
from hub.http import problems
from hub.http.callers import Caller, OnDevice, State, Visitor
from hub.http.contracts import Operation
from hub.http.doors import within_limits
from hub.http.problems import Problem
from hub.identity.scopes import opens
from storage.people.limits import limits_of
from storage.people.sessions import SEEN_EVERY, SignedIn, actor_of, touch
from storage.seats.devices import device_of, take_over

SAFE = {"GET", "HEAD", "OPTIONS"}  # RFC 9110 9.2.1


async def identified(visitor: Visitor, operation: Operation) -> Visitor:
    """Know the caller by the token; what comes with a cookie must come from our own pages."""
    request, contract = visitor.request, operation.contract
    token = credentials.bearer(request)
    if contract.on_device:
        return await _device(visitor, token)
    if token is None:
        check_origin(request, required=contract.signed_in)
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
    scopes = signed_in.scopes
    if scopes is not None and not opens(scopes, operation.method, operation.path):
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


def check_origin(request: Request[State], *, required: bool) -> None:
    if request.method in SAFE:
        return
    if not required and "origin" not in request.headers:  # a sign-in by a terminal or a script
        return
    if required and credentials.cookie(request) is None:  # it will be refused as not signed in
        return
    if not credentials.same_origin(request):
        raise Problem(problems.FOREIGN_ORIGIN, what=credentials.origin(request))

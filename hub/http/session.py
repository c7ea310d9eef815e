"""Signing in and out."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub import passwords
from hub.access import Role
from hub.counters import THROTTLED
from hub.http import problems
from hub.http.fields import SystemId, Typed
from hub.http.problems import Problem
from hub.http.rest import Caller, Visitor
from hub.http.throttle import Throttle
from storage.members import credentials, login_key
from storage.sessions import SignedIn, actor_of, close_session, open_session
from storage.tenants import TenantRow, any_tenant, only_tenant, tenant_by_system_id


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """`system_id` may be left out where there is one tenant; terminals get the token to keep."""

    login: Typed
    password: Annotated[str, Meta(min_length=1, max_length=passwords.MAX_LETTERS)]
    system_id: SystemId | None = None
    kind: Literal["browser", "terminal"] = "browser"


class Me(Struct, frozen=True):
    id: int
    name: str
    login: str
    role: Role
    locale: str


class OwnTenant(Struct, frozen=True):
    name: str
    system_id: str


class SessionAnswer(Struct, frozen=True, omit_defaults=True):
    """Who is signed in; `token` only for a terminal, and only once."""

    member: Me
    tenant: OwnTenant
    token: str | None = None


async def sign_in(who: Visitor, body: SignIn) -> SessionAnswer:
    """Check a password and open a session: a cookie for a browser, a token for a terminal."""
    tenant = await _tenant(who, body.system_id)
    asked = (str(tenant.id) if tenant else "-", login_key(body.login), who.address)
    throttle = Throttle(who.servers)
    if wait_s := await throttle.wait_s(*asked):
        THROTTLED.inc()
        headers = {"Retry-After": str(wait_s)}
        raise Problem(problems.TOO_MANY_ATTEMPTS, what=str(wait_s), headers=headers)
    member = await _checked(who, tenant, body)
    await throttle.right(*asked)
    async with who.engine.begin() as conn:
        token = await open_session(conn, member[0], member[1], body.kind, who.now)
        signed_in = await actor_of(conn, token, who.now)
    if signed_in is None:
        raise Problem(problems.WRONG_PASSWORD)
    if body.kind == "browser":
        who.keep(token)
    return session_answer(signed_in, token if body.kind == "terminal" else None)


async def session(who: Caller) -> SessionAnswer:
    """Who is signed in here."""
    return session_answer(who.signed_in)


async def sign_out(who: Caller) -> None:
    """End this session; its token is worth nothing from now on."""
    async with who.engine.begin() as conn:
        await close_session(conn, who.signed_in.session, who.now)
    who.keep("")


def session_answer(signed_in: SignedIn, token: str | None = None) -> SessionAnswer:
    actor = signed_in.actor
    return SessionAnswer(
        member=Me(actor.member, signed_in.name, signed_in.login, actor.role, signed_in.locale),
        tenant=OwnTenant(signed_in.tenant_name, signed_in.system_id),
        token=token,
    )


async def _tenant(who: Visitor, system_id: str | None) -> TenantRow | None:
    async with who.engine.connect() as conn:
        if system_id:
            return await tenant_by_system_id(conn, system_id)
        tenant = await only_tenant(conn)
        if tenant is None and await any_tenant(conn):
            raise Problem(problems.SYSTEM_ID_NEEDED)
    return tenant


async def _checked(who: Visitor, tenant: TenantRow | None, body: SignIn) -> tuple[int, int]:
    """The tenant and member whose password it is; no tenant and no member cost the same time."""
    found = None
    if tenant is not None:
        async with who.engine.connect() as conn:
            found = await credentials(conn, tenant.id, body.login)
    right = await passwords.verify(found.password_hash if found else None, body.password)
    if tenant is None or found is None or not right:
        raise Problem(problems.WRONG_PASSWORD)
    return tenant.id, found.member

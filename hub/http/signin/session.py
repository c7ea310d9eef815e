"""Signing in by password, and out."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.http import problems
from hub.http.callers import Caller, Visitor
from hub.http.fields import SystemId, Typed
from hub.http.problems import Problem
from hub.http.signin.steps import (
    Me,
    OwnTenant,
    SignInAnswer,
    begin,
    is_at_home,
    known,
    passed,
    refused,
)
from hub.http.signin.throttle import Guess
from hub.identity import passwords
from hub.identity.signing_in import Proof
from storage.people.members import credentials, login_key
from storage.people.sessions import SignInKind, close_session, recent_addresses
from storage.people.tenants import (
    TenantRow,
    TenantState,
    any_tenant,
    only_tenant,
    tenant_by_system_id,
)
from storage.proof import log
from storage.proof.log import What

CLOSED = (TenantState.SUSPENDED, TenantState.ENDED)


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """`system_id` may be left out where there is one tenant; terminals get the token to keep."""

    login: Typed
    password: Annotated[str, Meta(min_length=1, max_length=passwords.MAX_LETTERS)]
    system_id: SystemId | None = None
    kind: SignInKind = "browser"


class SessionAnswer(Struct, frozen=True):
    """Who is signed in."""

    member: Me
    tenant: OwnTenant


async def sign_in(who: Visitor, body: SignIn) -> SignInAnswer:
    """Check a password: a cookie for a browser, a token for a terminal, or what is still needed."""
    tenant = await tenant_asked(who, body.system_id)
    guess = await guess_password(who, tenant, body.login)
    throttle = await passed(who, guess)
    tenant, member = await _checked(who, tenant, body)
    await throttle.right(guess)
    if tenant.state in CLOSED:
        await refused(who, tenant.id, member, "tenant_closed")
        raise Problem(problems.TENANT_CLOSED)
    return await begin(who, tenant.id, member, body.kind, Proof.PASSWORD)


async def session(who: Caller) -> SessionAnswer:
    """Who is signed in here."""
    found, actor = who.signed_in, who.actor
    return SessionAnswer(
        Me(actor.member, found.name, found.login, actor.role, found.locale),
        OwnTenant(found.tenant_name, found.system_id),
    )


async def sign_out(who: Caller) -> None:
    """End this session; its token is worth nothing from now on."""
    subject = {"member": who.actor.member, "session": who.signed_in.session}
    async with who.engine.begin() as conn:
        await close_session(conn, who.signed_in.session, who.now)
        await log.write(conn, who.actor.tenant, What.SIGNED_OUT, who.actor.member, subject, who.now)
    who.keep("")


async def tenant_asked(who: Visitor, system_id: str | None) -> TenantRow | None:
    """The tenant of a system ID, or the only one; raise the problem SYSTEM_ID_NEEDED."""
    async with who.engine.connect() as conn:
        if system_id:
            return await tenant_by_system_id(conn, system_id)
        tenant = await only_tenant(conn)
        if tenant is None and await any_tenant(conn):
            raise Problem(problems.SYSTEM_ID_NEEDED)
    return tenant


async def guess_password(who: Visitor, tenant: TenantRow | None, login: str) -> Guess:
    """Who tries to be whom; it costs the same for a login that nobody has."""
    spelled = login_key(login)
    if tenant is None:
        return Guess("-", spelled, who.address)
    browser = await known(who, tenant.id, spelled)
    async with who.engine.connect() as conn:
        addresses = await recent_addresses(conn, tenant.id, spelled, who.now)
    at_home = is_at_home(who.address, addresses)
    return Guess(str(tenant.id), spelled, who.address, browser, at_home)


async def _checked(who: Visitor, tenant: TenantRow | None, body: SignIn) -> tuple[TenantRow, int]:
    """The tenant and member whose password it is; no tenant and no member cost the same time."""
    found = None
    if tenant is not None:
        async with who.engine.connect() as conn:
            found = await credentials(conn, tenant.id, body.login)
    right = await passwords.verify(found.password_hash if found else None, body.password)
    if tenant is None or found is None or not right:
        of = tenant.id if tenant else None
        await refused(who, of, found.member if found else None, "wrong_password")
        raise Problem(problems.WRONG_PASSWORD)
    return tenant, found.member

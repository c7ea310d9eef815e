"""Signing in at the tenant's own OpenID provider: there with a question, back with an answer."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct
from starlette.responses import RedirectResponse

from hub.http import problems
from hub.http.callers import Kept, Visitor
from hub.http.fields import SystemId
from hub.http.problems import Problem
from hub.http.signin import oidc_client
from hub.http.signin.oidc_client import Client, Identity, ProviderFailed
from hub.http.signin.session import tenant_asked
from hub.http.signin.steps import begin, refused
from hub.identity.signing_in import Proof
from storage.people import tokens
from storage.people.oidc import ProviderRow, link_subject, member_of, members_by_email, provider_of

PATH = "/api/v1/session/oidc"
BACK = f"{PATH}/callback"
COOKIE = "zaiseki_oidc"
LIFE = timedelta(minutes=10)  # to sign in there, perhaps with a second factor of theirs
SIGN_IN_PAGE = "/sign-in"

Text = Annotated[str, Meta(max_length=4096)]


class OidcQuery(Struct, frozen=True):
    system_id: SystemId | None = None


class OidcBack(Struct, frozen=True):
    """What the provider sends the browser back with (RFC 6749 4.1.2, RFC 9207)."""

    state: Text = ""
    code: Text = ""
    error: Text = ""
    iss: Text = ""


class Asked(Struct, frozen=True):
    """What is kept of a question, until its answer comes."""

    tenant: int
    issuer: str
    nonce: str
    verifier: str


class Turned(Exception):
    """Back to the sign-in page, with a reason that it has words for."""


async def oidc_start(who: Visitor, query: OidcQuery) -> RedirectResponse:
    """Send the browser to the tenant's provider."""
    tenant = await tenant_asked(who, query.system_id)
    provider = await _provider(who, tenant.id) if tenant else None
    if tenant is None or provider is None:
        raise Problem(problems.NOT_FOUND)
    try:
        at = await oidc_client.discover(provider.issuer, who.settings.webhook_allow)
    except ProviderFailed as failed:
        return await _turned(who, tenant.id, "provider", str(failed))
    state, asked = tokens.mint(), Asked(tenant.id, at.issuer, tokens.mint(), tokens.mint())
    key = _key(state)
    life_s = int(LIFE.total_seconds())
    await who.servers.at(key).set(key, msgspec.json.encode(asked), ex=life_s)
    who.keep_also(Kept(COOKIE, state, LIFE, "lax"))
    client = await client_of(who, provider)
    there = oidc_client.authorize(at, client, state, asked.nonce, asked.verifier)
    return RedirectResponse(there, 303)


async def oidc_back(who: Visitor, query: OidcBack) -> RedirectResponse:
    """The browser is back: sign in whom the provider names, or say why not."""
    who.keep_also(Kept(COOKIE, "", LIFE, "lax"))
    asked = await _asked(who, query.state)
    if asked is None:
        return _to_page(refused="expired")
    if query.error or not query.code or query.iss not in ("", asked.issuer):
        return await _turned(who, asked.tenant, "denied", query.error[:100])
    try:
        found = await _identity(who, asked, query.code)
        member = await _member(who, asked, found)
    except ProviderFailed as failed:
        return await _turned(who, asked.tenant, "provider", str(failed))
    except Turned as turned:
        return await _turned(who, asked.tenant, str(turned))
    try:
        answer = await begin(who, asked.tenant, member, "browser", Proof.PROVIDER)
    except Problem:  # disabled since, or the tenant is closed
        return await _turned(who, asked.tenant, "unknown_member")
    if answer.step:
        return _to_page(step=answer.step.token)
    return RedirectResponse("/", 303)


async def client_of(who: Visitor, provider: ProviderRow) -> Client:
    box = await who.keys.box(provider.tenant)
    return Client(provider.client_id, provider.opened(box), redirect_uri(who))


def redirect_uri(who: Visitor) -> str:
    """What is registered at the provider."""
    return who.settings.url + BACK


async def _provider(who: Visitor, tenant: int) -> ProviderRow | None:
    async with who.engine.connect() as conn:
        return await provider_of(conn, tenant)


async def _asked(who: Visitor, state: str) -> Asked | None:
    """The question, once, and only in the browser that was sent with it (RFC 6819 4.4.1.8)."""
    if not state or who.brought(COOKIE) != state:
        return None
    key = _key(state)
    kept = await who.servers.at(key).getdel(key)
    return msgspec.json.decode(kept, type=Asked) if kept else None


async def _identity(who: Visitor, asked: Asked, code: str) -> Identity:
    allow = who.settings.webhook_allow
    provider = await _provider(who, asked.tenant)
    if provider is None or provider.issuer != asked.issuer:
        raise Turned("expired")
    at = await oidc_client.discover(provider.issuer, allow)
    client = await client_of(who, provider)
    now_s = who.now.timestamp()
    return await oidc_client.identity(at, client, code, asked.nonce, asked.verifier, now_s, allow)


async def _member(who: Visitor, asked: Asked, found: Identity) -> int:
    """By the subject; the first time by the e-mail address that the provider has verified."""
    async with who.engine.begin() as conn:
        member = await member_of(conn, asked.tenant, asked.issuer, found.subject)
        if member is not None:
            return member
        if found.email is None:
            raise Turned("unverified")
        meant = await members_by_email(conn, asked.tenant, found.email)
        if len(meant) != 1:
            raise Turned("unknown_member")
        await link_subject(conn, asked.tenant, meant[0], asked.issuer, found.subject, who.now)
        return meant[0]


async def _turned(who: Visitor, tenant: int, reason: str, said: str = "") -> RedirectResponse:
    await refused(who, tenant, None, f"oidc_{reason}" + (f": {said}" if said else ""))
    return _to_page(refused=reason)


def _to_page(**fragment: str) -> RedirectResponse:
    """In the fragment, which browsers send to nobody."""
    return RedirectResponse(f"{SIGN_IN_PAGE}#{urlencode(fragment)}", 303)


def _key(state: str) -> str:
    return f"signin:oidc:{tokens.digest(state).hex()}"

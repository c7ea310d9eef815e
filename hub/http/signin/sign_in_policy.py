"""How a tenant's members sign in: whether by a second factor, and at a provider of its own."""

from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller, Visitor
from hub.http.fields import Id, Name, SystemId
from hub.http.problems import Problem
from hub.http.signin import oidc_client
from hub.http.signin.confirming import require_confirmed
from hub.http.signin.oidc import redirect_uri
from hub.http.signin.oidc_client import ProviderFailed
from hub.identity import passkeys
from storage.people.members import member
from storage.people.oidc import provider_of, remove_provider, set_provider
from storage.people.second_factors import forget_factors
from storage.people.sessions import revoke_sessions
from storage.people.standing import Asked, ask_second_factor, second_factor_of
from storage.people.tenants import only_tenant, tenant_by_system_id
from storage.proof import log
from storage.proof.log import What

Address = Annotated[str, Meta(min_length=8, max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")]
Printed = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")]


class WaysQuery(Struct, frozen=True):
    system_id: SystemId | None = None


class OwnProvider(Struct, frozen=True):
    label: str


class Ways(Struct, frozen=True, omit_defaults=True):
    """What the page for signing in can offer beside a password."""

    mail: bool = False
    passkeys: bool = False
    oidc: OwnProvider | None = None


class Provider(Struct, frozen=True):
    """`redirect_uri` is what has to be registered there."""

    issuer: str
    client_id: str
    label: str
    redirect_uri: str


class SignInPolicy(Struct, frozen=True, omit_defaults=True):
    second_factor: Asked
    redirect_uri: str
    mail: bool = False
    oidc: Provider | None = None


class NewSignInPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    second_factor: Asked


class NewProvider(Struct, frozen=True, forbid_unknown_fields=True):
    issuer: Address
    client_id: Printed
    client_secret: Annotated[str, Meta(min_length=1, max_length=500)]
    label: Name


class FactorsPath(Struct, frozen=True):
    member: Id


async def ways(who: Visitor, query: WaysQuery) -> Ways:
    """What else than a password there is; a system ID that nobody has looks like any other."""
    async with who.engine.connect() as conn:
        given = query.system_id
        tenant = await (tenant_by_system_id(conn, given) if given else only_tenant(conn))
        provider = await provider_of(conn, tenant.id) if tenant else None
    return Ways(
        mail=who.settings.mail is not None,
        passkeys=passkeys.party(who.settings.url) is not None,
        oidc=OwnProvider(provider.label) if provider else None,
    )


async def sign_in_policy(who: Caller) -> SignInPolicy:
    """How the tenant's members sign in."""
    who.require(Action.MANAGE_SIGN_IN)
    back = redirect_uri(who)
    async with who.engine.connect() as conn:
        asked = await second_factor_of(conn, who.actor.tenant)
        row = await provider_of(conn, who.actor.tenant)
    oidc = Provider(row.issuer, row.client_id, row.label, back) if row else None
    return SignInPolicy(asked, back, who.settings.mail is not None, oidc)


async def set_sign_in_policy(who: Caller, body: NewSignInPolicy) -> None:
    """Require a second factor, or not: who has none sets one up at the next sign-in."""
    who.require(Action.MANAGE_SIGN_IN)
    require_confirmed(who)
    async with who.engine.begin() as conn:
        await ask_second_factor(conn, who.actor.tenant, body.second_factor)
        await _log(who, conn, second_factor=body.second_factor)


async def set_oidc(who: Caller, body: NewProvider) -> None:
    """Let members sign in at the company's own provider, once it has answered."""
    who.require(Action.MANAGE_SIGN_IN)
    require_confirmed(who)
    try:
        await oidc_client.discover(body.issuer, who.settings.webhook_allow)
    except ProviderFailed as failed:
        raise Problem(problems.OIDC_UNREACHABLE, what=str(failed)) from None
    box = await who.keys.box(who.actor.tenant)
    async with who.engine.begin() as conn:
        await set_provider(
            conn,
            box,
            issuer=body.issuer,
            client_id=body.client_id,
            secret=body.client_secret,
            label=body.label,
            now=who.now,
        )
        await _log(who, conn, oidc=body.issuer)


async def remove_oidc(who: Caller) -> None:
    """Sign in here only; raise the problem NOT_FOUND if there was no provider."""
    who.require(Action.MANAGE_SIGN_IN)
    require_confirmed(who)
    async with who.engine.begin() as conn:
        if not await remove_provider(conn, who.actor.tenant):
            raise Problem(problems.NOT_FOUND)
        await _log(who, conn, oidc=None)


async def remove_factors(who: Caller, path: FactorsPath) -> None:
    """Somebody has lost phone and codes: they sign in by password again, and are out until then."""
    within = who.within(Action.MANAGE_MEMBERS)
    require_confirmed(who)
    actor = who.actor
    async with who.engine.begin() as conn:
        await member(conn, within, path.member)
        apps, keys = await forget_factors(conn, path.member)
        await revoke_sessions(conn, path.member, who.now)
        subject = {"member": path.member, "why": "lost"}
        for what, gone in ((What.TOTP_DISABLED, apps), (What.PASSKEY_REMOVED, keys)):
            if gone:
                await log.write(conn, actor.tenant, what, actor.member, subject, who.now)


async def _log(who: Caller, conn: AsyncConnection, **subject: object) -> None:
    actor = who.actor
    await log.write(conn, actor.tenant, What.POLICY_CHANGED, actor.member, subject, who.now)

"""Passkeys over HTTP: asking for one, signing in with one, adding and removing one's own."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.http import problems
from hub.http.callers import Caller, Visitor
from hub.http.fields import Created, Id, Name
from hub.http.problems import Problem
from hub.http.signin.confirming import keep_required, require_confirmed
from hub.http.signin.steps import (
    SignInAnswer,
    StepToken,
    begin,
    go_on,
    needs,
    passed,
    pending_of,
    refused,
    standing_here,
    take,
)
from hub.http.signin.throttle import Guess
from hub.identity import passkeys
from hub.identity.passkeys import Party, Refused
from hub.identity.signing_in import Need, Proof
from storage.people import tokens
from storage.people.second_factors import (
    PasskeyRow,
    add_passkey,
    passkey_by_credential,
    passkey_used,
    passkeys_of,
    remove_passkey,
)
from storage.people.sessions import SignInKind
from storage.proof import log
from storage.proof.log import What

WITHIN_S = passkeys.WITHIN_MS // 1000

Token = Annotated[str, Meta(min_length=1, max_length=100)]
Credential = dict[str, Any]


class PasskeyAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `step`, the passkey says who it is."""

    step: StepToken | None = None


class PasskeyOptions(Struct, frozen=True):
    """`options` are for the browser's parseRequestOptionsFromJSON or parseCreationOptionsFromJSON.

    `ceremony` goes back with what the browser answers, within five minutes.
    """

    ceremony: str
    options: dict[str, Any]


class PasskeyShown(Struct, frozen=True, forbid_unknown_fields=True):
    """`credential` is what the browser's `toJSON()` gives."""

    ceremony: Token
    credential: Credential
    step: StepToken | None = None
    kind: SignInKind = "browser"


class NewPasskey(Struct, frozen=True, forbid_unknown_fields=True):
    ceremony: Token
    credential: Credential
    name: Name


class PasskeyPath(Struct, frozen=True):
    passkey: Id


class Ceremony(Struct, frozen=True):
    """What is kept of a question: whom it was put to (0: anybody), and the random part of it."""

    purpose: str
    member: int
    nonce: bytes


async def passkey_options(who: Visitor, body: PasskeyAsked) -> PasskeyOptions:
    """What to ask the browser's passkeys for a sign-in."""
    of, nonce, member = party_of(who), passkeys.challenge(), 0
    known: list[bytes] = []
    if body.step:
        pending, standing = await pending_of(who, body.step)
        needs(standing, pending, Need.SECOND_FACTOR)
        member = standing.member
        async with who.engine.connect() as conn:
            rows = await passkeys_of(conn, standing.tenant, member)
        known = [row.credential_id for row in rows]
    ceremony = await _ask(who, Ceremony("use", member, nonce))
    return PasskeyOptions(ceremony, passkeys.to_use(of, nonce, known))


async def passkey_sign_in(who: Visitor, body: PasskeyShown) -> SignInAnswer:
    """Sign in with a passkey alone, or show it as the second factor."""
    guess = Guess("-", "passkey", who.address)
    throttle = await passed(who, guess)
    ceremony = await _answered(who, body.ceremony, "use")
    tenant, passkey = await _verified(who, ceremony, body.credential)
    await throttle.right(guess)
    if body.step is None:
        return await begin(who, tenant, passkey.member, body.kind, Proof.PASSKEY)
    pending, standing = await take(who, body.step)
    needs(standing, pending, Need.SECOND_FACTOR)
    if passkey.member != standing.member:
        raise Problem(problems.PASSKEY_REFUSED)
    return await go_on(who, standing, replace(pending, shown=(*pending.shown, Proof.PASSKEY)))


async def own_passkey_options(who: Caller) -> PasskeyOptions:
    """What to ask the browser to make a passkey for oneself."""
    require_confirmed(who)
    of, nonce, actor = party_of(who), passkeys.challenge(), who.actor
    async with who.engine.connect() as conn:
        rows = await passkeys_of(conn, actor.tenant, actor.member)
    handle = passkeys.user_handle(who.signed_in.system_id, actor.member)
    known = [row.credential_id for row in rows]
    ceremony = await _ask(who, Ceremony("make", actor.member, nonce))
    name = f"{who.signed_in.name} ({who.signed_in.tenant_name})"
    options = passkeys.to_make(of, nonce, handle, who.signed_in.login, name, known)
    return PasskeyOptions(ceremony, options)


async def add_own_passkey(who: Caller, body: NewPasskey) -> Created:
    """Keep a passkey that the browser has made."""
    require_confirmed(who)
    actor = who.actor
    ceremony = await _answered(who, body.ceremony, "make")
    if ceremony.member != actor.member:
        raise Problem(problems.PASSKEY_REFUSED)
    try:
        new = passkeys.made(party_of(who), ceremony.nonce, body.credential)
    except Refused:
        raise Problem(problems.PASSKEY_REFUSED) from None
    async with who.engine.begin() as conn:
        added = await add_passkey(
            conn,
            actor.tenant,
            actor.member,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            name=body.name,
            now=who.now,
        )
        subject = {"member": actor.member, "passkey": added}
        await log.write(conn, actor.tenant, What.PASSKEY_ADDED, actor.member, subject, who.now)
    return Created(added)


async def remove_own_passkey(who: Caller, path: PasskeyPath) -> None:
    """Forget a passkey; the last factor stays where the tenant requires one."""
    require_confirmed(who)
    actor = who.actor
    async with who.engine.begin() as conn:
        await remove_passkey(conn, actor.tenant, actor.member, path.passkey)
        subject = {"member": actor.member, "passkey": path.passkey}
        await log.write(conn, actor.tenant, What.PASSKEY_REMOVED, actor.member, subject, who.now)
        await keep_required(who, conn)


def party_of(who: Visitor) -> Party:
    """Raise the problem PASSKEYS_NEED_A_NAME where browsers would refuse to make one."""
    found = passkeys.party(who.settings.url)
    if found is None:
        raise Problem(problems.PASSKEYS_NEED_A_NAME, what="https://")
    return found


async def _ask(who: Visitor, ceremony: Ceremony) -> str:
    token = tokens.mint()
    key = _key(token)
    await who.servers.at(key).set(key, msgspec.json.encode(ceremony), ex=WITHIN_S)
    return token


async def _answered(who: Visitor, token: str, purpose: str) -> Ceremony:
    """Each question is answered once; raise the problem STEP_EXPIRED."""
    key = _key(token)
    kept = await who.servers.at(key).getdel(key)
    ceremony = kept and msgspec.json.decode(kept, type=Ceremony)
    if not ceremony or ceremony.purpose != purpose:
        raise Problem(problems.STEP_EXPIRED)
    return ceremony


async def _verified(
    who: Visitor, ceremony: Ceremony, credential: Credential
) -> tuple[int, PasskeyRow]:
    """Whose passkey it is, which is noted as used; raise the problem PASSKEY_REFUSED."""
    of = party_of(who)
    tenant = None
    try:
        async with who.engine.begin() as conn:
            found = await passkey_by_credential(conn, passkeys.credential_id(credential))
            if found is None or ceremony.member not in (0, found[1].member):
                raise Refused("nobody's passkey, or somebody else's")
            tenant, passkey = found
            counted = passkeys.used(
                of, ceremony.nonce, credential, passkey.public_key, passkey.sign_count
            )
            if not await passkey_used(conn, passkey, counted, who.now):
                raise Refused("it was used at the same moment")
    except Refused:
        await refused(who, tenant, None, "passkey")
        raise Problem(problems.PASSKEY_REFUSED) from None
    await standing_here(who, tenant, passkey.member)
    return tenant, passkey


def _key(token: str) -> str:
    return f"signin:passkey:{tokens.digest(token).hex()}"

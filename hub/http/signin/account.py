"""One's own account: language, e-mail address, password, authenticator app, recovery codes."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Email, seconds
from hub.http.problems import Problem
from hub.http.signin.codes import (
    Code,
    NewTotp,
    Password,
    RecoveryCodes,
    confirmed_totp,
    good_password,
    new_recovery_codes,
    new_totp,
    proven,
)
from hub.http.signin.confirming import is_confirmed, keep_required, own_standing, require_confirmed
from hub.http.signin.session import guess_password
from hub.http.signin.steps import guess_second, passed, refused
from hub.identity import passwords
from hub.identity.signing_in import Standing
from storage.people.members import Edit, edit_member, set_password
from storage.people.oidc import is_linked
from storage.people.second_factors import (
    PasskeyRow,
    passkeys_of,
    remove_recovery_codes,
    remove_totp,
)
from storage.people.sessions import confirm
from storage.people.telling import tell_members
from storage.people.tenants import tenant
from storage.proof import log
from storage.proof.log import What
from storage.webhooks.events import UserUpdated


class PasskeyItem(Struct, frozen=True, omit_defaults=True):
    id: int
    name: str
    created_at: float
    used_at: float | None = None


class Account(Struct, frozen=True, omit_defaults=True):
    """How one signs in. `confirmed`: what is guarded can be changed without asking again."""

    login: str
    name: str
    locale: str
    email: str | None = None
    password: bool = False
    totp: bool = False
    recovery_codes_left: int = 0
    passkeys: tuple[PasskeyItem, ...] = ()
    oidc: bool = False
    second_factor_required: bool = False
    confirmed: bool = False


class Locale(Struct, frozen=True, forbid_unknown_fields=True):
    locale: Literal["ja", "en"]


class OwnEmail(Struct, frozen=True, forbid_unknown_fields=True):
    email: Email | None


class OwnPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """`current` may be empty only where there is no password yet."""

    password: Password
    current: Annotated[str, Meta(max_length=passwords.MAX_LETTERS)] = ""


class Confirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the two."""

    password: Password | None = None
    code: Code | None = None


class OwnCode(Struct, frozen=True, forbid_unknown_fields=True):
    code: Code


async def account(who: Caller) -> Account:
    """How one signs in, and with what."""
    who.require_own(Action.MANAGE_CREDENTIALS)
    async with who.engine.connect() as conn:
        standing = await own_standing(who, conn)
        passkeys = await passkeys_of(conn, standing.tenant, standing.member)
        linked = await is_linked(conn, standing.tenant, standing.member)
    return Account(
        login=standing.login,
        name=standing.name,
        locale=standing.locale,
        email=standing.email,
        password=standing.password_hash is not None,
        totp=standing.totp,
        recovery_codes_left=standing.recovery_codes,
        passkeys=tuple(_item(row) for row in passkeys),
        oidc=linked,
        second_factor_required=standing.required,
        confirmed=is_confirmed(who),
    )


async def set_own_locale(who: Caller, body: Locale) -> None:
    """Choose the language of one's screens and mails."""
    who.require_own(Action.EDIT_PROFILE)
    async with who.engine.begin() as conn:
        edit = Edit(locale=body.locale)
        await edit_member(conn, who.actor.tenant, who.actor.member, edit)
        await _log(who, conn, What.MEMBER_CHANGED, changed=["locale"])
        await tell_members(conn, who.actor.tenant, UserUpdated, [who.actor.member], who.now)


async def set_own_email(who: Caller, body: OwnEmail) -> None:
    """Where mails go to, such as one that resets the password."""
    require_confirmed(who)
    async with who.engine.begin() as conn:
        edit = Edit(email=body.email or "")
        await edit_member(conn, who.actor.tenant, who.actor.member, edit)
        await _log(who, conn, What.MEMBER_CHANGED, changed=["email"])
        await tell_members(conn, who.actor.tenant, UserUpdated, [who.actor.member], who.now)


async def set_own_password(who: Caller, body: OwnPassword) -> None:
    """Change the password; every other session ends."""
    who.require_own(Action.MANAGE_CREDENTIALS)
    standing = await _standing(who)
    if standing.password_hash is None:
        require_confirmed(who)
    else:
        await _by_password(who, standing, body.current)
    password_hash = await good_password(standing, body.password)
    async with who.engine.begin() as conn:
        await set_password(
            conn,
            standing.tenant,
            standing.member,
            password_hash,
            who.now,
            but=who.signed_in.session,
        )
        await _log(who, conn, What.PASSWORD_SET, why="own")


async def confirm_own(who: Caller, body: Confirmation) -> None:
    """Show again who one is, by the password or a code."""
    who.require_own(Action.MANAGE_CREDENTIALS)
    standing = await _standing(who)
    if body.password is not None and body.code is None:
        await _by_password(who, standing, body.password)
    elif body.code is not None and body.password is None:
        await _by_code(who, standing, body.code)
    else:
        raise Problem(problems.INVALID, what="$.password, $.code")
    async with who.engine.begin() as conn:
        await confirm(conn, who.signed_in.session, who.now)


async def own_totp(who: Caller) -> NewTotp:
    """Begin to set an authenticator app up; it is asked for once it has shown a code."""
    require_confirmed(who)
    return await new_totp(who, await _standing(who))


async def own_totp_confirm(who: Caller, body: OwnCode) -> RecoveryCodes:
    """Show the app's first code; from now on it is asked for."""
    require_confirmed(who)
    return RecoveryCodes(tuple(await confirmed_totp(who, await _standing(who), body.code)))


async def remove_own_totp(who: Caller) -> None:
    """Sign in without the app again; its recovery codes go with the last factor."""
    require_confirmed(who)
    async with who.engine.begin() as conn:
        if not await remove_totp(conn, who.actor.member):
            return
        await keep_required(who, conn)
        if not (await own_standing(who, conn)).protected:
            await remove_recovery_codes(conn, who.actor.member)
        await _log(who, conn, What.TOTP_DISABLED)


async def own_recovery_codes(who: Caller) -> RecoveryCodes:
    """New recovery codes; those of before are void."""
    require_confirmed(who)
    async with who.engine.begin() as conn:
        standing = await own_standing(who, conn)
        if not standing.protected:
            raise Problem(problems.SECOND_FACTOR_REQUIRED)
        return RecoveryCodes(tuple(await new_recovery_codes(conn, standing, who)))


async def _standing(who: Caller) -> Standing:
    async with who.engine.connect() as conn:
        return await own_standing(who, conn)


async def _by_password(who: Caller, standing: Standing, password: str) -> None:
    """Raise the problem WRONG_PASSWORD; it counts as a sign-in would."""
    async with who.engine.connect() as conn:
        home = await tenant(conn, standing.tenant)
    guess = await guess_password(who, home, standing.login)
    throttle = await passed(who, guess)
    if not await passwords.verify(standing.password_hash, password):
        await refused(who, standing.tenant, standing.member, "wrong_password")
        raise Problem(problems.WRONG_PASSWORD)
    await throttle.right(guess)


async def _by_code(who: Caller, standing: Standing, code: str) -> None:
    guess = await guess_second(who, standing)
    throttle = await passed(who, guess)
    if await proven(who, standing, code) is None:
        await refused(who, standing.tenant, standing.member, "wrong_code")
        raise Problem(problems.WRONG_CODE)
    await throttle.right(guess)


async def _log(who: Caller, conn: AsyncConnection, what: What, **more: object) -> None:
    actor = who.actor
    subject = {"member": actor.member, **more}
    await log.write(conn, actor.tenant, what, actor.member, subject, who.now)


def _item(row: PasskeyRow) -> PasskeyItem:
    used_at = seconds(row.used_at) if row.used_at else None
    return PasskeyItem(row.id, row.name, seconds(row.created_at), used_at)

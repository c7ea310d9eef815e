"""The next steps of a sign-in: a code, setting up an app that is required, a new password."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.http import problems
from hub.http.callers import Visitor
from hub.http.problems import Problem
from hub.http.signin.steps import (
    NextStep,
    SignInAnswer,
    StepTaken,
    StepToken,
    go_on,
    guess_second,
    needs,
    next_step,
    passed,
    pending_of,
    refused,
    stamp,
    standing_here,
    take,
)
from hub.identity import passwords, second_factor
from hub.identity.signing_in import Need, Proof, Standing, still_needed
from storage.people.members import set_password
from storage.people.second_factors import (
    begin_totp,
    confirm_totp,
    keep_recovery_codes,
    take_step,
    totp_of,
    use_recovery_code,
)
from storage.proof import log
from storage.proof.log import What

Code = Annotated[str, Meta(min_length=1, max_length=40)]
Password = Annotated[str, Meta(min_length=1, max_length=passwords.MAX_LETTERS)]


class StepCode(Struct, frozen=True, forbid_unknown_fields=True):
    """`code` is of the app, or a recovery code."""

    step: StepToken
    code: Code


class StepPassword(Struct, frozen=True, forbid_unknown_fields=True):
    step: StepToken
    password: Password


class NewTotp(Struct, frozen=True):
    """For an authenticator app: the secret to type, its address, and that as a picture (SVG)."""

    secret: str
    uri: str
    qr: str


class RecoveryCodes(Struct, frozen=True):
    """Each stands in for the app once; they are told this once."""

    recovery_codes: tuple[str, ...]


class SetUp(Struct, frozen=True):
    recovery_codes: tuple[str, ...]
    answer: SignInAnswer


async def session_step(who: Visitor, body: StepTaken) -> NextStep:
    """What a sign-in still needs."""
    pending, standing = await pending_of(who, body.step)
    need = still_needed(standing, pending.shown)
    if need is None:
        raise Problem(problems.STEP_EXPIRED)
    return next_step(body.step, need, standing, pending)


async def session_code(who: Visitor, body: StepCode) -> SignInAnswer:
    """Show the second factor by a code."""
    pending, standing = await pending_of(who, body.step)
    needs(standing, pending, Need.SECOND_FACTOR)
    guess = await guess_second(who, standing)
    throttle = await passed(who, guess)
    proof = await proven(who, standing, body.code)
    if proof is None:
        await refused(who, standing.tenant, standing.member, "wrong_code")
        raise Problem(problems.WRONG_CODE)
    await throttle.right(guess)
    pending, standing = await take(who, body.step)
    return await go_on(who, standing, replace(pending, shown=(*pending.shown, proof)))


async def session_totp(who: Visitor, body: StepTaken) -> NewTotp:
    """Begin to set an app up, where the tenant requires a second factor."""
    pending, standing = await pending_of(who, body.step)
    needs(standing, pending, Need.SET_UP_SECOND_FACTOR)
    return await new_totp(who, standing)


async def session_totp_confirm(who: Visitor, body: StepCode) -> SetUp:
    """Show the first code: the app is set up, and the second factor shown."""
    pending, standing = await pending_of(who, body.step)
    needs(standing, pending, Need.SET_UP_SECOND_FACTOR)
    codes = await confirmed_totp(who, standing, body.code)
    await take(who, body.step)
    shown = replace(pending, shown=(*pending.shown, Proof.CODE))
    standing = await standing_here(who, standing.tenant, standing.member)
    return SetUp(tuple(codes), await go_on(who, standing, shown))


async def session_password(who: Visitor, body: StepPassword) -> SignInAnswer:
    """Choose a password of one's own in place of one that somebody else knows."""
    pending, standing = await pending_of(who, body.step)
    needs(standing, pending, Need.NEW_PASSWORD)
    password_hash = await good_password(standing, body.password)
    pending, standing = await take(who, body.step)
    async with who.engine.begin() as conn:
        await set_password(conn, standing.tenant, standing.member, password_hash, who.now)
        subject = {"member": standing.member, "why": "first"}
        await log.write(conn, standing.tenant, What.PASSWORD_SET, standing.member, subject, who.now)
    standing = await standing_here(who, standing.tenant, standing.member)
    return await go_on(who, standing, replace(pending, stamp=stamp(standing)))


async def good_password(standing: Standing, password: str) -> str:
    """The hash of their next password; raise WeakPassword or the problem SAME_PASSWORD."""
    passwords.check(password, standing.login)
    if await passwords.verify(standing.password_hash, password):
        raise Problem(problems.SAME_PASSWORD)
    return await passwords.hash_aside(password)


async def proven(who: Visitor, standing: Standing, typed: str) -> Proof | None:
    """Which second factor the code shows, which is used up then."""
    code = second_factor.plain(typed)
    if not second_factor.looks_like_totp(code):
        return await _recovered(who, standing, code)
    box = await who.keys.box(standing.tenant)
    async with who.engine.begin() as conn:
        totp = await totp_of(conn, box, standing.member)
        if totp is None or not totp.confirmed:
            return None
        step = second_factor.step_of(totp.secret, code, who.now.timestamp())
        taken = step is not None and await take_step(conn, standing.member, step)
    return Proof.CODE if taken else None


async def _recovered(who: Visitor, standing: Standing, code: str) -> Proof | None:
    if not standing.protected:
        return None
    digest = second_factor.recovery_digest(standing.member, code)
    async with who.engine.begin() as conn:
        if not await use_recovery_code(conn, standing.member, digest, who.now):
            return None
        left = standing.recovery_codes - 1
        subject = {"member": standing.member, "left": left, "address": who.address}
        await log.write(
            conn, standing.tenant, What.RECOVERY_CODE_USED, standing.member, subject, who.now
        )
    return Proof.RECOVERY


async def new_totp(who: Visitor, standing: Standing) -> NewTotp:
    """A secret that waits for its first code; raise the problem ALREADY_SET_UP."""
    box = await who.keys.box(standing.tenant)
    secret = second_factor.new_secret()
    async with who.engine.begin() as conn:
        if not await begin_totp(conn, box, standing.member, secret, who.now):
            raise Problem(problems.ALREADY_SET_UP)
    shown = second_factor.shown(secret, standing.login, standing.tenant_name)
    return NewTotp(shown.secret, shown.uri, shown.qr)


async def confirmed_totp(who: Visitor, standing: Standing, typed: str) -> list[str]:
    """The app shows its first code; the recovery codes. Raise the problem WRONG_CODE."""
    throttle = await passed(who, guess := await guess_second(who, standing))
    box = await who.keys.box(standing.tenant)
    code = second_factor.plain(typed)
    async with who.engine.begin() as conn:
        totp = await totp_of(conn, box, standing.member)
        step = second_factor.step_of(totp.secret, code, who.now.timestamp()) if totp else None
        if (
            step is None
            or not await take_step(conn, standing.member, step)
            or not await confirm_totp(conn, standing.member, who.now)
        ):
            raise Problem(problems.WRONG_CODE)
        codes = await new_recovery_codes(conn, standing, who)
        subject = {"member": standing.member}
        await log.write(conn, standing.tenant, What.TOTP_ENABLED, standing.member, subject, who.now)
    await throttle.right(guess)
    return codes


async def new_recovery_codes(conn: AsyncConnection, standing: Standing, who: Visitor) -> list[str]:
    """New ones in place of all before."""
    codes = second_factor.new_recovery_codes()
    digests = [second_factor.recovery_digest(standing.member, code) for code in codes]
    await keep_recovery_codes(conn, standing.tenant, standing.member, digests, who.now)
    subject = {"member": standing.member}
    await log.write(
        conn, standing.tenant, What.RECOVERY_CODES_MADE, standing.member, subject, who.now
    )
    return codes

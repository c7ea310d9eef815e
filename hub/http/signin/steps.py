"""A sign-in that is not a session yet: what was shown is kept in the broker, under a token."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role
from hub.counters import THROTTLED
from hub.http import problems
from hub.http.callers import Kept, Visitor
from hub.http.fields import seconds
from hub.http.identifying import let_in
from hub.http.problems import Problem
from hub.http.signin.throttle import Guess, Throttle, site
from hub.identity import letters
from hub.identity.signing_in import Need, Proof, Standing, Way, still_needed
from storage.outgoing import mails
from storage.people import tokens
from storage.people.known_browsers import KNOWN_FOR, know_browser, known_browser
from storage.people.sessions import SignedIn, SignInKind, actor_of, open_session, recent_addresses
from storage.people.standing import standing_of
from storage.proof import log
from storage.proof.log import What
from storage.sealing.sealed import Box

LIFE = timedelta(minutes=10)  # to find the phone, or to set an app up
TOLD_WITHIN = timedelta(days=1)
KNOWN_COOKIE = "zaiseki_known"

StepToken = Annotated[str, Meta(min_length=1, max_length=100)]


class StepTaken(Struct, frozen=True, forbid_unknown_fields=True):
    step: StepToken


class NextStep(Struct, frozen=True, omit_defaults=True):
    """What is still needed, and the ways to show it. `token` goes with it, and is no session."""

    token: str
    need: Need
    login: str
    expires_at: float
    ways: tuple[Way, ...] = ()


class Me(Struct, frozen=True):
    id: int
    name: str
    login: str
    role: Role
    locale: str


class OwnTenant(Struct, frozen=True):
    name: str
    system_id: str


class SignInAnswer(Struct, frozen=True, omit_defaults=True):
    """Who is signed in; or `step`, what is still needed, and nobody is.

    `token` is only for a terminal, and only told once.
    """

    member: Me | None = None
    tenant: OwnTenant | None = None
    token: str | None = None
    step: NextStep | None = None


class Pending(Struct, frozen=True):
    """Who somebody wants to be, and what they have shown. `stamp` ends it with the password."""

    tenant: int
    member: int
    kind: SignInKind
    shown: tuple[Proof, ...]
    stamp: str
    until: datetime


async def begin(
    who: Visitor, tenant: int, member: int, kind: SignInKind, *shown: Proof
) -> SignInAnswer:
    """Somebody has shown something: give them the next step, or a session."""
    await let_in(who, tenant, member)
    standing = await standing_here(who, tenant, member)
    until = who.now + LIFE
    return await go_on(who, standing, Pending(tenant, member, kind, shown, stamp(standing), until))


async def go_on(who: Visitor, standing: Standing, pending: Pending) -> SignInAnswer:
    need = still_needed(standing, pending.shown)
    if need is None:
        return await _signed_in(who, standing, pending)
    token = tokens.mint()
    key = _key(token)
    life = max(1, int((pending.until - who.now).total_seconds()))
    await who.servers.at(key).set(key, msgspec.json.encode(pending), ex=life)
    return SignInAnswer(step=next_step(token, need, standing, pending))


async def pending_of(who: Visitor, token: str) -> tuple[Pending, Standing]:
    """What the token stands for, left as it is; raise the problem STEP_EXPIRED."""
    key = _key(token)
    return await _read(who, await who.servers.at(key).get(key))


async def take(who: Visitor, token: str) -> tuple[Pending, Standing]:
    """The same for exactly one caller: the token is worth nothing from now on."""
    key = _key(token)
    return await _read(who, await who.servers.at(key).getdel(key))


def next_step(token: str, need: Need, standing: Standing, pending: Pending) -> NextStep:
    ways = standing.ways if need is Need.SECOND_FACTOR else ()
    return NextStep(token, need, standing.login, seconds(pending.until), ways)


def needs(standing: Standing, pending: Pending, need: Need) -> None:
    """Raise the problem STEP_EXPIRED unless that is what the sign-in waits for."""
    if still_needed(standing, pending.shown) is not need:
        raise Problem(problems.STEP_EXPIRED)


async def standing_here(who: Visitor, tenant: int, member: int) -> Standing:
    async with who.engine.connect() as conn:
        standing = await standing_of(conn, tenant, member)
    if standing is None:
        raise Problem(problems.STEP_EXPIRED)
    return standing


def stamp(standing: Standing) -> str:
    """It changes with the password, without telling it."""
    return tokens.digest(standing.password_hash or "").hex()


async def passed(who: Visitor, guess: Guess) -> Throttle:
    """Count an attempt; raise the problem TOO_MANY_ATTEMPTS if it is one too many."""
    throttle = Throttle(who.servers)
    wait = await throttle.wait(guess)
    if wait is None:
        return throttle
    THROTTLED.inc()
    if wait.first:
        tenant = int(guess.tenant) if guess.tenant.isdecimal() else None
        await refused(who, tenant, None, "too_many_attempts")
    headers = {"Retry-After": str(wait.seconds)}
    raise Problem(problems.TOO_MANY_ATTEMPTS, what=str(wait.seconds), headers=headers)


async def guess_second(who: Visitor, standing: Standing) -> Guess:
    """An attempt to show a second factor; who gets here knows the password already."""
    browser = await known(who, standing.tenant, standing.login)
    return Guess(str(standing.tenant), f"second {standing.member}", who.address, browser)


async def known(who: Visitor, tenant: int, login: str) -> int | None:
    """The browser, if that member has signed in with it before."""
    token = who.brought(KNOWN_COOKIE)
    if not token:
        return None
    async with who.engine.connect() as conn:
        return await known_browser(conn, tenant, login, token, who.now)


async def refused(who: Visitor, tenant: int | None, member: int | None, why: str) -> None:
    """Log that somebody did not get in."""
    subject = {"member": member, "why": why, "address": who.address}
    async with who.engine.begin() as conn:
        await log.write(conn, tenant, What.SIGN_IN_REFUSED, None, subject, who.now)


async def _read(who: Visitor, kept: bytes | str | None) -> tuple[Pending, Standing]:
    if kept is None:
        raise Problem(problems.STEP_EXPIRED)
    pending = msgspec.json.decode(kept, type=Pending)
    standing = await standing_here(who, pending.tenant, pending.member)
    if stamp(standing) != pending.stamp or pending.until <= who.now:
        raise Problem(problems.STEP_EXPIRED)
    return pending, standing


async def _signed_in(who: Visitor, standing: Standing, pending: Pending) -> SignInAnswer:
    tenant, member = pending.tenant, pending.member
    browser = pending.kind == "browser"
    new_here = browser and await known(who, tenant, standing.login) is None
    box = await who.keys.box(tenant) if who.settings.mail and standing.email else None
    async with who.engine.begin() as conn:
        at_home = await recent_addresses(conn, tenant, standing.login, who.now)
        token = await open_session(
            conn, tenant, member, pending.kind, who.now, who.address, who.agent
        )
        signed_in = await actor_of(conn, token, who.now)
        if signed_in is None:
            raise Problem(problems.STEP_EXPIRED)
        if new_here:
            remember(who, await know_browser(conn, tenant, member, who.now))
        subject = {
            "member": member,
            "session": signed_in.session,
            "kind": pending.kind,
            "by": [str(proof) for proof in pending.shown],
            "address": who.address,
        }
        await log.write(conn, tenant, What.SIGNED_IN, member, subject, who.now)
        strange = new_here or not browser
        if box and strange and at_home and not is_at_home(who.address, at_home):
            await _tell_owner(who, conn, box, standing)
    if browser:
        who.keep(token)
    return session_answer(signed_in, None if browser else token)


async def _tell_owner(who: Visitor, conn: AsyncConnection, box: Box, standing: Standing) -> None:
    """A stolen password is used elsewhere: its owner should hear of it, and can end the session."""
    letter = letters.new_place(
        standing.locale, standing.name, standing.tenant_name, who.address, who.agent, who.now
    )
    await mails.enqueue(
        conn,
        box,
        recipient=standing.email or "",
        subject=letter.subject,
        text=letter.text,
        now=who.now,
        life=TOLD_WITHIN,
    )


def is_at_home(address: str, of_late: Collection[str]) -> bool:
    """Whether it is where the member has signed in of late, or another address of that line."""
    return site(address) in {site(one) for one in of_late}


def remember(who: Visitor, token: str) -> None:
    who.keep_also(Kept(KNOWN_COOKIE, token, KNOWN_FOR))


def session_answer(signed_in: SignedIn, token: str | None = None) -> SignInAnswer:
    actor = signed_in.actor
    return SignInAnswer(
        member=Me(actor.member, signed_in.name, signed_in.login, actor.role, signed_in.locale),
        tenant=OwnTenant(signed_in.tenant_name, signed_in.system_id),
        token=token,
    )


def _key(token: str) -> str:
    return f"signin:step:{tokens.digest(token).hex()}"

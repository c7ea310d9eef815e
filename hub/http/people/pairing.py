"""Pairing a PC with a person (RFC 8628): the PC asks and polls, the person says yes on a page."""

from typing import Annotated

from msgspec import Meta, Struct

from hub import credentials
from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller, Visitor
from hub.http.contracts import Form
from hub.http.fields import Name, seconds
from hub.http.problems import Problem
from hub.http.signin.throttle import Throttle, site
from storage.proof import log
from storage.seats import pairings as record
from storage.seats.pairings import INTERVAL_S, LIFE, Waiting, shown, typed

PAGE = "/pair"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT = "zaiseki-agent"

# An office behind one address sets up a few hundred PCs in a morning.
BEGUN_MAX = 100
# RFC 8628 5.1: of 20^8 codes, nobody finds one of a hundred with so few tries.
GUESSES_MAX = 20

Code = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
UserCode = Annotated[str, Meta(min_length=1, max_length=20)]


class DeviceAuthorization(Form, frozen=True):
    """RFC 8628 3.1; `name` is what the PC calls itself."""

    client_id: Annotated[str, Meta(max_length=64)] = CLIENT
    name: Name = "PC"


class DeviceAuthorized(Struct, frozen=True):
    """RFC 8628 3.2."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class TokenRequest(Form, frozen=True):
    """RFC 8628 3.4."""

    grant_type: Annotated[str, Meta(max_length=100)]
    device_code: Code
    client_id: Annotated[str, Meta(max_length=64)] = CLIENT


class DeviceToken(Struct, frozen=True):
    """RFC 6749 5.1; it is told here and nowhere else."""

    access_token: str
    token_type: str
    device: int


class CodePath(Struct, frozen=True):
    code: UserCode


class PairingItem(Struct, frozen=True):
    """The PC that shows the code: what it calls itself, its address, and since when it waits."""

    name: str
    address: str
    created_at: float
    expires_at: float


class PairingAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """`name` is what the device is to be called."""

    accept: bool
    name: Name | None = None


async def authorize_device(who: Visitor, body: DeviceAuthorization) -> DeviceAuthorized:
    """A PC wants to become somebody's device: what it shows, and what it polls with."""
    await few(who, f"pairing:from:{site(who.address)}", BEGUN_MAX)
    async with who.engine.begin() as conn:
        made = await record.begin_pairing(conn, body.name, who.address, who.now)
    page = credentials.origin(who.request) + PAGE
    code = shown(made.user_code)
    return DeviceAuthorized(
        made.device_code, code, page, f"{page}?code={code}", int(LIFE.total_seconds()), INTERVAL_S
    )


async def device_token(who: Visitor, body: TokenRequest) -> DeviceToken:
    """The device's token, once its member has said yes."""
    if body.grant_type != GRANT:
        raise Problem(problems.NOT_PAIRED, reason="unsupported_grant_type")
    async with who.engine.begin() as conn:
        found = await record.poll(conn, body.device_code, who.now)
        if not isinstance(found, Waiting):
            subject = {"member": found.member, "device": found.device.id}
            what = log.What.DEVICE_PAIRED
            await log.write(conn, found.tenant, what, found.member, subject, who.now)
    if isinstance(found, Waiting):
        raise Problem(problems.NOT_PAIRED, reason=found)
    return DeviceToken(found.device.token, "Bearer", found.device.id)


async def pairing(who: Caller, path: CodePath) -> PairingItem:
    """Which PC shows that code."""
    await guessed(who)
    async with who.engine.connect() as conn:
        row = await record.waiting(conn, typed(path.code), who.now)
    return PairingItem(row.name, row.address, seconds(row.created_at), seconds(row.expires_at))


async def answer_pairing(who: Caller, path: CodePath, body: PairingAnswer) -> None:
    """Take that PC as one's own device, or turn it away."""
    await guessed(who)
    tenant, member = who.actor.tenant, who.actor.member
    async with who.engine.begin() as conn:
        await record.answer(conn, typed(path.code), tenant, member, body.accept, body.name, who.now)
        if not body.accept:
            subject = {"member": member}
            what = log.What.PAIRING_REFUSED
            await log.write(conn, tenant, what, member, subject, who.now)


async def guessed(who: Caller) -> None:
    who.require_own(Action.CONFIRM_PAIRING)
    await few(who, f"{{{who.actor.tenant}}}:pairing:{who.actor.member}", GUESSES_MAX)


async def few(who: Visitor, key: str, most: int) -> None:
    if wait := await Throttle(who.servers).over(key, most):
        headers = {"Retry-After": str(wait.seconds)}
        raise Problem(problems.TOO_MANY_REQUESTS, what=str(wait.seconds), headers=headers)

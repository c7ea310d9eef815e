"""Web Push for one's own browser: the key to subscribe with, and beginning and ending it."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.problems import Problem
from hub.jobs.addresses import URL_MAX_CHARS, Forbidden, parse
from hub.webpush import BadSubscription, Browser, keys_of, text_of
from storage.outgoing import pushes
from storage.proof import log
from storage.proof.log import What
from storage.sealing.vapid import public_key

# Of 65 and of 16 bytes, in base64url without padding.
PublicKey = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{87}$")]
Secret = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{22}$")]
Endpoint = Annotated[str, Meta(max_length=URL_MAX_CHARS, pattern=r"^https?://[\x21-\x7e]+$")]


class PushState(Struct, frozen=True):
    """`public_key` is the applicationServerKey; `subscribed` is of the browser that asks."""

    public_key: str
    subscribed: bool


class PushKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """The browser's public key and its secret, in base64url."""

    p256dh: PublicKey
    auth: Secret


class NewPushSubscription(Struct, frozen=True, forbid_unknown_fields=True):
    """What the Push API's PushSubscription says of itself; only the browser itself can know it."""

    endpoint: Endpoint
    keys: PushKeys


async def push(who: Caller) -> PushState:
    """Whether this browser is told by Web Push, and the key to subscribe with."""
    who.require_own(Action.EDIT_PROFILE)
    key = await public_key(who.keys)
    async with who.engine.connect() as conn:
        known = await pushes.subscribed(conn, who.actor.tenant, who.signed_in.session)
    return PushState(text_of(key), known)


async def subscribe_push(who: Caller, body: NewPushSubscription) -> None:
    """Tell this browser from now on, as long as one is signed in there."""
    who.require_own(Action.EDIT_PROFILE)
    browser = Browser(body.endpoint, body.keys.p256dh, body.keys.auth)
    try:
        keys_of(browser)
        parse(browser.endpoint)
    except (BadSubscription, Forbidden) as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None
    actor, session = who.actor, who.signed_in.session
    box = await who.keys.box(actor.tenant)
    async with who.engine.begin() as conn:
        await pushes.subscribe(conn, box, actor.member, session, browser, who.now)
        told = {"member": actor.member, "changed": ["push"], "push": True}
        await log.write(conn, actor.tenant, What.MEMBER_CHANGED, actor.member, told, who.now)


async def unsubscribe_push(who: Caller) -> None:
    """Tell this browser nothing more."""
    who.require_own(Action.EDIT_PROFILE)
    actor = who.actor
    async with who.engine.begin() as conn:
        if await pushes.unsubscribe(conn, actor.tenant, who.signed_in.session):
            told = {"member": actor.member, "changed": ["push"], "push": False}
            await log.write(conn, actor.tenant, What.MEMBER_CHANGED, actor.member, told, who.now)

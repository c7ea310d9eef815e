"""The receivers of webhooks: who manages them adds, changes, tries, rotates and removes them."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import seconds
from hub.http.problems import Problem
from hub.http.webhooks.shapes import (
    CreatedWebhook,
    NewWebhook,
    Replayed,
    ReplayRange,
    RotatedWebhook,
    TestedWebhook,
    WebhookEdit,
    WebhookItem,
    WebhookPath,
    Webhooks,
    WebhookSettings,
    WebhookType,
    WebhookTypes,
    changed,
    chosen,
    item,
    wishes_of,
)
from hub.jobs.addresses import Forbidden
from hub.jobs.posting import Poster
from storage.proof import log
from storage.proof.log import What
from storage.webhooks import endpoints as webhook_endpoints
from storage.webhooks import log as webhook_log
from storage.webhooks import outcomes as webhook_outcomes
from storage.webhooks.endpoints import (
    ENDPOINTS_PER_TENANT,
    OVERLAP,
    Reason,
    TooManyEndpoints,
    Wishes,
)
from storage.webhooks.events import EVENT_TYPES
from storage.webhooks.log import Disabled
from storage.webhooks.outbox import ping

BY_HAND = "somebody disabled the endpoint"


async def webhooks(who: Caller) -> Webhooks:
    """The tenant's endpoints, and how their messages fare."""
    who.require(Action.MANAGE_WEBHOOKS)
    async with who.engine.connect() as conn:
        rows = await webhook_endpoints.endpoints(conn, who.actor.tenant, who.now)
    allowed = [str(network) for network in who.settings.webhook_allow]
    return Webhooks([item(row) for row in rows], ENDPOINTS_PER_TENANT - len(rows), allowed)


async def webhook_types(who: Caller) -> WebhookTypes:
    """The types of events that an endpoint may choose from."""
    who.require(Action.MANAGE_WEBHOOKS)
    return WebhookTypes([WebhookType(one.type, one.ja, one.en) for one in EVENT_TYPES])


async def webhook(who: Caller, path: WebhookPath) -> WebhookSettings:
    """One endpoint as it was chosen: what If-Match speaks of. Its luck is in the list."""
    who.require(Action.MANAGE_WEBHOOKS)
    async with who.engine.connect() as conn:
        tenant = who.actor.tenant
        return chosen(await webhook_endpoints.endpoint(conn, tenant, path.webhook, who.now))


async def create_webhook(who: Caller, body: NewWebhook) -> CreatedWebhook:
    """Add an endpoint; its secret is told this once."""
    who.require(Action.MANAGE_WEBHOOKS)
    wishes = wishes_of(body)
    await _check(who, wishes.url)
    box = await who.keys.box(who.actor.tenant)
    async with who.engine.begin() as conn:
        try:
            made = await webhook_endpoints.add_endpoint(conn, box, wishes, who.now)
        except TooManyEndpoints:
            raise Problem(problems.WEBHOOKS_FULL, what=str(ENDPOINTS_PER_TENANT)) from None
        await _log(who, conn, What.WEBHOOK_CREATED, made.id, **_told(wishes))
    return CreatedWebhook(made.id, made.secret, made.public_key)


async def change_webhook(who: Caller, path: WebhookPath, body: WebhookEdit) -> WebhookItem:
    """Change where it is, what it is told of, and how; what waits goes as it was written."""
    who.require(Action.MANAGE_WEBHOOKS)
    tenant = who.actor.tenant
    box = await who.keys.box(tenant)
    async with who.engine.connect() as conn:
        stands = await webhook_endpoints.endpoint(conn, tenant, path.webhook, who.now)
    wishes = changed(stands.wishes, body)
    if wishes.url != stands.wishes.url:
        await _check(who, wishes.url)
    async with who.engine.begin() as conn:
        await webhook_endpoints.change_endpoint(conn, box, path.webhook, wishes)
        await _log(who, conn, What.WEBHOOK_CHANGED, path.webhook, **_told(wishes))
        return item(await webhook_endpoints.endpoint(conn, tenant, path.webhook, who.now))


async def remove_webhook(who: Caller, path: WebhookPath) -> None:
    """Tell an endpoint nothing more, and forget its keys."""
    who.require(Action.MANAGE_WEBHOOKS)
    async with who.engine.begin() as conn:
        await webhook_endpoints.remove_endpoint(conn, who.actor.tenant, path.webhook, who.now)
        await _log(who, conn, What.WEBHOOK_REMOVED, path.webhook)


async def rotate_webhook(who: Caller, path: WebhookPath) -> RotatedWebhook:
    """Give it other keys, told this once; those of before sign beside them for 24 hours."""
    who.require(Action.MANAGE_WEBHOOKS)
    box = await who.keys.box(who.actor.tenant)
    async with who.engine.begin() as conn:
        made = await webhook_endpoints.rotate(conn, box, path.webhook, who.now)
        await _log(who, conn, What.WEBHOOK_ROTATED, path.webhook)
    return RotatedWebhook(seconds(who.now + OVERLAP), made.secret, made.public_key)


async def try_webhook(who: Caller, path: WebhookPath) -> TestedWebhook:
    """Send a webhook.ping, whatever the filters say; its delivery tells how it went."""
    who.require(Action.MANAGE_WEBHOOKS)
    tenant = who.actor.tenant
    async with who.engine.begin() as conn:
        await _require_listening(conn, tenant, path.webhook)
        delivery = await ping(conn, tenant, path.webhook, who.now)
        sent = await webhook_log.delivery(conn, tenant, delivery)
        await _log(who, conn, What.WEBHOOK_TESTED, path.webhook)
    return TestedWebhook(sent.row.message, delivery)


async def enable_webhook(who: Caller, path: WebhookPath) -> None:
    """Send there again what happens from now on; a replay brings what failed meanwhile."""
    who.require(Action.MANAGE_WEBHOOKS)
    async with who.engine.begin() as conn:
        await webhook_endpoints.enable(conn, who.actor.tenant, path.webhook)
        await _log(who, conn, What.WEBHOOK_ENABLED, path.webhook)


async def disable_webhook(who: Caller, path: WebhookPath) -> None:
    """Send nothing more there until it is enabled; what waits has failed."""
    who.require(Action.MANAGE_WEBHOOKS)
    tenant = who.actor.tenant
    async with who.engine.begin() as conn:
        await webhook_endpoints.endpoint(conn, tenant, path.webhook, who.now)
        reason = Reason.ADMINISTRATOR
        if await webhook_outcomes.disable(conn, tenant, path.webhook, who.now, reason, BY_HAND):
            told = {"reason": reason.value}
            await _log(who, conn, What.WEBHOOK_DISABLED, path.webhook, **told)


async def replay_webhook(who: Caller, path: WebhookPath, body: ReplayRange) -> Replayed:
    """Send again all that failed of what was recorded in that time."""
    who.require(Action.MANAGE_WEBHOOKS)
    tenant = who.actor.tenant
    since = datetime.fromtimestamp(body.since, UTC)
    until = None if body.until is None else datetime.fromtimestamp(body.until, UTC)
    async with who.engine.begin() as conn:
        await _require_listening(conn, tenant, path.webhook)
        count = await webhook_log.replay_failed(conn, tenant, path.webhook, since, until, who.now)
        told = {"since": since.isoformat(), "until": until and until.isoformat(), "count": count}
        await _log(who, conn, What.WEBHOOK_REPLAYED, path.webhook, **told)
    return Replayed(count)


async def _require_listening(conn: AsyncConnection, tenant: int, endpoint: int) -> None:
    try:
        await webhook_log.require_listening(conn, tenant, endpoint)
    except Disabled:
        raise Problem(problems.WEBHOOK_DISABLED) from None


async def _check(who: Caller, url: str) -> None:
    try:
        async with Poster(who.settings.webhook_allow) as poster:
            await poster.check(url)
    except Forbidden as refused:
        raise Problem(
            problems.WEBHOOK_FORBIDDEN,
            what=refused.what,
            reason=refused.reason,
            detail=problems.FORBIDDEN_ADDRESSES[refused.reason],
        ) from None


def _told(wishes: Wishes) -> dict[str, object]:
    """Without the address and the words, which may hold a secret or a name."""
    return {
        "types": list(wishes.types),
        "groups": list(wishes.groups),
        "content": wishes.content.value,
        "signing": [one.value for one in wishes.signing],
    }


async def _log(
    who: Caller, conn: AsyncConnection, what: What, endpoint: int, **told: object
) -> None:
    subject = {"webhook": endpoint, **told}
    await log.write(conn, who.actor.tenant, what, who.actor.member, subject, who.now)

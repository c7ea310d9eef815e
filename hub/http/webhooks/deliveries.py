"""The delivery log of webhooks, page by page, each with its attempts; and sending one again."""

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.paging import before_number, page
from hub.http.problems import Problem
from hub.http.webhooks.shapes import (
    DeliveryDetail,
    DeliveryPage,
    DeliveryPath,
    DeliveryQuery,
    delivery_item,
    detail,
    known_type,
)
from storage.proof import log
from storage.proof.log import What
from storage.webhooks import log as webhook_log
from storage.webhooks.log import Before, Disabled, Wanted


async def deliveries(who: Caller, query: DeliveryQuery) -> DeliveryPage:
    """What was sent in the last 30 days, or is to be sent, newest first."""
    who.require(Action.MANAGE_WEBHOOKS)
    place = before_number(query.cursor)
    wanted = Wanted(query.webhook, query.status, known_type(query.type))
    async with who.engine.connect() as conn:
        rows = await webhook_log.deliveries(
            conn, who.actor.tenant, wanted, query.limit + 1, Before(*place) if place else None
        )
    shown, next = page(rows, query.limit, lambda row: (row.created_at, row.id))
    return DeliveryPage([delivery_item(row) for row in shown], next)


async def one_delivery(who: Caller, path: DeliveryPath) -> DeliveryDetail:
    """One delivery: the body as it is sent, and what came of every attempt."""
    who.require(Action.MANAGE_WEBHOOKS)
    async with who.engine.connect() as conn:
        return detail(await webhook_log.delivery(conn, who.actor.tenant, path.delivery))


async def replay_delivery(who: Caller, path: DeliveryPath) -> None:
    """Send it again now, with the id that it has, also if it was delivered."""
    who.require(Action.MANAGE_WEBHOOKS)
    actor = who.actor
    async with who.engine.begin() as conn:
        try:
            await webhook_log.replay(conn, actor.tenant, path.delivery, who.now)
        except Disabled:
            raise Problem(problems.WEBHOOK_DISABLED) from None
        subject = {"delivery": path.delivery}
        await log.write(conn, actor.tenant, What.WEBHOOK_REPLAYED, actor.member, subject, who.now)

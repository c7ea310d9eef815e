"""What follows from the answer to a webhook: recorded, another attempt, or nothing more sent."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.jobs.posting import Answer
from hub.notices.events import WebhookDisabled
from storage.outgoing import notices
from storage.proof.log import What
from storage.proof.log import write as write_log
from storage.webhooks import outcomes
from storage.webhooks.endpoints import Reason
from storage.webhooks.outcomes import Outcome
from storage.webhooks.queue import Due
from storage.webhooks.times import TIMES, Times

GONE = 410  # Standard Webhooks 1.0.0: the receiver wants nothing more

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """An attempt that began then, and its answer."""

    due: Due
    answer: Answer
    began: datetime


async def settle_all(
    conn: AsyncConnection,
    tried: Sequence[Tried],
    now: datetime,
    random: Callable[[], float],
    times: Times = TIMES,
) -> list[str]:
    """The same for many: successes in a few statements, each failure by itself.

    Endpoints are touched in one order, so that dispatchers do not hold each other up.
    """
    good = [one for one in tried if one.answer.ok]
    if good:
        came = [(one.due, outcome(one.due, one.answer, one.began, now, 0.0, times)) for one in good]
        await outcomes.delivered(conn, came, now)
    said = {one: "delivered" for one in good}
    for one in sorted(tried, key=lambda one: (one.due.endpoint_id, one.due.id)):
        if one not in said:
            said[one] = await settle(conn, one.due, one.answer, one.began, now, random(), times)
    return [said[one] for one in tried]


async def settle(
    conn: AsyncConnection,
    due: Due,
    answer: Answer,
    began: datetime,
    now: datetime,
    random: float,
    times: Times = TIMES,
) -> str:
    """Write down what came of an attempt, and say it in one word."""
    came = outcome(due, answer, began, now, random, times)
    if answer.ok:
        await outcomes.delivered(conn, [(due, came)], now)
        return "delivered"
    await outcomes.failed(conn, due, came, now)
    if answer.status == GONE:
        await disable(conn, due, Reason.GONE, "the endpoint is gone (HTTP 410)", now)
        return "disabled"
    since = await outcomes.failing_since(conn, due)
    if since and not answer.ours and times.dead(now - since):
        why = f"every attempt has failed since {since:%Y-%m-%dT%H:%MZ}"
        await disable(conn, due, Reason.FAILING, why, now)
        return "disabled"
    return "retried" if came.again else "failed"


def outcome(
    due: Due, answer: Answer, began: datetime, now: datetime, random: float, times: Times = TIMES
) -> Outcome:
    """When the next attempt is, if this one failed: by the ladder, later if the receiver asked."""
    final = answer.ok or answer.status == GONE
    wait = None if final else times.next_attempt(due.rung + 1, random)
    again = None if wait is None else now + wait
    rests_until = now + answer.wait if answer.wait else None
    if again and rests_until:
        again = max(again, rests_until)
    latency_ms = round(answer.took_s * 1000)
    return Outcome(began, latency_ms, answer.status, answer.said, again, rests_until, answer.ours)


async def disable(conn: AsyncConnection, due: Due, reason: Reason, why: str, now: datetime) -> None:
    """Nothing more is sent there; whoever manages webhooks is told, once."""
    tenant, endpoint = due.tenant_id, due.endpoint_id
    if not await outcomes.disable(conn, tenant, endpoint, now, reason, why):
        return
    log.warning("webhook endpoint %d is disabled: %s", endpoint, why)
    told = {"webhook": endpoint, "reason": reason.value}
    await write_log(conn, tenant, What.WEBHOOK_DISABLED, None, told, now)
    host = urlsplit(due.url).hostname or ""
    said: Literal["gone", "failing"] = "gone" if reason is Reason.GONE else "failing"
    notice = WebhookDisabled(at=now, endpoint=endpoint, host=host, why=said)
    await notices.announce(conn, tenant, [notice], now)

"""`zaiseki webhook`: who is told of what happens, and what became of it, from a shell."""

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from hub.jobs.addresses import Forbidden
from hub.jobs.posting import Poster
from hub.shell.maintenance import moment
from hub.shell.task import Task
from storage.people.tenants import TenantRow
from storage.proof.log import What
from storage.webhooks import endpoints as webhook_endpoints
from storage.webhooks import log as webhook_log
from storage.webhooks import outcomes as webhook_outcomes
from storage.webhooks.bodies import Content
from storage.webhooks.endpoints import (
    EndpointRow,
    Reason,
    Shown,
    TooManyEndpoints,
    Wishes,
    add_endpoint,
    change_endpoint,
)
from storage.webhooks.events import TYPES
from storage.webhooks.keys import Scheme
from storage.webhooks.log import DeliveryRow, Disabled, Status, Try, Wanted
from storage.webhooks.outbox import ping, wants

EVERYTHING = "all"  # as --type and --group say it


class Refused(Exception):
    """A webhook cannot be so; the message is one line that says what to do."""


async def webhook_add(task: Task) -> None:
    tenant = await task.tenant()
    wishes = await _wishes(task, tenant, Wishes(task.options.address))
    box = await (await task.keys()).box(tenant.id)
    await _check(task, wishes.url)
    try:
        made = await add_endpoint(task.conn, box, wishes, task.now)
    except TooManyEndpoints as refused:
        raise Refused(str(refused)) from None
    await task.log(tenant, What.WEBHOOK_CREATED, webhook=made.id)
    print(f"webhook {made.id}: {wishes.url}")
    _tell(made)


async def webhook_change(task: Task) -> None:
    tenant, id = await task.tenant(), task.options.webhook
    box = await (await task.keys()).box(tenant.id)
    stands = await webhook_endpoints.endpoint(task.conn, tenant.id, id, task.now)
    url = task.options.url or stands.wishes.url
    wishes = await _wishes(task, tenant, replace(stands.wishes, url=url))
    if wishes == stands.wishes:
        raise Refused("nothing to change: give --url, --type, --group or another option")
    if url != stands.wishes.url:
        await _check(task, url)
    await change_endpoint(task.conn, box, id, wishes)
    await task.log(tenant, What.WEBHOOK_CHANGED, webhook=id)
    row = await webhook_endpoints.endpoint(task.conn, tenant.id, id, task.now)
    print(_line(row))
    if row.public_key:
        print(f"public key: {row.public_key}")


async def webhook_list(task: Task) -> None:
    tenant = await task.tenant()
    for row in await webhook_endpoints.endpoints(task.conn, tenant.id, task.now):
        print(_line(row))


async def webhook_remove(task: Task) -> None:
    tenant, id = await task.tenant(), task.options.webhook
    await webhook_endpoints.remove_endpoint(task.conn, tenant.id, id, task.now)
    await task.log(tenant, What.WEBHOOK_REMOVED, webhook=id)
    print(f"webhook {id} is removed; nothing more is sent there")


async def webhook_rotate(task: Task) -> None:
    tenant, id = await task.tenant(), task.options.webhook
    box = await (await task.keys()).box(tenant.id)
    made = await webhook_endpoints.rotate(task.conn, box, id, task.now)
    await task.log(tenant, What.WEBHOOK_ROTATED, webhook=id)
    _tell(made)
    until = task.now + webhook_endpoints.OVERLAP
    print(f"the one before signs beside it until {_moment(until)}")


async def webhook_test(task: Task) -> None:
    tenant, id = await task.tenant(), task.options.webhook
    await _require_listening(task, tenant)
    delivery = await ping(task.conn, tenant.id, id, task.now)
    await task.log(tenant, What.WEBHOOK_TESTED, webhook=id)
    print(
        f"queued delivery {delivery}; a running hub sends it now,"
        f" and `zaiseki webhook delivery {delivery}` says how it went"
    )


async def webhook_enable(task: Task) -> None:
    tenant, id = await task.tenant(), task.options.webhook
    await webhook_endpoints.enable(task.conn, tenant.id, id)
    await task.log(tenant, What.WEBHOOK_ENABLED, webhook=id)
    print(f"webhook {id} is told what happens from now on; see also: zaiseki webhook replay")


async def webhook_disable(task: Task) -> None:
    tenant, id = await task.tenant(), task.options.webhook
    await webhook_endpoints.endpoint(task.conn, tenant.id, id, task.now)
    reason, why = Reason.ADMINISTRATOR, "somebody disabled the endpoint"
    if await webhook_outcomes.disable(task.conn, tenant.id, id, task.now, reason, why):
        await task.log(tenant, What.WEBHOOK_DISABLED, webhook=id, reason=reason.value)
    print(f"webhook {id} is told nothing until: zaiseki webhook enable {id}")


async def webhook_deliveries(task: Task) -> None:
    tenant, options = await task.tenant(), task.options
    status = Status(options.status) if options.status else None
    wanted = Wanted(options.webhook, status, options.type)
    for row in await webhook_log.deliveries(task.conn, tenant.id, wanted, options.limit):
        print(_delivery(row))


async def webhook_delivery(task: Task) -> None:
    """One with every attempt, and the body."""
    tenant = await task.tenant()
    whole = await webhook_log.delivery(task.conn, tenant.id, task.options.delivery)
    print(_delivery(whole.row))
    for one in whole.tries:
        print(_try(one))
    print(whole.body)


async def webhook_replay(task: Task) -> None:
    tenant, options = await task.tenant(), task.options
    if (options.delivery is None) == (options.since is None):
        raise Refused("give --delivery ID, or --since TIME for all that failed since then")
    try:
        count = await _replay(task, tenant)
    except Disabled as refused:
        raise Refused(str(refused)) from None
    print(f"{count} queued; a running hub sends them now")


async def _replay(task: Task, tenant: TenantRow) -> int:
    options = task.options
    if options.delivery is not None:
        await webhook_log.replay(task.conn, tenant.id, options.delivery, task.now)
        await task.log(tenant, What.WEBHOOK_REPLAYED, delivery=options.delivery)
        return 1
    if options.webhook is None:
        raise Refused("--since needs the webhook's ID")
    since = moment(options.since, task.now)
    count = await webhook_log.replay_failed(
        task.conn, tenant.id, options.webhook, since, None, task.now
    )
    told = {"webhook": options.webhook, "since": since.isoformat(), "count": count}
    await task.log(tenant, What.WEBHOOK_REPLAYED, **told)
    return count


# ---- within


async def _wishes(task: Task, tenant: TenantRow, stands: Wishes) -> Wishes:
    """What stands, with what the options say."""
    options = task.options
    return Wishes(
        url=stands.url,
        types=_types(options.type) if options.type else stands.types,
        groups=await _groups(task, tenant) if options.group else stands.groups,
        description=stands.description if options.description is None else _words(options),
        content=Content(options.content) if options.content else stands.content,
        signing=tuple(Scheme(one) for one in options.sign) if options.sign else stands.signing,
    )


def _types(given: Iterable[str]) -> tuple[str, ...]:
    chosen = sorted(set(given) - {EVERYTHING})
    for one in chosen:
        if one.count("*") > one.endswith(".*") or not any(wants(one, kind) for kind in TYPES):
            known = ", ".join(TYPES)
            raise Refused(f"--type {one!r} is no event: give one of {known}, or PART.*")
    return tuple(chosen) if len(chosen) == len(set(given)) else ()


async def _groups(task: Task, tenant: TenantRow) -> tuple[int, ...]:
    if EVERYTHING in task.options.group:
        return ()
    return tuple(await task.groups(tenant, task.options.group))


def _words(options: Namespace) -> str:
    description: str = options.description
    if len(description) > 200 or not (description.isprintable()):
        raise Refused("--description has at most 200 letters, on one line")
    return description


async def _check(task: Task, url: str) -> None:
    try:
        async with Poster(task.settings.webhook_allow) as poster:
            await poster.check(url)
    except Forbidden as refused:
        raise Refused(str(refused)) from None


async def _require_listening(task: Task, tenant: TenantRow) -> None:
    try:
        await webhook_log.require_listening(task.conn, tenant.id, task.options.webhook)
    except Disabled as refused:
        raise Refused(str(refused)) from None


def _tell(made: Shown) -> None:
    if made.secret:
        print(f"secret, shown this once: {made.secret}")
    if made.public_key:
        print(f"public key: {made.public_key}")


def _line(row: EndpointRow) -> str:
    state: str = row.state
    if row.disabled_at:
        state = f"disabled {_moment(row.disabled_at)} ({row.disabled_reason})"
    elif row.failing_since:
        state = f"failing since {_moment(row.failing_since)}"
    types = " ".join(row.wishes.types) or EVERYTHING
    groups = " ".join(f"group {one}" for one in row.wishes.groups) or "everybody"
    fate = f"{row.delivered} delivered, {row.waiting} waiting, {row.failed} failed"
    how = f"{row.wishes.content} {' '.join(row.wishes.signing)}"
    said = row.last_error or row.wishes.description
    return f"{row.id}\t{state}\t{row.wishes.url}\t{types}\t{groups}\t{how}\t{fate}\t{said}"


def _delivery(row: DeliveryRow) -> str:
    latency = "-" if row.latency_ms is None else f"{row.latency_ms} ms"
    due = f"next {_moment(row.due_at)}" if row.due_at else ""
    said = row.last_error or due
    return (
        f"{row.id}\t{_moment(row.created_at)}\twebhook {row.endpoint}\t{row.type}\t{row.status}"
        f"\t{row.attempts} attempts\t{row.last_status or '-'}\t{latency}\t{said}"
    )


def _try(one: Try) -> str:
    return (
        f"  {one.number}\t{_moment(one.at)}\t{one.status or '-'}\t{one.latency_ms} ms\t{one.said}"
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

"""`zaiseki webhook`: who is told of what happens: added, listed, removed and tried from a shell."""

from typing import TYPE_CHECKING

from hub.jobs.addresses import Forbidden
from hub.jobs.posting import Poster
from storage.outgoing.webhook_endpoints import (
    EndpointRow,
    TooManyEndpoints,
    add_endpoint,
    endpoints,
    remove_endpoint,
)
from storage.outgoing.webhooks import TYPES, ping
from storage.proof.log import What

if TYPE_CHECKING:
    from hub.shell.commands import Task


class Refused(Exception):
    """A webhook cannot be added; the message is one line that says what to do."""


async def webhook_add(task: "Task") -> None:
    url, types = task.options.address, set(task.options.type)
    if unknown := types - set(TYPES):
        raise Refused(f"--type {min(unknown)!r} is no event: give one of {', '.join(TYPES)}")
    tenant = await task.tenant()
    box = await (await task.keys()).box(tenant.id)
    try:
        async with Poster(task.settings.webhook_allow) as poster:
            await poster.check(url)
        endpoint, secret = await add_endpoint(task.conn, box, url, types, task.now)
    except (Forbidden, TooManyEndpoints) as refused:
        raise Refused(str(refused)) from None
    await task.log(tenant, What.WEBHOOK_CREATED, webhook=endpoint)
    print(f"webhook {endpoint}: {url}")
    print(f"secret, shown this once: {secret}")


async def webhook_list(task: "Task") -> None:
    for row in await endpoints(task.conn, (await task.tenant()).id):
        print(_line(row))


def _line(row: EndpointRow) -> str:
    state = f"disabled {row.disabled_at:%Y-%m-%dT%H:%MZ}" if row.disabled_at else "active"
    fate = f"{row.delivered} delivered, {row.waiting} waiting, {row.failed} failed"
    return f"{row.id}\t{state}\t{row.url}\t{' '.join(row.types)}\t{fate}\t{row.last_error or ''}"


async def webhook_remove(task: "Task") -> None:
    tenant = await task.tenant()
    await remove_endpoint(task.conn, tenant.id, task.options.webhook, task.now)
    await task.log(tenant, What.WEBHOOK_REMOVED, webhook=task.options.webhook)
    print(f"webhook {task.options.webhook} is removed; nothing more is sent there")


async def webhook_test(task: "Task") -> None:
    tenant = await task.tenant()
    message = await ping(task.conn, tenant.id, task.options.webhook, task.now)
    await task.log(tenant, What.WEBHOOK_TESTED, webhook=task.options.webhook)
    print(
        f"queued {message}; a running hub sends it now, and `zaiseki webhook list` says how it went"
    )

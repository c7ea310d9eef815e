"""Does anybody do the background work: do leases end, so that nobody silent looks present?"""

from typing import cast

from redis.exceptions import RedisError

from hub.checks import Finding, fail, ok
from hub.live.broker import key
from hub.live.servers import Servers, servers
from hub.settings import Settings
from storage import database
from storage.people.directory import directory_versions

PART = "jobs"
OVERDUE_MAX_S = 10.0  # a sweep a second is what one `zaiseki jobs` does


async def jobs(settings: Settings) -> list[Finding]:
    """Only where hub and jobs may be processes apart; `zaiseki up` does its own."""
    if settings.redis is None:
        return []
    try:
        overdue_s = await longest_overdue_s(settings)
    except (RedisError, OSError, ValueError, database.DatabaseProblem, *database.FAULTS):
        return []  # the parts that cannot be asked have said so
    if overdue_s > OVERDUE_MAX_S:
        said = f"a lease ended {overdue_s:.0f} s ago and nobody saw: silent devices look present"
        return [fail(PART, f"{said}; start zaiseki jobs (or zaiseki up)")]
    return [ok(PART, "no lease is overdue")]


async def longest_overdue_s(settings: Settings) -> float:
    engine = database.engine(settings.database or database.embedded_url(settings.state))
    found = await servers(settings.redis or "")
    try:
        async with engine.connect() as conn:
            tenants = await directory_versions(conn)
        return max([await overdue_s(found, tenant) for tenant in tenants], default=0.0)
    finally:
        await found.aclose()
        await engine.dispose()


async def overdue_s(found: Servers, tenant: int) -> float:
    """For how long the tenant's oldest lease has been over; 0 if none is."""
    leases = key(tenant, "leases")
    client = found.at(leases)
    ended = cast("list[tuple[bytes, float]]", await client.zrange(leases, 0, 0, withscores=True))
    seconds, _ = await client.time()
    return max([0.0, *(seconds - deadline_ms / 1000 for _, deadline_ms in ended)])

"""What history is read from: a record, and a site on it."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub.http.history.lives import (
    incidents,
    lived,
)
from tests.hub.http.history.past import DAY, Past, ids, now
from tests.hub.http.site import site
from tests.record import database_url, record

__all__ = ["database_url", "record"]


@pytest.fixture
async def past(record: AsyncEngine, redis: Redis, tmp_path: Path) -> AsyncIterator[Past]:
    async with site(record, redis, tmp_path / "web") as running:
        begin = now() - 2 * DAY
        logins = await ids(record)
        people = {}
        for seed, login in enumerate(("mori", "sato")):
            one = await lived(record, running.a.id, logins[login], begin, Random(seed))
            await incidents(record, running.a.id, one, logins["boss"], Random(seed), 8)
            people[login] = one
        yield Past(running, people, begin)

"""The servers that the HTTP side needs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import embedded_url, engine
from tests.hub.http.site import Site, site
from tests.tables import with_tables


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A record without anybody."""
    await with_tables(embedded_url(tmp_path))
    opened = engine(embedded_url(tmp_path))
    yield opened
    await opened.dispose()


@pytest.fixture
async def hub(empty: AsyncEngine, redis: Redis, tmp_path: Path) -> AsyncIterator[Site]:
    async with site(empty, redis, tmp_path / "web") as running:
        yield running

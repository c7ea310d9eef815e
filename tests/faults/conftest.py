"""A database and a broker to do things to, and three nodes on them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.estate import Estate, estate
from tests.faults.servers import Database, Valkey
from tests.faults.servers import database as running_database
from tests.faults.servers import valkey as running_valkey
from tests.record import database_url, record

__all__ = ["database_url", "record"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Database]:
    with running_database() as one:
        yield one


@pytest.fixture
def url(cluster: Database) -> Iterator[str]:
    """An empty database of the test's own."""
    with cluster.postgres.database() as one:
        yield one


@pytest.fixture
async def valkey() -> AsyncIterator[Valkey]:
    async with running_valkey() as one:
        yield one


@pytest.fixture
async def three(
    tmp_path: Path, valkey: Valkey, cluster: Database, url: str
) -> AsyncIterator[Estate]:
    """Three nodes in this process."""
    async with estate(tmp_path, valkey, cluster, url) as one:
        yield one

"""The hub as the world outside meets it: behind its edge, by https."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields

import httpx2
import pytest

from hub.http.edge import Edge
from tests.hub.http.conftest import empty
from tests.hub.http.conftest import hub as bare
from tests.hub.http.site import Site

HERE = "https://hub.test"
__all__ = ["bare", "empty"]


class Guarded(Site):
    @asynccontextmanager
    async def client(
        self, address: str = "192.0.2.1", origin: str = HERE, **headers: str
    ) -> AsyncIterator[httpx2.AsyncClient]:
        async with super().client(address, origin, **headers) as client:
            client.base_url = httpx2.URL(HERE)
            yield client


@pytest.fixture
def hub(bare: Site) -> Guarded:
    guarded = Guarded(**{part.name: getattr(bare, part.name) for part in fields(bare)})
    guarded.app = Edge(bare.app)
    return guarded

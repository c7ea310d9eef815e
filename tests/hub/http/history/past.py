"""A site whose people have a past, and how it is asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.history.days import TOKYO, midnight
from hub.protocol.facts import Label
from storage.models.people import Member
from tests.hub.http.history.lives import (
    Lived,
)
from tests.hub.http.site import Site

API = "/api/v1"
DAY = timedelta(days=1)
LABELS = [label.value for label in Label]
# What is asked of the database alone differs; the rest is the same on both.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Past:
    """A site whose people have lived through the last two days."""

    site: Site
    people: dict[str, Lived]
    begin: datetime

    @property
    def days(self) -> list[datetime]:
        """Midnights in Tokyo, from before the first row until now."""
        first = self.begin.astimezone(TOKYO).date() - DAY
        return [midnight(first + n * DAY) for n in range(5) if midnight(first + n * DAY) < now()]


def now() -> datetime:
    return datetime.now(UTC)


async def ids(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as conn:
        return {row.login: row.id for row in await conn.execute(select(Member.login, Member.id))}


async def got(client: httpx2.AsyncClient, path: str, **query: object) -> Any:
    answer = await client.get(f"{API}{path}", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def counted(figures: dict[str, Any]) -> dict[tuple[str, str | None], int]:
    return {(one["kind"], one.get("verdict")): one["count"] for one in figures["incidents"]}

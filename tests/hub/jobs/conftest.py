"""The databases that background work is tested on, and people who are told things."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from storage.models.people import Member
from tests.hub.jobs.house import House
from tests.mailbox import Mailbox, mailbox
from tests.outbox import outbox
from tests.record import company, database_url, person, record

__all__ = ["database_url", "outbox", "record"]


@pytest.fixture
async def house(record: AsyncEngine) -> AsyncIterator[House]:
    async with record.begin() as conn:
        at = await company(conn)
        ids = {
            "boss": await person(conn, at.id, "boss", Role.ADMINISTRATOR),
            "sato": await person(conn, at.id, "sato", Role.SUPERVISOR, supervises=[at.sales]),
            "kato": await person(conn, at.id, "kato", Role.SUPERVISOR, supervises=[at.development]),
            "mori": await person(conn, at.id, "mori", groups=[at.tokyo]),
            "noda": await person(conn, at.id, "noda", groups=[at.tokyo]),
        }
        for login, id in ids.items():
            known = {"email": f"{login}@a.example", "locale": "en" if login == "sato" else "ja"}
            await conn.execute(update(Member).where(Member.id == id).values(known))
    yield House(record, at, ids)


@pytest.fixture
async def postbox() -> AsyncIterator[Mailbox]:
    async with mailbox() as running:
        yield running

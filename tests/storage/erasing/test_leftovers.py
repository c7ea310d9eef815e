"""What has run out is cleared away, and nothing else."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.identity.scopes import ApiScope
from storage.erasing import leftovers
from storage.erasing.leftovers import OVER, clear
from storage.models.base import Base
from storage.models.people import Session
from storage.models.signin import Mail, Totp
from storage.outgoing.mails import enqueue
from storage.people import setup
from storage.people.api_tokens import add_api_token, api_tokens
from storage.people.kept_answers import Asked, begin
from storage.people.known_browsers import know_browser
from storage.people.password_links import open_link
from storage.people.second_factors import begin_totp
from storage.people.sessions import open_session, recent_addresses
from storage.seats.pairings import begin_pairing
from storage.webhooks.endpoints import Wishes, add_endpoint
from storage.webhooks.outbox import ping
from storage.webhooks.outcomes import disable
from tests.keys import keys
from tests.record import NOW, company, person

# How long after it was made each of them is of use to somebody.
USEFUL = {
    "kept_answers": timedelta(hours=23),
    "sessions": timedelta(days=7 + 30),
    "api_tokens": timedelta(days=10 + 90),
    "password_links": timedelta(minutes=30, days=1),
    "setup_links": timedelta(days=2),
    "known_browsers": timedelta(days=400),
    "pairings": timedelta(minutes=10, days=1),
    "mails": timedelta(days=30),
    "totps": timedelta(days=1),
    "webhook_deliveries": timedelta(days=30, hours=1),
}


async def given(db: AsyncEngine, now: datetime) -> int:
    """One of each, made now; the tenant."""
    async with db.begin() as conn:
        await setup.open_link(conn, now)
        a = await company(conn)
    box = await keys(db).box(a.id)
    async with db.begin() as conn:
        member = await person(conn, a.id, "mori")
        await open_session(conn, a.id, member, "browser", now, "192.0.2.7")
        await open_link(conn, a.id, member, "reset", now)
        await know_browser(conn, a.id, member, now)
        await begin_pairing(conn, "PC", "192.0.2.7", now)
        await begin_totp(conn, box, member, secrets.token_bytes(20), now)
        scopes, life = [ApiScope.BOARD_READ], timedelta(days=10)
        await add_api_token(conn, a.id, member, "給与", scopes, life, now)
        session = (await conn.execute(select(Session.id).limit(1))).scalar_one()
        await enqueue(
            conn, box, recipient="mori@example.com", subject="件名", text="本文", now=now,
            life=timedelta(days=1),
        )  # fmt: skip
        await conn.execute(update(Mail).values(sent_at=now, due_at=None))
        hook = await add_endpoint(conn, box, Wishes("https://h.example/"), now)
        await ping(conn, a.id, hook.id, now + timedelta(hours=1))
        await disable(conn, a.id, hook.id, now, "administrator", "somebody disabled it")
    await begin(db, Asked(a.id, session, b"k" * 32, b"f" * 32), now - timedelta(hours=1))
    return a.id


async def counts(conn: AsyncConnection) -> dict[str, int]:
    found = {}
    for table, _, _ in OVER:
        rows = select(func.count()).select_from(table)
        found[name(table)] = (await conn.execute(rows)).scalar_one()
    return found


def name(table: type[Base]) -> str:
    return str(table.__tablename__)


async def test_each_stays_for_as_long_as_it_is_of_use(record: AsyncEngine) -> None:
    await given(record, NOW)
    for kind, useful in sorted(USEFUL.items(), key=lambda one: one[1]):
        await clear(record, NOW + useful)
        async with record.connect() as conn:
            assert (await counts(conn))[kind] >= 1, kind
        gone = await clear(record, NOW + useful + timedelta(seconds=1))
        assert gone.keys() >= {kind}
        async with record.connect() as conn:
            left = await counts(conn)
        assert left[kind] == (1 if kind == "sessions" else 0), kind  # the token's own goes with it
    async with record.connect() as conn:
        assert set((await counts(conn)).values()) == {0}


async def test_what_is_in_use_is_never_touched(record: AsyncEngine) -> None:
    tenant = await given(record, NOW)
    async with record.begin() as conn:
        await conn.execute(update(Totp).values(confirmed_at=NOW))
        await conn.execute(update(Mail).values(sent_at=None, due_at=NOW))
    later = NOW + timedelta(days=8)
    await clear(record, later)
    async with record.connect() as conn:
        assert await recent_addresses(conn, tenant, "mori", later) == {"192.0.2.7"}
        assert [token.name for token in await api_tokens(conn, tenant, later)] == ["給与"]
    await clear(record, NOW + timedelta(days=1_000))
    async with record.connect() as conn:
        left = await counts(conn)
    assert (left["totps"], left["mails"]) == (1, 1)


async def test_much_goes_in_small_steps(
    record: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given(record, NOW)
    monkeypatch.setattr(leftovers, "AT_ONCE", 3)
    async with record.begin() as conn:
        one = (await conn.execute(select(Session).limit(1))).one()._mapping
        rows: list[dict[str, Any]] = [
            {**one, "id": 1_000 + n, "token_hash": secrets.token_bytes(32)} for n in range(10)
        ]
        await conn.execute(insert(Session), rows)

    assert (await clear(record, NOW + timedelta(days=40)))["sessions"] == 11

"""The record opens, upgrades and refuses in the same way on both databases."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import (
    DatabaseAhead,
    DatabaseBehind,
    DatabaseMissing,
    DatabaseProblem,
    DatabaseUnreachable,
    NotConnected,
    check_head,
    embedded_url,
    engine,
    migrations,
    upgrade,
)


async def test_the_migrations_make_exactly_the_tables_of_the_models(record: AsyncEngine) -> None:
    def check(connection: Connection) -> None:
        command.check(migrations(connection))

    async with record.connect() as conn:
        await conn.run_sync(check)


async def test_an_upgraded_database_is_accepted_and_upgrading_again_is_harmless(
    empty_url: str,
) -> None:
    await upgrade(empty_url)
    await upgrade(empty_url)

    await check_head(empty_url)


async def test_two_upgrades_at_the_same_moment_wait_for_each_other(empty_url: str) -> None:
    await asyncio.gather(upgrade(empty_url), upgrade(empty_url))

    await check_head(empty_url)


async def test_a_database_without_tables_is_refused_with_what_to_run(empty_url: str) -> None:
    with pytest.raises(DatabaseMissing, match=r"run: zaiseki db upgrade --database \S+$"):
        await check_head(empty_url)


async def test_an_older_database_is_refused_with_what_to_run(
    record: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptDirectory, "get_heads", lambda _: ["the-next-version"])

    with pytest.raises(DatabaseBehind, match=r"run: zaiseki db upgrade --database \S+$"):
        await check_head(database_url)


async def test_a_newer_database_is_neither_used_nor_touched(
    record: AsyncEngine, database_url: str
) -> None:
    async with record.begin() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))

    with pytest.raises(DatabaseAhead, match="newer zaiseki"):
        await check_head(database_url)
    with pytest.raises(DatabaseAhead, match="newer zaiseki"):
        await upgrade(database_url)


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1:1/") as refused:
        await check_head("postgresql+asyncpg://zaiseki:hunter2@127.0.0.1:1/zaiseki")

    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_server_that_does_not_answer_while_the_hub_runs_is_told_from_other_faults() -> None:
    opened = engine("postgresql+asyncpg://hub:hunter2@127.0.0.1:1/zaiseki")
    with pytest.raises(NotConnected, match="127"):
        async with opened.connect():
            pass
    await opened.dispose()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "zaiseki.db").write_text("not a database at all" * 100)

    with pytest.raises(DatabaseUnreachable, match=r"zaiseki\.db: file is not a database"):
        await check_head(embedded_url(tmp_path))


@pytest.mark.parametrize(
    "url",
    ["nonsense", "postgresql://host/name", "mysql+aiomysql://h/n", "sqlite+aiosqlite://"],
)
async def test_an_address_of_no_supported_database_is_answered_with_an_example(url: str) -> None:
    with pytest.raises(DatabaseProblem, match=r"write postgresql\+asyncpg://"):
        await check_head(url)


async def test_what_sqlite_acknowledges_survives_a_power_cut(tmp_path: Path) -> None:
    opened = engine(embedded_url(tmp_path))
    async with opened.connect() as conn:
        found = {
            name: (await conn.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
        }
    await opened.dispose()

    assert found == {
        "synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000,
    }  # fmt: skip

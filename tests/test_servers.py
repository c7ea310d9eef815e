"""The servers that other tests stand on."""

from contextlib import suppress
from pathlib import Path

from playwright.async_api import Browser
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.servers import Postgres, running_postgres


async def tables(url: str) -> list[str]:
    """The names of the tables, then one table more."""
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        found = await conn.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname='public'")
        )
        await conn.execute(text("CREATE TABLE IF NOT EXISTS left_over (n int)"))
    await engine.dispose()
    return list(found)


async def test_each_database_is_empty(postgres: Postgres) -> None:
    with postgres.database() as first, postgres.database() as second:
        assert await tables(first) == []
        assert await tables(second) == []
        assert await tables(first) == ["left_over"]


def test_postgres_is_gone_when_its_block_ends() -> None:
    with running_postgres() as postgres:
        assert postgres.ready()
        folder = str(postgres.folder)
        assert folder in processes()

    assert not postgres.folder.exists()
    assert folder not in processes()


def processes() -> str:
    """The command lines of all processes; one may go while we look."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):
            lines.append(file.read_text())
    return "\n".join(lines)


async def test_the_browser_has_japanese_glyphs(chromium: Browser) -> None:
    page = await chromium.new_page(locale="ja-JP")
    await page.set_content("<b>在席</b><b>\U0010ffff\U0010ffff</b>")

    seat, missing = [await box.screenshot() for box in await page.locator("b").all()]
    assert seat != missing


async def test_each_broker_is_empty_and_speaks_a_url(redis: Redis) -> None:
    assert await redis.dbsize() == 0

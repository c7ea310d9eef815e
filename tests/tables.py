"""Databases with all tables, made once and copied: Alembic takes half a second for each."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import URL, inspect, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import embedded_url, upgrade
from tests.servers import Postgres

PATTERN = "with_tables"  # a database in each cluster, beside those of the tests


async def with_tables(url: str) -> None:
    """Bring a new database to head; one that has tables already is left as it is."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        pattern = embedded_url(Path(_made_once().name))
        if not _copied(pattern, address):
            await upgrade(pattern)
            _copied(pattern, address)
    elif await _is_empty(address):
        await _cloned(address)


# ---- SQLite


@cache
def _made_once() -> tempfile.TemporaryDirectory[str]:
    """Goes when the process does."""
    return tempfile.TemporaryDirectory(prefix="zaiseki-tables-")


def _copied(pattern: str, address: URL) -> bool:
    """Whether there was something to copy, or nothing to do."""
    source, here = Path(str(make_url(pattern).database)), Path(str(address.database))
    if here.exists():
        return True
    if not source.exists():
        return False
    here.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(source, here)
    return True


# ---- PostgreSQL

_patterns: set[URL] = set()


@contextmanager
def copied(postgres: Postgres) -> Iterator[str]:
    """A new database with all tables; yields its URL."""
    pattern = make_url(postgres.address(PATTERN))
    if pattern not in _patterns:
        with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one
            thread.submit(asyncio.run, _made(pattern)).result()
    with postgres.database(PATTERN) as url:
        yield url


async def _is_empty(address: URL) -> bool:
    engine = create_async_engine(address)
    try:
        async with engine.connect() as conn:
            return not await conn.run_sync(lambda sync: inspect(sync).get_table_names())
    finally:
        await engine.dispose()


async def _cloned(address: URL) -> None:
    pattern = address.set(database=PATTERN)
    if pattern not in _patterns:
        await _made(pattern)
    name = address.database
    again = f'CREATE DATABASE "{name}" TEMPLATE {PATTERN} STRATEGY file_copy'
    await _on_cluster(address, f'DROP DATABASE "{name}"', again)


async def _made(pattern: URL) -> None:
    """What an upgrade left that did not end is thrown away."""
    await _on_cluster(pattern, f"DROP DATABASE IF EXISTS {PATTERN}", f"CREATE DATABASE {PATTERN}")
    await upgrade(pattern.render_as_string(hide_password=False))
    _patterns.add(pattern)


async def _on_cluster(address: URL, *statements: str) -> None:
    there = address.set(database="postgres")
    engine = create_async_engine(there, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as conn:
            for statement in statements:
                await conn.execute(text(statement))
    finally:
        await engine.dispose()

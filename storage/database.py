"""Opens the record, SQLite or PostgreSQL, and keeps its tables at this program's version."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Dialect, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.proof.signing import Signer

DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
CONNECT_WITHIN_S = 5.0
AGAIN_AFTER_S = 0.01
BUSY_WAIT_MS = 5000  # SQLite has one writer at a time; the others wait this long for their turn
POOL_SIZE = 10
POOL_OVERFLOW = 10  # 20 in all: PostgreSQL's own default lets 100 in, enough for four nodes
UPGRADE_LOCK = 0x7A616973656B69  # "zaiseki": one upgrade at a time, whoever starts it

# FULL: what was committed survives a power cut, so that an ack may be sent (NORMAL may lose it).
PRAGMAS = (
    f"busy_timeout={BUSY_WAIT_MS}",
    "synchronous=FULL",
    "temp_store=MEMORY",
    "foreign_keys=ON",
)


class NotConnected(OSError):
    """No connection to PostgreSQL could be made; so no other OSError is taken for it."""


# What a database that does not answer raises.
FAULTS = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


REFUSALS = ("22", "23")  # SQLSTATE classes: data exception, integrity constraint violation


def is_refusal(failed: Exception) -> bool:
    """Whether the database will refuse the same rows again, however often they are tried."""
    orig = getattr(failed, "orig", None) or failed
    state = str(getattr(orig, "sqlstate", None) or "")
    bad = (IntegrityError, DataError, ValueError, OverflowError)
    return isinstance(failed, bad) or isinstance(orig, bad) or state.startswith(REFUSALS)


class DatabaseProblem(Exception):
    """The record cannot be used as it is; the message is one line that says what to do."""


class DatabaseUnreachable(DatabaseProblem):
    """Nobody answers at the address, or it does not let us in."""


class DatabaseMissing(DatabaseProblem):
    """The database has no tables of ours yet."""


class DatabaseBehind(DatabaseProblem):
    """The tables are older than this program."""


class DatabaseAhead(DatabaseProblem):
    """The tables were made by a newer program."""


def embedded_url(state: Path) -> str:
    """The SQLite database inside the state folder."""
    return f"sqlite+aiosqlite:///{state / 'zaiseki.db'}"


def engine(url: str, signer: Signer | None = None) -> AsyncEngine:
    """Connect lazily to `url`; raise DatabaseProblem if no such database is supported.

    Over one with a `signer`, what must go by law can be taken away: its tombstone is signed.
    """
    address = _address(url)
    options = {"signer": signer}
    if address.get_backend_name() == "sqlite":
        sqlite = create_async_engine(
            address,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_use_lifo=True,  # each holds pages and statements: use again those that have them
            json_serializer=_json,
            execution_options=options,
        )
        event.listen(sqlite.sync_engine, "connect", _set_pragmas)
        return sqlite
    postgres = create_async_engine(
        address,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
        json_serializer=_json,
        connect_args={"timeout": CONNECT_WITHIN_S},
        execution_options=options,
    )
    event.listen(postgres.sync_engine, "do_connect", _make_connection)
    return postgres


def _make_connection(dialect: Dialect, _record: object, given: Any, named: dict[str, Any]) -> Any:
    """The driver's own errors come through as they are until it has signed in."""
    try:
        return dialect.connect(*given, **named)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as wrong:
        raise NotConnected(str(wrong)) from wrong


def _json(value: object) -> str:
    """Messages go into JSON columns as they are."""
    return msgspec.json.encode(value).decode()


async def check_head(url: str) -> None:
    """Raise the DatabaseProblem that tells what to run, unless the tables fit this program."""
    path = _sqlite_path(url)
    if path is not None and not path.exists():
        raise DatabaseMissing(
            f"there is no database at {path}; give the --state or --database of the hub;"
            f" for a new one, {_run_upgrade(url)}"
        )
    async with _connected(url) as conn:
        current = await conn.run_sync(_revisions)
    scripts = ScriptDirectory.from_config(migrations())
    if current == set(scripts.get_heads()):
        return
    if not current:
        raise DatabaseMissing(f"the database at {shown(url)} is empty; {_run_upgrade(url)}")
    if not all(_is_known(scripts, revision) for revision in current):
        raise DatabaseAhead(
            f"the database at {shown(url)} was made by a newer zaiseki; install that version"
        )
    raise DatabaseBehind(
        f"the database at {shown(url)} is older than this zaiseki; {_run_upgrade(url)}"
    )


async def upgrade(url: str) -> None:
    """Bring the tables to this program's version, creating them if there are none."""
    path = _sqlite_path(url)
    if path is not None:
        _make_folder(url, path.parent)
    async with _connected(url) as conn:
        await _only_upgrade(conn)
        try:
            await conn.run_sync(_upgrade)
        except CommandError:
            raise DatabaseAhead(
                f"the database at {shown(url)} was made by a newer zaiseki; install that version"
            ) from None
        await conn.commit()


def migrations(connection: Connection | None = None) -> Config:
    """What Alembic's commands want: where the versions are, and the connection to work on."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "storage:migrations")
    return config


def shown(url: str) -> str:
    """The address without its password, for messages."""
    return make_url(url).render_as_string(hide_password=True)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise DatabaseProblem(f"{url!r} is no database URL; {_EXAMPLES}") from None
    if address.drivername not in DRIVERS:
        raise DatabaseProblem(f"{address.drivername!r} is no supported database; {_EXAMPLES}")
    return address


_EXAMPLES = (
    "write postgresql+asyncpg://USER:PASSWORD@HOST/NAME or sqlite+aiosqlite:////PATH/zaiseki.db"
)


def _sqlite_path(url: str) -> Path | None:
    address = _address(url)
    if address.get_backend_name() != "sqlite":
        return None
    if not address.database or address.database == ":memory:":
        raise DatabaseProblem(f"a SQLite database needs a file; {_EXAMPLES}")
    return Path(address.database)


def _make_folder(url: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise unreachable(url, wrong) from None


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """SQLite does not wait where two change a new file's journal at once: one tries again."""
    end = time.monotonic() + BUSY_WAIT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(AGAIN_AFTER_S)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    opened = engine(url)
    try:
        conn = await _connect(url, opened)
        try:
            yield conn
        finally:
            await conn.close()
    finally:
        await opened.dispose()


async def _connect(url: str, opened: AsyncEngine) -> AsyncConnection:
    conn = opened.connect()
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            return await conn.start()
    except (OSError, TimeoutError, DBAPIError) as wrong:
        raise unreachable(url, wrong) from None


def unreachable(url: str, wrong: BaseException) -> DatabaseUnreachable:
    """One line for what a driver said when it could not connect."""
    said = getattr(wrong, "orig", None) or wrong
    lines = str(said).splitlines()
    reason = lines[0].removeprefix("<class ") if lines else "it does not answer"
    return DatabaseUnreachable(
        f"cannot open the database at {shown(url)}: {reason};"
        " check that the server runs and that --database is right"
    )


async def _only_upgrade(conn: AsyncConnection) -> None:
    if conn.dialect.name == "sqlite":
        await conn.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        await conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})


def _upgrade(sync: Connection) -> None:
    command.upgrade(migrations(sync), "head")


def _revisions(sync: Connection) -> set[str]:
    return set(MigrationContext.configure(sync).get_current_heads())


def _is_known(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False


def _run_upgrade(url: str) -> str:
    return f"run: zaiseki db upgrade --database {shown(url)}"

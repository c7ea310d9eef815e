"""Inserts that know what is there already; each database spells ON CONFLICT by itself."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.base import Base

Row = dict[str, Any]


def insert_for(conn: AsyncConnection, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """The dialect's own insert, which has the ON CONFLICT clauses."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def insert_new(conn: AsyncConnection, table: type[Base], rows: Sequence[Row]) -> None:
    """Insert the rows that are not there yet, by any of the table's unique keys."""
    if rows:
        await conn.execute(new_only(conn.dialect.name, table), list(rows))


@cache
def new_only(dialect: str, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Made once: the recorder runs it several times a second, and to make it costs more."""
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.on_conflict_do_nothing()

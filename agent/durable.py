"""What the agent's databases have in common: what was committed survives a power cut."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

NO_ROOM = "cannot be written: is the disk full? free some"
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)


def unwritable(wrong: Exception) -> bool:
    """Whether nothing is damaged, and it is the disk that takes nothing (sqlite.org/rescode)."""
    code = getattr(wrong, "sqlite_errorcode", 0)
    return code & 0xFF in _NO_ROOM  # the rest of a code says at which step


def make_durable(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of it or nothing; whatever is raised inside comes through."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk has rolled it back already
            db.execute("ROLLBACK")
        raise

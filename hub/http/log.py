"""The system log as people read it: filtered, page by page, or all of it as a file; its proofs."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from hub.access import Action, Role
from hub.http import problems
from hub.http.callers import Caller
from hub.http.csv import Download, Encoding
from hub.http.fields import Id, seconds
from hub.http.paging import PAGE, Cursor, Limit, before_number, page
from hub.http.problems import Problem
from storage.proof import log as record
from storage.proof.heads import SignedHead
from storage.proof.heads import heads as newest_heads
from storage.proof.log import Before, LogRow, Wanted, What

EXPORT_MAX = 100_000  # entries of some 200 bytes, held in memory while they are sent
TIME_MAX = 253_370_764_800.0  # 9999-01-01, which every database can compare

Moment = Annotated[float, Meta(ge=0, le=TIME_MAX)]
# One line; PostgreSQL stores no NUL, so nothing with one can be found.
Part = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Word = Annotated[str, Meta(max_length=40, pattern=r"^[a-z_]+(\.[a-z_]+)?$")]

HEAD = {
    "ja": ("日時", "操作", "操作者ID", "操作者", "対象"),
    "en": ("time", "what", "actor id", "actor", "subject"),
}


class LogFilter(Struct, frozen=True):
    """Times in seconds since 1970; `what` is a word or its first part, `text` a part of a name."""

    since: Moment | None = field(default=None, name="from")
    until: Moment | None = field(default=None, name="to")
    what: Word | None = None
    actor: Id | None = None
    text: Part | None = None


class LogQuery(LogFilter, frozen=True):
    """A filter; `cursor` is the `next` of the page before."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


class LogFileQuery(LogFilter, frozen=True):
    """A filter, and the letters of the file."""

    encoding: Encoding = Encoding.UTF8


class LogItem(Struct, frozen=True, omit_defaults=True):
    """Who did what, when, to what; without an actor it was the program, or nobody signed in."""

    id: int
    at: float
    what: str
    subject: dict[str, Any]
    actor: int | None = None
    actor_name: str | None = None


class LogPage(Struct, frozen=True, omit_defaults=True):
    """Newest first; `next` is the cursor of the following page, if there is one."""

    items: list[LogItem]
    next: str | None = None


class LogWords(Struct, frozen=True):
    items: list[str]


class HeadsQuery(Struct, frozen=True):
    """`cursor` is the `next` of the page before."""

    limit: Limit = PAGE
    cursor: Id | None = None


class HeadItem(Struct, frozen=True):
    """A signed end of the tenant's chain: Ed25519 over `statement`, all bytes in hex."""

    position: int
    link: str
    at: str
    public_key: str
    signature: str
    statement: str


class Heads(Struct, frozen=True, omit_defaults=True):
    """Newest first; `next` is the cursor of the following page, if there is one."""

    items: list[HeadItem]
    next: int | None = None


async def log(who: Caller, query: LogQuery) -> LogPage:
    """A page of the system log, newest first."""
    who.require(Action.SEE_LOG)
    place = before_number(query.cursor)
    older_than = Before(*place) if place else None
    async with who.engine.connect() as conn:
        wanted = _wanted(who, query)
        rows = await record.entries(conn, who.actor.tenant, wanted, query.limit + 1, older_than)
    shown, next = page(rows, query.limit, lambda row: (row.at, row.id))
    return LogPage([_item(row) for row in shown], next)


async def log_words(who: Caller) -> LogWords:
    """Everything that is logged, for a filter to choose from."""
    who.require(Action.SEE_LOG)
    return LogWords([word.value for word in What])


async def export_log(who: Caller, query: LogFileQuery) -> Download:
    """The filtered log as CSV; that somebody took it is logged, too."""
    rows = await _exported(who, query, "csv")
    table = (
        (row.at.isoformat(), row.what, row.actor, row.actor_name, _json(row.subject))
        for row in rows
    )
    return Download("system-log.csv", HEAD[who.locale], table, query.encoding)


async def export_log_json(who: Caller, query: LogFilter) -> LogPage:
    """The filtered log as JSON; that somebody took it is logged, too."""
    return LogPage([_item(row) for row in await _exported(who, query, "json")])


async def heads(who: Caller, query: HeadsQuery) -> Heads:
    """The signed heads of the tenant's chain: keep them, and nobody can rewrite what is before."""
    who.require(Action.SEE_PROOFS)
    async with who.engine.connect() as conn:
        found = await newest_heads(conn, who.actor.tenant, query.limit + 1, query.cursor)
    shown = found[: query.limit]
    more = len(found) > query.limit
    return Heads([_head(head) for _, head in shown], shown[-1][0] if more else None)


async def _exported(who: Caller, query: LogFilter, form: str) -> list[LogRow]:
    who.require(Action.EXPORT_LOG)
    async with who.engine.begin() as conn:
        wanted = _wanted(who, query)
        rows = await record.entries(conn, who.actor.tenant, wanted, EXPORT_MAX + 1)
        if len(rows) > EXPORT_MAX:
            raise Problem(problems.EXPORT_TOO_LONG, what=f"{EXPORT_MAX:,}")
        taken = {"format": form, "entries": len(rows)}
        actor = who.actor
        await record.write(conn, actor.tenant, What.LOG_EXPORTED, actor.member, taken, who.now)
    return rows


def _wanted(who: Caller, query: LogFilter) -> Wanted:
    """Whoever runs the installation reads what belongs to no tenant, too."""
    return Wanted(
        _moment(query.since),
        _moment(query.until),
        query.what,
        query.actor,
        query.text,
        installation=who.actor.role is Role.OPERATOR,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _item(row: LogRow) -> LogItem:
    return LogItem(row.id, seconds(row.at), row.what, row.subject, row.actor, row.actor_name)


def _head(head: SignedHead) -> HeadItem:
    return HeadItem(
        head.position, head.link, head.at, head.public_key, head.signature, head.statement.hex()
    )


def _json(subject: dict[str, Any]) -> str:
    return msgspec.json.encode(subject).decode()

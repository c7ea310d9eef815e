"""One's own notices: the list behind the bell, and what of it one has read."""

from msgspec import Struct

from hub.access import Action, Scope, scope
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Id, seconds
from hub.http.paging import PageQuery, before_number, page
from hub.http.problems import Problem
from hub.notices.texts import Reading, words
from hub.notifying import NoticeType
from storage.outgoing import notices as record
from storage.outgoing.notices import NoticeRow


class NoticeQuery(PageQuery, frozen=True):
    """All, or those that one has not read."""

    unread: bool = False


class NoticeItem(Struct, frozen=True):
    """What happened, in the caller's language, and the page of the console that shows it.

    `at` is when one was told. `count` is over 1 where several are told in one line.
    """

    id: int
    type: NoticeType
    at: float
    title: str
    text: str
    path: str
    count: int
    read: bool


class NoticePage(Struct, frozen=True):
    """The newest first; `unread` counts all that one has not read, on whichever page."""

    items: list[NoticeItem]
    unread: int
    next: str | None = None


class NoticePath(Struct, frozen=True):
    notice: Id


class ReadUpto(Struct, frozen=True, forbid_unknown_fields=True):
    """The newest of those that one has read."""

    upto: Id


async def notices(who: Caller, query: NoticeQuery) -> NoticePage:
    """A page of one's own notices, without those about people whom one may not see any more."""
    within, me, before = _within(who), who.actor.member, before_number(query.cursor)
    async with who.engine.connect() as conn:
        rows = await record.notices(conn, within, me, query.limit + 1, before, unread=query.unread)
        unread = await record.unread(conn, within, me)
    shown, next = page(rows, query.limit, lambda row: (row.created_at, row.id))
    return NoticePage([_item(row, who) for row in shown], unread, next)


async def read_notice(who: Caller, path: NoticePath) -> None:
    """One has seen it."""
    within, me = _within(who), who.actor.member
    async with who.engine.begin() as conn:
        if not await record.read_one(conn, within, me, path.notice, who.now):
            raise Problem(problems.NOT_FOUND)


async def read_notices(who: Caller, body: ReadUpto) -> None:
    """One has seen this one, and all that were there before it."""
    within, me = _within(who), who.actor.member
    async with who.engine.begin() as conn:
        if not await record.read_upto(conn, within, me, body.upto, who.now):
            raise Problem(problems.NOT_FOUND)


def _within(who: Caller) -> Scope:
    """Nobody else's are asked for; of whom they may tell, as on the board."""
    who.require_own(Action.EDIT_PROFILE)
    return scope(who.actor, Action.SEE_SEAT)


def _item(row: NoticeRow, who: Caller) -> NoticeItem:
    own = row.subject == who.actor.member
    said = words(row.said, Reading(who.locale, row.name, own, row.count))
    return NoticeItem(
        row.id, row.type, seconds(row.created_at), said.title, said.text, said.path, row.count,
        row.read_at is not None,
    )  # fmt: skip

"""Lists that are read page by page, newest first: where a page ends is the cursor of the next."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from msgspec import Meta, Struct

from hub.http import problems
from hub.http.problems import Problem

PAGE = 50
PAGE_MAX = 200
DIGITS_MAX = 18  # of a row's number: 63 bits, as the databases count
SEPARATOR = "~"

Limit = Annotated[int, Meta(ge=1, le=PAGE_MAX)]
Cursor = Annotated[str, Meta(max_length=200)]
Row = TypeVar("Row")


class PageQuery(Struct, frozen=True):
    """`cursor` is the `next` of the page before."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


def before(cursor: str | None) -> tuple[datetime, str] | None:
    """The time and id that the page before ended with; raise the problem INVALID."""
    return _place(cursor) if cursor else None


def before_number(cursor: str | None) -> tuple[datetime, int] | None:
    """The same where ids are numbers."""
    place = before(cursor)
    if place is None:
        return None
    at, id = place
    if not (id.isascii() and id.isdecimal()) or len(id) > DIGITS_MAX:
        raise Problem(problems.INVALID, what="cursor")
    return at, int(id)


def page(
    rows: Sequence[Row], limit: int, place: Callable[[Row], tuple[datetime, str | int]]
) -> tuple[Sequence[Row], str | None]:
    """At most `limit` of the rows, of which one more was asked for, and the cursor of the next."""
    shown = rows[:limit]
    if len(rows) <= limit:
        return shown, None
    at, id = place(shown[-1])
    end = f"{at.astimezone(UTC).isoformat()}{SEPARATOR}{id}"
    return shown, urlsafe_b64encode(end.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, str]:
    try:
        end = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, id = end.partition(SEPARATOR)
        at = datetime.fromisoformat(moment)
    except (ValueError, binascii.Error):
        raise Problem(problems.INVALID, what="cursor") from None
    if at.tzinfo is None or not id.isalnum():
        raise Problem(problems.INVALID, what="cursor")
    return at, id

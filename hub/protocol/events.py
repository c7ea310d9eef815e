"""The watch protocol as server-sent events: what stands around its messages (WHATWG HTML 9.2)."""

import re

from msgspec import Struct

from hub.protocol.closing import Advice, Closing, advice
from hub.protocol.watchers import BoardNews, Cursor

MEDIA_TYPE = "text/event-stream"
ID_MAX_LETTERS = 200

_ID = re.compile(r"([0-9A-Za-z_.-]{1,64})/(\d{1,16})/([0-9A-Za-z_.:-]{1,100})")


class Ended(Struct, frozen=True, tag="end"):
    """The hub ends the stream; code and reason as a websocket's close, and what to do next."""

    code: int
    advice: Advice
    reason: str


ToListener = BoardNews | Ended


def ended(why: Closing) -> Ended:
    return Ended(why.code, advice(why.code), why.reason)


def id_of(cursor: Cursor) -> str:
    """Where a listener stands after an event, to be said again in `Last-Event-ID`."""
    return f"{cursor.epoch}/{cursor.offset}/{cursor.view}"


def cursor_of(id: str) -> Cursor | None:
    """The cursor of such an id; none for anything else, from which no stream can go on."""
    found = _ID.fullmatch(id[:ID_MAX_LETTERS])
    return Cursor(found[1], int(found[2]), found[3]) if found else None


def event(name: str, data: bytes, id: str = "") -> bytes:
    """One event; `data` is JSON, which has no line break of its own."""
    stands = f"id: {id}\n" if id else ""
    return f"event: {name}\n{stands}data: ".encode() + data + b"\n\n"


def retry(after_s: float) -> bytes:
    """How long the client waits before it comes back."""
    return b"retry: %d\n\n" % (after_s * 1000)


COMMENT = b":\n\n"  # says nothing, and shows that the hub is there (9.2.7)

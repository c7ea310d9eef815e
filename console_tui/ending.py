"""Why the hub ended a connection, in the reader's words before the hub's own, which are English."""

from console_tui import cells
from console_tui.words import Words
from hub.protocol.closing import BAD_MESSAGE, COME_BACK, OLD_PROTOCOL, TOO_BIG, TOO_FAST, TRY_LATER

_KEYS = {
    COME_BACK: "ended.restart",
    BAD_MESSAGE: "ended.unread",
    TOO_BIG: "ended.unread",
    OLD_PROTOCOL: "ended.version",
    TOO_FAST: "ended.pace",
    TRY_LATER: "ended.later",
}


def cause(words: Words, code: int | None, said: str) -> str:
    """`ハブは今、接続を受けられません: the live path is down`; `said` alone where a code is nothing
    to a person."""
    said = cells.one_line(said)
    key = _KEYS.get(code) if code is not None else None
    if key is None:
        return said
    return f"{words(key)}: {said}" if said else words(key)

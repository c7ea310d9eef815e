"""Text counted in cells of a terminal, and times as people read them."""

import unicodedata
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from console_tui.words import Words

TOKYO = timezone(timedelta(hours=9), "JST")  # no summer time since 1951
DAY_S = 86_400
# Variation selectors, those of kanji included, skin tones and the frame of a key (UTS #51, #37).
_MODIFIERS = frozenset(
    chr(code)
    for codes in (
        range(0xFE00, 0xFE10),
        range(0xE0100, 0xE01F0),
        range(0x1F3FB, 0x1F400),
        (0x20E3,),
    )
    for code in codes
)


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """Exactly `width` cells: padded at the end, or shortened there with an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + ellipsis, width)


def right(text: str, width: int) -> str:
    return " " * max(0, width - cell_len(text)) + text


def one_line(text: str) -> str:
    """What others wrote may hold line ends and escape codes; a cell shows neither.

    What joins, turns or colours the character before it goes too: terminals disagree on how wide
    the whole is then, and a column would move.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_one_cell, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def _one_cell(character: str) -> str:
    if character in _MODIFIERS or unicodedata.category(character) == "Cf":
        return ""
    return character if character.isprintable() else " "


def unambiguous(text: str) -> str:
    """As many characters, none of ambiguous width: what others wrote, on a terminal that draws
    those two wide (UAX #11)."""
    return text if text.isascii() else "".join(map(_unambiguous, text))


@lru_cache(maxsize=4096)
def _unambiguous(character: str) -> str:
    if unicodedata.east_asian_width(character) != "A":
        return character
    plain = unicodedata.normalize("NFKD", character)[0]
    return plain if unicodedata.east_asian_width(plain) != "A" else "?"


def age(seconds: float, words: Words) -> str:
    """Whole minutes under an hour, then 1:04, then days; never seconds, so that nothing moves."""
    if seconds < 60:
        return words("age.minute")
    minutes = int(seconds // 60)
    if minutes < 60:
        return words("age.minutes", n=minutes)
    if seconds < DAY_S:
        return f"{minutes // 60}:{minutes % 60:02}"
    return words("age.days", n=int(seconds // DAY_S))


def fresh(seconds: float, words: Words) -> str:
    """The age of a contact, in seconds while they matter."""
    return words("age.seconds", n=max(0, int(seconds))) if seconds < 60 else age(seconds, words)


def clock(at: float, now: float) -> str:
    """9:05 today, 11/20 on another day, in Japanese time."""
    then, today = datetime.fromtimestamp(at, TOKYO), datetime.fromtimestamp(now, TOKYO)
    if then.date() != today.date():
        return f"{then.month}/{then.day}"
    return f"{then.hour}:{then.minute:02}"


def clock_with_seconds(at: float) -> str:
    return datetime.fromtimestamp(at, TOKYO).strftime("%H:%M:%S")


def day_and_clock(at: float) -> str:
    """11/20 10:15, in Japanese time."""
    then = datetime.fromtimestamp(at, TOKYO)
    return f"{then.month}/{then.day} {then.hour}:{then.minute:02}"

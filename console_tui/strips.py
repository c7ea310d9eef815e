"""A day as block characters, and the day's presence as a line. Pure; times are arguments."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from console_tui.cells import TOKYO
from hub.protocol.facts import Label

HOUR_S = 3600.0
COUNTED_S = 300.0  # the hub counts who is present every five minutes
SHOWN_H = 12  # of a day, in a strip
DAY_H, NIGHT_H = 8, 12  # from 8 to 20; after 20 from 12 on, before 8 from midnight
FUTURE = "future"
LEVELS = 8  # of a sparkline: an eighth of a cell each

Run = tuple[float, Label]  # from this time until the next run


def day_begin(at: float) -> float:
    """Midnight in Japan, where the day of that time began."""
    then = datetime.fromtimestamp(at, TOKYO)
    return then.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def day_name(at: float) -> str:
    return datetime.fromtimestamp(at, TOKYO).date().isoformat()


def with_live(runs: Sequence[Run], label: Label, since: float) -> list[Run]:
    """What the seat says now goes before what the record said when it was asked."""
    return [run for run in runs if run[0] < since] + [(since, label)]


def cells_of(
    runs: Sequence[Run], begin: float, end: float, count: int, now: float
) -> list[Label | str]:
    """`count` cells from begin to end: the label that held longest in each; of the cell that has
    just begun what holds now, and `FUTURE` after it."""
    step = (end - begin) / count
    found: list[Label | str] = []
    for start in (begin + cell * step for cell in range(count)):
        if start > now:
            found.append(FUTURE)
        elif now < start + step:
            found.append(runs[-1][1] if runs else Label.OFF)
        else:
            found.append(longest(runs, start, start + step))
    return found


def longest(runs: Sequence[Run], start: float, end: float) -> Label:
    """The label of the longest time within start..end; before the first run, off."""
    held: Counter[Label] = Counter()
    times = [*(at for at, _ in runs[1:]), end] if runs else []
    for (at, label), until in zip(runs, times, strict=True):
        overlap = min(until, end) - max(at, start)
        if overlap > 0:
            held[label] += int(overlap * 1000)
    first = runs[0][0] if runs else end
    held[Label.OFF] += int(max(0.0, min(first, end) - start) * 1000)
    return held.most_common(1)[0][0]


def first_hour(at: float) -> int:
    """Where a strip begins, so that this time is in it."""
    hour = datetime.fromtimestamp(at, TOKYO).hour
    if hour < DAY_H:
        return 0
    return DAY_H if hour < DAY_H + SHOWN_H else NIGHT_H


def hours(at: float) -> tuple[float, float]:
    """The begin and the end of what a strip shows of that time's day."""
    begin = day_begin(at) + first_hour(at) * HOUR_S
    return begin, begin + SHOWN_H * HOUR_S


def scale(width: int, at: float) -> str:
    """`8   12  16` above a strip: every fourth hour at its place."""
    line, begin = [" "] * width, first_hour(at)
    for hour in range(begin, begin + SHOWN_H, 4):
        place = (hour - begin) * width // SHOWN_H
        line[place : place + len(str(hour))] = str(hour)
    return "".join(line)[:width]


def levels(present: Sequence[int], width: int) -> list[int]:
    """The day so far in at most `width` columns, each 0 (nobody) or 1..LEVELS of the most."""
    begun = next((place for place, number in enumerate(present) if number), len(present))
    shown, most = present[begun:], max(present, default=0)
    columns = min(width, len(shown))
    found = []
    for column in range(columns):
        part = shown[column * len(shown) // columns : (column + 1) * len(shown) // columns]
        mean = sum(part) / len(part)
        found.append(0 if not mean else max(1, round(mean / most * LEVELS)))
    return found


def moment(text: str, now: float) -> float | None:
    """A past time as people type it: 10:15, 11/20 10:15, 2026-11-20 10:15 or -30 (minutes).

    A clock time that has not come yet today was yesterday's; None where nothing is understood.
    """
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    today = datetime.fromtimestamp(now, TOKYO)
    if text.startswith("-") and text[1:].isdigit() and len(text) < 8:
        return now - 60.0 * int(text[1:])
    day, _, clock = text.rpartition(" ")
    try:
        hour = datetime.strptime(clock, "%H:%M")
        date = _date(day, today) if day else today
    except ValueError:
        return None
    then = date.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    if not day and then > today:
        then -= timedelta(days=1)
    return then.timestamp()


def _date(day: str, today: datetime) -> datetime:
    if "/" not in day:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=TOKYO)
    date = datetime.strptime(f"{today.year}/{day}", "%Y/%m/%d").replace(tzinfo=TOKYO)
    return date if date <= today else date.replace(year=today.year - 1)

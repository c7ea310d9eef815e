"""When something has to go, by the calendar in Tokyo, whatever the machine's zone is."""

import calendar
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")
KEPT_MONTHS = 3  # before the current one: images, presence history, incidents
LEFT_AFTER = timedelta(days=7)  # who is disabled by mistake is missed within a week


def kept_since(now: datetime) -> datetime:
    """What is older has to go: 00:00 on the first of the month three before the one of `now`.

    On 2026-11-15 everything of 2026-08-01 and later is kept.
    """
    today = now.astimezone(TOKYO)
    return _month(today, -KEPT_MONTHS).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def owed_since(ended: datetime) -> datetime:
    """A month after a contract's end: the same day of the next month, or that month's last."""
    return _month(ended.astimezone(TOKYO), 1)


def _month(day: datetime, later: int) -> datetime:
    year, month = divmod(day.year * 12 + day.month - 1 + later, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))

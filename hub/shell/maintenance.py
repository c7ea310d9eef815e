"""`zaiseki maintenance`: announces a window, begins it, ends it, and lists them."""

from datetime import UTC, datetime

from hub.maintenance import Stage, Window, minute, stage
from hub.notifying import JAPAN
from hub.shell.task import Task
from storage import maintenance as record
from storage.errors import Missing

TEXT_LETTERS = 500


class NotPlanned(Exception):
    """What was written is no plan; the message is one line that says what to write."""


async def maintenance_announce(task: Task) -> None:
    options = task.options
    made = await record.announce(
        task.conn,
        moment(options.begins, task.now),
        moment(options.ends, task.now),
        _text(options.text_ja),
        _text(options.text_en),
        None,
        task.now,
    )
    print(f"window {made.id}: {_planned(made)}; begin it with: zaiseki maintenance begin")


async def maintenance_begin(task: Task) -> None:
    found = await _chosen(task, Stage.ANNOUNCED)
    begun = await record.begin(task.conn, found, None, task.now)
    print(
        f"window {begun.id} has begun: within seconds no node takes reports or shows a board;"
        " when you have finished: zaiseki maintenance end"
    )


async def maintenance_end(task: Task) -> None:
    found = await _chosen(task, Stage.RUNNING)
    ended = await record.end(task.conn, found, None, task.now)
    if ended.begun_at is None:
        print(f"window {ended.id} is withdrawn")
    else:
        print(f"window {ended.id} has ended: agents and boards come back by themselves")


async def maintenance_list(task: Task) -> None:
    for one in await record.windows(task.conn):
        came = "withdrawn" if one.ended_at and not one.begun_at else stage(one, task.now)
        print(f"{one.id}\t{came}\t{_planned(one)}\t{one.text_ja}\t{one.text_en}")


def moment(text: str, now: datetime) -> datetime:
    """ISO 8601, in Asia/Tokyo unless it says otherwise, or `now`; raise NotPlanned."""
    if text == "now":
        return now
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=JAPAN)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotPlanned(
            f"{text!r} is no time; write 2027-03-31T22:00 (Asia/Tokyo), 2027-03-31T13:00Z or now"
        ) from None


async def _chosen(task: Task, at: Stage) -> int:
    """The window that was named, or the first one that stands so."""
    if task.options.window is not None:
        return int(task.options.window)
    for one in await record.open_windows(task.conn):
        if stage(one, task.now) is at:
            return one.id
    raise Missing("maintenance window that is", at.value)


def _text(text: str) -> str:
    if len(text) > TEXT_LETTERS:
        raise NotPlanned(f"a text has at most {TEXT_LETTERS} letters")
    return text.strip()


def _planned(window: Window) -> str:
    return f"{minute(window.begins_at)} to {minute(window.ends_at)}"

"""One's own punches."""

from msgspec import Struct

from hub.access import Action
from hub.history.days import DAY, day_of, midnight
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Name, RequestId, seconds
from hub.http.problems import Problem
from hub.protocol.facts import Work
from hub.workforce.punching import PunchKind, PunchRefused, Refusal
from storage.seats.punches import PunchRow, punches_so_far
from storage.seats.punches import punch as write

SAID = {
    Refusal.ALREADY_STARTED: ("すでに出勤しています。", "You have started work already."),
    Refusal.NOT_STARTED: ("まだ出勤していません。", "You have not started work yet."),
    Refusal.NOT_WORKING: (
        "休憩中または中抜け中です。先に戻りの打刻をしてください。",
        "You are on a break or out. Punch that you are back first.",
    ),
    Refusal.NOT_ON_BREAK: ("休憩中ではありません。", "You are not on a break."),
    Refusal.NOT_OUT: ("中抜け中ではありません。", "You are not out."),
    Refusal.TASK_NEEDS_A_NAME: ("仕事内容を入力してください。", "Say which task you start."),
    Refusal.NO_TASK: ("開始した仕事内容がありません。", "You have no task to end."),
    Refusal.REQUEST_ID_REUSED: (
        "request_id は別の打刻で使われています。新しい値を付けてください。",
        "That request_id belongs to another punch. Use a new one.",
    ),
}


class NewPunch(Struct, frozen=True, forbid_unknown_fields=True):
    """`request_id` is the client's own: sending the same one again writes nothing again."""

    kind: PunchKind
    request_id: RequestId
    task: Name | None = None


class PunchItem(Struct, frozen=True, omit_defaults=True):
    id: int
    kind: PunchKind
    at: float
    task: str | None = None


class PunchAnswer(Struct, frozen=True, omit_defaults=True):
    """The punch that stands, and where one stands after it."""

    punch: PunchItem
    work: Work
    task: str | None = None


class Today(Struct, frozen=True, omit_defaults=True):
    """Where one stands, and one's punches of this day in Asia/Tokyo.

    If work has gone on since before midnight, those since it began stand in front of them.
    """

    work: Work
    items: list[PunchItem]
    task: str | None = None


async def punch(who: Caller, body: NewPunch) -> PunchAnswer:
    """Punch for oneself, now."""
    actor = who.actor
    who.require_own(Action.PUNCH)
    async with who.engine.begin() as conn:
        try:
            done = await write(
                conn,
                actor.tenant,
                actor.member,
                body.kind,
                request_id=body.request_id,
                source="web",
                now=who.now,
                task=body.task,
            )
        except PunchRefused as refused:
            said = SAID[refused.reason]
            raise Problem(problems.PUNCH_REFUSED, reason=refused.reason, detail=said) from None
    if done.written:
        at = seconds(done.punch.at)
        stands = done.standing
        await who.live.punched(actor.tenant, actor.member, stands.work, stands.task, at)
    return PunchAnswer(item_of(done.punch), done.standing.work, done.standing.task)


async def today(who: Caller) -> Today:
    """One's own punches since midnight, or since the work began that still goes on."""
    who.require_own(Action.SEE_PUNCHES)
    day = midnight(day_of(who.now))
    own = (who.actor.tenant, who.actor.member)
    async with who.engine.connect() as conn:
        rows, stands = await punches_so_far(conn, *own, day, day + DAY)
    return Today(stands.work, [item_of(row) for row in rows], stands.task)


def item_of(row: PunchRow) -> PunchItem:
    return PunchItem(row.id, row.kind, seconds(row.at), row.task)

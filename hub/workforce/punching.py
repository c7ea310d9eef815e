"""What a punch does: (where somebody stands, what they punch) -> where they stand then."""

from dataclasses import dataclass, replace
from enum import StrEnum

from hub.protocol.facts import Work


class PunchKind(StrEnum):
    """The marks that people set: work, break, 中抜け and task, each with its two ends."""

    START = "start"
    END = "end"
    BREAK_START = "break_start"
    BREAK_END = "break_end"
    OUT = "out"
    BACK = "back"
    TASK_START = "task_start"
    TASK_END = "task_end"


class Refusal(StrEnum):
    """Why a punch does not fit; for machines, and the key of the sentence for people."""

    ALREADY_STARTED = "already_started"
    NOT_STARTED = "not_started"
    NOT_WORKING = "not_working"
    NOT_ON_BREAK = "not_on_break"
    NOT_OUT = "not_out"
    TASK_NEEDS_A_NAME = "task_needs_a_name"
    NO_TASK = "no_task"
    REQUEST_ID_REUSED = "request_id_reused"


class PunchRefused(Exception):
    """The punch contradicts the ones before it; nothing was written."""

    def __init__(self, reason: Refusal, work: Work) -> None:
        super().__init__(f"{reason} while {work}")
        self.reason = reason
        self.work = work


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: at work or not, and on which task."""

    work: Work = Work.OFF
    task: str | None = None


def punched(standing: Standing, kind: PunchKind, task: str | None = None) -> Standing:
    """Raise PunchRefused if it does not fit; an end closes whatever was still open.

    A task lasts through a break and through 中抜け, and the next task takes its place.
    """
    work = standing.work
    match kind:
        case PunchKind.START:
            _require(work is Work.OFF, Refusal.ALREADY_STARTED, work)
            return Standing(Work.WORKING)
        case PunchKind.END:
            _require(work is not Work.OFF, Refusal.NOT_STARTED, work)
            return Standing(Work.OFF)
        case PunchKind.BREAK_START:
            _require_working(work)
            return replace(standing, work=Work.BREAK)
        case PunchKind.BREAK_END:
            _require(work is Work.BREAK, Refusal.NOT_ON_BREAK, work)
            return replace(standing, work=Work.WORKING)
        case PunchKind.OUT:
            _require_working(work)
            return replace(standing, work=Work.OUT)
        case PunchKind.BACK:
            _require(work is Work.OUT, Refusal.NOT_OUT, work)
            return replace(standing, work=Work.WORKING)
        case PunchKind.TASK_START:
            _require(bool(task), Refusal.TASK_NEEDS_A_NAME, work)
            _require_working(work)
            return replace(standing, task=task)
        case PunchKind.TASK_END:
            _require(standing.task is not None, Refusal.NO_TASK, work)
            return replace(standing, task=None)


def _require_working(work: Work) -> None:
    _require(work is not Work.OFF, Refusal.NOT_STARTED, work)
    _require(work is Work.WORKING, Refusal.NOT_WORKING, work)


def _require(holds: bool, otherwise: Refusal, work: Work) -> None:
    if not holds:
        raise PunchRefused(otherwise, work)

"""How incidents look in answers."""

import msgspec
from msgspec import Struct

from hub.http.fields import Id, seconds
from hub.protocol.facts import IncidentKind, Purpose, Verdict, Why
from hub.protocol.images import Uuid
from storage.seats.handling import Act, Step
from storage.seats.incidents import IncidentRow


class IncidentItem(Struct, frozen=True, omit_defaults=True):
    """Times are by the device's clock; `late` was queued before the device's connection.

    `assignee` has taken it. `escalation` counts how often it went up because nobody answered.
    `dispute` is what the member objected at `disputed_at`; it waits for an answer unless it was
    judged later. `viewed`: whoever asks has opened one of its images. `device_name` is what its
    owner calls the device.
    """

    id: str
    member: int
    name: str
    device: int
    kind: IncidentKind
    opened_at: float
    seen_at: float
    ended_at: float | None = None
    count: int = 1
    late: bool = False
    why: Why | None = None
    verdict: Verdict | None = None
    note: str | None = None
    judged_by: str | None = None
    judged_at: float | None = None
    assignee: int | None = None
    assignee_name: str | None = None
    escalation: int = 0
    escalated_at: float | None = None
    disputed_at: float | None = None
    dispute: str | None = None
    viewed: bool = False
    device_name: str = ""


class IncidentPath(Struct, frozen=True):
    incident: Uuid


class IncidentPage(Struct, frozen=True, omit_defaults=True):
    """In the order that was asked for; `next` is the cursor of the following page, if any.

    `total` counts those on all pages, if that was asked for.
    """

    items: list[IncidentItem]
    next: str | None = None
    total: int | None = None


class CourseStep(Struct, frozen=True, omit_defaults=True):
    """One thing that happened to it. Without `by` it was the device or the hub.

    `to` names who was given it, or who was told when it went up.
    """

    at: float
    what: Act
    by: int | None = None
    by_name: str | None = None
    verdict: Verdict | None = None
    text: str | None = None
    purpose: Purpose | None = None
    to: list[str] = []


class PastCount(Struct, frozen=True, omit_defaults=True):
    """So many of the person's incidents of that kind got this verdict; without: not judged."""

    kind: IncidentKind
    count: int
    verdict: Verdict | None = None


class JudgeCard(Struct, frozen=True):
    """Somebody who may take it."""

    id: Id
    name: str


class IncidentDetail(Struct, frozen=True):
    """An incident with all that helps to judge it.

    `course` is what happened to it, the oldest first; `past` the person's other incidents of the
    90 days before; `neighbours` those within an hour; `assignable` who may take it. Only those who
    may judge are told of the last three, and who looked. `goes_up_at` is when somebody above is
    told of it, if nobody answers until then.
    """

    incident: IncidentItem
    course: list[CourseStep]
    past: list[PastCount]
    neighbours: list[IncidentItem]
    assignable: list[JudgeCard]
    may_judge: bool
    may_dispute: bool
    goes_up_at: float | None = None


def item(row: IncidentRow) -> IncidentItem:
    return IncidentItem(
        id=row.id,
        member=row.member,
        name=row.member_name,
        device=row.device,
        kind=row.kind,
        opened_at=seconds(row.opened_at),
        seen_at=seconds(row.seen_at),
        ended_at=seconds(row.ended_at) if row.ended_at else None,
        count=row.count,
        late=row.late,
        why=msgspec.convert(row.why, Why) if row.why else None,
        verdict=row.verdict,
        note=row.note,
        judged_by=row.judged_by,
        judged_at=seconds(row.judged_at) if row.judged_at else None,
        assignee=row.assignee,
        assignee_name=row.assignee_name,
        escalation=row.escalation,
        escalated_at=seconds(row.escalated_at) if row.escalated_at else None,
        disputed_at=seconds(row.disputed_at) if row.disputed_at else None,
        dispute=row.dispute,
        viewed=row.viewed,
        device_name=row.device_name,
    )


def step(one: Step) -> CourseStep:
    return CourseStep(
        at=seconds(one.at),
        what=one.what,
        by=one.by,
        by_name=one.by_name,
        verdict=one.verdict,
        text=one.text,
        purpose=one.purpose,
        to=list(one.to),
    )

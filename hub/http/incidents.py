"""What the devices reported as incidents, cut to what the caller may see."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.access import Action, scope
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import seconds
from hub.http.paging import PageQuery, before, page
from hub.http.problems import Problem
from hub.protocol.facts import IncidentKind, Verdict, Why
from hub.protocol.images import Uuid
from storage.seats.incidents import Before, IncidentRow
from storage.seats.incidents import incidents as newest
from storage.seats.verdicts import UNDO, judge, judged


class IncidentItem(Struct, frozen=True, omit_defaults=True):
    """Times are by the device's clock; `late` was queued before the device's connection."""

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


class IncidentPath(Struct, frozen=True):
    incident: Uuid


class NewVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """正当 (benign), 不正 (confirmed) or 誤検知 (false_positive), and why."""

    verdict: Verdict
    note: Annotated[str, Meta(max_length=1000)] | None = None


class IncidentPage(Struct, frozen=True, omit_defaults=True):
    """Newest first; `next` is the cursor of the following page, if there is one."""

    items: list[IncidentItem]
    next: str | None = None


async def incidents(who: Caller, query: PageQuery) -> IncidentPage:
    """A page of incidents, newest first."""
    place = before(query.cursor)
    older_than = Before(*place) if place else None
    async with who.engine.connect() as conn:
        rows = await newest(conn, who.within(Action.SEE_INCIDENT), query.limit + 1, older_than)
    shown, next = page(rows, query.limit, lambda row: (row.opened_at, row.id))
    return IncidentPage([_item(row) for row in shown], next)


async def give_verdict(who: Caller, path: IncidentPath, body: NewVerdict) -> IncidentItem:
    """Say what an incident was. A later word replaces an earlier one; all of them are kept.

    The images of what was benign or a mistake are erased ten seconds later.
    """
    await _judge(who, path.incident, body.verdict, body.note)
    async with who.engine.connect() as conn:
        [row] = await newest(conn, scope(who.actor, Action.JUDGE_INCIDENT), 1, one=path.incident)
    return _item(row)


async def withdraw_verdict(who: Caller, path: IncidentPath) -> None:
    """Take one's own word back, within ten seconds."""
    await _judge(who, path.incident, None, None)


async def _judge(who: Caller, incident: str, verdict: Verdict | None, note: str | None) -> None:
    actor = who.actor
    async with who.engine.begin() as conn:
        found = await judged(conn, scope(actor, Action.JUDGE_INCIDENT), incident)
        if found is None:
            raise Problem(problems.NOT_FOUND)
        own = found.judge == actor.member and found.at is not None
        if verdict is None and not (own and found.at and who.now < found.at + UNDO):
            raise Problem(problems.VERDICT_STANDS)
        await judge(conn, actor.tenant, incident, verdict, note, actor.member, who.now)
    await who.live.judged(
        actor.tenant, found.member, found.device, found.sighting, verdict, seconds(who.now)
    )


def _item(row: IncidentRow) -> IncidentItem:
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
    )

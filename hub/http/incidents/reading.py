"""What devices reported as incidents, cut to what the caller may see: a queue, and one in full."""

from datetime import datetime

from hub.access import Action, scope
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Id, seconds
from hub.http.incidents.shapes import (
    IncidentDetail,
    IncidentPage,
    IncidentPath,
    JudgeCard,
    PastCount,
    item,
    step,
)
from hub.http.paging import PageQuery, before, page
from hub.http.problems import Problem
from hub.protocol.facts import IncidentKind
from storage.seats import incidents as record
from storage.seats.handling import course, goes_up_at, judges
from storage.seats.incidents import Before, IncidentRow, Order, State, Wanted


class IncidentQuery(PageQuery, frozen=True):
    """All, or those of a `state` (open: not judged, or disputed since), kind or member.

    `mine` are those that the caller has taken. `order` gravest is by kind, then the oldest first.
    `total` asks how many there are on all pages.
    """

    state: State | None = None
    kind: IncidentKind | None = None
    member: Id | None = None
    mine: bool = False
    total: bool = False
    order: Order = Order.NEWEST


async def incidents(who: Caller, query: IncidentQuery) -> IncidentPage:
    """A page of incidents, newest or gravest first."""
    wanted = Wanted(
        state=query.state,
        kind=query.kind,
        member=query.member,
        assignee=who.actor.member if query.mine else None,
        order=query.order,
        viewer=who.actor.member,
    )
    end = _end(query)
    async with who.engine.connect() as conn:
        within = who.within(Action.SEE_INCIDENT)
        rows = await record.incidents(conn, within, query.limit + 1, end, wanted)
        total = await record.how_many(conn, within, wanted) if query.total else None
    shown, next = page(rows, query.limit, lambda row: _place(row, query.order))
    return IncidentPage([item(row) for row in shown], next, total)


async def incident(who: Caller, path: IncidentPath) -> IncidentDetail:
    """One incident with what helps to judge it."""
    within, me = who.within(Action.SEE_INCIDENT), who.actor.member
    judging = scope(who.actor, Action.JUDGE_INCIDENT)
    async with who.engine.connect() as conn:
        row = await record.one(conn, within, path.incident, me)
        if row is None:
            raise Problem(problems.NOT_FOUND)
        own = row.member == me
        judges_it = not own and await record.one(conn, judging, path.incident) is not None
        steps = await course(conn, who.actor.tenant, row)
        near = await record.near(conn, within, row) if judges_it else []
        past = await record.past(conn, who.actor.tenant, row) if judges_it else []
        cards = await judges(conn, who.actor.tenant, row.member) if judges_it else []
        up_at = await goes_up_at(conn, who.actor.tenant, row.id) if judges_it else None
    return IncidentDetail(
        incident=item(row),
        course=[step(one) for one in steps],
        past=[PastCount(one.kind, one.count, one.verdict) for one in past],
        neighbours=[item(one) for one in near],
        assignable=[JudgeCard(id, name) for id, name in cards],
        may_judge=judges_it,
        may_dispute=own and not row.disputed,
        goes_up_at=seconds(up_at) if up_at else None,
    )


def _place(row: IncidentRow, order: Order) -> tuple[datetime, str]:
    """A cursor of the gravest carries the kind's gravity, as a digit before the id."""
    return row.opened_at, f"{row.rank}{row.id}" if order is Order.GRAVEST else row.id


def _end(query: IncidentQuery) -> Before | None:
    place = before(query.cursor)
    if place is None:
        return None
    at, id = place
    if query.order is Order.NEWEST:
        return Before(at, id)
    if not (id[0].isascii() and id[0].isdecimal()):
        raise Problem(problems.INVALID, what="cursor")
    return Before(at, id[1:], int(id[0]))

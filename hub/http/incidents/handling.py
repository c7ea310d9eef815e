"""What people do about incidents: say what they were, take them, and object to them."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action, scope
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Id, seconds
from hub.http.incidents.shapes import IncidentItem, IncidentPath, item
from hub.http.problems import Problem
from hub.protocol.facts import Phase, Verdict
from hub.protocol.images import Uuid
from hub.protocol.watchers import IncidentNews
from storage.seats import handling as record
from storage.seats.incidents import Wanted, incidents, one
from storage.seats.verdicts import UNDO, Judged, all_viewed, judge, judged, withdraw

AT_ONCE_MAX = 50  # a screen of them; more is not looking any more

Note = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00]*$")]


class NewVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """正当 (benign), 不正 (confirmed) or 誤検知 (false_positive), and why.

    With `after`, the `judged_at` of the word that the caller knows (null: none yet), it is refused
    if somebody has said another meanwhile.
    """

    verdict: Verdict
    note: Note | None = None
    after: float | UnsetType | None = UNSET


class NewVerdicts(Struct, frozen=True, forbid_unknown_fields=True):
    """The same word on several incidents, each of which the caller has looked at."""

    incidents: Annotated[list[Uuid], Meta(min_length=1, max_length=AT_ONCE_MAX)]
    verdict: Verdict
    note: Note | None = None


class JudgedIncidents(Struct, frozen=True):
    items: list[IncidentItem]


class NewAssignee(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to answer; nobody lets it go."""

    assignee: Id | None


class NewDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """What the member objects."""

    text: Annotated[
        str, Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
    ]


async def give_verdict(who: Caller, path: IncidentPath, body: NewVerdict) -> IncidentItem:
    """Say what an incident was. A later word replaces an earlier one; all of them are kept.

    The images of what was benign or a mistake are erased ten seconds later.
    """
    async with who.engine.begin() as conn:
        found = await _to_judge(who, conn, path.incident)
        if body.after is not UNSET and body.after != (seconds(found.at) if found.at else None):
            raise Problem(problems.JUDGED_MEANWHILE)
        await _say(who, conn, found, body.verdict, body.note)
    await _show(who, found, body.verdict)
    return await _answer(who, path.incident)


async def give_verdicts(who: Caller, body: NewVerdicts) -> JudgedIncidents:
    """Say the same of several incidents that wait for a word: of all, or of none."""
    ids = list(dict.fromkeys(body.incidents))
    async with who.engine.begin() as conn:
        found = [await _to_judge(who, conn, id) for id in ids]
        if not await all_viewed(conn, who.actor.tenant, who.actor.member, ids):
            raise Problem(problems.NOT_VIEWED)
        if any(known.verdict is not None and not known.disputed for known in found):
            raise Problem(problems.JUDGED_MEANWHILE)
        for known in found:
            await _say(who, conn, known, body.verdict, body.note)
    for known in found:
        await _show(who, known, body.verdict)
    wanted = Wanted(ids=tuple(ids), viewer=who.actor.member)
    async with who.engine.connect() as conn:
        rows = await incidents(conn, who.within(Action.SEE_INCIDENT), len(ids), wanted=wanted)
    return JudgedIncidents([item(row) for row in rows])


async def withdraw_verdict(who: Caller, path: IncidentPath) -> None:
    """Take one's own word back, within ten seconds: what it replaced counts again."""
    async with who.engine.begin() as conn:
        found = await _to_judge(who, conn, path.incident)
        own = found.judge == who.actor.member and found.at is not None
        if not (own and found.at and who.now < found.at + UNDO):
            raise Problem(problems.VERDICT_STANDS)
        left = await withdraw(conn, who.actor.tenant, found.id, who.actor.member, who.now)
    await _show(who, found, left)


async def assign(who: Caller, path: IncidentPath, body: NewAssignee) -> IncidentItem:
    """Take an incident (受け持つ), give it to somebody who may judge it, or let it go."""
    async with who.engine.begin() as conn:
        found = await _to_judge(who, conn, path.incident)
        if found.verdict is not None and not found.disputed:
            raise Problem(problems.JUDGED)
        cards = await record.judges(conn, who.actor.tenant, found.member)
        if body.assignee is not None and body.assignee not in {id for id, _ in cards}:
            raise Problem(problems.NOT_FOUND)
        if found.assignee != body.assignee:
            await record.assign(
                conn, who.actor.tenant, found.id, body.assignee, who.actor.member, who.now
            )
    if found.assignee != body.assignee:
        await _tell(who, found, Phase.TAKEN, body.assignee)
    return await _answer(who, path.incident)


async def dispute(who: Caller, path: IncidentPath, body: NewDispute) -> IncidentItem:
    """Object to an incident about oneself; it waits for another word of who judges it.

    After a verdict it is nobody's again, and goes up if nobody answers.
    """
    async with who.engine.begin() as conn:
        found = await judged(conn, scope(who.actor, Action.DISPUTE_INCIDENT), path.incident)
        if found is None or found.member != who.actor.member:
            raise Problem(problems.NOT_FOUND)
        if found.disputed:
            raise Problem(problems.DISPUTED)
        text = body.text.strip()
        actor, was_judged = who.actor, found.verdict is not None
        await record.dispute(
            conn, actor.tenant, found.id, text, actor.member, who.now, judged=was_judged
        )
    await _tell(who, found, Phase.DISPUTED)
    return await _answer(who, path.incident)


async def _to_judge(who: Caller, conn: AsyncConnection, incident: str) -> Judged:
    """The incident, if it is the caller's to judge: nobody judges their own."""
    found = await judged(conn, scope(who.actor, Action.JUDGE_INCIDENT), incident)
    if found is None:
        raise Problem(problems.NOT_FOUND)
    if found.member == who.actor.member:
        raise Problem(problems.NOT_ALLOWED)
    return found


async def _say(
    who: Caller, conn: AsyncConnection, found: Judged, verdict: Verdict, note: str | None
) -> None:
    actor = who.actor
    await judge(conn, actor.tenant, found.id, verdict, note, actor.member, who.now)


async def _show(who: Caller, found: Judged, verdict: Verdict | None) -> None:
    await who.live.judged(
        who.actor.tenant, found.member, found.device, found.sighting, verdict, seconds(who.now)
    )


async def _tell(who: Caller, found: Judged, phase: Phase, assignee: int | None = None) -> None:
    news = IncidentNews(found.member, phase, found.sighting, recorded=True, assignee=assignee)
    await who.live.tell(who.actor.tenant, news)


async def _answer(who: Caller, incident: str) -> IncidentItem:
    async with who.engine.connect() as conn:
        within = who.within(Action.SEE_INCIDENT)
        row = await one(conn, within, incident, who.actor.member)
    if row is None:
        raise Problem(problems.NOT_FOUND)
    return item(row)

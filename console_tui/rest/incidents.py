"""Incidents of the record, and what the signed-in member says of them."""

from msgspec import Struct

from console_tui.incidents import Entry
from console_tui.rest.calls import Hub, Refused
from hub.protocol.facts import IncidentKind, Verdict, Why

LISTED = 100
MEANWHILE = "/problems/judged-meanwhile"


class IncidentItem(Struct, frozen=True):
    """One incident of the record, as far as the terminal shows it."""

    id: str
    member: int
    kind: IncidentKind
    opened_at: float
    ended_at: float | None = None
    late: bool = False
    why: Why | None = None
    verdict: Verdict | None = None
    note: str | None = None
    judged_by: str | None = None
    judged_at: float | None = None
    assignee: int | None = None
    assignee_name: str | None = None
    escalation: int = 0
    disputed_at: float | None = None

    def entry(self) -> Entry:
        return Entry(
            id=self.id,
            member=self.member,
            kind=self.kind,
            at=self.opened_at,
            ongoing=self.ended_at is None,
            recorded=True,
            late=self.late,
            why=self.why,
            verdict=self.verdict,
            note=self.note or "",
            judge=self.judged_by or "",
            judged_at=self.judged_at,
            dated=True,
            taker=self.assignee,
            taker_name=self.assignee_name or "",
            escalation=self.escalation,
            disputed=self.disputed_at is not None and self.disputed_at > (self.judged_at or 0),
        )


class Page(Struct, frozen=True):
    items: tuple[IncidentItem, ...]


async def incidents(hub: Hub) -> list[Entry]:
    """Those that wait, the gravest first, and the newest of all."""
    waiting = await hub.get(Page, "/incidents", limit=LISTED, state="open", order="gravest")
    newest = await hub.get(Page, "/incidents", limit=LISTED)
    return [
        one.entry() for one in {one.id: one for one in (*newest.items, *waiting.items)}.values()
    ]


class Detail(Struct, frozen=True):
    """One incident in full, as far as the terminal asks for it."""

    incident: IncidentItem


class JudgedMeanwhile(Exception):
    """Somebody said another word than the one that is shown; `entry` has it."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.id)
        self.entry = entry


async def one(hub: Hub, incident: str) -> Entry:
    return (await hub.get(Detail, f"/incidents/{incident}")).incident.entry()


async def judge(hub: Hub, shown: Entry, verdict: Verdict, note: str) -> Entry:
    """Say what it was, over the word that is shown and no other. Raise JudgedMeanwhile, Refused.

    A later word replaces an earlier one; all of them are kept.
    """
    known = shown if shown.dated else await one(hub, shown.id)
    if known.verdict is not shown.verdict:
        raise JudgedMeanwhile(known)
    body = {"verdict": str(verdict), "after": known.judged_at, **({"note": note} if note else {})}
    try:
        item = await hub.send(IncidentItem, "POST", f"/incidents/{shown.id}/verdict", body)
    except Refused as refused:
        if refused.problem != MEANWHILE:
            raise
        raise JudgedMeanwhile(await one(hub, shown.id)) from None
    return item.entry()


async def withdraw(hub: Hub, incident: str) -> None:
    """Take one's own word back, within ten seconds."""
    await hub.do("DELETE", f"/incidents/{incident}/verdict")


async def take(hub: Hub, incident: str, member: int | None) -> Entry:
    """Take it on, or let it go with None."""
    body = {"assignee": member}
    item = await hub.send(IncidentItem, "PUT", f"/incidents/{incident}/assignee", body)
    return item.entry()

"""Figures of people and groups over a period, as a table and as a file with the same numbers."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action, with_all_below
from hub.history.days import DAY, Step, midnight, periods
from hub.history.facts import Mark
from hub.history.spans import Totals, spans, within
from hub.http import problems
from hub.http.callers import Caller
from hub.http.csv import Cell, Download, Encoding
from hub.http.fields import Id
from hub.http.history.reading import (
    Day,
    Figures,
    asked_of,
    by_punch,
    date_of,
    figures,
    timelines,
    today,
)
from hub.http.problems import Problem
from hub.protocol.facts import IncidentKind, Verdict
from storage.people.groups import GroupRow, groups, path_of
from storage.proof.log import What
from storage.proof.log import write as write_log
from storage.seats import history
from storage.seats.history import Opened, Person

PERSON_DAYS_MAX = 10_000  # some 600,000 rows
PERSON_DAYS_AT_ONCE = 1_000  # put together between two breaths of the hub


class By(StrEnum):
    MEMBER = "member"
    GROUP = "group"


class AnalysisQuery(Struct, frozen=True):
    """Days in Tokyo, both inclusive; `group` is that group with all below it."""

    begin: Day = msgspec.field(name="from")
    end: Day = msgspec.field(name="to")
    by: By = By.MEMBER
    step: Step = Step.NONE
    group: Id | None = None


class AnalysisFileQuery(AnalysisQuery, frozen=True):
    encoding: Encoding = Encoding.UTF8


class AnalysisRow(Struct, frozen=True):
    """A member, or the members of a group together, in one piece of the period."""

    id: int
    name: str
    begin: str
    end: str
    people: int
    figures: Figures


class Analysis(Struct, frozen=True):
    begin: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    by: By
    step: Step
    rows: list[AnalysisRow]


@dataclass(slots=True)
class Sum:
    """What is added up for one row."""

    totals: Totals = field(default_factory=Totals)
    opened: list[Opened] = field(default_factory=list)


Piece = tuple[date, date]
Sums = defaultdict[tuple[int, Piece], Sum]


async def analysis(who: Caller, query: AnalysisQuery) -> Analysis:
    """Time by word, work and incidents of those whom the caller may see."""
    first, end = period(who, query)
    async with who.engine.connect() as conn:
        rows = await analysed(conn, who, query, first, end)
    return Analysis(query.begin, (end - DAY).isoformat(), query.by, query.step, rows)


async def export_analysis(who: Caller, query: AnalysisFileQuery) -> Download:
    """The same as CSV; that somebody took it is logged."""
    first, end = period(who, query)
    async with who.engine.begin() as conn:
        rows = await analysed(conn, who, query, first, end)
        taken = {"from": query.begin, "to": query.end, "by": query.by, "rows": len(rows)}
        actor = who.actor
        await write_log(conn, actor.tenant, What.ANALYSIS_EXPORTED, actor.member, taken, who.now)
    english = who.locale == "en"
    head = [names[english] for names in (*COLUMNS, *INCIDENT_COLUMNS.values())]
    return Download("analysis.csv", head, map(line_of, rows), query.encoding)


def period(who: Caller, query: AnalysisQuery) -> Piece:
    """The first day and the one after the last, which is today at the latest."""
    first, last = date_of(query.begin), date_of(query.end)
    if last < first:
        raise Problem(problems.INVALID, what="from > to")
    return first, max(first, min(last, today(who))) + DAY


async def analysed(
    conn: AsyncConnection, who: Caller, query: AnalysisQuery, first: date, end: date
) -> list[AnalysisRow]:
    """The rows, by name and time."""
    tree = await groups(conn, who.actor.tenant)
    people = await those(conn, who, tree, query.group)
    if len(people) * (end - first).days > PERSON_DAYS_MAX:
        raise Problem(problems.RANGE_TOO_LONG, detail=TOO_MUCH)
    pieces = list(periods(first, end, query.step))
    sums = await summed(conn, who, people, pieces)
    punching = await by_punch(conn, who)
    if query.by is By.MEMBER:
        listed = [(one.id, one.name, [one.id]) for one in people]
    else:
        listed = together(who, people, tree, query.group)
    listed.sort(key=lambda item: (item[1], item[0]))
    return [
        row_of(id, name, piece, [sums[member, piece] for member in members], punching)
        for id, name, members in listed
        for piece in pieces
    ]


async def those(
    conn: AsyncConnection, who: Caller, tree: Mapping[int, GroupRow], group: int | None
) -> list[Person]:
    """Whom the caller may see, of that group if one is named; who has left is not counted.

    A group with nobody in it whom they see is one that does not exist, unless it is theirs.
    """
    found = [one for one in await history.people(conn, asked_of(who)) if not one.disabled_at]
    if group is None:
        return found
    inside = below(tree, group)
    shown = [one for one in found if inside.intersection(one.groups)]
    theirs = who.within(Action.SEE_SEAT)
    if not inside or not (shown or theirs.everybody or group in theirs.groups):
        raise Problem(problems.NOT_FOUND)
    return shown


async def summed(
    conn: AsyncConnection, who: Caller, people: Sequence[Person], pieces: Sequence[Piece]
) -> Sums:
    """Each one's time and incidents in each piece; some people at a time."""
    sums: Sums = defaultdict(Sum)
    begin = min(midnight(pieces[0][0]), who.now)
    end = min(midnight(pieces[-1][1]), who.now)
    some = max(1, PERSON_DAYS_AT_ONCE // (pieces[-1][1] - pieces[0][0]).days)
    for place in range(0, len(people), some):
        asked = asked_of(who, [one.id for one in people[place : place + some]])
        found = await timelines(conn, who, asked, begin, end)
        for one in people[place : place + some]:
            found.setdefault(one.id, [])
        await asyncio.to_thread(
            add_times, sums, found, (begin.timestamp(), end.timestamp()), pieces
        )
        for incident in await history.opened(conn, who.actor.tenant, asked, begin, end):
            add_incident(sums, incident, pieces)
    return sums


def add_times(
    sums: Sums,
    found: Mapping[int, Sequence[Mark]],
    over: tuple[float, float],
    pieces: Sequence[Piece],
) -> None:
    for member, marks in found.items():
        covered = spans(marks, *over, why=False)
        for piece in pieces:
            sums[member, piece].totals.add(within(covered, *seconds_of(piece)))


def add_incident(sums: Sums, incident: Opened, pieces: Iterable[Piece]) -> None:
    for piece in pieces:
        begin, end = seconds_of(piece)
        if begin <= incident.opened_at < end:
            sums[incident.member, piece].opened.append(incident)


def seconds_of(piece: Piece) -> tuple[float, float]:
    return midnight(piece[0]).timestamp(), midnight(piece[1]).timestamp()


def together(
    who: Caller, people: Sequence[Person], tree: Mapping[int, GroupRow], top: int | None
) -> list[tuple[int, str, list[int]]]:
    """Each group that the caller answers for with its people and those of all groups below it."""
    scope = who.within(Action.SEE_SEAT)
    answers_for = tree.keys() if scope.everybody else scope.groups & tree.keys()
    shown = answers_for if top is None else answers_for & below(tree, top)
    found = []
    for group in shown:
        inside = below(tree, group)
        members = [one.id for one in people if inside.intersection(one.groups)]
        found.append((group, path_of(dict(tree), group), members))
    return found


def below(tree: Mapping[int, GroupRow], top: int) -> frozenset[int]:
    """The group and all under it; nothing if there is no such group."""
    parents = {group.id: group.parent for group in tree.values()}
    return with_all_below([top], parents) if top in tree else frozenset()


def row_of(id: int, name: str, piece: Piece, sums: Sequence[Sum], by_punch: bool) -> AnalysisRow:
    whole = Totals()
    for one in sums:
        for label, seconds in one.totals.of.items():
            whole.of[label] += seconds
    opened = [incident for one in sums for incident in one.opened]
    begin, end = piece[0].isoformat(), (piece[1] - DAY).isoformat()
    return AnalysisRow(id, name, begin, end, len(sums), figures(whole, by_punch, opened))


TOO_MUCH = (
    f"一度に集計できるのは、人数×日数で {PERSON_DAYS_MAX:,} までです。"
    "期間を短くするか、グループを選んでください。",
    f"One answer covers at most {PERSON_DAYS_MAX:,} people times days."
    " Choose a shorter time, or a group.",
)

COLUMNS = (
    ("対象", "who"), ("開始日", "from"), ("終了日", "to"), ("人数", "people"),
    ("在席(秒)", "present (s)"), ("離席(秒)", "away (s)"), ("休憩(秒)", "break (s)"),
    ("中抜け(秒)", "out (s)"), ("一時停止(秒)", "paused (s)"), ("不明(秒)", "unknown (s)"),
    ("切断(秒)", "offline (s)"), ("勤務外(秒)", "off (s)"), ("勤務(秒)", "worked (s)"),
)  # fmt: skip
KINDS = {
    IncidentKind.IMPERSONATION: ("なりすまし", "impersonation"),
    IncidentKind.PHOTOGRAPHING_DEVICE: ("撮影機器", "photographing device"),
    IncidentKind.PEEPING: ("のぞき見", "peeping"),
    IncidentKind.CAMERA_COVERED: ("カメラ遮蔽", "camera covered"),
}
VERDICTS: Mapping[Verdict | None, tuple[str, str]] = {
    Verdict.BENIGN: ("正当", "benign"),
    Verdict.CONFIRMED: ("不正", "confirmed"),
    Verdict.FALSE_POSITIVE: ("誤検知", "false positive"),
    None: ("未確認", "not judged"),
}
INCIDENT_COLUMNS = {
    (kind, verdict): tuple(f"{KINDS[kind][i]}・{VERDICTS[verdict][i]}" for i in (0, 1))
    for kind in KINDS
    for verdict in VERDICTS
}


def line_of(row: AnalysisRow) -> list[Cell]:
    """A row as a line of the file."""
    of = row.figures
    number = {(one.kind, one.verdict): one.count for one in of.incidents}
    return [
        row.name, row.begin, row.end, row.people,
        of.present, of.away, of.break_, of.out, of.paused, of.unknown, of.offline, of.off,
        of.worked, *(number.get(column, 0) for column in INCIDENT_COLUMNS),
    ]  # fmt: skip

"""Figures of people and groups over a period, as a table and as a file with the same numbers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action, with_all_below
from hub.history.days import DAY, Step, day_of, days, midnight, periods
from hub.history.spans import Totals
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
    moment,
    today,
    too_long,
)
from hub.http.problems import Problem
from hub.protocol.facts import IncidentKind, Label, Verdict
from storage.people.groups import GroupRow, groups, path_of
from storage.people.tenants import tenant
from storage.proof.log import What
from storage.proof.log import write as write_log
from storage.seats import history
from storage.seats.history import Opened, Person
from storage.seats.sums import BACK, MICROSECONDS, kept_sums, over_since, sums_of_day

PERSON_DAYS_MAX = 1_000_000  # 10,000 people for three months, which is all that is kept
DAYS_MAX = timedelta(days=366)
MICROSECOND = timedelta(microseconds=1)
ANEW_MAX = 20_000  # days that nobody has added up yet: some 1,200,000 rows
OLD_MAX = 50_000  # days that nobody will, for hardly a row is left of them
ROWS_MAX = 50_000
AT_ONCE = 1_000  # people of a day, put together between two breaths of the hub
NAMED_MAX = 1_000  # more are not named one by one: SQLite takes 32,766 parameters


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


class AnalysisRow(Struct, frozen=True, omit_defaults=True):
    """A member, or the members of a group together, in one piece of the period.

    `login` is the member's, which no two have; a group has none.
    """

    id: int
    name: str
    begin: str
    end: str
    people: int
    figures: Figures
    login: str = ""


class Analysis(Struct, frozen=True):
    begin: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    by: By
    step: Step
    rows: list[AnalysisRow]


@dataclass(slots=True)
class Sum:
    """What is added up for one row."""

    of: dict[Label, int] = field(default_factory=lambda: dict.fromkeys(Label, 0))
    opened: list[Opened] = field(default_factory=list)

    def add(self, microseconds: Mapping[Label, int]) -> None:
        for label, length in microseconds.items():
            self.of[label] += length


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a row is: a member, or the members of a group; `login` is a member's."""

    id: int
    name: str
    members: Sequence[int]
    login: str = ""


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
    if last - first > DAYS_MAX:
        raise too_long(DAYS_MAX)
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
    if query.by is By.MEMBER:
        listed = [Whose(one.id, one.name, [one.id], one.login) for one in people]
    else:
        listed = together(who, people, tree, query.group)
    if len(listed) * len(pieces) > ROWS_MAX:
        raise Problem(problems.RANGE_TOO_LONG, detail=TOO_MANY_ROWS)
    sums = await summed(conn, who, people, pieces)
    punching = await by_punch(conn, who)
    listed.sort(key=lambda whose: (whose.name, whose.id))
    return [
        row_of(whose, piece, [sums[member, piece] for member in whose.members], punching)
        for whose in listed
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
    """Each one's time and incidents in each piece: days that are kept, and the others anew."""
    found: Sums = defaultdict(Sum)
    home = await tenant(conn, who.actor.tenant)
    members = [one.id for one in people]
    asked = asked_of(who, members) if len(members) <= NAMED_MAX else asked_of(who)
    first, end = pieces[0][0], pieces[-1][1]
    anew: dict[date, list[int]] = {}
    for piece in pieces:
        born = clamped(piece, day_of(home.created_at))
        over = clamped((born, piece[1]), over_since(who.now))
        kept = await kept_sums(conn, home, asked, born, over) if born < over else {}
        for member in members:
            found[member, piece].add({Label.OFF: (born - piece[0]) // MICROSECOND})
            found[member, piece].add(kept.get(member, {}))
        left = [member for member in members if member not in kept]
        anew |= {day: left for day in days(born, over) if left}
        anew |= {day: members for day in days(over, piece[1])}
    require_bounded(who, anew)
    of = {day: piece for piece in pieces for day in days(*piece)}
    for day, some in anew.items():
        for part in range(0, len(some), AT_ONCE):
            made = await sums_of_day(conn, home, some[part : part + AT_ONCE], day, who.now)
            for member, sums in made.items():
                found[member, of[day]].add(sums)
    begun = midnight(first), min(midnight(end), who.now)
    for incident in await history.opened(conn, home.id, asked, *begun):
        found[incident.member, of[day_of(moment(incident.opened_at))]].opened.append(incident)
    return found


def clamped(piece: Piece, day: date) -> date:
    """The day, or the end of the piece that is nearest to it."""
    return max(piece[0], min(piece[1], day))


def require_bounded(who: Caller, anew: Mapping[date, Sequence[int]]) -> None:
    """Raise the problem of what takes too long to be added up while somebody waits."""
    old = over_since(who.now) - BACK
    if sum(len(some) for day, some in anew.items() if day >= old) > ANEW_MAX:
        raise Problem(problems.RANGE_TOO_LONG, detail=NOT_YET)
    if sum(map(len, anew.values())) > OLD_MAX:
        raise Problem(problems.RANGE_TOO_LONG, detail=TOO_MUCH)


def together(
    who: Caller, people: Sequence[Person], tree: Mapping[int, GroupRow], top: int | None
) -> list[Whose]:
    """Each group that the caller answers for with its people and those of all groups below it."""
    scope = who.within(Action.SEE_SEAT)
    answers_for = tree.keys() if scope.everybody else scope.groups & tree.keys()
    shown = answers_for if top is None else answers_for & below(tree, top)
    found = []
    for group in shown:
        inside = below(tree, group)
        members = [one.id for one in people if inside.intersection(one.groups)]
        found.append(Whose(group, path_of(dict(tree), group), members))
    return found


def below(tree: Mapping[int, GroupRow], top: int) -> frozenset[int]:
    """The group and all under it; nothing if there is no such group."""
    parents = {group.id: group.parent for group in tree.values()}
    return with_all_below([top], parents) if top in tree else frozenset()


def row_of(whose: Whose, piece: Piece, sums: Sequence[Sum], by_punch: bool) -> AnalysisRow:
    added = {label: sum(one.of[label] for one in sums) for label in Label}
    whole = Totals({label: length / MICROSECONDS for label, length in added.items()})
    opened = [incident for one in sums for incident in one.opened]
    begin, end = piece[0].isoformat(), (piece[1] - DAY).isoformat()
    of = figures(whole, by_punch, opened)
    return AnalysisRow(whose.id, whose.name, begin, end, len(sums), of, whose.login)


TOO_MUCH = (
    f"一度に集計できるのは、人数×日数で {PERSON_DAYS_MAX:,} までです。"
    "期間を短くするか、グループを選んでください。",
    f"One answer covers at most {PERSON_DAYS_MAX:,} people times days."
    " Choose a shorter time, or a group.",
)

TOO_MANY_ROWS = (
    f"一度に表示できるのは {ROWS_MAX:,} 行までです。区切りを長くするか、グループを選んでください。",
    f"One answer has at most {ROWS_MAX:,} rows. Choose longer steps, or a group.",
)
NOT_YET = (
    f"まだ集計していない日が、人数×日数で {ANEW_MAX:,} を超えています。終わった日は数時間後に"
    "集計されます。しばらくしてからもう一度お試しになるか、期間を短くしてください。",
    f"More than {ANEW_MAX:,} people times days are not added up yet. A day is added up some hours"
    " after it ends. Try again later, or choose a shorter time.",
)

COLUMNS = (
    ("対象", "who"), ("ログイン", "login"),
    ("開始日", "from"), ("終了日", "to"), ("人数", "people"),
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
        row.name, row.login, row.begin, row.end, row.people,
        of.present, of.away, of.break_, of.out, of.paused, of.unknown, of.offline, of.off,
        of.worked, *(number.get(column, 0) for column in INCIDENT_COLUMNS),
    ]  # fmt: skip

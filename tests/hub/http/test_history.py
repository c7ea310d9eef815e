"""The record read back over REST: equal to SQL, within rights, bounded."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.history.days import TOKYO, midnight
from hub.history.spans import spans
from hub.history.timeline import at_moment, known, seen
from hub.http.history import analysis
from hub.jobs.summing import Summing
from hub.protocol.facts import Label
from storage.models.people import Member, Tenant
from storage.models.seats import DaySum, Transition
from storage.people.tenants import BY_PUNCH
from storage.seats.snapshots import Picture, keep, ordered, replayed
from tests.hub.http.histories import (
    Lived,
    incidents,
    incidents_by_kind,
    lived,
    seconds_by_label,
)
from tests.hub.http.site import HASH, Site, problem, sign_in, site
from tests.record import company, database_url, person, record

__all__ = ["database_url", "record"]

API = "/api/v1"
DAY = timedelta(days=1)
LABELS = [label.value for label in Label]

# What is asked of the database alone differs; the rest is the same on both.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Past:
    """A site whose people have lived through the last two days."""

    site: Site
    people: dict[str, Lived]
    begin: datetime

    @property
    def days(self) -> list[datetime]:
        """Midnights in Tokyo, from before the first row until now."""
        first = self.begin.astimezone(TOKYO).date() - DAY
        return [midnight(first + n * DAY) for n in range(5) if midnight(first + n * DAY) < now()]


def now() -> datetime:
    return datetime.now(UTC)


async def ids(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as conn:
        return {row.login: row.id for row in await conn.execute(select(Member.login, Member.id))}


@pytest.fixture
async def past(record: AsyncEngine, redis: Redis, tmp_path: Path) -> AsyncIterator[Past]:
    async with site(record, redis, tmp_path / "web") as running:
        begin = now() - 2 * DAY
        logins = await ids(record)
        people = {}
        for seed, login in enumerate(("mori", "sato")):
            one = await lived(record, running.a.id, logins[login], begin, Random(seed))
            await incidents(record, running.a.id, one, logins["boss"], Random(seed), 8)
            people[login] = one
        yield Past(running, people, begin)


async def got(client: httpx2.AsyncClient, path: str, **query: object) -> Any:
    answer = await client.get(f"{API}{path}", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.requirement("R7")
async def test_the_figures_are_those_of_sql(past: Past) -> None:
    """Each day, the whole time and the groups: recomputed by the database, late words and all."""
    first, last = past.days[0].date(), now().astimezone(TOKYO).date()
    asked = {"from": first, "to": last}
    async with past.site.signed_in("boss") as boss, past.site.engine.connect() as conn:
        daily = await got(boss, "/analysis", **asked, step="day")
        whole = await got(boss, "/analysis", **asked)
        for row in [*daily["rows"], *whole["rows"]]:
            begin = midnight(datetime.fromisoformat(row["begin"]).date()).timestamp()
            end = midnight(datetime.fromisoformat(row["end"]).date() + DAY).timestamp()
            figures = row["figures"]
            length = sum(figures[label] for label in LABELS)
            again = await seconds_by_label(conn, row["id"], begin, begin + length)
            assert {label: figures[label] for label in LABELS} == pytest.approx(again, abs=0.1)
            assert length == pytest.approx(min(end, now().timestamp()) - begin, abs=60)
            worked = ("present", "away", "paused", "unknown")
            assert figures["worked"] == pytest.approx(sum(again[word] for word in worked), abs=0.1)
            assert counted(figures) == await incidents_by_kind(conn, row["id"], begin, end)
        lived_through = {row["id"] for row in whole["rows"] if row["figures"]["present"] > 0}
    assert lived_through == {one.member for one in past.people.values()}
    assert len(daily["rows"]) == len(whole["rows"]) * ((last - first).days + 1)


def counted(figures: dict[str, Any]) -> dict[tuple[str, str | None], int]:
    return {(one["kind"], one.get("verdict")): one["count"] for one in figures["incidents"]}


@pytest.mark.requirement("R7")
async def test_days_that_are_kept_added_up_give_the_same_figures(past: Past) -> None:
    asked = {"from": past.days[0].date(), "to": past.days[-1].date() - DAY}
    ways: list[dict[str, object]] = [{}, {"step": "day"}, {"by": "group", "step": "week"}]
    async with past.site.signed_in("boss") as boss:
        anew = [await got(boss, "/analysis", **asked, **way) for way in ways]
        await Summing(past.site.engine).due(now())
        kept = [await got(boss, "/analysis", **asked, **way) for way in ways]
        async with past.site.engine.connect() as conn:
            days = (await conn.execute(select(func.count()).select_from(DaySum))).scalar_one()
    assert days >= 2 * len(past.people)
    assert kept == anew


@on_sqlite
@pytest.mark.requirement("R7")
async def test_what_nobody_has_added_up_yet_is_asked_for_a_little_at_a_time(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"from": str(past.days[0].date()), "to": str(past.days[-1].date() - DAY)}
    monkeypatch.setattr(analysis, "ANEW_MAX", 1)
    async with past.site.signed_in("boss") as boss:
        refused = await boss.get(f"{API}/analysis", params=asked)
        assert problem(refused) == "range-too-long"
        assert "まだ集計していない日" in refused.json()["detail"]
        await Summing(past.site.engine).due(now() + DAY)
        again = await boss.get(f"{API}/analysis", params=asked)
        assert again.status_code == 200, again.text
        monkeypatch.setattr(analysis, "ROWS_MAX", 1)
        many = await boss.get(f"{API}/analysis", params=asked | {"step": "day"})
        assert (problem(many), "行まで" in many.json()["detail"]) == ("range-too-long", True)


@on_sqlite
@pytest.mark.requirement("R7", "R14")
async def test_the_file_has_the_same_numbers_as_the_table(past: Past) -> None:
    asked = {"from": past.days[0].date(), "to": past.days[-2].date(), "step": "week"}
    async with past.site.signed_in("boss") as boss:
        table = await got(boss, "/analysis", **asked)
        for encoding, codec in (("utf-8", "utf-8-sig"), ("shift_jis", "cp932")):
            query = {**{k: str(v) for k, v in asked.items()}, "encoding": encoding}
            answer = await boss.get(f"{API}/analysis.csv", params=query)
            assert answer.content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8")
            head, *lines = csv.reader(io.StringIO(answer.content.decode(codec)))
            assert head[:5] == ["対象", "開始日", "終了日", "人数", "在席(秒)"]
            assert len(lines) == len(table["rows"])
            for line, row in zip(lines, table["rows"], strict=True):
                figures = row["figures"]
                assert line[:4] == [row["name"], row["begin"], row["end"], "1"]
                words = ("present", "away", "break", "out", "paused", "unknown", "offline", "off")
                numbers = [figures[word] for word in (*words, "worked")]
                assert [float(cell) for cell in line[4:13]] == numbers
                total = sum(one["count"] for one in figures["incidents"])
                assert sum(int(cell) for cell in line[13:]) == total
        logged = await got(boss, "/log", what="analysis.exported")
    assert len(logged["items"]) == 2


@on_sqlite
@pytest.mark.requirement("R7")
async def test_a_group_is_the_sum_of_its_people_and_of_those_below(past: Past) -> None:
    asked = {"from": past.days[0].date(), "to": past.days[-1].date()}
    async with past.site.signed_in("boss") as boss:
        groups = await got(boss, "/analysis", **asked, by="group")
        people = await got(boss, "/analysis", **asked)
        tokyo = await got(boss, "/analysis", **asked, group=past.site.a.tokyo)
    mori = next(row for row in people["rows"] if row["id"] == past.people["mori"].member)
    by_name = {row["name"]: row for row in groups["rows"]}

    assert set(by_name) == {"営業", "営業/東京", "開発"}
    for name in ("営業", "営業/東京"):
        assert by_name[name]["people"] == 1
        for label in ("present", "away", "unknown"):
            expected = pytest.approx(mori["figures"][label], abs=60)
            assert by_name[name]["figures"][label] == expected
    assert by_name["開発"]["people"] == 0
    assert [row["id"] for row in tokyo["rows"]] == [mori["id"]]


@on_sqlite
@pytest.mark.requirement("R5")
async def test_a_persons_spans_are_what_is_known_or_what_was_seen(past: Past) -> None:
    one = past.people["mori"]
    begin, end = past.begin.timestamp() + 3_600, one.world.now
    async with past.site.signed_in("mori") as mori:
        for how, marks in (
            ("known", known(one.world.facts(), one.world.lost())),
            ("seen", seen(one.world.facts())),
        ):
            path = f"/members/{one.member}/presence"
            answer = await got(mori, path, **{"from": begin, "to": end, "as": how})
            expected = [
                (span.begin, span.end, span.label, span.late) for span in spans(marks, begin, end)
            ]
            assert [
                (span["at"], span["to"], span["label"], span.get("late", False))
                for span in answer["spans"]
            ] == expected
            assert len(answer["gaps"]) == len([g for g in one.world.lost() if g.end >= begin])
            assert sum(answer["figures"][label] for label in LABELS) == pytest.approx(end - begin)
    async with past.site.engine.connect() as conn:
        again = await incidents_by_kind(conn, one.member, begin, end)
    assert counted(answer["figures"]) == again


@on_sqlite
async def test_a_month_is_the_sum_of_its_days(past: Past) -> None:
    one = past.people["mori"]
    first = past.begin.astimezone(TOKYO)
    async with past.site.signed_in("mori") as mori:
        month = await got(mori, f"/members/{one.member}/months/{first:%Y-%m}")
    days, total = month["days"], month["total"]

    assert days[0]["day"] == f"{first:%Y-%m}-01"
    for label in (*LABELS, "worked"):
        summed = sum(day["figures"][label] for day in days)
        assert summed == pytest.approx(total[label], abs=0.1)
    whole_days = [sum(day["figures"][label] for label in LABELS) for day in days[:-1]]
    assert whole_days == pytest.approx([86_400.0] * len(whole_days))


@on_sqlite
@pytest.mark.requirement("R5")
async def test_strips_are_the_spans_of_the_day(past: Past) -> None:
    day = past.days[-1].date()
    members = [one.member for one in past.people.values()]
    async with past.site.signed_in("boss") as boss:
        answer = await got(boss, "/strips", day=day, members=",".join(map(str, members)))
        for strip in answer["strips"]:
            path = f"/members/{strip['member']}/presence"
            asked = {"from": answer["from"], "to": answer["to"]}
            presence = await got(boss, path, **asked)
            assert labels_each_minute(strip["runs"]) == labels_each_minute(
                [
                    [int(span["at"] - answer["from"]), span["label"], span.get("late", False)]
                    for span in presence["spans"]
                ]
            )
            opened = [one for one in presence["incidents"] if one["opened_at"] >= answer["from"]]
            assert [kind for _, kind in strip["incidents"]] == [one["kind"] for one in opened]
    assert [strip["member"] for strip in answer["strips"]] == sorted(members)


def labels_each_minute(runs: list[list[Any]]) -> list[tuple[str, bool]]:
    found = []
    for second in range(0, runs[-1][0] + 60, 60):
        last = [run for run in runs if run[0] <= second][-1]
        found.append((last[1], len(last) == 3 and last[2]))
    return found


async def test_counts_are_of_what_the_boards_showed(past: Past) -> None:
    for day in past.days:
        async with past.site.signed_in("boss") as boss:
            answer = await got(boss, "/counts", day=day.date())
        marks = [seen(one.world.facts()) for one in past.people.values()]
        for place, count in enumerate(answer["present"]):
            at = answer["from"] + place * 300
            then = [at_moment(one, at) for one in marks]
            assert count == sum(
                mark is not None and mark.view.label is Label.PRESENT for mark in then
            )
        assert answer["people"] == 3


@pytest.mark.requirement("R5")
async def test_the_board_of_any_minute_is_what_is_known_or_was_seen_then(past: Past) -> None:
    """History, 14."""
    random = Random(3)
    async with past.site.signed_in("boss") as boss:
        for _ in range(6):
            at = past.begin.timestamp() + random.random() * 86_400
            for how in ("known", "seen"):
                board = await got(boss, "/board/at", **{"time": at, "as": how})
                shown = {seat["member"]: seat for seat in board["seats"]}
                for one in past.people.values():
                    facts = one.world.facts()
                    marks = known(facts, one.world.lost()) if how == "known" else seen(facts)
                    then = at_moment(marks, at)
                    assert (then is None) == (one.member not in shown)
                    if then:
                        assert shown[one.member]["label"] == then.view.label
                        assert (one.member in board["late"]) == then.late


@on_sqlite
async def test_what_the_board_then_said_is_the_replay_of_the_live_rows(past: Past) -> None:
    """History, 14: the time machine and `zaiseki verify` read the same."""
    one = past.people["mori"]
    last = [moment for moment in one.world.moments if moment.place][-1]
    assert last.place
    async with past.site.engine.connect() as conn:
        again = await replayed(conn, past.site.a.id, last.place.epoch, last.place.offset)
    async with past.site.signed_in("mori") as mori:
        board = await got(mori, "/board/at", **{"time": last.received_at, "as": "seen"})
    assert [seat["label"] for seat in board["seats"]] == [seat.label for seat in ordered(again)]
    assert [seat["since"] for seat in board["seats"]] == [seat.since for seat in again]


@pytest.mark.parametrize("how", ["known", "seen"])
async def test_playing_the_changes_from_a_board_gives_the_later_board(past: Past, how: str) -> None:
    begin = past.begin.timestamp() + 3_600
    end = begin + 6 * 3_600
    async with past.site.signed_in("boss") as boss:
        board = await got(boss, "/board/at", **{"time": begin, "as": how})
        seats = {seat["member"]: seat["label"] for seat in board["seats"]}
        at: float | None = begin
        parts = 0
        while at is not None:
            asked = {"from": at, "to": end, "as": how, "limit": 5}
            part = await got(boss, "/board/changes", **asked)
            seats |= {one["seat"]["member"]: one["seat"]["label"] for one in part["changes"]}
            times = [one["at"] for one in part["changes"]]
            assert times == sorted(times)
            at, parts = part.get("next"), parts + 1
        later = await got(boss, "/board/at", **{"time": end - 0.001, "as": how})
    assert seats == {seat["member"]: seat["label"] for seat in later["seats"]}
    assert parts > 2


@on_sqlite
@pytest.mark.requirement("R39")
async def test_history_is_cut_to_what_one_may_see(past: Past) -> None:
    mori, sato = past.people["mori"].member, past.people["sato"].member
    span = {"from": past.begin.timestamp(), "to": now().timestamp()}
    day = now().astimezone(TOKYO).date()
    period = {"from": past.days[0].date(), "to": day}
    at = past.begin.timestamp() + 86_400
    for login, sees in (("mori", {mori}), ("sato", {mori, sato})):
        async with past.site.signed_in(login) as client:
            board = await got(client, "/board/at", time=at)
            assert {seat["member"] for seat in board["seats"]} <= sees
            changes = await got(client, "/board/changes", **span | {"to": at})
            assert {one["seat"]["member"] for one in changes["changes"]} <= sees
            strips = await got(client, "/strips", day=day, members=f"{mori},{sato}")
            assert {strip["member"] for strip in strips["strips"]} == sees
            assert (await got(client, "/counts", day=day))["people"] == len(sees)
            analysis = await got(client, "/analysis", **period)
            assert {row["id"] for row in analysis["rows"]} == sees
            for member in (mori, sato):
                path = f"{API}/members/{member}/presence"
                answer = await client.get(path, params={k: str(v) for k, v in span.items()})
                assert answer.status_code == (200 if member in sees else 404)
                month = await client.get(f"{API}/members/{member}/months/{day:%Y-%m}")
                assert month.status_code == (200 if member in sees else 404)


@on_sqlite
async def test_another_tenant_has_no_history_here(past: Past) -> None:
    async with past.site.engine.begin() as conn:
        other = await company(conn, "株式会社B")
        await person(conn, other.id, "kato", Role.ADMINISTRATOR, password_hash=HASH)
    async with past.site.client() as client:
        signed = await sign_in(client, "kato", system_id=other.tenant.system_id)
        assert signed.status_code == 201
        day, member = past.days[-1].date(), past.people["mori"].member
        board = await got(client, "/board/at", time=past.begin.timestamp() + 86_400)
        strips = await got(client, "/strips", day=day, members=member)
        counts = await got(client, "/counts", day=day)
        rows = (await got(client, "/analysis", **{"from": day, "to": day}))["rows"]
        found = await client.get(f"{API}/members/{member}/presence?from=0&to=1")
    assert board["seats"] == strips["strips"] == []
    assert not any(counts["present"])
    assert [row["name"] for row in rows] == ["katoさん"]
    assert problem(found) == "not-found"


BAD = [
    ("/members/1/presence?from=10&to=5", "invalid"),
    ("/members/1/presence?from=0&to=9000000", "range-too-long"),
    ("/members/1/months/2026-13", "not-found"),
    ("/strips?day=2026-02-30&members=1", "invalid"),
    ("/strips?day=2026-02-03&members=1;2", "invalid"),
    ("/strips?day=2026-02-03&members=" + ",".join(map(str, range(1, 502))), "invalid"),
    ("/counts?day=yesterday", "invalid"),
    ("/board/at?time=4000000000", "invalid"),
    ("/board/at?time=1000000000", "range-too-long"),
    ("/board/at?time=nan", "invalid"),
    ("/board/changes?from=1000000000&to=1000000001", "range-too-long"),
    ("/analysis?from=2026-11-02&to=2026-11-01", "invalid"),
    ("/analysis?from=2001-01-01&to=2026-11-01", "range-too-long"),
    ("/analysis?from=2026-11-01&to=2026-11-02&group=999", "not-found"),
    ("/analysis.csv?from=2026-11-01&to=2026-11-02&step=year", "invalid"),
]


@on_sqlite
async def test_what_cannot_be_answered_is_refused_with_a_reason(past: Past) -> None:
    async with past.site.signed_in("boss") as boss:
        for path, expected in BAD:
            answer = await boss.get(API + path)
            assert (path, problem(answer)) == (path, expected)


@on_sqlite
async def test_somebody_who_has_left_is_on_past_boards_by_name(past: Past) -> None:
    one = past.people["mori"]
    async with past.site.engine.begin() as conn:
        gone = update(Member).where(Member.id == one.member)
        await conn.execute(gone.values(disabled_at=past.begin + 1.5 * DAY))
    async with past.site.signed_in("boss") as boss:
        then = await got(boss, "/board/at", time=past.begin.timestamp() + 86_400)
        after = await got(boss, "/board/at", time=past.begin.timestamp() + 1.6 * 86_400)
    assert [card["name"] for card in then["left"]] == ["moriさん"]
    assert one.member in {seat["member"] for seat in then["seats"]}
    assert one.member not in {seat["member"] for seat in after["seats"]}


@on_sqlite
async def test_a_seat_that_has_not_changed_for_months_is_on_past_boards(past: Past) -> None:
    """History, 14: its last row is older than what is kept; the snapshots after it have it."""
    one, engine = past.people["mori"], past.site.engine
    last = [moment for moment in one.world.moments if moment.place][-1]
    assert last.place
    async with engine.begin() as conn:
        seats = await replayed(conn, past.site.a.id, last.place.epoch, last.place.offset)
        place = (last.place.epoch, last.place.offset)
        at = datetime.fromtimestamp(one.world.now, UTC)
        assert await keep(conn, Picture(past.site.a.id, *place, seats), at)
        await conn.execute(update(Tenant).values(created_at=past.begin - 100 * DAY))
        await conn.execute(delete(Transition).where(Transition.member_id == one.member))
    async with past.site.signed_in("mori") as mori:
        board = await got(mori, "/board/at", time=one.world.now + 1)
        path = f"/members/{one.member}/presence"
        span = {"from": one.world.now + 1, "to": one.world.now + 10}
        presence = await got(mori, path, **span)
        earlier = await got(mori, "/board/at", time=one.world.now - 1)
    assert [seat["label"] for seat in board["seats"]] == [seat.label for seat in seats]
    assert [span["label"] for span in presence["spans"]] == [seat.label for seat in seats]
    assert earlier["seats"] == []


@on_sqlite
async def test_where_punches_say_who_works_a_pc_that_is_off_takes_no_time_away(past: Past) -> None:
    asked = {"from": past.days[0].date(), "to": past.days[-1].date()}
    async with past.site.engine.begin() as conn:
        await conn.execute(update(Tenant).values(work_from=BY_PUNCH))
    async with past.site.signed_in("boss") as boss:
        rows = (await got(boss, "/analysis", **asked))["rows"]
    for row in rows:
        figures = row["figures"]
        words = ("present", "away", "paused", "unknown", "offline")
        assert figures["worked"] == pytest.approx(sum(figures[word] for word in words), abs=0.1)

"""Figures of people and groups: those of SQL, in the table and in the file."""

import csv
import io
from datetime import datetime

import pytest
from sqlalchemy import func, select, update

from hub.history.days import TOKYO, midnight
from hub.http.history import analysis
from hub.jobs.summing import Summing
from storage.models.people import Member, Tenant
from storage.models.seats import DaySum
from storage.people.tenants import BY_PUNCH
from storage.seats.sums import over_since
from tests.hub.http.history.lives import (
    incidents_by_kind,
    seconds_by_label,
)
from tests.hub.http.history.past import API, DAY, LABELS, Past, counted, got, now, on_sqlite
from tests.hub.http.site import problem


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
    over = over_since(now()) - DAY  # what is asked some hours after midnight is added up anew
    asked = {"from": str(past.days[0].date()), "to": str(over)}
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
            assert head[:6] == ["対象", "ログイン", "開始日", "終了日", "人数", "在席(秒)"]
            assert len(lines) == len(table["rows"])
            for line, row in zip(lines, table["rows"], strict=True):
                figures = row["figures"]
                assert line[:5] == [row["name"], row["login"], row["begin"], row["end"], "1"]
                words = ("present", "away", "break", "out", "paused", "unknown", "offline", "off")
                numbers = [figures[word] for word in (*words, "worked")]
                assert [float(cell) for cell in line[5:14]] == numbers
                total = sum(one["count"] for one in figures["incidents"])
                assert sum(int(cell) for cell in line[14:]) == total
        logins = {row["id"]: row["login"] for row in table["rows"]}
        assert logins[past.people["mori"].member] == "mori"
        groups = {**{k: str(v) for k, v in asked.items()}, "by": "group"}
        english = await boss.get(
            f"{API}/analysis.csv", params=groups, headers={"Accept-Language": "en"}
        )
        head, *lines = csv.reader(io.StringIO(english.content.decode("utf-8-sig")))
        assert head[:3] == ["who", "login", "from"]
        assert {line[1] for line in lines} == {""}
        logged = await got(boss, "/log", what="analysis.exported")
    assert len(logged["items"]) == 3


@on_sqlite
@pytest.mark.requirement("R14")
async def test_a_name_that_shift_jis_has_not_keeps_its_place_and_its_numbers(past: Past) -> None:
    renamed = update(Member).where(Member.id == past.people["mori"].member)
    async with past.site.engine.begin() as conn:
        await conn.execute(renamed.values(name="𠮷野家 髙橋 é〜"))
    day = past.days[0].date()
    lines = {}
    async with past.site.signed_in("boss") as boss:
        for encoding, codec in (("utf-8", "utf-8-sig"), ("shift_jis", "cp932")):
            query = {"from": str(day), "to": str(day), "encoding": encoding}
            answer = await boss.get(f"{API}/analysis.csv", params=query)
            _, *lines[encoding] = csv.reader(io.StringIO(answer.content.decode(codec)))
    named = [line[0] for line in lines["utf-8"]]
    assert "𠮷野家 髙橋 é〜" in named
    at = named.index("𠮷野家 髙橋 é〜")
    assert lines["shift_jis"][at][0] == "〓野家 髙橋 〓～"
    assert [line[1:] for line in lines["shift_jis"]] == [line[1:] for line in lines["utf-8"]]


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

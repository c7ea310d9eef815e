"""Days of people read back: spans, months, strips, and counts of what the boards showed."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.history.days import TOKYO, midnight, month
from hub.history.spans import spans
from hub.history.timeline import at_moment, known, seen
from hub.protocol.facts import Label
from tests.hub.http.history.lives import incidents_by_kind, lived, seconds_by_label
from tests.hub.http.history.past import DAY, LABELS, Past, counted, got, now, on_sqlite
from tests.record import person

HOUR = timedelta(hours=1)


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


@pytest.mark.requirement("R5", "R7")
async def test_a_persons_day_week_and_month_are_those_of_sql(past: Past) -> None:
    """Over midnight, outages, late words and breaks; a day from whatever hour it begins at."""
    one = past.people["sato"]
    monday = past.begin.astimezone(TOKYO).date()
    monday -= monday.weekday() * DAY
    first, last = month(past.begin.astimezone(TOKYO).year, past.begin.astimezone(TOKYO).month)
    ranges = [(midnight(monday), midnight(monday + 7 * DAY)), (midnight(first), midnight(last))]
    ranges += [(day + hour * HOUR, day + DAY + hour * HOUR) for day in past.days for hour in (0, 5)]
    async with past.site.signed_in("boss") as boss, past.site.engine.connect() as conn:
        for begin, end in ranges:
            path = f"/members/{one.member}/presence"
            asked = {"from": begin.timestamp(), "to": end.timestamp()}
            told = await got(boss, path, **asked)
            await agrees(conn, one.member, told["figures"], told["from"], told["to"])
        whole = await got(boss, f"/members/{one.member}/months/{first:%Y-%m}")
        for day in whole["days"]:
            begin = midnight(datetime.fromisoformat(day["day"]).date())
            length = sum(day["figures"][label] for label in LABELS)
            over = begin.timestamp(), begin.timestamp() + length
            await agrees(conn, one.member, day["figures"], *over)


async def agrees(
    conn: AsyncConnection, member: int, figures: dict[str, Any], begin: float, end: float
) -> None:
    """The database itself comes to the same lengths and the same incidents."""
    again = await seconds_by_label(conn, member, begin, end)
    assert {label: figures[label] for label in LABELS} == pytest.approx(again, abs=0.1)
    assert counted(figures) == await incidents_by_kind(conn, member, begin, end)


@pytest.mark.parametrize("seed", range(4))
async def test_random_lives_come_to_what_sql_makes_of_them(past: Past, seed: int) -> None:
    """Three days each, with everything in them that a day can have."""
    async with past.site.engine.begin() as conn:
        member = await person(conn, past.site.a.id, f"kato{seed}")
    begin = now() - 3 * DAY
    one = await lived(
        past.site.engine, past.site.a.id, member, begin, Random(100 + seed), steps=150
    )
    causes = {moment.cause for moment in one.world.moments}
    labels = {moment.state.label for moment in one.world.moments}
    assert {"late", "hub_gap"} <= causes
    assert {Label.BREAK, Label.OUT, Label.UNKNOWN, Label.OFFLINE, Label.PAUSED} <= labels
    async with past.site.signed_in("boss") as boss, past.site.engine.connect() as conn:
        for ago in range(5):
            day = midnight(now().astimezone(TOKYO).date() - ago * DAY)
            asked = {"from": day.timestamp(), "to": (day + DAY).timestamp()}
            told = await got(boss, f"/members/{member}/presence", **asked)
            await agrees(conn, member, told["figures"], told["from"], told["to"])

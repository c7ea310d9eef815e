"""What a past board's changes say: which turned a word, which incidents began, and their word."""

from datetime import UTC, datetime

import pytest
from msgspec import to_builtins
from msgspec.structs import replace
from sqlalchemy import update

from hub.history.timeline import known, seen
from hub.protocol.facts import Label
from hub.protocol.watchers import Alert
from storage.models.seats import Transition
from tests.hub.http.history.past import Past, got, on_sqlite


@pytest.mark.parametrize("how", ["known", "seen"])
async def test_changes_say_which_of_them_turned_a_word(past: Past, how: str) -> None:
    begin = past.begin.timestamp() + 1_800
    end = begin + 12 * 3_600
    asked = {"from": begin, "to": end, "as": how, "limit": 10_000}
    async with past.site.signed_in("boss") as boss:
        told = (await got(boss, "/board/changes", **asked))["changes"]
    for one in past.people.values():
        facts = one.world.facts()
        marks = known(facts, one.world.lost()) if how == "known" else seen(facts)
        words = [Label.OFF, *(mark.label for mark in marks)]
        expected = [
            before is not mark.label
            for before, mark in zip(words, marks, strict=False)
            if begin <= mark.at < end
        ]
        mine = [change for change in told if change["seat"]["member"] == one.member]
        assert [change.get("turned", False) for change in mine] == expected
        assert True in expected


async def test_changes_tell_the_incidents_that_began_with_what_became_of_them(past: Past) -> None:
    span = {"from": past.begin.timestamp(), "to": past.begin.timestamp() + 86_400}
    async with past.site.signed_in("boss") as boss:
        told = (await got(boss, "/board/changes", **span, limit=10_000))["incidents"]
        then = (await got(boss, "/board/changes", **span, **{"as": "seen"}))["incidents"]
        recorded = (await got(boss, "/incidents", limit=100))["items"]
    began = {
        one["id"]: (one["opened_at"], one.get("verdict"), one.get("judged_by"))
        for one in recorded
        if span["from"] <= one["opened_at"] < span["to"]
    }
    assert began
    assert {
        one["id"]: (one["at"], one.get("verdict"), one.get("judged_by")) for one in told
    } == began
    assert any("verdict" in one for one in told)
    assert {one["id"] for one in then} <= set(began)
    assert not any("verdict" in one or "judged_by" in one for one in then)


@on_sqlite
async def test_a_past_board_knows_what_became_of_the_incidents_on_it(past: Past) -> None:
    one, engine = past.people["mori"], past.site.engine
    last = [moment for moment in one.world.moments if moment.place][-1]
    async with past.site.signed_in("boss") as boss:
        judged = next(
            item
            for item in (await got(boss, "/incidents", member=one.member, limit=100))["items"]
            if item.get("verdict")
        )
        state = to_builtins(replace(last.state, alert=Alert(judged["id"], judged["kind"], 0.0)))
        same = Transition.event_time == datetime.fromtimestamp(last.event_time, UTC)
        async with engine.begin() as conn:
            mine = update(Transition).where(Transition.member_id == one.member, same)
            await conn.execute(mine.values(state=state))
        for how, known_of in (("known", [judged["verdict"]]), ("seen", [])):
            board = await got(boss, "/board/at", **{"time": one.world.now, "as": how})
            assert [one["verdict"] for one in board["incidents"]] == known_of

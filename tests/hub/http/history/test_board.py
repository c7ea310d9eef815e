"""Past boards: of any minute, as it is known now or as it was seen then."""

from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import delete, update

from hub.history.timeline import at_moment, known, seen
from storage.models.people import Member, Tenant
from storage.models.seats import Transition
from storage.seats.snapshots import Picture, keep, ordered, replayed
from tests.hub.http.history.past import DAY, Past, got, on_sqlite


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
async def test_somebody_who_has_left_is_on_past_boards_by_name(past: Past) -> None:
    one = past.people["mori"]
    async with past.site.engine.begin() as conn:
        gone = update(Member).where(Member.id == one.member)
        await conn.execute(gone.values(disabled_at=past.begin + 1.5 * DAY))
    async with past.site.signed_in("boss") as boss:
        then = await got(boss, "/board/at", time=past.begin.timestamp() + 86_400)
        after = await got(boss, "/board/at", time=past.begin.timestamp() + 1.6 * 86_400)
        begin = past.begin.timestamp()
        path = f"/members/{one.member}/presence"
        theirs = await got(boss, path, **{"from": begin, "to": begin + 86_400})
    assert theirs["left_at"] == pytest.approx((past.begin + 1.5 * DAY).timestamp(), abs=0.001)
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

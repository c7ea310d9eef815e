"""Punches: once each, in an order that makes sense, never changed."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.protocol.facts import Work
from hub.workforce.punching import PunchKind, PunchRefused, Refusal, Standing
from storage.errors import Missing
from storage.people.members import disable_member
from storage.seats.punches import Punched, punch, punches_between, standing, works
from tests.record import NOW, company, person

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class Clock:
    """Somebody who punches: each call is another request."""

    record: AsyncEngine
    tenant: int
    member: int
    numbers: "count[int]" = field(default_factory=count)

    async def __call__(
        self,
        kind: PunchKind,
        after: timedelta,
        task: str | None = None,
        request_id: str | None = None,
    ) -> Punched:
        async with self.record.begin() as conn:
            return await punch(
                conn,
                self.tenant,
                self.member,
                kind,
                request_id=request_id or f"r{next(self.numbers)}",
                source="web",
                now=NOW + after,
                task=task,
            )

    async def rows(self) -> int:
        async with self.record.connect() as conn:
            found = punches_between(conn, self.tenant, self.member, NOW - DAY, NOW + DAY)
            return len(await found)


@pytest.fixture
async def clock(record: AsyncEngine) -> Clock:
    async with record.begin() as conn:
        a = await company(conn)
        return Clock(record, a.id, await person(conn, a.id, "sato"))


@pytest.mark.requirement("R10")
async def test_a_day_of_punches_says_where_somebody_stands(clock: Clock) -> None:
    day = [
        (PunchKind.START, None, Standing(Work.WORKING)),
        (PunchKind.TASK_START, "見積もり", Standing(Work.WORKING, "見積もり")),
        (PunchKind.BREAK_START, None, Standing(Work.BREAK, "見積もり")),
        (PunchKind.BREAK_END, None, Standing(Work.WORKING, "見積もり")),
        (PunchKind.TASK_END, None, Standing(Work.WORKING)),
        (PunchKind.OUT, None, Standing(Work.OUT)),
        (PunchKind.BACK, None, Standing(Work.WORKING)),
        (PunchKind.END, None, Standing(Work.OFF)),
    ]

    for hour, (kind, task, stands) in enumerate(day):
        done = await clock(kind, timedelta(hours=hour), task)

        assert done.written
        assert done.standing == stands
        async with clock.record.connect() as conn:
            assert await standing(conn, clock.tenant, clock.member) == stands
            assert await works(conn, clock.tenant) == {clock.member: stands.work}


@pytest.mark.requirement("R10")
async def test_an_end_without_a_start_is_refused_with_its_reason_and_writes_nothing(
    clock: Clock,
) -> None:
    with pytest.raises(PunchRefused) as refused:
        await clock(PunchKind.END, MINUTE)

    assert refused.value.reason is Refusal.NOT_STARTED
    assert await clock.rows() == 0


@pytest.mark.requirement("R22")
async def test_a_double_tap_is_one_punch(clock: Clock) -> None:
    first = await clock(PunchKind.START, timedelta())
    again = await clock(PunchKind.START, MINUTE)

    assert first.written
    assert not again.written
    assert again.punch == first.punch
    assert await clock.rows() == 1


@pytest.mark.requirement("R22")
async def test_the_same_punch_after_a_minute_is_not_a_double_tap(clock: Clock) -> None:
    await clock(PunchKind.START, timedelta())

    with pytest.raises(PunchRefused) as refused:
        await clock(PunchKind.START, MINUTE + timedelta(seconds=1))
    assert refused.value.reason is Refusal.ALREADY_STARTED


@pytest.mark.requirement("R22")
async def test_start_end_and_start_within_a_minute_are_three_punches(clock: Clock) -> None:
    for seconds, kind in enumerate((PunchKind.START, PunchKind.END, PunchKind.START)):
        assert (await clock(kind, timedelta(seconds=seconds))).written

    assert await clock.rows() == 3


@pytest.mark.requirement("R22")
async def test_eight_taps_at_the_same_moment_are_one_punch(clock: Clock) -> None:
    done = await asyncio.gather(*(clock(PunchKind.START, timedelta()) for _ in range(8)))

    assert sum(each.written for each in done) == 1
    assert len({each.punch.id for each in done}) == 1


async def test_the_same_request_again_writes_nothing_however_late(clock: Clock) -> None:
    first = await clock(PunchKind.START, timedelta(), request_id="mine")
    await clock(PunchKind.END, timedelta(hours=8))

    again = await clock(PunchKind.START, timedelta(hours=9), request_id="mine")

    assert not again.written
    assert again.punch == first.punch
    assert again.standing.work is Work.OFF
    assert await clock.rows() == 2


async def test_a_request_id_of_another_punch_is_refused(clock: Clock) -> None:
    await clock(PunchKind.START, timedelta(), request_id="mine")

    with pytest.raises(PunchRefused) as refused:
        await clock(PunchKind.END, timedelta(hours=8), request_id="mine")
    assert refused.value.reason is Refusal.REQUEST_ID_REUSED


async def test_another_task_within_a_minute_is_another_task(clock: Clock) -> None:
    await clock(PunchKind.START, timedelta())
    await clock(PunchKind.TASK_START, MINUTE, "見積もり")

    done = await clock(PunchKind.TASK_START, MINUTE, "請求")

    assert done.standing == Standing(Work.WORKING, "請求")


async def test_a_clock_set_back_does_not_change_the_order(clock: Clock) -> None:
    await clock(PunchKind.START, timedelta(hours=1))

    done = await clock(PunchKind.END, timedelta(0))

    assert done.standing.work is Work.OFF


async def test_punches_are_asked_for_by_their_time(clock: Clock) -> None:
    await clock(PunchKind.START, timedelta())
    await clock(PunchKind.END, timedelta(hours=8))

    async with clock.record.connect() as conn:
        found = await punches_between(
            conn, clock.tenant, clock.member, NOW, NOW + timedelta(hours=8)
        )

    assert [(row.kind, row.at) for row in found] == [(PunchKind.START, NOW)]


async def test_a_disabled_member_and_a_foreign_one_cannot_punch(clock: Clock) -> None:
    async with clock.record.begin() as conn:
        b = await company(conn, "B")
    with pytest.raises(Missing):
        await Clock(clock.record, b.id, clock.member)(PunchKind.START, MINUTE)
    async with clock.record.begin() as conn:
        await disable_member(conn, clock.tenant, clock.member, NOW)

    with pytest.raises(Missing):
        await clock(PunchKind.START, MINUTE)
    assert await clock.rows() == 0


async def test_no_punch_is_ever_rewritten_by_a_later_one(clock: Clock) -> None:
    await clock(PunchKind.START, timedelta())
    async with clock.record.connect() as conn:
        before = (await conn.execute(text("SELECT * FROM punches"))).all()
    await clock(PunchKind.END, timedelta(hours=1))

    async with clock.record.connect() as conn:
        after = (await conn.execute(text("SELECT * FROM punches ORDER BY id"))).all()
    assert after[:1] == before

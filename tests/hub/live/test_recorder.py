"""What is written, in which order it is acknowledged, and what happens while SQL is away."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.live import recorder
from hub.live.recorder import Entry, Recorder
from hub.presence.seat import Seat, view
from hub.protocol.agents import GapReport
from hub.protocol.facts import IncidentKind, Phase, Sighting
from storage.database import engine
from storage.models.incidents import Incident, IncidentStep
from storage.models.seats import Gap, Transition
from storage.seats.devices import add_device
from storage.seats.transitions import Hole, Moment, Number, Place, Step, last_states, recorded_upto
from tests.record import NOW, company, person


@dataclass
class Desk:
    """A recorder with somebody whose reports it writes, and what it said about them."""

    recorder: Recorder
    record: AsyncEngine
    tenant: int
    member: int
    device: int
    acked: list[int] = field(default_factory=list)
    cleared: list[Entry] = field(default_factory=list)

    def moment(self, seq: int, member: int | None = None, live: bool = True) -> Moment:
        now = time.time()
        who = self.member if member is None else member
        number = Number(self.device, "e", seq)
        place = Place("epoch", seq, 0) if live else None
        return Moment(who, "report", now, now, view(Seat(who)), self.device, number, place)

    def add(self, seq: int, *moments: Moment, **more: list[Step] | list[Hole]) -> bool:
        entry = Entry(self.tenant, list(moments))
        entry.steps = [one for one in more.get("steps", []) if isinstance(one, Step)]
        entry.holes = [one for one in more.get("holes", []) if isinstance(one, Hole)]
        entry.recorded = lambda: self.acked.append(seq)
        return self.recorder.add(entry)

    def report(self, *numbers: int) -> None:
        for seq in numbers:
            self.add(seq, self.moment(seq))

    async def written(self) -> list[int | None]:
        """The numbers in the record, in the order in which they were written."""
        async with self.record.connect() as conn:
            return list(
                (await conn.execute(select(Transition.seq).order_by(Transition.id))).scalars()
            )


@pytest.fixture
async def desk(record: AsyncEngine) -> AsyncIterator[Desk]:
    async with record.begin() as conn:
        a = await company(conn)
        member = await person(conn, a.id, "mori")
        device = await add_device(conn, a.id, member, "PC", NOW)
    cleared: list[Entry] = []
    one = Recorder(record, cleared.extend, lambda: None)
    yield Desk(one, record, a.id, member, device.id, cleared=cleared)


@pytest.fixture
async def nowhere() -> AsyncIterator[AsyncEngine]:
    """A database that does not answer."""
    opened = engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    yield opened
    await opened.dispose()


async def test_a_report_is_acknowledged_once_it_is_durable_and_not_before(desk: Desk) -> None:
    """Order and delivery, 8."""
    desk.report(1, 2, 3)
    assert desk.acked == []
    await desk.recorder.flush()

    assert desk.acked == await desk.written() == [1, 2, 3]
    assert [entry.moments[0].number for entry in desk.cleared] == [
        Number(desk.device, "e", seq) for seq in (1, 2, 3)
    ]


async def test_while_sql_is_away_everything_waits_in_its_order(
    desk: Desk, nowhere: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order and delivery, 8: the agent forgets only what was acknowledged."""
    monkeypatch.setattr(recorder, "AGAIN_S", 0.0)
    desk.recorder.engine = nowhere
    desk.report(1, 2)
    await desk.recorder.flush()
    desk.report(3)
    await desk.recorder.flush()
    assert desk.acked == []
    assert desk.recorder.failing_since
    await desk.recorder.stop()

    desk.recorder.engine = desk.record
    await desk.recorder.flush()
    assert desk.acked == await desk.written() == [1, 2, 3]
    assert desk.recorder.failing_since is None


async def test_recording_twice_is_recording_once(desk: Desk) -> None:
    """Order and delivery, 8: unique (tenant, device, device_epoch, seq)."""
    desk.report(1)
    await desk.recorder.flush()
    desk.add(1, desk.moment(1, live=False))
    desk.report(2)
    await desk.recorder.flush()

    assert await desk.written() == [1, 2]
    assert desk.acked == [1, 1, 2]
    async with desk.record.connect() as conn:
        places = await conn.execute(select(Transition.epoch, Transition.offset))
        assert [tuple(row) for row in places] == [("epoch", 1), ("epoch", 2)]


async def test_what_the_record_refuses_for_good_does_not_hold_up_the_rest(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.report(1)
    desk.add(2, desk.moment(2, member=999_999))
    desk.report(3)
    for _ in range(4):
        await desk.recorder.flush()

    assert desk.acked == await desk.written() == [1, 3]
    assert desk.recorder.backlog == 0
    assert "refuses this for good" in caplog.text
    desk.report(4, 5)
    await desk.recorder.flush()
    assert desk.acked[-2:] == [4, 5]


async def test_the_backlog_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order and delivery, 8: what does not fit stays with its agent."""
    monkeypatch.setattr(recorder, "BACKLOG_MAX", 4)
    taken = [desk.add(seq, desk.moment(seq)) for seq in range(1, 7)]

    assert taken == [True] * 4 + [False] * 2
    assert not desk.recorder.has_room
    await desk.recorder.flush()
    assert desk.recorder.has_room


async def test_what_is_recorded_is_told_from_every_kind_of_report(desk: Desk) -> None:
    """Order and delivery, 8: acknowledged cumulatively."""
    sighting = Sighting("i", IncidentKind.PEEPING, 100.0, 100.0)
    step = Step(desk.member, Number(desk.device, "e", 2), Phase.OPENED, sighting, 100.0, 101.0)
    hole = Hole(desk.member, Number(desk.device, "e", 3), GapReport(3, 1.0, 2.0, 501, "full"), 3.0)
    desk.report(1)
    desk.add(2, desk.moment(2), steps=[step])
    desk.add(3, holes=[hole])
    await desk.recorder.flush()

    async with desk.record.connect() as conn:
        asked = [(desk.device, "e"), (desk.device, "another")]
        assert await recorded_upto(conn, desk.tenant, asked) == {asked[0]: 3, asked[1]: 0}
        for table in (Incident, IncidentStep, Gap):
            assert len((await conn.execute(select(table))).all()) == 1


async def test_the_newest_word_on_an_incident_stays_in_whatever_order_it_comes(
    desk: Desk,
) -> None:
    """Order and delivery, 8."""
    words = [(3, Phase.ENDED, 130.0, 3, False), (1, Phase.OPENED, 100.0, 1, True)]
    for seq, phase, at, count, ongoing in words:
        sighting = Sighting("i", IncidentKind.PEEPING, 100.0, at, count, ongoing)
        step = Step(desk.member, Number(desk.device, "e", seq), phase, sighting, at, at)
        desk.add(seq, steps=[step])
        await desk.recorder.flush()

    async with desk.record.connect() as conn:
        wanted = select(Incident.count.label("times"), Incident.ended_at)
        row = (await conn.execute(wanted)).one()
        assert (row.times, row.ended_at.timestamp()) == (3, 130.0)


async def test_skew_is_kept_and_a_clock_far_off_marks_its_rows(desk: Desk) -> None:
    """Order and delivery, 6."""
    for seq, skew_s in enumerate((-0.02, 119.0, 121.0, -3600.0), 1):
        desk.add(seq, replace(desk.moment(seq), skew_s=skew_s))
    await desk.recorder.flush()

    async with desk.record.connect() as conn:
        rows = (await conn.execute(select(Transition).order_by(Transition.seq))).all()
    assert [row.skew_ms for row in rows] == [-20, 119_000, 121_000, -3_600_000]
    assert [row.skewed for row in rows] == [False, False, True, True]


async def test_the_record_tells_each_seat_as_boards_last_saw_it(desk: Desk) -> None:
    """Order and delivery, 8: late rows say nothing about it."""
    desk.report(1, 2)
    desk.add(3, desk.moment(3, live=False))
    await desk.recorder.flush()

    async with desk.record.connect() as conn:
        states, vouched = await last_states(conn, desk.tenant)
        received = await conn.execute(select(Transition.received_at).where(Transition.seq == 2))
    assert [state.member for state in states] == [desk.member]
    assert vouched == pytest.approx(received.scalar_one().timestamp(), abs=1e-3)

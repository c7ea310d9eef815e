"""The spool: no number twice, nothing forgotten before its ack, nothing lost in a crash."""

import shutil
import sqlite3
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from agent.spool import DROPPED_AT_ONCE, LOCK_FILE, SPOOL_FILE, Spool, SpoolError
from hub.protocol.agents import GapReport, IncidentReport, Report, StateReport
from hub.protocol.facts import Facts, IncidentKind, Phase, Presence, Reason, Sighting
from tests.agent.disks import full_disk

NOON = 1_780_000_000.0


def state(at: float, presence: Presence = Presence.PRESENT) -> StateReport:
    return StateReport(0, Facts(at, presence))


def sighting(number: int, at: float, ongoing: bool = True) -> Sighting:
    return Sighting(f"{number:032x}", IncidentKind.PEEPING, NOON, at, ongoing=ongoing)


def incident(phase: Phase, what: Sighting) -> IncidentReport:
    return IncidentReport(0, what.seen_at, phase, what)


def fill(spool: Spool, count: int) -> None:
    for at in range(count):
        spool.report(state(NOON + at))


class SpoolLife(RuleBasedStateMachine):
    """Any order of reports, acks, orderly stops, kills and full disks."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.lives = 0

    @initialize()
    def create(self) -> None:
        self.spool = Spool(self.folder / "0", NOON)
        self.epoch = self.spool.device_epoch
        self.kept: list[Report] = []
        self.highest = 0
        self.facts = self.spool.facts()
        self.ongoing: dict[str, Sighting] = {}
        self.durable = (self.facts, dict[str, Sighting]())
        self.unwritten: list[Report] = []

    def told(self, report: Report) -> None:
        self.spool.report(report)
        self.unwritten.append(report)
        self.flushed()

    def flushed(self) -> None:
        if self.spool.trouble:
            return
        for report in self.unwritten:
            self.highest += 1
            self.kept.append(replace(report, seq=self.highest))
        self.unwritten = []
        self.durable = (self.facts, dict(self.ongoing))

    @rule(presence=st.sampled_from(Presence), at=st.floats(0, 1e6))
    def state_changes(self, presence: Presence, at: float) -> None:
        self.facts = Facts(NOON + at, presence)
        self.told(StateReport(0, self.facts))

    @rule(number=st.integers(0, 3), at=st.floats(0, 1e6))
    def incident_is_seen(self, number: int, at: float) -> None:
        seen = sighting(number, NOON + at)
        phase = Phase.SEEN if seen.id in self.ongoing else Phase.OPENED
        self.ongoing[seen.id] = seen
        self.told(incident(phase, seen))

    @precondition(lambda self: self.ongoing)
    @rule(data=st.data())
    def incident_ends(self, data: st.DataObject) -> None:
        ended = self.ongoing.pop(data.draw(st.sampled_from(sorted(self.ongoing))))
        self.told(incident(Phase.ENDED, replace(ended, ongoing=False)))

    @rule(data=st.data())
    def hub_acknowledges(self, data: st.DataObject) -> None:
        upto = data.draw(st.integers(0, self.highest))
        self.spool.forget(upto)
        self.kept = [report for report in self.kept if report.seq > upto]

    @rule()
    def agent_is_killed(self) -> None:
        """What lies on the disk at any moment is all that the next life has."""
        self.lives += 1
        after = self.folder / str(self.lives)
        shutil.copytree(self.folder / str(self.lives - 1), after)
        self.spool.close()
        self.spool = Spool(after, NOON)
        self.facts, self.ongoing = self.durable[0], dict(self.durable[1])
        self.unwritten = []

    @rule()
    def agent_stops_and_starts(self) -> None:
        fill_disk(self.spool, free=True)
        assert self.spool.flush()
        self.flushed()
        self.spool.close()
        self.spool = Spool(self.folder / str(self.lives), NOON)

    @rule(free=st.booleans())
    def disk_fills_or_frees(self, free: bool) -> None:
        fill_disk(self.spool, free)

    @rule()
    def hub_knows_higher_numbers(self) -> None:
        fill_disk(self.spool, free=True)
        self.spool.renew()
        assert self.spool.device_epoch != self.epoch
        self.epoch = self.spool.device_epoch
        self.kept = [replace(report, seq=seq) for seq, report in enumerate(self.kept, 1)]
        self.highest = len(self.kept)

    @invariant()
    def what_is_not_acknowledged_is_there_in_order(self) -> None:
        assert self.spool.unrecorded(0, 10_000) == self.kept
        assert self.spool.backlog() == len(self.kept) + len(self.unwritten)

    @invariant()
    def no_number_is_given_twice(self) -> None:
        assert self.spool.next_seq() == self.highest + 1
        assert self.spool.device_epoch == self.epoch

    @invariant()
    def hello_would_tell_the_state(self) -> None:
        assert self.spool.facts() == self.facts
        assert self.spool.sightings() == tuple(self.ongoing[one] for one in self.spool_order())

    def spool_order(self) -> list[str]:
        assert {one.id for one in self.spool.sightings()} == set(self.ongoing)
        return [one.id for one in self.spool.sightings()]

    def teardown(self) -> None:
        self.spool.close()
        shutil.rmtree(self.folder)


def fill_disk(spool: Spool, free: bool) -> None:
    """SQLite's own "database or disk is full": the file may have no page more than it has."""
    (pages,) = spool._db.execute("PRAGMA page_count").fetchone()
    spool._db.execute(f"PRAGMA max_page_count = {1_000_000 if free else pages}").fetchone()


SpoolLife.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


TestSpool = SpoolLife.TestCase


def test_a_new_spool_knows_nothing_yet(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "new", NOON)

    assert spool.facts() == Facts(NOON, Presence.UNKNOWN, reason=Reason.STARTING)
    assert (spool.next_seq(), spool.sightings(), spool.unrecorded(0, 10)) == (1, (), [])


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    spool = Spool(folder, NOON)
    spool.report(state(NOON))

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_the_last_moment_vouched_for_outlives_a_kill(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "a", NOON)
    spool.vouch(NOON + 30)
    shutil.copytree(tmp_path / "a", tmp_path / "b")

    assert Spool(tmp_path / "b", NOON + 99).vouched == NOON + 30


def test_the_window_limits_what_is_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path, NOON)
    fill(spool, 10)

    assert [report.seq for report in spool.unrecorded(4, 3)] == [5, 6, 7]


def test_a_second_agent_on_one_folder_is_refused(tmp_path: Path) -> None:
    first = Spool(tmp_path, NOON)
    with pytest.raises(SpoolError, match="another agent is running"):
        Spool(tmp_path, NOON)
    first.close()

    Spool(tmp_path, NOON).close()


@pytest.mark.parametrize("damage", [b"not a database at all, but long enough" * 40, b"SQLite"])
def test_a_damaged_spool_is_refused_and_left_as_it_is(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / SPOOL_FILE).write_bytes(damage)

    with pytest.raises(SpoolError, match=r"is damaged .* move it away"):
        Spool(tmp_path, NOON)
    assert (tmp_path / SPOOL_FILE).read_bytes() == damage


def test_damage_inside_is_found_at_the_start(tmp_path: Path) -> None:
    spool = Spool(tmp_path, NOON)
    fill(spool, 500)
    spool.close()
    file = tmp_path / SPOOL_FILE
    pages = bytearray(file.read_bytes())
    pages[4096 * 3 : 4096 * 6] = bytes(4096 * 3)
    file.write_bytes(pages)

    with pytest.raises(SpoolError, match="is damaged"):
        Spool(tmp_path, NOON)


def test_a_spool_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Spool(tmp_path, NOON).close()
    with sqlite3.connect(tmp_path / SPOOL_FILE) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(SpoolError, match="newer version"):
        Spool(tmp_path, NOON)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SpoolError, match="cannot be used"):
        Spool(tmp_path / "file", NOON)


def troubled(spool: Spool) -> str:
    return spool.trouble.ja if spool.trouble else ""


def test_a_full_disk_is_said_and_nothing_is_sent_that_is_not_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path, NOON)
    fill_disk(spool, free=False)
    while not troubled(spool):
        spool.report(state(NOON))
    unwritten = spool.backlog() - len(spool.unrecorded(0, 10_000))

    assert "disk is full" in troubled(spool)
    assert unwritten == 1
    assert spool.next_seq() == len(spool.unrecorded(0, 10_000)) + 1

    fill_disk(spool, free=True)
    assert spool.flush()
    assert troubled(spool) == ""
    assert spool.backlog() == len(spool.unrecorded(0, 10_000)) == spool.next_seq() - 1


def test_beyond_its_limit_the_oldest_reports_become_one_gap(tmp_path: Path) -> None:
    kept = 3 * DROPPED_AT_ONCE
    spool = Spool(tmp_path, NOON, kept=kept)
    fill(spool, kept + 1)
    gap, next_one, *_ = spool.unrecorded(0, kept)

    assert gap == GapReport(1_001, NOON, NOON + 1_000, 1_001, "overwritten")
    assert next_one.seq == 1_002

    fill(spool, DROPPED_AT_ONCE)
    assert spool.backlog() <= kept
    gap = spool.unrecorded(0, 1)[0]
    assert isinstance(gap, GapReport)
    assert gap.count + spool.backlog() - 1 == kept + 1 + DROPPED_AT_ONCE


@pytest.mark.requirement("R38")
def test_a_start_on_a_full_disk_says_so_and_not_that_another_agent_runs_or_damage_was_done(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path, NOON)
    fill(spool, 3)
    spool.close()

    with full_disk(), pytest.raises(SpoolError, match="is the disk full"):
        Spool(tmp_path, NOON)
    assert Spool(tmp_path, NOON).backlog() == 3


def test_the_lock_is_free_again_after_a_refused_start(tmp_path: Path) -> None:
    (tmp_path / SPOOL_FILE).write_bytes(b"rubbish" * 1000)
    with pytest.raises(SpoolError):
        Spool(tmp_path, NOON)
    (tmp_path / SPOOL_FILE).unlink()

    Spool(tmp_path, NOON).close()
    assert (tmp_path / LOCK_FILE).exists()

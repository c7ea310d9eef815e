"""The agent's durable memory: numbered reports until they are recorded, and the state to tell."""

import os
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from agent import secrets, troubles
from agent.durable import NO_ROOM, make_durable, transaction, unwritable
from agent.secrets import Damaged, SecretsError
from agent.troubles import Trouble
from hub.protocol.agents import EvidenceReport, GapReport, IncidentReport, Report, StateReport
from hub.protocol.facts import Facts, Reason, Sighting

SPOOL_FILE = "spool.db"
LOCK_FILE = "spool.lock"
KEPT_REPORTS = 100_000  # 60 changes a day for four years, about 25 MB
DROPPED_AT_ONCE = 1_000  # so that a full spool is not rewritten with every report
WAITING_REPORTS = 10_000  # in memory while the disk takes nothing, about 5 MB
OVERWRITTEN = "overwritten"  # the reason in a GapReport
REPORT, FACTS, SIGHTING = b"report", b"facts", b"sighting"  # no sealed row passes for another

_LAYOUT = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE device (epoch TEXT NOT NULL, next_seq INTEGER NOT NULL, facts BLOB NOT NULL,
                     vouched REAL NOT NULL) STRICT;
CREATE TABLE sightings (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE reports (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
PRAGMA user_version = {_LAYOUT};
COMMIT;
"""

_encode = msgspec.json.Encoder().encode
_report: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)
_facts = msgspec.json.Decoder(Facts)
_sighting = msgspec.json.Decoder(Sighting)


class SpoolError(Exception):
    """The spool cannot be used; the text says what to do."""


class Spool:
    """The `Backlog` of a session, on SQLite: what `report` took is on disk when it returns.

    What rows say of a person is sealed with the folder's own key.
    Only one Spool may be open on a folder. A commit takes 0.2 ms on an SSD, so it is made on the
    event loop. `trouble`, if any, says in one line why the disk takes nothing: reports then
    wait in memory, unnumbered and unsent, and follow with the next commit that succeeds, so that
    no number is ever given twice. What memory or disk cannot keep is told as a GapReport.
    """

    def __init__(self, folder: Path, clock: float, kept: int = KEPT_REPORTS) -> None:
        """Raise SpoolError when another agent has the folder, or its spool is damaged."""
        self.trouble: Trouble | None = None
        self._kept = kept
        self._waiting: deque[Report] = deque()
        self._overwritten: GapReport | None = None
        file = folder / SPOOL_FILE
        try:
            private_folder(folder)
            with ExitStack() as undo:
                undo.enter_context(closing(locked(folder / LOCK_FILE)))
                private_file(file)
                self.box = secrets.box(folder)
                # Patient with `status`, which may read beside a running agent.
                self._db = sqlite3.connect(file, timeout=1.0, isolation_level=None)
                undo.enter_context(closing(self._db))
                self._load(clock)
                self._opened = undo.pop_all()
        except OSError as wrong:
            raise SpoolError(f"{folder} cannot be used: {wrong.strerror}") from None
        except SecretsError as wrong:
            raise SpoolError(str(wrong)) from None
        except (sqlite3.Error, Damaged, msgspec.DecodeError, TypeError) as wrong:
            if unwritable(wrong):
                raise SpoolError(f"{folder} {NO_ROOM} ({wrong})") from None
            raise SpoolError(
                f"{file} is damaged ({wrong}); move it away to begin a new one, "
                "what it holds is then not reported"
            ) from None

    def _load(self, clock: float) -> None:
        make_durable(self._db)
        (verdict,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        (layout,) = self._db.execute("PRAGMA user_version").fetchone()
        if layout > _LAYOUT:
            raise SpoolError("the spool was written by a newer version; update this agent")
        if not layout:
            self._db.executescript(_SCHEMA)
            starting = Facts(clock, reason=Reason.STARTING)
            row = (uuid4().hex, 1, self._sealed(starting, FACTS), clock)
            self._db.execute("INSERT INTO device VALUES (?, ?, ?, ?)", row)
        query = "SELECT epoch, next_seq, facts, vouched FROM device"
        epoch, next_seq, facts, vouched = self._db.execute(query).fetchone()
        self.device_epoch: str = epoch
        self._next_seq: int = next_seq
        self.vouched: float = vouched
        self._facts = _facts.decode(self.box.open(facts, FACTS))
        bodies = self._db.execute("SELECT body FROM sightings ORDER BY id").fetchall()
        opened = (_sighting.decode(self.box.open(body, SIGHTING)) for (body,) in bodies)
        self._sightings = {one.id: one for one in opened}

    def close(self) -> None:
        """Give the folder free; what still waits in memory is tried once more."""
        self.flush()
        self._opened.close()

    # ---- what the agent says

    def report(self, *reports: Report) -> None:
        """Keep reports, all or none, and the state after them; their own `seq` is not looked at."""
        for report in reports:
            match report:
                case StateReport(facts=facts):
                    self._facts = facts
                case IncidentReport(sighting=sighting) if sighting.ongoing:
                    self._sightings[sighting.id] = sighting
                case IncidentReport(sighting=sighting):
                    self._sightings.pop(sighting.id, None)
            if len(self._waiting) == WAITING_REPORTS:
                self._overwritten = gap_over(self._overwritten, self._waiting.popleft())
            self._waiting.append(report)
        self.flush()

    def flush(self) -> bool:
        """Number and commit what waits; False when the disk does not take it, see `trouble`."""
        if not self._waiting:
            return True
        lost = [self._overwritten] if self._overwritten else []
        batch = [*lost, *self._waiting]
        try:
            with transaction(self._db) as db:
                rows = [self._row(seq, one) for seq, one in enumerate(batch, self._next_seq)]
                db.executemany("INSERT INTO reports VALUES (?, ?)", rows)
                state = (self._next_seq + len(batch), self._sealed(self._facts, FACTS))
                db.execute("UPDATE device SET next_seq = ?, facts = ?", state)
                db.execute("DELETE FROM sightings")
                sightings = [
                    (one.id, self._sealed(one, SIGHTING)) for one in self._sightings.values()
                ]
                db.executemany("INSERT INTO sightings VALUES (?, ?)", sightings)
                self._overwrite_oldest(db)
        except sqlite3.Error as wrong:
            self.trouble = troubles.reports_unkept(str(wrong))
            return False
        self._next_seq += len(batch)
        self._waiting.clear()
        self._overwritten, self.trouble = None, None
        return True

    def vouch(self, clock: float) -> None:
        """The state still held at this moment; after a crash nobody can say it of a later one."""
        self.vouched = clock
        with suppress(sqlite3.Error), transaction(self._db) as db:
            db.execute("UPDATE device SET vouched = ?", (clock,))

    # ---- what the session asks (hub.protocol.session.Backlog)

    def next_seq(self) -> int:
        return self._next_seq

    def facts(self) -> Facts:
        return self._facts

    def sightings(self) -> tuple[Sighting, ...]:
        return tuple(self._sightings.values())

    def unrecorded(self, after: int, limit: int) -> Sequence[Report]:
        query = "SELECT body FROM reports WHERE seq > ? ORDER BY seq LIMIT ?"
        try:
            return [self._report(body) for (body,) in self._db.execute(query, (after, limit))]
        except (sqlite3.Error, Damaged, msgspec.DecodeError) as wrong:
            raise SpoolError(f"the spool cannot be read ({wrong}); check its disk") from None

    def forget(self, upto: int) -> None:
        with suppress(sqlite3.Error), transaction(self._db) as db:
            db.execute("DELETE FROM reports WHERE seq <= ?", (upto,))

    def renew(self) -> None:
        reports = self.unrecorded(0, self._next_seq)
        epoch = uuid4().hex
        with transaction(self._db) as db:
            db.execute("DELETE FROM reports")
            rows = [self._row(seq, one) for seq, one in enumerate(reports, 1)]
            db.executemany("INSERT INTO reports VALUES (?, ?)", rows)
            db.execute("UPDATE device SET epoch = ?, next_seq = ?", (epoch, len(rows) + 1))
        self.device_epoch, self._next_seq = epoch, len(rows) + 1

    def backlog(self) -> int:
        """How many reports are not recorded yet."""
        count: int = self._db.execute("SELECT count(*) FROM reports").fetchone()[0]
        return count + len(self._waiting)

    def _overwrite_oldest(self, db: sqlite3.Connection) -> None:
        """Hold the limit: the oldest reports become one gap, under the last of their numbers."""
        (count,) = db.execute("SELECT count(*) FROM reports").fetchone()
        if count <= self._kept:
            return
        query = "SELECT body FROM reports ORDER BY seq LIMIT ?"
        drop = count - self._kept + DROPPED_AT_ONCE
        oldest = [self._report(body) for (body,) in db.execute(query, (drop,))]
        gap: GapReport | None = None
        for report in oldest:
            gap = gap_over(gap, report)
        assert gap is not None
        db.execute("DELETE FROM reports WHERE seq <= ?", (oldest[-1].seq,))
        db.execute("INSERT INTO reports VALUES (?, ?)", self._row(oldest[-1].seq, gap))

    def _row(self, seq: int, report: Report) -> tuple[int, bytes]:
        return seq, self._sealed(replace(report, seq=seq), REPORT)

    def _report(self, body: bytes) -> Report:
        return _report.decode(self.box.open(body, REPORT))

    def _sealed(self, what: msgspec.Struct, about: bytes) -> bytes:
        return self.box.seal(_encode(what), about)


def gap_over(gap: GapReport | None, report: Report) -> GapReport:
    """The gap that also covers this report, which is being overwritten."""
    begin, end, count = span(report)
    if gap is None:
        return GapReport(0, begin, end, count, OVERWRITTEN)
    return GapReport(
        0, min(gap.lost_from, begin), max(gap.lost_to, end), gap.count + count, OVERWRITTEN
    )


def span(report: Report) -> tuple[float, float, int]:
    """From when to when a report speaks, and how many reports it stands for."""
    match report:
        case StateReport():
            return report.facts.since, report.facts.since, 1
        case IncidentReport():
            return report.at, report.at, 1
        case GapReport():
            return report.lost_from, report.lost_to, report.count
        case EvidenceReport():
            return report.at, report.at, 1


def summary(folder: Path) -> str:
    """One line about a folder's spool, also while an agent is running on it."""
    file = folder / SPOOL_FILE
    if not file.exists():
        return "none"
    try:
        locked(folder / LOCK_FILE).close()
        user = "no agent is running"
    except SpoolError:
        user = "an agent is running"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
            (count,) = db.execute("SELECT count(*) FROM reports").fetchone()
            (facts,) = db.execute("SELECT facts FROM device").fetchone()
        last = _facts.decode(secrets.box(folder).open(facts, FACTS)).presence
    except (sqlite3.Error, SecretsError, Damaged, msgspec.DecodeError) as wrong:
        return f"damaged ({wrong})"
    return f"{user}, {count} reports not recorded yet, last state {last}"


def private_folder(folder: Path) -> None:
    """Make the folder, if need be, for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def private_file(file: Path) -> None:
    """Make the file, if need be, for its owner alone; what SQLite adds beside it follows it."""
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def locked(file: Path) -> sqlite3.Connection:
    """Hold the file until the connection is closed or the process ends, however it ends."""
    private_file(file)
    lock = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        lock.execute("PRAGMA journal_mode = MEMORY")  # a full disk has no room for a journal
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as wrong:
        lock.close()
        if wrong.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise SpoolError(f"{file} cannot be locked: {wrong}") from None
        text = f"another agent is running on {file.parent}; give each its own --state"
        raise SpoolError(text) from None
    return lock

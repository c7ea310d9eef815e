"""The images that the hub does not have yet: a ring of encrypted files, the oldest overwritten."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from agent import troubles
from agent.durable import NO_ROOM, make_durable, transaction, unwritable
from agent.secrets import REMEDY, Box, Damaged
from agent.spool import private_file, private_folder
from agent.troubles import Trouble
from hub.protocol.images import Claim, Offer, statement

RING_FILE = "ring.db"
IMAGES_FOLDER = "images"
KEPT_IMAGES = 500  # image records, cameras and screens together

UNTOLD, TOLD, BEING_TOLD = 0, 1, 2  # what of a row's image, or of its loss, a report has told

_LAYOUT = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE images (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
                     body BLOB NOT NULL, lost TEXT, told INTEGER NOT NULL) STRICT;
CREATE TABLE telling (epoch TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;
PRAGMA user_version = {_LAYOUT};
COMMIT;
"""

OVERWRITTEN: Final = "overwritten"
DAMAGED: Final = "damaged"
Loss = Literal["overwritten", "damaged"]


class RingError(Exception):
    """The ring cannot be used; the text says what to do."""


class NotKept(Exception):
    """The disk takes nothing at the moment: nothing has changed, try again later."""


@dataclass(frozen=True)
class Record:
    """One image of the ring; `lost` says why there is only its row any more."""

    n: int
    claim: Claim
    lost: str | None


@dataclass(frozen=True)
class Telling:
    """From which of the spool's numbers on something is being told."""

    epoch: str
    seq: int


class Ring:
    """Keeps at most `kept` images, each on disk when `add` returns; any thread may call it.

    Rows are ordered by the order of adding, never by a clock. A row says whether its image, or its
    loss, has been told to the spool. `trouble`, if any, says in one line why the disk takes
    nothing: that image is not kept then, what else is to be written raises NotKept, and nothing
    that was there is harmed.
    """

    def __init__(self, folder: Path, box: Box, kept: int = KEPT_IMAGES) -> None:
        """Raise RingError when the ring is damaged or cannot be opened."""
        self.trouble: Trouble | None = None
        self._box, self._kept = box, kept
        self._images = folder / IMAGES_FOLDER
        self._turn = threading.RLock()
        file = folder / RING_FILE
        try:
            private_folder(folder)
            private_folder(self._images)
            private_file(file)
            self._db = sqlite3.connect(
                file, timeout=1.0, isolation_level=None, check_same_thread=False
            )
            self._load()
        except OSError as wrong:
            raise RingError(f"{folder} cannot be used: {wrong.strerror}") from None
        except sqlite3.Error as wrong:
            if unwritable(wrong):
                raise RingError(f"{folder} {NO_ROOM} ({wrong})") from None
            raise RingError(f"{file} is damaged ({wrong}); {REMEDY}") from None

    def _load(self) -> None:
        make_durable(self._db)
        (layout,) = self._db.execute("PRAGMA user_version").fetchone()
        if layout > _LAYOUT:
            raise RingError("the ring was written by a newer version; update this agent")
        if not layout:
            self._db.executescript(_SCHEMA)
        self._tidy()

    def _tidy(self) -> None:
        """After a crash: files without a row go, and rows without a file are losses."""
        rows = dict(self._db.execute("SELECT id, n FROM images WHERE lost IS NULL"))
        files = set(os.listdir(self._images))
        for name in files - rows.keys():
            (self._images / name).unlink(missing_ok=True)
        with suppress(NotKept):  # whoever asks for it finds out then
            for name in rows.keys() - files:
                self._lose(rows[name], DAMAGED)

    def close(self) -> None:
        with self._turn:
            self._db.close()

    # ---- keeping

    def add(self, claim: Claim, data: bytes) -> bool:
        """Whether it is on disk now; the oldest had to make room if there was none."""
        with self._turn:
            file = self._images / claim.id
            try:
                durable(file, self._box.seal(data, claim.id.encode()))
                with transaction(self._db) as db:
                    body = self._box.seal(msgspec.json.encode(claim), b"row")
                    values = "INSERT INTO images (id, body, told) VALUES (?, ?, 0)"
                    db.execute(values, (claim.id, body))
            except (OSError, sqlite3.Error) as wrong:
                with suppress(OSError):
                    file.unlink(missing_ok=True)
                said = getattr(wrong, "strerror", None) or wrong
                self.trouble = troubles.images_unkept(str(said))
                return False
            self.trouble = None
            with suppress(NotKept):  # the next image finds more to overwrite
                self._overwrite_oldest()
            return True

    def _overwrite_oldest(self) -> None:
        query = "SELECT n FROM images WHERE lost IS NULL ORDER BY n DESC LIMIT -1 OFFSET ?"
        for (n,) in self._db.execute(query, (self._kept,)).fetchall()[::-1]:
            self._lose(n, OVERWRITTEN)

    def _lose(self, n: int, why: Loss) -> None:
        """The row first: it tells of the loss even if the power goes before the file is gone."""
        with self._writing() as db:
            db.execute("UPDATE images SET lost = ?, told = 0 WHERE n = ?", (why, n))
        (name,) = self._db.execute("SELECT id FROM images WHERE n = ?", (n,)).fetchone()
        (self._images / name).unlink(missing_ok=True)

    # ---- telling the spool, once

    def untold(self, limit: int) -> list[Record]:
        """Images and losses that no report has told of, the oldest first."""
        return self._records(f"told = {UNTOLD}", limit)

    def tell(self, telling: Telling, records: Sequence[Record]) -> None:
        """About to be reported: written down, so that a crash in between repeats nothing."""
        with self._writing() as db:
            db.execute("INSERT INTO telling VALUES (?, ?)", (telling.epoch, telling.seq))
            # an image that was lost since the records were read is another thing to tell
            asked = [(BEING_TOLD, one.n, one.lost) for one in records]
            db.executemany("UPDATE images SET told = ? WHERE n = ? AND lost IS ?", asked)

    def telling(self) -> Telling | None:
        with self._turn:
            row = self._db.execute("SELECT epoch, seq FROM telling").fetchone()
        return Telling(*row) if row else None

    def told(self, arrived: bool = True) -> None:
        """What was being told is durable, or (not `arrived`) it never came to be."""
        with self._writing() as db:
            if arrived:
                gone = "DELETE FROM images WHERE lost IS NOT NULL AND told = ?"
                db.execute(gone, (BEING_TOLD,))
            after = TOLD if arrived else UNTOLD
            db.execute("UPDATE images SET told = ? WHERE told = ?", (after, BEING_TOLD))
            db.execute("DELETE FROM telling")

    # ---- sending

    def oldest(self) -> Record | None:
        """The next image to send: one that was told of, and is still here."""
        return next(iter(self._records(f"told = {TOLD} AND lost IS NULL", 1)), None)

    def waiting(self) -> int:
        """How many images the hub does not have yet."""
        with self._turn:
            query = "SELECT count(*) FROM images WHERE lost IS NULL"
            count: int = self._db.execute(query).fetchone()[0]
        return count

    def read(self, record: Record) -> bytes | None:
        """The image; none if it was overwritten meanwhile or is damaged, which is told then."""
        with self._turn:
            file = self._images / record.claim.id
            try:
                return self._box.open(file.read_bytes(), record.claim.id.encode())
            except (OSError, Damaged):
                query = "SELECT count(*) FROM images WHERE n = ? AND lost IS NULL"
                if self._db.execute(query, (record.n,)).fetchone()[0]:
                    self._lose(record.n, DAMAGED)
                return None

    def offer(self, record: Record) -> Offer:
        """The claim with the device's signature, as the hub wants it."""
        signature = self._box.sign(statement(record.claim))
        return Offer(record.claim, self._box.public_key, signature)

    def drop(self, record: Record) -> None:
        """The hub has it for good, or wants it no more."""
        with self._turn:
            with self._writing() as db:
                db.execute("DELETE FROM images WHERE n = ?", (record.n,))
            (self._images / record.claim.id).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            try:
                with transaction(self._db) as db:
                    yield db
            except sqlite3.Error as wrong:
                self.trouble = troubles.images_unkept(str(wrong))
                raise NotKept(str(wrong)) from None
            self.trouble = None

    def _records(self, which: str, limit: int) -> list[Record]:
        query = f"SELECT n, body, lost FROM images WHERE {which} ORDER BY n LIMIT ?"
        with self._turn:
            rows = self._db.execute(query, (limit,)).fetchall()
        try:
            return [
                Record(n, msgspec.json.decode(self._box.open(body, b"row"), type=Claim), lost)
                for n, body, lost in rows
            ]
        except (Damaged, msgspec.DecodeError) as wrong:
            raise RingError(f"the ring cannot be read ({wrong}); {REMEDY}") from None


def durable(file: Path, data: bytes) -> None:
    """Whole and on disk when it returns; a row of the ring then says that it is there."""
    with open(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def wipe(folder: Path) -> Sequence[Path]:
    """Overwrite nothing, forget everything: without its key no image can be read again."""
    gone: list[Path] = []
    images = folder / IMAGES_FOLDER
    for file in sorted(images.glob("*")) if images.is_dir() else []:
        file.unlink(missing_ok=True)
        gone.append(file)
    with suppress(OSError):
        images.rmdir()
    for name in (RING_FILE, f"{RING_FILE}-wal", f"{RING_FILE}-shm"):
        (folder / name).unlink(missing_ok=True)
    return gone

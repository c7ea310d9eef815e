"""The ring: bounded, encrypted, and true about what it lost, whatever ends the process."""

import errno
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import secrets
from agent.evidence import ring as rings
from agent.evidence.ring import IMAGES_FOLDER, NotKept, Record, Ring, RingError, Telling
from agent.evidence.taking import reports
from agent.secrets import FILE, Box, Damaged, SecretsError
from hub.protocol.agents import IMAGES_OVERWRITTEN, EvidenceReport, GapReport
from hub.protocol.facts import EvidenceKind, EvidenceState
from hub.protocol.images import Claim
from tests.agent.disks import full_disk
from tests.eyewitness import Witness

NOON = 1_780_000_000.0
NOWHERE = "http://127.0.0.1:9"
ROOT = Path(__file__).resolve().parents[3]


def image(number: int, at: float = NOON) -> tuple[Claim, bytes]:
    data = b"\xff\xd8 not shown to anybody %d" % number
    digest = hashlib.sha256(data).hexdigest()
    kind = EvidenceKind.CAMERA
    return Claim(f"{number:032x}", kind, at, "image/jpeg", len(data), 64, 48, digest), data


def fill(ring: Ring, numbers: range) -> None:
    for number in numbers:
        assert ring.add(*image(number))


def told(ring: Ring) -> None:
    """As if a report had told of everything."""
    ring.tell(Telling("e", 1), ring.untold(100_000))
    ring.told()


def troubled(ring: Ring) -> str:
    return ring.trouble.ja if ring.trouble else ""


def sent_in_order(ring: Ring) -> Iterator[Record]:
    while record := ring.oldest():
        yield record
        ring.drop(record)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return secrets.box(tmp_path)


@pytest.mark.requirement("R38")
def test_of_501_images_500_are_kept_and_the_first_is_gone(tmp_path: Path, box: Box) -> None:
    ring = Ring(tmp_path, box)
    fill(ring, range(1, 502))

    lost = [record for record in ring.untold(1000) if record.lost]
    assert [(one.claim.id, one.lost) for one in lost] == [(f"{1:032x}", "overwritten")]
    assert ring.waiting() == len(os.listdir(tmp_path / IMAGES_FOLDER)) == 500
    told(ring)
    order = [int(record.claim.id, 16) for record in sent_in_order(ring)]
    assert order == list(range(2, 502))


@pytest.mark.requirement("R60")
def test_nothing_on_the_disk_shows_an_image_or_what_is_known_of_it(
    tmp_path: Path, box: Box
) -> None:
    ring = Ring(tmp_path, box)
    claim, data = image(1)
    ring.add(claim, data)
    ring.close()

    for file in tmp_path.rglob("*"):
        if file.is_file():
            written = file.read_bytes()
            assert data not in written
            assert claim.sha256.encode() not in written
            assert file.stat().st_mode & 0o077 == 0


def test_a_clock_that_is_set_back_changes_no_order(tmp_path: Path, box: Box) -> None:
    ring = Ring(tmp_path, box, kept=2)
    for number, at in enumerate((NOON, NOON - 3600, NOON - 7200), 1):
        ring.add(*image(number, at))
    told(ring)

    assert [int(one.claim.id, 16) for one in sent_in_order(ring)] == [2, 3]


@pytest.mark.requirement("R38")
def test_a_full_disk_is_said_and_harms_nothing_that_is_there(
    tmp_path: Path, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = Ring(tmp_path, box)
    fill(ring, range(1, 4))

    def full(file: Path, data: bytes) -> None:
        file.write_bytes(data[:7])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(rings, "durable", full)
        assert not ring.add(*image(4))
        assert "No space left" in troubled(ring)
    assert ring.add(*image(5))
    assert troubled(ring) == ""
    told(ring)
    assert [int(one.claim.id, 16) for one in sent_in_order(ring)] == [1, 2, 3, 5]


def test_a_start_on_a_full_disk_says_so_and_calls_nothing_damaged(tmp_path: Path, box: Box) -> None:
    ring = Ring(tmp_path, box)
    fill(ring, range(1, 3))
    ring.close()

    with full_disk(), pytest.raises(RingError, match="is the disk full"):
        Ring(tmp_path, box)
    assert Ring(tmp_path, box).waiting() == 2


def test_an_image_that_was_changed_on_the_disk_is_a_loss_and_not_another_image(
    tmp_path: Path, box: Box
) -> None:
    ring = Ring(tmp_path, box)
    fill(ring, range(1, 3))
    told(ring)
    files = tmp_path / IMAGES_FOLDER
    (files / f"{1:032x}").write_bytes((files / f"{2:032x}").read_bytes())
    first = ring.oldest()
    assert first

    assert ring.read(first) is None
    assert [(one.claim.id, one.lost) for one in ring.untold(9)] == [(first.claim.id, "damaged")]


def test_after_a_crash_files_and_rows_fit_each_other_again(tmp_path: Path, box: Box) -> None:
    ring = Ring(tmp_path, box)
    fill(ring, range(1, 4))
    told(ring)
    ring.close()
    (tmp_path / IMAGES_FOLDER / f"{2:032x}").unlink()
    (tmp_path / IMAGES_FOLDER / f"{9:032x}").write_bytes(b"no row was written for it")

    again = Ring(tmp_path, box)
    assert [(one.claim.id, one.lost) for one in again.untold(9)] == [(f"{2:032x}", "damaged")]
    assert sorted(os.listdir(tmp_path / IMAGES_FOLDER)) == [f"{1:032x}", f"{3:032x}"]


KILLED = """
import sys
from pathlib import Path
from agent import secrets
from agent.evidence.ring import Ring
from tests.agent.evidence.test_ring import image
folder = Path(sys.argv[1])
ring = Ring(folder, secrets.box(folder), kept=20)
number = 0
while True:
    number += 1
    assert ring.add(*image(number))
    print(number, flush=True)
"""


@pytest.mark.requirement("R38")
def test_kill_9_in_the_middle_loses_at_most_what_was_not_on_disk_yet(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        for line in process.stdout:
            if int(line) == 50:
                process.send_signal(signal.SIGKILL)
        last = 50
    box = secrets.box(tmp_path)
    ring = Ring(tmp_path, box, kept=20)
    untold = ring.untold(10_000)
    held = [int(one.claim.id, 16) for one in untold if not one.lost]
    lost = [int(one.claim.id, 16) for one in untold if one.lost]

    assert lost + held == list(range(1, held[-1] + 1))
    assert held[-1] >= last
    assert len(held) in (20, 21)
    told(ring)
    for record in sent_in_order(ring):
        assert ring.read(record) == image(int(record.claim.id, 16))[1]


def test_without_its_key_nothing_opens_and_a_lost_key_is_said(tmp_path: Path, box: Box) -> None:
    sealed = box.seal(b"a picture", b"1")
    with pytest.raises(Damaged):
        box.open(sealed, b"2")
    with pytest.raises(Damaged):
        Box(os.urandom(64)).open(sealed, b"1")
    assert secrets.box(tmp_path).open(sealed, b"1") == b"a picture"

    (tmp_path / FILE).write_text('{"secrets":"bm8="}')
    with pytest.raises(SecretsError, match="unpair"):
        secrets.box(tmp_path)


def test_unpairing_leaves_nothing_of_the_ring(tmp_path: Path, box: Box) -> None:
    ring = Ring(tmp_path, box)
    fill(ring, range(1, 4))
    ring.close()

    rings.wipe(tmp_path)
    secrets.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


# ---- telling


def pieces(pc: Witness) -> list[tuple[int, EvidenceState]]:
    """Which image (by its order) was told of, and how."""
    reports = [one for one in pc.told() if isinstance(one, EvidenceReport)]
    return [(int(p.id, 16), p.state) for one in reports for p in one.pieces]


PENDING, OVERWRITTEN = EvidenceState.PENDING, EvidenceState.OVERWRITTEN


@pytest.mark.requirement("R38")
async def test_what_had_to_be_overwritten_is_told_as_such_and_as_one_gap(tmp_path: Path) -> None:
    pc = Witness(tmp_path, NOWHERE, "token", kept=3)
    for number in (1, 2):
        pc.ring.add(*image(number, NOON + number))
    pc.evidence.tell()
    for number in (3, 4, 5):
        pc.ring.add(*image(number, NOON + number))
    pc.evidence.tell()
    pc.evidence.tell()

    assert pieces(pc) == [
        (1, PENDING), (2, PENDING),
        (1, OVERWRITTEN), (2, OVERWRITTEN), (3, PENDING), (4, PENDING), (5, PENDING),
    ]  # fmt: skip
    gaps = [one for one in pc.told() if isinstance(one, GapReport)]
    assert [(one.lost_from, one.lost_to, one.count, one.reason) for one in gaps] == [
        (NOON + 1, NOON + 2, 2, IMAGES_OVERWRITTEN)
    ]
    pc.ring.close()
    pc.spool.close()


@pytest.mark.parametrize("committed", [True, False])
async def test_a_crash_while_telling_neither_repeats_nor_forgets_a_gap(
    tmp_path: Path, committed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the ring's word, the spool's and the ring's again."""

    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    pc = Witness(tmp_path, NOWHERE, "token", kept=1)
    for number in (1, 2):
        pc.ring.add(*image(number))
    with monkeypatch.context() as patch:
        if committed:
            patch.setattr(pc.ring, "told", crash)
        else:
            patch.setattr(pc.spool, "report", crash)
        with pytest.raises(Crash):
            pc.evidence.tell()
    pc.ring.close()
    pc.spool.close()

    again = Witness(tmp_path, NOWHERE, "token", kept=1)
    again.evidence.begin()
    again.evidence.tell()
    assert pieces(again) == [(1, OVERWRITTEN), (2, PENDING)]
    assert [one.count for one in again.told() if isinstance(one, GapReport)] == [1]
    again.ring.close()
    again.spool.close()


@pytest.mark.requirement("R38")
async def test_a_disk_that_fills_up_between_taking_and_telling_stops_nothing(
    tmp_path: Path,
) -> None:
    pc = Witness(tmp_path, NOWHERE, "token")
    for number in (1, 2):
        pc.ring.add(*image(number))
    with full_disk():
        pc.evidence.tell()
        assert troubled(pc.ring)
        assert pieces(pc) == []
    pc.evidence.tell()

    assert troubled(pc.ring) == ""
    assert pieces(pc) == [(1, PENDING), (2, PENDING)]
    first = pc.ring.oldest()
    assert first
    with full_disk(), pytest.raises(NotKept):
        pc.ring.drop(first)
    assert pc.ring.oldest() == first
    pc.ring.drop(first)
    assert pc.ring.waiting() == 1
    pc.ring.close()
    pc.spool.close()


@pytest.mark.requirement("R38")
@pytest.mark.parametrize("committed", [True, False])
async def test_a_full_disk_after_a_crash_while_telling_neither_repeats_nor_forgets(
    tmp_path: Path, committed: bool
) -> None:
    pc = Witness(tmp_path, NOWHERE, "token")
    pc.ring.add(*image(1))
    telling = Telling(pc.spool.device_epoch, pc.spool.next_seq())
    untold = pc.ring.untold(1)
    pc.ring.tell(telling, untold)
    if committed:
        pc.spool.report(*reports(untold, NOON))
    pc.ring.close()
    pc.spool.close()

    again = Witness(tmp_path, NOWHERE, "token")
    with full_disk():
        again.evidence.begin()
    again.uplink.begin(NOON)  # takes the number that the images would have had
    again.evidence.tell()

    assert pieces(again) == [(1, PENDING)]
    again.ring.close()
    again.spool.close()


async def test_while_the_spool_takes_nothing_a_loss_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pc = Witness(tmp_path, NOWHERE, "token", kept=1)
    with monkeypatch.context() as patch:
        patch.setattr(pc.spool, "_overwrite_oldest", broken)
        for number in (1, 2):
            pc.ring.add(*image(number))
            pc.evidence.tell()
        assert pc.spool.trouble
    assert pc.spool.flush()
    pc.evidence.tell()

    assert pieces(pc) == [(1, PENDING), (1, OVERWRITTEN), (2, PENDING)]
    pc.ring.close()
    pc.spool.close()


def broken(*_: object) -> None:

    raise sqlite3.OperationalError("database or disk is full")

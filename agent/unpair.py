"""`zaiseki agent unpair`: this PC stops being the worker's device, and forgets all it knows."""

import argparse
from pathlib import Path

from agent import pause, policy, secrets, spool, terms
from agent.cameras import share
from agent.enrolment import gallery
from agent.evidence import ring, sent
from agent.page import opening
from agent.settings import TOKEN_FILE

PERSONAL = (
    TOKEN_FILE, gallery.FILE, gallery.UNSEALED, pause.FILE, policy.FILE, spool.SPOOL_FILE,
    terms.FILE, opening.FILE, share.TOKEN_FILE, sent.FILE,
    f"{spool.SPOOL_FILE}-wal", f"{spool.SPOOL_FILE}-shm",
)  # fmt: skip


def unpair(options: argparse.Namespace) -> int:
    folder: Path = options.state
    wipe(folder)
    print(f"nothing of the worker is left in {folder}; what was not sent yet is lost")
    return 0


def wipe(folder: Path) -> None:
    """The key goes first: from then on nothing else can be read. Raise SpoolError when in use."""
    if not folder.exists():
        return
    spool.locked(folder / spool.LOCK_FILE).close()
    secrets.forget(folder)
    ring.wipe(folder)
    for name in PERSONAL:
        (folder / name).unlink(missing_ok=True)
    (folder / spool.LOCK_FILE).unlink(missing_ok=True)

"""Is there room on this machine: the state folder, the disk, open files, the web app?"""

import fcntl
import os
import resource
import shutil
import tempfile
from pathlib import Path

from hub.checks import Finding, fail, ok, warn
from hub.http.site import WEB
from hub.settings import Settings

STATE = "state"
FREE_FAIL_BYTES = 200 * 2**20  # a SQLite that cannot grow its WAL refuses every report
FREE_WARN_BYTES = 2 * 2**30
FILES_BESIDE = 300  # of a node: the web app, database and broker connections, logs
PLAN_FOR = 1_000  # connections, where nobody says how many and the record does not know


def state(settings: Settings) -> list[Finding]:
    folder = settings.state
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        return [fail(STATE, f"{there} is a file; choose another folder with --state")]
    if there != folder:
        return made_later(folder, there)
    try:
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"0" * 4096)
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as wrong:
        said = f"{folder} takes no files: {wrong.strerror}; give zaiseki the right to write there"
        return [fail(STATE, said), *disk(there)]
    use = ", in use by a running zaiseki" if in_use(folder) else ""
    return [ok(STATE, f"{folder} can be written{use}"), *disk(folder)]


def made_later(folder: Path, there: Path) -> list[Finding]:
    if not os.access(there, os.W_OK | os.X_OK):
        return [fail(STATE, f"{folder} is not there and cannot be made in {there}; make it")]
    return [ok(STATE, f"{folder} is not there yet; the first start makes it"), *disk(there)]


def in_use(folder: Path) -> bool:
    """Whether a running zaiseki holds the folder."""
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def disk(folder: Path) -> list[Finding]:
    return space(folder, shutil.disk_usage(folder).free)


def space(folder: Path, free: int) -> list[Finding]:
    said = f"{free / 2**30:.1f} GiB are free on the disk of {folder}"
    if free < FREE_FAIL_BYTES:
        return [fail("disk", f"{said}; make room, or the record stops")]
    if free < FREE_WARN_BYTES:
        return [warn("disk", f"{said}; make room")]
    return [ok("disk", said)]


def files(connections: int | None) -> list[Finding]:
    """Each agent and each board is one open file of the hub, which takes all that it may."""
    expected = connections or PLAN_FOR
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = expected + FILES_BESIDE
    may = "without limit" if hard == resource.RLIM_INFINITY else f"up to {hard}"
    said = f"open files {may}, {need} are needed for {expected} connections"
    if hard != resource.RLIM_INFINITY and hard < need:
        return [fail("files", f"{said}; raise LimitNOFILE (systemd) or ulimit -n")]
    return [ok("files", said)]


def web(folder: Path = WEB) -> list[Finding]:
    if (folder / "index.html").is_file() and any((folder / "assets").glob("*.js")):
        return [ok("web", "the web app is built")]
    return [fail("web", "the web app is not built; use ./run, or pip install . in the checkout")]

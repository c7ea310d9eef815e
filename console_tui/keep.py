"""The kept sign-in: a file that only its owner reads, one for each hub."""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

POSIX = os.name == "posix"  # elsewhere the profile folder itself is its owner's
DEFAULT_HUB = "http://127.0.0.1:8000"


class Kept(Struct, frozen=True):
    """A sign-in at one hub."""

    hub: str
    login: str
    token: str
    member: int
    name: str
    tenant: str
    locale: str = "ja"


class Exposed(Exception):
    """Others could read the file, so its token may be known to them."""

    def __init__(self, kept: Kept | None) -> None:
        super().__init__("others could read the kept sign-in")
        self.kept = kept


def folder() -> Path:
    """XDG Base Directory: state that is worth keeping and not worth carrying around."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "zaiseki" / "tui"


def place(hub: str) -> Path:
    return folder() / (re.sub(r"[^A-Za-z0-9.]+", "-", hub).strip("-") + ".json")


def last_hub() -> str:
    """The hub of the newest sign-in, or the one that `zaiseki up` makes."""
    try:
        files = sorted(folder().glob("*.json"), key=lambda file: file.stat().st_mtime)
        return msgspec.json.decode(_bytes(files[-1]), type=Kept).hub
    except (OSError, IndexError, msgspec.DecodeError):
        return DEFAULT_HUB


def load(hub: str) -> Kept | None:
    """Raise Exposed, and forget the file, when others had a way to read it."""
    file = place(hub)
    try:
        mine = _only_mine(file)
        kept = _decoded(_bytes(file))
    except OSError:
        return None
    if not mine:
        forget(hub)
        raise Exposed(kept)
    return kept if kept and kept.hub == hub else None


def save(kept: Kept) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    file = place(kept.hub)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(msgspec.json.encode(kept))
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def forget(hub: str) -> None:
    with suppress(OSError):
        place(hub).unlink()


def _bytes(file: Path) -> bytes:
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(handle, "rb") as source:
        return source.read()


def _only_mine(file: Path) -> bool:
    if not POSIX:
        return True
    about = file.lstat()
    return about.st_uid == os.getuid() and not stat.S_IMODE(about.st_mode) & 0o077


def _decoded(content: bytes) -> Kept | None:
    try:
        return msgspec.json.decode(content, type=Kept)
    except msgspec.DecodeError:
        return None

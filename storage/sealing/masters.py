"""Master keys: in a file, in the environment or behind PKCS#11; they wrap the tenants' keys."""

import base64
import binascii
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag

from storage.files import synced, written
from storage.sealing.sealed import KEY_BYTES, NONCE_BYTES, decrypted, encrypted

NAME_HEX = 16
HEADER = """\
# zaiseki's master keys, the newest first. Keep a copy elsewhere, apart from the backups:
# without them nothing that is sealed can be read again.
"""


class MasterProblem(Exception):
    """The master keys cannot be used as they are; the message is one line that says what to do."""


class NoMaster(MasterProblem):
    """None of the master keys at hand has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"this record is sealed under the master key {name}, which is not at hand; bring the"
            " file master.key of the hub that made it (--master-file), or set ZAISEKI_MASTER_KEY"
        )


class Masters(Protocol):
    """What keeps master keys, whether it ever hands them out or not. May block."""

    def names(self) -> list[str]:
        """Of the keys at hand, the newest first; raise MasterProblem if they cannot be reached."""

    def wrap(self, name: str, plain: bytes, bound: bytes) -> bytes:
        """Raise NoMaster."""

    def unwrap(self, name: str, wrapped: bytes, bound: bytes) -> bytes:
        """Raise NoMaster, or MasterProblem if it was not wrapped so."""

    def make(self) -> str:
        """A new key, at hand from now on; raise MasterProblem where somebody else must make it."""

    def drop(self, name: str) -> None:
        """Forget one for good; raise NoMaster, or MasterProblem where somebody else must do so."""


def fresh() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def name_of(key: bytes) -> str:
    """A name that says nothing of the key."""
    return hashlib.sha256(b"zaiseki master key" + key).hexdigest()[:NAME_HEX]


def wrapped_by(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + encrypted(key, nonce, plain, bound)


def unwrapped_by(key: bytes, wrapped: bytes, bound: bytes) -> bytes:
    try:
        return decrypted(key, wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
    except InvalidTag:
        raise damaged() from None


def damaged() -> MasterProblem:
    return MasterProblem("a tenant key in the record is damaged; restore the record from a backup")


class GivenMasters:
    """Keys that somebody else keeps and hands to every process, the newest first."""

    def __init__(self, text: str) -> None:
        self._keys = _parsed(text.replace(",", "\n"), "ZAISEKI_MASTER_KEY")
        if not self._keys:
            raise MasterProblem("ZAISEKI_MASTER_KEY has no key; " + HOW_TO_MAKE)

    def names(self) -> list[str]:
        return list(self._keys)

    def wrap(self, name: str, plain: bytes, bound: bytes) -> bytes:
        return wrapped_by(_chosen(self._keys, name), plain, bound)

    def unwrap(self, name: str, wrapped: bytes, bound: bytes) -> bytes:
        return unwrapped_by(_chosen(self._keys, name), wrapped, bound)

    def make(self) -> str:
        raise MasterProblem(
            "put the new master key first in ZAISEKI_MASTER_KEY, a comma, then the old one;"
            f" start every hub again with it, then rotate; {HOW_TO_MAKE}"
        )

    def drop(self, name: str) -> None:
        _chosen(self._keys, name)
        raise MasterProblem(f"take the master key {name} out of ZAISEKI_MASTER_KEY yourself")


class FileMasters:
    """Keys in a file for its owner alone. Another process' new key is found when it is needed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._keys: Mapping[str, bytes] = {}

    def names(self) -> list[str]:
        self._keys = self._read()
        return list(self._keys)

    def wrap(self, name: str, plain: bytes, bound: bytes) -> bytes:
        return wrapped_by(self._key(name), plain, bound)

    def unwrap(self, name: str, wrapped: bytes, bound: bytes) -> bytes:
        return unwrapped_by(self._key(name), wrapped, bound)

    def make(self) -> str:
        key = fresh()
        with self._locked():
            self._write({name_of(key): key, **self._read()})
        return name_of(key)

    def drop(self, name: str) -> None:
        with self._locked():
            kept = dict(self._read())
            if kept.pop(name, None) is None:
                raise NoMaster(name)
            self._write(kept)

    def _key(self, name: str) -> bytes:
        if name not in self._keys:
            self._keys = self._read()
        return _chosen(self._keys, name)

    def _read(self) -> dict[str, bytes]:
        try:
            return _parsed(self.file.read_text("ascii"), str(self.file))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as wrong:
            raise MasterProblem(f"cannot read the master key in {self.file}: {wrong}") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time changes the file."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.with_name(f".{self.file.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as wrong:
            raise MasterProblem(
                f"cannot write the master key {self.file}: {wrong.strerror};"
                " name another place with --master-file"
            ) from None

    def _write(self, keys: Mapping[str, bytes]) -> None:
        for left in self.file.parent.glob(f".{self.file.name}.{'[0-9a-f]' * 16}"):
            left.unlink()  # of whoever was killed here: a key that is dropped would stay in it
        text = HEADER + "".join(base64.b64encode(key).decode() + "\n" for key in keys.values())
        part = self.file.with_name(f".{self.file.name}.{secrets.token_hex(8)}")
        written(part, text.encode())
        os.replace(part, self.file)
        synced(self.file.parent)
        self._keys = keys


HOW_TO_MAKE = "make one with: openssl rand -base64 32"


def _chosen(keys: Mapping[str, bytes], name: str) -> bytes:
    if name not in keys:
        raise NoMaster(name)
    return keys[name]


def _parsed(text: str, where: str) -> dict[str, bytes]:
    """One key in base64 a line; lines that begin with # are for people."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        keys = [base64.b64decode(line, validate=True) for line in lines if line and line[0] != "#"]
    except (binascii.Error, ValueError):
        keys = [b""]
    if any(len(key) != KEY_BYTES for key in keys):
        raise MasterProblem(f"{where} has a line that is no key of 32 bytes; {HOW_TO_MAKE}")
    return {name_of(key): key for key in keys}

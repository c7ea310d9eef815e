"""Where signed heads are kept apart from the record: in the state folder, and in a second place.

Whoever can write the record cannot write these; whoever wants to be sure keeps the second place
where administrators of the hub cannot reach it either.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
from obstore.exceptions import BaseError
from obstore.store import from_url

from storage.errors import Missing
from storage.files import synced
from storage.images.vault import ObjectVault
from storage.proof.heads import SignedHead

FOLDER = "heads"  # in the state folder
KEYS = "keys"  # beside the tenants' own: a name for each public key that has signed here
LINK_LETTERS = 16  # of a link, in a head's name
_TENANT = re.compile(r"\d+")
_KEY = re.compile(r"[0-9a-f]{64}")


class Place(Protocol):
    """Nothing that is kept is ever replaced. Each may raise OSError."""

    async def keep(self, head: SignedHead) -> None:
        """Durable when it returns."""

    async def trust(self, public_key: bytes) -> None:
        """Note whose signatures count."""

    async def trusted(self) -> set[bytes]:
        """The keys that were noted here."""

    async def tenants(self) -> list[int]:
        """Those with heads here."""

    async def heads(self, tenant: int) -> list[SignedHead]:
        """All of a tenant; raise DamagedPlace for what was never written here."""


class DamagedPlace(Exception):
    """Something that was kept has been changed; the message names it."""


class FolderPlace:
    """A file a tenant and month, with a line for each head."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def keep(self, head: SignedHead) -> None:
        file = self.folder / str(head.tenant) / f"{head.at[:7]}.jsonl"
        await asyncio.to_thread(_append, file, msgspec.json.encode(head) + b"\n")

    async def trust(self, public_key: bytes) -> None:
        await asyncio.to_thread(_append, self.folder / KEYS / public_key.hex(), b"")

    async def trusted(self) -> set[bytes]:
        names = await asyncio.to_thread(_names, self.folder / KEYS)
        return {bytes.fromhex(name) for name in names if _KEY.fullmatch(name)}

    async def tenants(self) -> list[int]:
        names = await asyncio.to_thread(_names, self.folder)
        return sorted(int(name) for name in names if _TENANT.fullmatch(name))

    async def heads(self, tenant: int) -> list[SignedHead]:
        return await asyncio.to_thread(lambda: list(_lines(self.folder / str(tenant))))


class StorePlace:
    """A bucket of an object store, with an object for each head."""

    def __init__(self, store: ObjectVault) -> None:
        self._store = store

    async def keep(self, head: SignedHead) -> None:
        name = f"{head.tenant}/{head.position:012}-{head.link[:LINK_LETTERS]}"
        await self._store.put(name, msgspec.json.encode(head))

    async def trust(self, public_key: bytes) -> None:
        await self._store.put(f"{KEYS}/{public_key.hex()}", public_key)

    async def trusted(self) -> set[bytes]:
        names = [name.rpartition("/")[2] for name in await self._store.names(KEYS)]
        return {bytes.fromhex(name) for name in names if _KEY.fullmatch(name)}

    async def tenants(self) -> list[int]:
        names = await self._store.folders()
        return sorted(int(name) for name in names if _TENANT.fullmatch(name))

    async def heads(self, tenant: int) -> list[SignedHead]:
        found = []
        for name in await self._store.names(str(tenant)):
            try:
                found.append(_head(await self._store.get(name), name))
            except Missing:
                raise DamagedPlace(f"{name} went away while it was read") from None
        return found


def place(where: str) -> Place:
    """A folder's path, or an object store's URL; raise ValueError for a wrong URL."""
    if not urlsplit(where).scheme:
        return FolderPlace(Path(where).expanduser().absolute())
    try:
        return StorePlace(ObjectVault(from_url(where)))
    except BaseError as wrong:
        raise ValueError(str(wrong).splitlines()[0]) from None


def _append(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "wb") as end:
        end.write(data)
        end.flush()
        os.fsync(end.fileno())
    synced(file.parent)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _lines(folder: Path) -> Iterator[SignedHead]:
    for name in _names(folder):
        for number, line in enumerate((folder / name).read_bytes().splitlines(), 1):
            yield _head(line, f"{folder / name}, line {number}")


def _head(data: bytes, where: str) -> SignedHead:
    try:
        return msgspec.json.decode(data, type=SignedHead)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DamagedPlace(f"{where} is no head") from None

"""Where images are kept, apart from the record: files in the state folder, or an object store.

Everything in it is sealed with the tenant's key, whose number is the first part of each name.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from storage.errors import Missing
from storage.files import synced, written
from storage.sealing.keys import Keys
from storage.sealing.sealed import About

FOLDER = "evidence"  # in the state folder


class VaultFailed(OSError):
    """The place of the images does not answer, or takes nothing more."""


@contextmanager
def reached() -> Iterator[None]:
    """What a store raises, in words that callers know: Missing, or VaultFailed for all else."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as wrong:
        raise Missing("image", str(wrong)) from None
    except (BaseError, OSError) as wrong:
        raise VaultFailed(str(wrong)) from None


class Vault(Protocol):
    """Names have parts between slashes, made of letters, digits and `-_.` alone.

    Each of them raises VaultFailed.
    """

    async def put(self, name: str, data: bytes) -> None:
        """Durable when it returns; what was there under that name is replaced."""

    async def get(self, name: str) -> bytes:
        """Raise Missing if there is nothing of that name."""

    async def begins(self, name: str, size: int) -> bytes:
        """Its first bytes; raise Missing."""

    async def delete(self, name: str) -> None:
        """Nothing of that name is there any more, if ever there was."""

    async def names(self, folder: str) -> list[str]:
        """All names directly in the folder, in order."""

    async def folders(self, folder: str) -> list[str]:
        """All folders directly in the folder, in order."""


class FileVault:
    """Plain files below a folder, each whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, data: bytes) -> None:
        with reached():
            await asyncio.to_thread(self._put, self._folder / name, data)

    async def get(self, name: str) -> bytes:
        with reached():
            return await asyncio.to_thread((self._folder / name).read_bytes)

    async def begins(self, name: str, size: int) -> bytes:
        with reached():
            return await asyncio.to_thread(_first_bytes, self._folder / name, size)

    async def delete(self, name: str) -> None:
        with reached():
            await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)
        with suppress(OSError):  # other files are in it still
            await asyncio.to_thread((self._folder / name).parent.rmdir)

    async def names(self, folder: str) -> list[str]:
        with reached():
            found = await asyncio.to_thread(self._names, self._folder / folder)
        return [f"{folder}/{name}" for name in found]

    async def folders(self, folder: str) -> list[str]:
        with reached():
            found = await asyncio.to_thread(self._folders, self._folder / folder)
        return [f"{folder}/{name}" for name in found]

    def _put(self, file: Path, data: bytes) -> None:
        part = file.with_name(f".{uuid4().hex}")
        while True:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # a delete has taken the empty folder away just now
                written(part, data)
                break
        os.replace(part, file)
        synced(file.parent)

    def _names(self, folder: Path) -> list[str]:
        with suppress(FileNotFoundError, NotADirectoryError):
            return sorted(
                one.name for one in os.scandir(folder) if one.is_file() and one.name[0] != "."
            )
        return []

    def _folders(self, folder: Path) -> list[str]:
        with suppress(FileNotFoundError, NotADirectoryError):
            return sorted(one.name for one in os.scandir(folder) if one.is_dir())
        return []


def _first_bytes(file: Path, size: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(size)


class ObjectVault:
    """A bucket of an object store (S3 and what speaks like it), by URL."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, name: str, data: bytes) -> None:
        with reached():
            await self._store.put_async(name, data)

    async def get(self, name: str) -> bytes:
        with reached():
            found = await self._store.get_async(name)
            return bytes(await found.bytes_async())

    async def begins(self, name: str, size: int) -> bytes:
        with reached():
            return bytes(await self._store.get_range_async(name, start=0, length=size))

    async def delete(self, name: str) -> None:
        with suppress(Missing), reached():
            await self._store.delete_async(name)

    async def names(self, folder: str) -> list[str]:
        with reached():
            found = await self._store.list_with_delimiter_async(f"{folder}/")
        return sorted(one["path"] for one in found["objects"])

    async def folders(self, folder: str = "") -> list[str]:
        """In the whole bucket without a folder."""
        with reached():
            found = await self._store.list_with_delimiter_async(f"{folder}/" if folder else None)
        return sorted(found["common_prefixes"])


class SealedVault:
    """A vault that nothing enters or leaves but sealed: `owner` is the member, `at` when taken."""

    def __init__(self, inner: Vault, keys: Keys) -> None:
        self.inner = inner
        self.keys = keys

    async def put(self, name: str, owner: int, at: datetime, data: bytes) -> None:
        """As of the vault itself; raise Destroyed, or MasterProblem."""
        sealed = await self.keys.seal(tenant_of(name), About(name, owner, at), data)
        await self.inner.put(name, sealed)

    async def get(self, name: str, owner: int, at: datetime) -> bytes:
        """Raise Missing, Unreadable if it is not what was put there, Destroyed, MasterProblem."""
        stored = await self.inner.get(name)
        return await self.keys.open(tenant_of(name), About(name, owner, at), stored)

    async def delete(self, name: str) -> None:
        await self.inner.delete(name)

    async def names(self, folder: str) -> list[str]:
        return await self.inner.names(folder)


def tenant_of(name: str) -> int:
    return int(name.partition("/")[0])


def vault(url: str | None, state: Path) -> Vault:
    """The vault at the URL, else files in the state folder; raise ValueError for a wrong URL."""
    if url is None:
        return FileVault(state / FOLDER)
    if not urlsplit(url).scheme:
        raise ValueError("give a URL such as s3://bucket/folder")
    try:
        return ObjectVault(from_url(url))
    except BaseError as wrong:
        raise ValueError(str(wrong).splitlines()[0]) from None

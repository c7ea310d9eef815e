"""Where images are kept, apart from the record: files in the state folder, or an object store.

Whoever encrypts images at rest puts a Vault of their own around this one.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from storage.errors import Missing

FOLDER = "evidence"  # in the state folder


class Vault(Protocol):
    """Names have parts between slashes, made of letters, digits and `-_.` alone."""

    async def put(self, name: str, data: bytes) -> None:
        """Durable when it returns; what was there under that name is replaced."""

    async def get(self, name: str) -> bytes:
        """Raise Missing if there is nothing of that name."""

    async def delete(self, name: str) -> None:
        """Nothing of that name is there any more, if ever there was."""

    async def names(self, folder: str) -> list[str]:
        """All names directly in the folder, in order."""


class FileVault:
    """Plain files below a folder, each whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, data: bytes) -> None:
        await asyncio.to_thread(self._put, self._folder / name, data)

    async def get(self, name: str) -> bytes:
        try:
            return await asyncio.to_thread((self._folder / name).read_bytes)
        except FileNotFoundError:
            raise Missing("image", name) from None

    async def delete(self, name: str) -> None:
        await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)
        with suppress(OSError):  # other files are in it still
            await asyncio.to_thread((self._folder / name).parent.rmdir)

    async def names(self, folder: str) -> list[str]:
        found = await asyncio.to_thread(self._names, self._folder / folder)
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
            return sorted(name for name in os.listdir(folder) if not name.startswith("."))
        return []


def written(file: Path, data: bytes) -> None:
    """Bytes on disk, for their owner alone; nothing is left of what could not be written."""
    try:
        with open(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
    except OSError:
        file.unlink(missing_ok=True)
        raise


def synced(folder: Path) -> None:
    """A file's name is durable once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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

    async def delete(self, name: str) -> None:
        with suppress(Missing), reached():
            await self._store.delete_async(name)

    async def names(self, folder: str) -> list[str]:
        with reached():
            found = await self._store.list_with_delimiter_async(f"{folder}/")
        return sorted(one["path"] for one in found["objects"])


@contextmanager
def reached() -> Iterator[None]:
    """What the store raises, in words that callers know: Missing, or OSError for all else."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as wrong:
        raise Missing("image", str(wrong)) from None
    except BaseError as wrong:
        raise OSError(str(wrong)) from None


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

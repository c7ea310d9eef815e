"""Files that are on disk once they are written, and for their owner alone."""

import os
from pathlib import Path


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

"""Databases with all tables, made once a test process and copied: Alembic takes half a second."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from storage.database import embedded_url, upgrade


@cache
def made_once() -> tempfile.TemporaryDirectory[str]:
    """Goes when the process does."""
    return tempfile.TemporaryDirectory(prefix="zaiseki-tables-")


async def with_tables(url: str) -> None:
    """Bring a new database to head; a file that is there already is left as it is."""
    pattern = embedded_url(Path(made_once().name))
    if make_url(url).get_backend_name() != "sqlite":
        await upgrade(url)
    elif not copied(pattern, url):
        await upgrade(pattern)
        copied(pattern, url)


def copied(pattern: str, url: str) -> bool:
    """Whether there was something to copy, or nothing to do."""
    source, here = (Path(str(make_url(each).database)) for each in (pattern, url))
    if here.exists():
        return True
    if not source.exists():
        return False
    here.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(source, here)
    return True

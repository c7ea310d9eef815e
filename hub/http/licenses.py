"""Whose work is in this installation, and on which terms: for everybody who is signed in."""

import asyncio
from functools import cache
from importlib.metadata import distributions
from typing import Annotated

from msgspec import DecodeError, Meta, Struct
from msgspec.structs import replace

from hub.http import problems
from hub.http.callers import Caller
from hub.http.problems import Problem
from hub.shell.licenses import CARRIED, Kind, Licenses, Part, collect


class PartQuery(Struct, frozen=True):
    kind: Kind
    name: Annotated[str, Meta(min_length=1, max_length=200)]


async def licenses(who: Caller) -> Licenses:
    """Every work of others here with its terms; the texts come one by one."""
    known = await _known()
    return Licenses([replace(part, text="") for part in known.parts], known.bundle)


async def licence_text(who: Caller, query: PartQuery) -> Part:
    """One work of others, with the text of its licence."""
    known = await _known()
    for part in known.parts:
        if (part.kind, part.name) == (query.kind, query.name):
            return part
    raise Problem(problems.NOT_FOUND)


async def _known() -> Licenses:
    """Raise Problem where the file that is built with the wheel is not there."""
    try:
        return await asyncio.to_thread(installed)
    except (OSError, DecodeError) as wrong:
        what = f"{CARRIED.parent.name}/{CARRIED.name}"
        raise Problem(problems.INCOMPLETE, what=what) from wrong


@cache
def installed() -> Licenses:
    """It does not change while the hub runs; reading it takes hundreds of files."""
    return collect(CARRIED, distributions())

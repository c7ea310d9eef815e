"""Whose work is in this installation, and on which terms: for everybody who is signed in."""

import asyncio
from functools import cache
from importlib.metadata import distributions
from typing import Annotated

from msgspec import Meta, Struct
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
    known = await asyncio.to_thread(installed)
    return Licenses([replace(part, text="") for part in known.parts], known.bundle)


async def licence_text(who: Caller, query: PartQuery) -> Part:
    """One work of others, with the text of its licence."""
    known = await asyncio.to_thread(installed)
    for part in known.parts:
        if (part.kind, part.name) == (query.kind, query.name):
            return part
    raise Problem(problems.NOT_FOUND)


@cache
def installed() -> Licenses:
    """It does not change while the hub runs; reading it takes hundreds of files."""
    return collect(CARRIED, distributions())

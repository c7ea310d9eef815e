"""The past read back in pieces: each says what the whole says of it."""

from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.history.spans import Span, spans, totals, within
from storage.people.tenants import tenant
from storage.seats.history import members_of
from storage.seats.timelines import timelines
from tests.hub.http.history.lives import Lived, lived
from tests.record import NOW, company, person

LIVES = 12  # each is some 20 hours
PIECES = 8


@pytest.mark.requirement("R7")
async def test_a_day_read_alone_says_what_the_whole_week_says_of_it(record: AsyncEngine) -> None:
    """History, 14: wherever midnight falls between words that came late."""
    random = Random(14)
    async with record.begin() as conn:
        home = (await company(conn)).id
        people = [await person(conn, home, f"p{number}") for number in range(LIVES)]
    for member in people:
        one = await lived(record, home, member, NOW, random, devices=random.randint(1, 2))
        first, last = int(NOW.timestamp()), int(one.world.now)
        cuts = sorted(random.sample(range(first, last), PIECES - 1))
        whole = await read(record, home, one, first, last)
        for begin, end in pairwise([first, *cuts, last]):
            piece = await read(record, home, one, begin, end)
            assert totals(piece) == totals(within(whole, begin, end))


async def read(record: AsyncEngine, home: int, one: Lived, begin: int, end: int) -> list[Span]:
    first, last = datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)
    async with record.connect() as conn:
        asked = members_of(home, [one.member])
        marks = await timelines(conn, await tenant(conn, home), asked, first, last)
    return spans(marks.get(one.member, ()), begin, end, why=False)

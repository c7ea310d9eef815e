"""The mail of the day: to each who chose it, at their hour, if there is something to say.

Any number of copies: the day is claimed in the transaction that writes the mail, so that nobody
gets two of a day, and nothing is lost with whoever is killed.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.jobs.receivers import sees
from hub.notices.letters import digest
from hub.notices.texts import Reading, words
from hub.notifying import JAPAN, digest_after
from storage.outgoing import mails, notices
from storage.outgoing.notices import NoticeRow
from storage.people.directory import Directory, directory
from storage.people.notifications import notifications_of
from storage.people.tenants import tenant
from storage.sealing.keys import Destroyed, Keys
from storage.sealing.sealed import Box
from storage.seats.handling import Reader, readers

EVERY_S = 30.0  # against an hour that somebody chose
AT_ONCE = 200
LIFE = timedelta(hours=20)  # the next day's mail says what is new by then


async def digest_due(engine: AsyncEngine, keys: Keys, url: str) -> None:
    """Write what is due."""
    await write_due(engine, keys, url, datetime.now(UTC))


async def write_due(engine: AsyncEngine, keys: Keys, url: str, now: datetime) -> None:
    """What is due at that moment, a member after the other."""
    async with engine.connect() as conn:
        due = await notices.digests_due(conn, now, AT_ONCE)
        people = {one: await directory(conn, one) for one in {each.tenant for each in due}}
    for one in due:
        box = await opened(keys, one.tenant)
        async with engine.begin() as conn:
            await write(conn, box, url, people[one.tenant], one, now)


async def opened(keys: Keys, tenant: int) -> Box | None:
    try:
        return await keys.box(tenant)
    except Destroyed:
        return None


async def write(
    conn: AsyncConnection,
    box: Box | None,
    url: str,
    people: Directory,
    one: notices.Reader,
    now: datetime,
) -> None:
    """One member's mail, or what there is for them waits for another day's."""
    if not await notices.claim_day(conn, one, now.astimezone(JAPAN).date()):
        chosen = (await notifications_of(conn, one.tenant, [one.member]))[one.member]
        tomorrow = digest_after(chosen, _next_day(now))
        await notices.put_off(conn, one, now, tomorrow)
        return
    told = [row for row in await notices.take_digest(conn, one, now) if _still(people, one, row)]
    reader = (await readers(conn, one.tenant, [one.member])).get(one.member)
    if box is None or reader is None or not reader.email or not told:
        return
    said = [words(row.said, _reading(one.member, row, reader)) for row in told]
    name = (await tenant(conn, one.tenant)).name
    letter = digest(reader.locale, reader.name, name, said, url)
    await mails.enqueue(
        conn,
        box,
        recipient=reader.email,
        subject=letter.subject,
        text=letter.text,
        now=now,
        life=LIFE,
    )


def _next_day(now: datetime) -> datetime:
    """The beginning of tomorrow in Japan."""
    day = now.astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1) - timedelta(microseconds=1)


def _still(people: Directory, one: notices.Reader, row: NoticeRow) -> bool:
    """It is neither read meanwhile nor about somebody whom they may not see any more."""
    return row.read_at is None and sees(people, one.member, row.subject)


def _reading(member: int, row: NoticeRow, reader: Reader) -> Reading:
    return Reading(reader.locale, row.name, row.subject == member, row.count)

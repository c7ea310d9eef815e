"""Tells people what they are to know: any number of copies, each event to each receiver once.

Taking an event and writing what follows from it (notices, mails, pushes) is one transaction:
whoever is killed has done all of it, or nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.jobs.receivers import receivers
from hub.notices.events import (
    DeviceOffline,
    Event,
    IncidentEscalated,
    IncidentOpened,
    More,
)
from hub.notices.letters import at_once
from hub.notices.texts import Reading, Told, words
from hub.notifying import Mailed, NoticeType, NoticeWays, Notifications, digest_after, ways
from storage.outgoing import mails, notices, pushes
from storage.outgoing.notices import New
from storage.people.directory import Directory, directory
from storage.people.notifications import notifications_of
from storage.people.tenants import tenant as tenant_row
from storage.sealing.keys import Destroyed, Keys
from storage.sealing.sealed import Box
from storage.seats.handling import Reader, readers

EVERY_S = 1.0  # the boards have called by then; this is for who looks away
MAIL_LIFE = timedelta(days=1)
WINDOW = timedelta(hours=1)

# What one person can be told of one type in an hour: what is more is one line that counts. Nobody
# reads twenty in an hour one by one; and a network that was cut is one event, not hundreds.
EACH = 20
EACH_DEVICE = 5
CROWD, CROWD_PART = 20, 50  # devices of a tenant in an hour, or a fiftieth of its people
OF_DEVICES = (NoticeType.DEVICE_OFFLINE, NoticeType.DEVICE_GAP)
URGENT = (NoticeType.INCIDENT_OPENED, NoticeType.INCIDENT_ESCALATED)


async def tell_due(engine: AsyncEngine, keys: Keys, url: str) -> None:
    """Tell what is due, a tenant after the other."""
    now = utc_now()
    async with engine.connect() as conn:
        tenants = await notices.waiting(conn, now)
    for tenant in tenants:
        await tell(engine, keys, url, tenant, now)


async def tell(engine: AsyncEngine, keys: Keys, url: str, tenant: int, now: datetime) -> None:
    """All that is due of one tenant; of one whose keys are destroyed there is nobody to tell."""
    try:
        box = await keys.box(tenant)
    except Destroyed:
        async with engine.begin() as conn:
            await notices.take(conn, tenant, now)
        return
    async with engine.connect() as conn:  # thousands of people: nobody's writing waits for that
        people = await directory(conn, tenant)
    async with engine.begin() as conn:
        events = await still_true(conn, tenant, await notices.take(conn, tenant, now))
        desk = Desk(conn, box, url, tenant, people, now)
        by_type: defaultdict[NoticeType, list[Event]] = defaultdict(list)
        for event in events:
            by_type[event.TYPE].append(event)
        for type, some in by_type.items():
            await desk.tell(type, some)


async def still_true(conn: AsyncConnection, tenant: int, events: list[Event]) -> list[Event]:
    """Without the devices that came back while their silence waited to be told."""
    silent = [event for event in events if isinstance(event, DeviceOffline)]
    if not silent:
        return events
    since = min(event.at for event in silent)
    heard = await notices.heard_since(conn, tenant, {one.member for one in silent}, since)
    back = {one for one in silent if one.member in heard and heard[one.member] > one.at}
    return [event for event in events if event not in back]


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction of one tenant, and what is needed to write to its people."""

    conn: AsyncConnection
    box: Box
    url: str
    tenant: int
    people: Directory
    now: datetime

    async def tell(self, type: NoticeType, events: Sequence[Event]) -> None:
        """Everybody what concerns them; and a crowd of it in one line."""
        crowd = type in OF_DEVICES and await self._is_crowd(type)
        of: defaultdict[int, list[Event]] = defaultdict(list)
        for event in events:
            for member in receivers(self.people, event):
                if not (crowd and member == event.subject):
                    of[member].append(event)
        lately = await notices.told_lately(self.conn, self.tenant, type, self.now - WINDOW)
        chosen = await notifications_of(self.conn, self.tenant, of)
        room = {one: limit(type) - lately.get(one, 0) for one in of}
        crowded = [one for one, some in of.items() if len(some) > room[one]]
        for member in crowded:
            await self._count(type, member, chosen[member], len(of.pop(member)))
        await self._each(type, of, chosen)

    async def _is_crowd(self, type: NoticeType) -> bool:
        """A network or a hub was away: that is no news of each of thousands of people."""
        since = self.now - WINDOW
        count = await notices.announced_since(self.conn, self.tenant, type, since)
        return count > max(CROWD, len(self.people.members) // CROWD_PART)

    async def _each(
        self, type: NoticeType, of: dict[int, list[Event]], chosen: dict[int, Notifications]
    ) -> None:
        how = {
            (member, event.key): self._ways(chosen[member], event)
            for member, some in of.items()
            for event in some
        }
        new = [
            self._new(member, event, how[member, event.key], chosen[member])
            for member, some in of.items()
            for event in some
            if how[member, event.key] != NOT_AT_ALL
        ]
        ids = await notices.tell(self.conn, self.tenant, new, self.now)
        told = [one for one in new if (one.member, one.key) in ids]
        asked = [one for one in told if how[one.member, one.key].mail is Mailed.NOW]
        pushed = [one for one in told if how[one.member, one.key].push]
        if asked or pushed:
            known = await readers(self.conn, self.tenant, sorted({one.member for one in told}))
            await self._mail(asked, known)
            notes = self._notes(pushed, ids, known)
            await pushes.enqueue(self.conn, self.box, self.tenant, notes, self.now)

    def _ways(self, chosen: Notifications, event: Event) -> NoticeWays:
        kind = event.kind if isinstance(event, IncidentOpened | IncidentEscalated) else None
        late = isinstance(event, IncidentOpened) and event.late
        return ways(chosen, event.TYPE, self.now, kind, pressing=not late)

    def _new(self, member: int, event: Event, how: NoticeWays, chosen: Notifications) -> New:
        daily = how.mail is Mailed.DIGEST
        digest_at = digest_after(chosen, self.now) if daily else None
        return New(member, event.TYPE, event.key, event, event.subject, how.app, digest_at)

    async def _count(self, type: NoticeType, member: int, chosen: Notifications, more: int) -> None:
        """One line an hour; it is never mailed at once, and never pushed."""
        how = ways(chosen, type, self.now, pressing=False)
        if how == NOT_AT_ALL:
            return
        digest_at = digest_after(chosen, self.now) if how.mail is Mailed.DIGEST else None
        hour = f"more/{self.now:%Y%m%d%H}"
        one = New(member, type, hour, More(self.now, type), None, how.app, digest_at)
        await notices.count_up(self.conn, self.tenant, one, more, self.now)

    async def _mail(self, told: Iterable[New], known: dict[int, Reader]) -> None:
        """To those who have an address."""
        name = (await tenant_row(self.conn, self.tenant)).name
        for one in told:
            reader = known.get(one.member)
            if reader is None or not reader.email:
                continue
            said = words(one.said, self._reading(one, reader))
            letter = at_once(reader.locale, reader.name, name, said, self.url)
            await mails.enqueue(
                self.conn,
                self.box,
                recipient=reader.email,
                subject=letter.subject,
                text=letter.text,
                now=self.now,
                life=MAIL_LIFE,
            )

    def _reading(self, one: New, reader: Reader) -> Reading:
        subject = self.people.members.get(one.subject or 0)
        name = subject.name if subject else ""
        return Reading(reader.locale, name, own=one.subject == one.member)

    def _notes(
        self, told: Iterable[New], ids: dict[tuple[int, str], int], known: dict[int, Reader]
    ) -> list[Told]:
        found = []
        for one in told:
            if reader := known.get(one.member):
                said = words(one.said, self._reading(one, reader))
                id = ids[one.member, one.key]
                found.append(
                    Told(
                        id, one.member, said.title, said.text, said.path,
                        f"{one.type}/{one.key}", one.type in URGENT, self.now,
                    )
                )  # fmt: skip
        return found


NOT_AT_ALL = NoticeWays(app=False, mail=Mailed.OFF, push=False)


def limit(type: NoticeType) -> int:
    return EACH_DEVICE if type in OF_DEVICES else EACH


def utc_now() -> datetime:
    return datetime.now(UTC)

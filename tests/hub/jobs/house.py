"""A company whose people are told things, and what they were told."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Action, Actor, Role, scope
from hub.jobs import noticing
from hub.jobs.digests import write_due
from hub.notices.events import (
    Event,
    IncidentOpened,
)
from hub.notifying import NoticeType, Notifications
from hub.protocol.facts import IncidentKind
from storage.models.notices import Notice
from storage.models.signin import Mail
from storage.outgoing import notices
from storage.outgoing.notices import NoticeRow
from storage.people.notifications import choose_notifications
from tests.keys import keys
from tests.record import Company

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # noon in Japan
URL = "https://hub.example.jp"
PEEPING = IncidentKind.PEEPING
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class House:
    """boss administers, sato supervises 営業 (in English), kato 開発; mori and noda are in 東京."""

    def __init__(self, record: AsyncEngine, at: Company, ids: dict[str, int]) -> None:
        self.record = record
        self.at = at
        self.ids = ids
        self.names = {id: login for login, id in ids.items()}

    async def announce(self, *events: Event, now: datetime = NOW) -> None:
        async with self.record.begin() as conn:
            await notices.announce(conn, self.at.id, events, now)

    async def tell(self, now: datetime = NOW) -> None:
        await noticing.tell(self.record, keys(self.record), URL, self.at.id, now)

    async def told(self) -> set[tuple[str, str]]:
        """Who has which notices."""
        async with self.record.connect() as conn:
            rows = (await conn.execute(select(Notice.member_id, Notice.type))).all()
        assert len(rows) == len(set(rows)), "twice"
        return {(self.names[member], type) for member, type in rows}

    async def shown(self, login: str, role: Role = Role.SUPERVISOR) -> list[NoticeRow]:
        supervises = frozenset({self.at.sales, self.at.tokyo})
        actor = Actor(self.at.id, self.ids[login], role, supervises)
        within = scope(actor, Action.SEE_SEAT)
        async with self.record.connect() as conn:
            return await notices.notices(conn, within, self.ids[login], 500)

    async def choose(self, login: str, chosen: Notifications) -> None:
        async with self.record.begin() as conn:
            await choose_notifications(conn, self.at.id, self.ids[login], chosen)

    async def mails(self) -> list[tuple[str, str]]:
        async with self.record.connect() as conn:
            rows = await conn.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))
            return [(row.recipient, row.subject) for row in rows]


def opened(member: int, number: int = 1, *, late: bool = False) -> IncidentOpened:
    return IncidentOpened(NOW, f"{number:032x}", PEEPING, member, late)


def to(*logins: str, type: NoticeType) -> set[tuple[str, str]]:
    return {(login, type.value) for login in logins}


async def due_now(house: House) -> None:
    past, later = datetime.now(UTC) - HOUR, datetime.now(UTC) + HOUR
    async with house.record.begin() as conn:
        waiting = update(Mail).where(Mail.due_at.is_not(None))
        await conn.execute(waiting.values(due_at=past, expires_at=later))


def text(mail: EmailMessage) -> str:
    content: str = mail.get_content()
    return content


async def digests(house: House, now: datetime, copies: int = 3) -> None:
    known = keys(house.record)
    await asyncio.gather(*(write_due(house.record, known, URL, now) for _ in range(copies)))

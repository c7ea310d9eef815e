"""Web Push from the outbox to a push service of ours, and what a browser reads of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.addresses import Network
from hub.jobs.posting import Poster
from hub.jobs.pushing import Pusher, subject_of, topic
from hub.notices.texts import Told
from hub.webpush import Browser, text_of
from storage.models.push import PushSubscription
from storage.models.signin import Mail
from storage.outgoing import pushes
from storage.people.members import disable_member
from storage.people.sessions import close_session, open_session, revoke_sessions
from storage.sealing.keys import Keys
from storage.sealing.masters import FileMasters, MasterProblem
from storage.sealing.rotation import drop_master, rewrap_some, rotate_master
from storage.sealing.vapid import private_key, public_key
from tests.keys import keys
from tests.pushes import PushBrowser, PushService, push_service
from tests.record import company, database_url, person, record

__all__ = ["database_url", "record"]

HERE = (IPv4Network("127.0.0.0/8"),)
SUBJECT = "mailto:op@example.jp"


@dataclass
class Office:
    """Sato, signed in with a browser that is told."""

    record: AsyncEngine
    keys: Keys
    tenant: int
    member: int
    session: int
    browser: PushBrowser

    async def told(self, *, urgent: bool = True, member: int | None = None) -> Told:
        now = datetime.now(UTC)
        one = Told(
            7, member or self.member, "なりすましの疑い", "佐藤 花子", "/incidents?incident=ab",
            "incident:ab", urgent, now,
        )  # fmt: skip
        box = await self.keys.box(self.tenant)
        async with self.record.begin() as conn:
            await pushes.enqueue(conn, box, self.tenant, [one], now)
        return one

    async def pushed(self, allow: Sequence[Network] = HERE) -> None:
        async with Poster(allow) as poster:
            await Pusher(self.record, self.keys, poster, SUBJECT).push_due()

    async def outbox(self) -> list[tuple[bool, bool, int]]:
        """Of each message: whether it went, whether it never will, and after how many attempts."""
        async with self.record.connect() as conn:
            rows = await conn.execute(select(Mail).order_by(Mail.id))
            return [(bool(row.sent_at), bool(row.failed_at), row.attempts) for row in rows]

    async def browsers(self) -> int:
        async with self.record.connect() as conn:
            return len((await conn.execute(select(PushSubscription.id))).all())


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as running:
        yield running


@pytest.fixture
async def office(record: AsyncEngine, service: PushService) -> Office:
    now = datetime.now(UTC)
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato")
        await open_session(conn, a.id, sato, "browser", now)
    browser = PushBrowser(service.url)
    one = Office(record, keys(record), a.id, sato, 1, browser)
    await subscribed(one, sato, 1, browser)
    return one


async def subscribed(office: Office, member: int, session: int, browser: PushBrowser) -> None:
    box, told = await office.keys.box(office.tenant), browser.subscription()
    where = Browser(told["endpoint"], told["keys"]["p256dh"], told["keys"]["auth"])
    async with office.record.begin() as conn:
        await pushes.subscribe(conn, box, member, session, where, datetime.now(UTC))


async def test_the_browser_reads_whom_it_is_about_and_nobody_else_reads_anything(
    office: Office, service: PushService
) -> None:
    told = await office.told()
    await office.pushed()
    await office.pushed()

    (got,) = service.received
    message = office.browser.opened(got.body)
    assert message == {
        "title": told.title, "text": told.text, "path": told.path, "tag": told.tag,
        "at": told.at.timestamp(), "urgent": True,
    }  # fmt: skip
    assert got.claims()["aud"] == service.url
    assert got.claims()["sub"] == SUBJECT
    assert got.key == text_of(await public_key(office.keys))
    assert got.headers["content-encoding"] == "aes128gcm"
    assert (got.headers["urgency"], got.headers["topic"]) == ("high", topic(told.tag))
    assert timedelta(hours=3) < timedelta(seconds=int(got.headers["ttl"])) <= pushes.URGENT_FOR
    assert await office.outbox() == [(True, False, 1)]


async def test_what_is_not_urgent_waits_longer_for_a_browser_that_is_closed(
    office: Office, service: PushService
) -> None:
    await office.told(urgent=False)
    await office.pushed()

    (got,) = service.received
    assert got.headers["urgency"] == "normal"
    assert timedelta(seconds=int(got.headers["ttl"])) > pushes.URGENT_FOR


async def test_neither_address_nor_message_lie_readable_in_the_record(office: Office) -> None:
    await office.told()

    async with office.record.connect() as conn:
        (row,) = await conn.execute(select(PushSubscription.sealed))
        (mail,) = await conn.execute(select(Mail.text, Mail.recipient, Mail.subject))
    assert b"127.0.0.1" not in row.sealed
    assert "佐藤".encode() not in mail.text
    assert (mail.recipient, mail.subject) == ("", "")


async def test_a_busy_push_service_is_asked_again_when_it_said(
    office: Office, service: PushService
) -> None:
    service.script.append((503, {"retry-after": "900"}))
    await office.told()
    await office.pushed()
    await office.pushed()

    assert (len(service.received), await office.outbox()) == (1, [(False, False, 1)])
    async with office.record.begin() as conn:
        due = (await conn.execute(select(Mail.due_at))).scalar_one()
        assert due and due > datetime.now(UTC) + timedelta(seconds=800)
        await conn.execute(update(Mail).values(due_at=datetime.now(UTC)))
    await office.pushed()
    assert await office.outbox() == [(True, False, 2)]


@pytest.mark.parametrize(("status", "left"), [(404, 0), (410, 0), (413, 1)])
async def test_a_browser_that_is_gone_is_forgotten_and_not_for_any_other_refusal(
    office: Office, service: PushService, status: int, left: int
) -> None:
    service.script.append((status, {}))
    await office.told()
    await office.pushed()

    assert await office.outbox() == [(False, True, 1)]
    assert await office.browsers() == left


@pytest.mark.parametrize("how", ["signs out", "is signed out everywhere", "is disabled"])
async def test_who_is_not_signed_in_there_any_more_is_not_told_there(
    office: Office, service: PushService, how: str
) -> None:
    await office.told()
    now = datetime.now(UTC)
    async with office.record.begin() as conn:
        match how:
            case "signs out":
                await close_session(conn, office.session, now)
            case "is signed out everywhere":
                await revoke_sessions(conn, office.member, now)
            case _:
                await disable_member(conn, office.tenant, office.member, now)
    await office.pushed()
    await office.told()

    assert service.received == []
    assert await office.outbox() == [(False, True, 1)]
    assert await office.browsers() == 0


async def test_a_browser_that_two_people_share_tells_who_subscribed_last(
    office: Office, service: PushService
) -> None:
    now = datetime.now(UTC)
    async with office.record.begin() as conn:
        mori = await person(conn, office.tenant, "mori")
        await open_session(conn, office.tenant, mori, "browser", now)
    await subscribed(office, mori, 2, office.browser)
    await office.told()
    await office.told(member=mori)
    await office.pushed()

    assert len(service.received) == 1
    assert await office.browsers() == 1


async def test_an_address_inside_gets_nothing_unless_its_network_is_let_in(
    office: Office, service: PushService
) -> None:
    await office.told()
    await office.pushed(allow=())

    assert service.received == []
    assert await office.outbox() == [(False, False, 1)]


async def test_a_new_master_key_wraps_the_push_key_and_browsers_stay_subscribed(
    record: AsyncEngine, tmp_path: Path
) -> None:
    masters = FileMasters(tmp_path / "master.key")
    known = Keys(record, masters)
    before, now = await public_key(known), datetime.now(UTC)
    (first,) = masters.names()
    await rotate_master(known, now)
    with pytest.raises(MasterProblem):
        await drop_master(known, first, now)
    while await rewrap_some(known):
        pass
    await drop_master(known, first, now)

    assert await public_key(known) == before
    assert (await private_key(known)).public_key()


def test_a_push_service_is_told_how_to_reach_us() -> None:
    assert subject_of("https://hub.example.jp", "在席 <zaiseki@example.jp>") == (
        "https://hub.example.jp"
    )
    assert subject_of("http://127.0.0.1:8000", "在席 <zaiseki@example.jp>") == (
        "mailto:postmaster@example.jp"
    )
    assert subject_of("http://127.0.0.1:8000", "") == "mailto:postmaster@localhost"

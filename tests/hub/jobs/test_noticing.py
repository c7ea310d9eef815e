"""Telling people: who hears of what, on which way, once however many jobs there are."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.jobs.mail import post_due
from hub.jobs.noticing import EACH, EACH_DEVICE
from hub.notices.events import (
    DeviceGap,
    DeviceOffline,
    HubGap,
    IncidentEscalated,
    MaintenanceAnnounced,
    More,
    WebhookDisabled,
)
from hub.notifying import JAPAN, Mailed, NoticeType, NoticeTypes, NoticeWays, Notifications
from hub.protocol.facts import Label
from hub.webpush import Browser
from storage.models.people import Member
from storage.models.seats import Transition
from storage.outgoing import notices, pushes
from storage.people.sessions import actor_of, open_session
from tests.hub.jobs.house import (
    DAY,
    HOUR,
    NOW,
    PEEPING,
    URL,
    House,
    digests,
    due_now,
    opened,
    text,
    to,
)
from tests.hubs import ROOT
from tests.keys import keys
from tests.mailbox import Mailbox
from tests.record import person


async def seat_row(
    conn: AsyncConnection, house: House, login: str, label: Label, at: datetime, place: int
) -> None:
    row = {
        "tenant_id": house.at.id, "member_id": house.ids[login], "epoch": "e", "offset": place,
        "position": 0, "cause": "hello", "label": label, "event_time": at, "received_at": at,
        "state": {},
    }  # fmt: skip
    await conn.execute(insert(Transition).values(row))


@pytest.mark.requirement("R24")
async def test_an_incident_is_told_to_who_answers_for_the_person_and_to_the_person(
    house: House,
) -> None:
    await house.announce(opened(house.ids["mori"]))
    await house.tell()

    assert await house.told() == to("sato", "mori", type=NoticeType.INCIDENT_OPENED)
    (row,) = await house.shown("sato")
    assert (row.name, row.read_at) == ("moriさん", None)
    assert await house.mails() == []


async def test_of_whom_nobody_answers_for_the_administrators_are_told(house: House) -> None:
    await house.announce(opened(house.ids["kato"]))
    await house.tell()

    assert await house.told() == to("boss", "kato", type=NoticeType.INCIDENT_OPENED)


async def test_each_type_has_its_receivers(house: House) -> None:
    await house.announce(
        DeviceGap(NOW, house.ids["mori"], 3, "e/7", NOW - HOUR, NOW, 12),
        HubGap(NOW, "epoch"),
        WebhookDisabled(NOW, 1, "receiver.example", "gone"),
        MaintenanceAnnounced(NOW, 1, NOW + DAY, NOW + DAY + HOUR),
    )
    await house.tell()

    assert await house.told() == {
        *to("sato", "mori", type=NoticeType.DEVICE_GAP),
        *to("boss", type=NoticeType.HUB_GAP),
        *to("boss", type=NoticeType.WEBHOOK_DISABLED),
        *to("boss", "sato", "kato", type=NoticeType.MAINTENANCE),
    }
    assert await house.mails() == [("boss@a.example", "在席: Webhookを停止しました")]


async def test_what_is_announced_and_told_again_is_told_once(house: House) -> None:
    for _ in range(2):
        await house.announce(opened(house.ids["mori"]))
        await house.tell()
    await house.announce(opened(house.ids["mori"]))
    await asyncio.gather(*(house.tell() for _ in range(3)))

    assert len(await house.shown("sato")) == 1


@pytest.mark.requirement("R24")
async def test_of_several_jobs_one_mails_and_who_is_killed_leaves_all_of_it(house: House) -> None:
    up = IncidentEscalated(NOW, "a" * 32, PEEPING, house.ids["mori"], 1, (house.ids["boss"],))
    await house.announce(up)
    async with house.record.connect() as conn:
        assert len(await notices.take(conn, house.at.id, NOW)) == 1
        await conn.rollback()
    await asyncio.gather(*(house.tell() for _ in range(3)))

    assert await house.mails() == [("boss@a.example", "在席: 未対応のインシデント: のぞき見")]


@pytest.mark.requirement("R24")
async def test_mails_are_in_the_reader_s_language_and_say_how_to_change_them(
    house: House, postbox: Mailbox
) -> None:
    told = house.ids["boss"], house.ids["sato"]
    await house.announce(IncidentEscalated(NOW, "a" * 32, PEEPING, house.ids["mori"], 1, told))
    await house.tell()
    postbox.answers = ["451 come back later"]
    for _ in range(2):
        await due_now(house)
        await post_due(house.record, keys(house.record), postbox.server)

    said = {str(mail["To"]): text(mail) for mail in postbox.mails}
    assert set(said) == {"boss@a.example", "sato@a.example"}
    assert "bossさん 様" in said["boss@a.example"]
    assert "moriさん · 2026-11-20 12:00 (JST)" in said["boss@a.example"]
    assert "Nobody has answered: peeping" in said["sato@a.example"]
    for mail in said.values():
        assert f"{URL}/incidents?incident={'a' * 32}" in mail.splitlines()
        assert f"{URL}/own" in mail.splitlines()


async def test_what_one_does_not_want_is_not_told(house: House) -> None:
    nothing = NoticeTypes(incident_opened=NoticeWays(app=False, mail=Mailed.OFF))
    mail_alone = NoticeTypes(incident_opened=NoticeWays(app=False, mail=Mailed.NOW))
    await house.choose("sato", Notifications(types=mail_alone))
    await house.choose("mori", Notifications(types=nothing))
    await house.announce(opened(house.ids["mori"]))
    await house.tell()

    assert await house.told() == to("sato", type=NoticeType.INCIDENT_OPENED)
    assert await house.shown("sato") == []
    assert await house.mails() == [("sato@a.example", "zaiseki: Incident: peeping")]


@pytest.mark.parametrize("late", [False, True])
async def test_in_quiet_hours_and_of_what_is_late_one_hears_with_the_mail_of_the_day(
    house: House, late: bool
) -> None:
    chosen = NoticeTypes(incident_opened=NoticeWays(mail=Mailed.NOW))
    begin, end = (None, None) if late else ("11:00", "13:00")
    quiet = Notifications(types=chosen, digest_hour=17, quiet_from=begin, quiet_to=end)
    await house.choose("sato", quiet)
    await house.announce(opened(house.ids["mori"], late=late))
    await house.tell()

    assert await house.mails() == []
    assert len(await house.shown("sato")) == 1
    await digests(house, NOW + 5 * HOUR)
    assert await house.mails() == [("sato@a.example", "zaiseki: 1 notice of the day")]


def silent(house: House, login: str, place: int) -> DeviceOffline:
    return DeviceOffline(NOW, house.ids[login], f"e/{place}/0")


async def test_silence_is_told_when_it_lasts_and_not_when_the_device_came_back(
    house: House,
) -> None:
    await house.announce(silent(house, "mori", 1), silent(house, "noda", 2))
    await house.tell(NOW + timedelta(minutes=4))
    assert await house.told() == set()

    async with house.record.begin() as conn:
        await seat_row(conn, house, "mori", Label.OFFLINE, NOW, 1)
        await seat_row(conn, house, "noda", Label.PRESENT, NOW + timedelta(minutes=2), 3)
    await house.tell(NOW + timedelta(minutes=6))

    assert await house.told() == to("sato", "mori", type=NoticeType.DEVICE_OFFLINE)


async def test_a_network_that_was_cut_is_one_line_and_not_hundreds(house: House) -> None:
    crowd = await many(house, 25)
    lost = [DeviceOffline(NOW, id, f"e/{id}/0") for id in crowd]
    await house.announce(*lost)
    await house.tell(NOW + timedelta(minutes=6))

    (row,) = await house.shown("sato")
    assert (row.count, type(row.said)) == (25, More)
    assert await house.told() == to("sato", type=NoticeType.DEVICE_OFFLINE)
    assert await house.mails() == []


async def many(house: House, count: int) -> Sequence[int]:
    async with house.record.begin() as conn:
        return [
            await person(conn, house.at.id, f"w{number}", groups=[house.at.tokyo])
            for number in range(count)
        ]


async def test_more_than_one_can_read_in_an_hour_is_counted_in_one_line(house: House) -> None:
    mori = house.ids["mori"]
    for round in range(3):
        some = [opened(mori, 1 + round * 10 + number) for number in range(10)]
        await house.announce(*some, now=NOW + timedelta(minutes=round))
        await house.tell(NOW + timedelta(minutes=round))

    rows = await house.shown("sato")
    assert [row.count for row in rows] == [10] + [1] * EACH
    await house.announce(opened(mori, 99), now=NOW + 2 * HOUR)
    await house.tell(NOW + 2 * HOUR)
    assert [row.count for row in await house.shown("sato")] == [1, 10] + [1] * EACH
    assert EACH_DEVICE < EACH


async def test_who_is_not_there_any_more_is_told_nothing(house: House) -> None:
    async with house.record.begin() as conn:
        gone = update(Member).where(Member.id == house.ids["sato"])
        await conn.execute(gone.values(disabled_at=NOW))
    await house.announce(opened(house.ids["mori"]))
    await house.tell()

    assert await house.told() == to("boss", "mori", type=NoticeType.INCIDENT_OPENED)


BROWSER = Browser("https://push.example/1", "BKey", "auth")


async def browser_of(house: House, login: str) -> None:
    """They are signed in somewhere, and wanted to be told there."""
    member, now = house.ids[login], datetime.now(UTC)
    box = await keys(house.record).box(house.at.id)
    async with house.record.begin() as conn:
        token = await open_session(conn, house.at.id, member, "browser", now)
        session = await actor_of(conn, token, now)
        assert session
        await pushes.subscribe(conn, box, member, session.session, BROWSER, now)


async def test_a_browser_is_told_at_once_but_not_in_quiet_hours_nor_of_what_is_late(
    house: House,
) -> None:
    await browser_of(house, "sato")
    mori, now = house.ids["mori"], datetime.now(UTC)
    await house.announce(opened(mori, 1), opened(mori, 2, late=True), now=now)
    await house.tell(now)
    pushed = [("", "")]
    assert await house.mails() == pushed

    local = now.astimezone(JAPAN)
    begin, end = ((local + part * HOUR).strftime("%H:%M") for part in (-1, 1))
    await house.choose("sato", Notifications(quiet_from=begin, quiet_to=end))
    await house.announce(opened(mori, 3), now=now)
    await house.tell(now)
    assert await house.mails() == pushed
    assert len(await house.shown("sato")) == 3


DIES_WITH_THE_MAIL_HALF_WRITTEN = """
import asyncio, os, signal, sys
from datetime import datetime
from hub.jobs import noticing
from storage.database import engine
from storage.outgoing import mails
from tests.keys import keys

enqueue = mails.enqueue

async def die(*given, **more):
    await enqueue(*given, **more)
    os.kill(os.getpid(), signal.SIGKILL)

mails.enqueue = die
record = engine(sys.argv[1])
now = datetime.fromisoformat(sys.argv[3])
asyncio.run(noticing.tell(record, keys(record), "https://hub.example.jp", int(sys.argv[2]), now))
"""


async def test_killed_in_the_middle_nothing_is_lost_and_nothing_comes_twice(
    house: House, database_url: str
) -> None:
    told = (house.ids["boss"], house.ids["sato"])
    await house.announce(IncidentEscalated(NOW, "a" * 32, PEEPING, house.ids["mori"], 1, told))
    dying = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DIES_WITH_THE_MAIL_HALF_WRITTEN),
        *(database_url, str(house.at.id), NOW.isoformat()),
        cwd=ROOT,
    )
    assert await dying.wait() == -signal.SIGKILL
    assert (await house.told(), await house.mails()) == (set(), [])

    for _ in range(2):
        await house.tell()
    assert await house.told() == to("boss", "sato", type=NoticeType.INCIDENT_ESCALATED)
    assert len(await house.mails()) == 2

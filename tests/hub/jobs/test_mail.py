"""The postman: every mail once, again after a refusal for now, and never one that is old news."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.checks import Level
from hub.checks.mail import mail as check
from hub.identity.mail_server import Guard, MailServer
from hub.jobs.mail import post_due
from storage.models.signin import Mail
from storage.outgoing import mails
from tests.hubs import settings
from tests.keys import keys
from tests.mailbox import SENDER, Mailbox, mailbox
from tests.record import company, database_url, record

__all__ = ["database_url", "record"]

LIFE = timedelta(hours=1)
TEXT = "こんにちは。\nhttps://hub.example.jp/reset?token=geheim\n"


@pytest.fixture
async def postbox() -> AsyncIterator[Mailbox]:
    async with mailbox() as running:
        yield running


async def enqueued(record: AsyncEngine, life: timedelta = LIFE) -> None:
    async with record.begin() as conn:
        tenant = (await company(conn)).id
    box = await keys(record).box(tenant)
    async with record.begin() as conn:
        await mails.enqueue(
            conn,
            box,
            recipient="sato@example.jp",
            subject="在席: 試験",
            text=TEXT,
            now=datetime.now(UTC),
            life=life,
        )


async def row(record: AsyncEngine) -> Row[Any]:
    async with record.connect() as conn:
        return (await conn.execute(select(Mail))).one()


async def come_due(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await conn.execute(update(Mail).where(Mail.due_at.is_not(None)).values(due_at=past))


@pytest.mark.requirement("R62")
async def test_a_mail_is_sent_once_and_then_forgotten(
    record: AsyncEngine, postbox: Mailbox
) -> None:
    await enqueued(record)
    assert b"geheim" not in ((await row(record)).text or b"")
    for _ in range(2):
        await post_due(record, keys(record), postbox.server)

    (mail,) = postbox.mails
    assert (mail["From"], mail["To"]) == (SENDER, "sato@example.jp")
    assert mail["Subject"] == "在席: 試験"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == TEXT.splitlines()
    sent = await row(record)
    assert sent.sent_at
    assert sent.text is None


async def test_a_server_that_refuses_for_now_is_asked_again(
    record: AsyncEngine, postbox: Mailbox
) -> None:
    postbox.answers = ["451 come back later"]
    await enqueued(record)
    await post_due(record, keys(record), postbox.server)
    waiting = await row(record)
    assert waiting.due_at and waiting.due_at > datetime.now(UTC)
    assert "451" in (waiting.last_error or "")

    await come_due(record)
    await post_due(record, keys(record), postbox.server)
    assert len(postbox.mails) == 1


async def test_a_server_that_is_away_is_asked_again(record: AsyncEngine, postbox: Mailbox) -> None:
    await enqueued(record)
    away = MailServer("127.0.0.1", 9, Guard.LOOPBACK, SENDER)
    await post_due(record, keys(record), away)
    assert (await row(record)).attempts == 1

    await come_due(record)
    await post_due(record, keys(record), postbox.server)
    assert len(postbox.mails) == 1


async def test_what_is_refused_for_good_is_not_tried_again_and_not_kept(
    record: AsyncEngine, postbox: Mailbox
) -> None:
    postbox.answers = ["550 no such mailbox"]
    await enqueued(record)
    await post_due(record, keys(record), postbox.server)

    failed = await row(record)
    assert failed.failed_at
    assert (failed.due_at, failed.text) == (None, None)


async def test_a_link_that_is_over_is_not_mailed(record: AsyncEngine, postbox: Mailbox) -> None:
    await enqueued(record, life=timedelta(seconds=-1))
    await post_due(record, keys(record), postbox.server)

    assert postbox.mails == []
    assert (await row(record)).failed_at


async def test_of_several_postmen_one_takes_a_mail(record: AsyncEngine) -> None:
    await enqueued(record)
    now = datetime.now(UTC)
    async with record.begin() as conn:
        (due,) = await mails.due(conn, now, 10)
        assert await mails.claim(conn, due.id, now)
        assert not await mails.claim(conn, due.id, now)
        assert await mails.due(conn, now, 10) == []
        assert await mails.claim(conn, due.id, now + mails.CLAIM + timedelta(seconds=1))


def test_the_ladder_ends_with_the_letter_s_own_life() -> None:
    now = datetime.now(UTC)

    assert mails.next_attempt(1, now, now + LIFE) == now + mails.LADDER[1]
    assert mails.next_attempt(1, now, now) is None
    assert mails.next_attempt(len(mails.LADDER), now, now + timedelta(days=9)) is None


async def test_the_doctor_tries_the_mail_server(tmp_path: Path, postbox: Mailbox) -> None:

    known = settings(tmp_path)
    assert await check(known) == []
    (fine,) = await check(replace(known, mail=postbox.server))
    assert fine.level is Level.OK
    away = replace(postbox.server, port=9)
    (wrong,) = await check(replace(known, mail=away))
    assert wrong.level is Level.FAIL
    assert "ZAISEKI_SMTP" in wrong.said

"""The mail of the day: once, at its hour, with what is not read."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from hub.access import Role
from hub.jobs.mail import post_due
from hub.notifying import Mailed, NoticeTypes, NoticeWays, Notifications
from storage.models.notices import Notice
from storage.models.people import Member
from tests.hub.jobs.house import HOUR, NOW, House, digests, due_now, opened, text
from tests.keys import keys
from tests.mailbox import Mailbox


@pytest.mark.requirement("R24")
async def test_the_mail_of_the_day_comes_once_at_its_hour_with_all_that_is_not_read(
    house: House, postbox: Mailbox
) -> None:
    daily = NoticeTypes(incident_opened=NoticeWays(mail=Mailed.DIGEST))
    for login in ("sato", "mori"):
        await house.choose(login, Notifications(types=daily, digest_hour=17))
    mori, noda = house.ids["mori"], house.ids["noda"]
    await house.announce(opened(mori, 1), opened(noda, 2), opened(mori, 3))
    await house.tell()
    seen = (await house.shown("sato"))[0]
    async with house.record.begin() as conn:
        await conn.execute(update(Notice).where(Notice.id == seen.id).values(read_at=NOW))
    await digests(house, NOW + 4 * HOUR)
    assert await house.mails() == []
    for _ in range(2):
        await digests(house, NOW + 5 * HOUR)
    await due_now(house)
    await post_due(house.record, keys(house.record), postbox.server)

    said = {str(mail["To"]): (str(mail["Subject"]), text(mail)) for mail in postbox.mails}
    assert len(postbox.mails) == len(said) == 2
    subject, body = said["sato@a.example"]
    assert subject == "zaiseki: 2 notices of the day"
    assert body.count("Incident: peeping") == 2
    subject, body = said["mori@a.example"]
    assert subject == "在席: 1日のまとめ (2件)"
    assert body.count("あなた · ") == 2


async def test_a_day_has_one_such_mail_even_if_the_hour_is_chosen_anew(house: House) -> None:
    daily = NoticeTypes(incident_opened=NoticeWays(mail=Mailed.DIGEST))
    for number, hour in ((1, 13), (2, 15)):
        await house.choose("sato", Notifications(types=daily, digest_hour=hour))
        at = NOW + timedelta(hours=hour - 13)
        await house.announce(opened(house.ids["mori"], number), now=at)
        await house.tell(at)
        await digests(house, at + HOUR)
    assert len(await house.mails()) == 1

    await digests(house, NOW + 23 * HOUR)
    assert len(await house.mails()) == 1
    await digests(house, NOW + 27 * HOUR)
    assert len(await house.mails()) == 2


async def test_about_whom_one_may_not_see_any_more_nothing_is_mailed(house: House) -> None:
    daily = NoticeTypes(incident_opened=NoticeWays(mail=Mailed.DIGEST))
    await house.choose("sato", Notifications(types=daily, digest_hour=17))
    await house.announce(opened(house.ids["mori"]))
    await house.tell()
    async with house.record.begin() as conn:
        demoted = update(Member).where(Member.id == house.ids["sato"])
        await conn.execute(demoted.values(role=Role.WORKER))
    await digests(house, NOW + 5 * HOUR)

    assert await house.mails() == []
    assert await house.shown("sato", Role.WORKER) == []

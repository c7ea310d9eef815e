"""One's own notices: in one's language, page by page, and read by nobody else."""

from datetime import datetime, timedelta

import httpx2
import pytest
from sqlalchemy import select, update

from hub.notices.events import DeviceOffline, Event, HubGap, IncidentOpened, More
from hub.notifying import NoticeType
from hub.protocol.facts import IncidentKind
from storage.models.people import GroupMember, Member
from storage.outgoing import notices
from storage.outgoing.notices import New
from tests.hub.http.site import Site, problem
from tests.record import NOW

pytestmark = pytest.mark.requirement("R24")

PATH = "/api/v1/notices"
MINUTE = timedelta(minutes=1)


async def ids(hub: Site) -> dict[str, int]:
    async with hub.engine.connect() as conn:
        rows = await conn.execute(select(Member.login, Member.id))
        return {row.login: row.id for row in rows}


async def tell(hub: Site, login: str, *events: Event, at: datetime = NOW) -> list[int]:
    """As many notices, a minute apart."""
    reader = (await ids(hub))[login]
    told: list[int] = []
    for number, one in enumerate(events):
        new = New(reader, one.TYPE, one.key, one, one.subject, True, None)
        async with hub.engine.begin() as conn:
            written = await notices.tell(conn, hub.a.id, [new], at + number * MINUTE)
        told += written.values()
    return told


async def test_they_are_told_in_the_callers_language_with_a_way_to_the_thing(hub: Site) -> None:
    mori = (await ids(hub))["mori"]
    await tell(
        hub, "sato", HubGap(NOW, "e"), IncidentOpened(NOW, "a" * 32, IncidentKind.PEEPING, mori)
    )
    async with hub.signed_in("sato") as sato, hub.signed_in("mori") as other:
        ja = (await sato.get(PATH)).json()
        en = (await sato.get(PATH, headers={"Accept-Language": "en"})).json()
        none = (await other.get(PATH)).json()

    first, second = ja["items"]
    assert (first["title"], first["text"]) == (
        "インシデント: のぞき見", "moriさん · 2026-11-20 18:00 (JST)",
    )  # fmt: skip
    assert first["path"] == "/incidents?incident=" + "a" * 32
    assert second["at"] == NOW.timestamp()
    assert en["items"][0]["title"] == "Incident: peeping"
    assert ja["unread"] == 2
    assert none == {"items": [], "unread": 0, "next": None}


async def test_pages_end_where_the_next_begins(hub: Site) -> None:
    told = await tell(hub, "boss", *(HubGap(NOW, f"e{number}") for number in range(5)))
    seen: list[int] = []
    async with hub.signed_in("boss") as boss:
        cursor = None
        while True:
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await boss.get(PATH, params=query)).json()
            seen += [one["id"] for one in page["items"]]
            assert page["unread"] == 5
            if not (cursor := page["next"]):
                break

    assert seen == told[::-1]


async def test_one_is_read_or_all_up_to_one_and_only_by_their_reader(hub: Site) -> None:
    first, second, third = await tell(
        hub, "boss", *(HubGap(NOW, f"e{number}") for number in range(3))
    )
    async with hub.signed_in("boss") as boss, hub.signed_in("sato") as sato:
        assert problem(await sato.post(f"{PATH}/{first}/read")) == "not-found"
        assert problem(await sato.post(f"{PATH}/read", json={"upto": third})) == "not-found"
        for _ in range(2):
            assert (await boss.post(f"{PATH}/{third}/read")).status_code == 204
        assert await unread(boss) == {first, second}
        assert (await boss.post(f"{PATH}/read", json={"upto": first})).status_code == 204
        assert await unread(boss) == {second}
        assert problem(await boss.post(f"{PATH}/read", json={})) == "invalid"


async def unread(client: httpx2.AsyncClient) -> set[int]:
    answer = await client.get(PATH, params={"unread": "true"})
    return {one["id"] for one in answer.json()["items"]}


async def test_a_line_that_counts_more_is_unread_again_and_on_top(hub: Site) -> None:
    (plain,) = await tell(hub, "boss", HubGap(NOW, "e"), at=NOW + MINUTE)
    boss_id = (await ids(hub))["boss"]
    more = New(
        boss_id,
        NoticeType.DEVICE_OFFLINE,
        "more/1",
        More(NOW, NoticeType.DEVICE_OFFLINE),
        None,
        True,
        None,
    )
    async with hub.signed_in("boss") as boss:
        for round, at in ((1, NOW), (2, NOW + 2 * MINUTE)):
            async with hub.engine.begin() as conn:
                await notices.count_up(conn, hub.a.id, more, 10, at)
            items = (await boss.get(PATH)).json()["items"]
            (line,) = [one for one in items if one["id"] != plain]
            assert (line["count"], line["read"]) == (10 * round, False)
            await boss.post(f"{PATH}/{line['id']}/read")
        assert [one["id"] for one in items] == [line["id"], plain]


async def test_of_whom_one_may_not_see_any_more_one_reads_nothing(hub: Site) -> None:
    mori = (await ids(hub))["mori"]
    (told,) = await tell(hub, "sato", DeviceOffline(NOW, mori, "e/1/0"))
    async with hub.signed_in("sato") as sato:
        assert (await sato.get(PATH)).json()["unread"] == 1
        async with hub.engine.begin() as conn:
            moved = update(GroupMember).where(GroupMember.member_id == mori)
            await conn.execute(moved.values(group_id=hub.a.development))
        after = (await sato.get(PATH)).json()
        assert (after["items"], after["unread"]) == ([], 0)
        assert problem(await sato.post(f"{PATH}/{told}/read")) == "not-found"


async def test_whose_minute_brings_nothing_new_gets_no_list(hub: Site) -> None:
    await tell(hub, "boss", HubGap(NOW, "e"))
    async with hub.signed_in("boss") as boss:
        tag = (await boss.get(PATH)).headers["etag"]
        same = await boss.get(PATH, headers={"If-None-Match": tag})
        await tell(hub, "boss", HubGap(NOW, "f"))
        news = await boss.get(PATH, headers={"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert news.json()["unread"] == 2

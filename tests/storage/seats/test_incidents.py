"""The list of incidents: newest first, page by page, within a scope."""

from datetime import datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.access import Scope
from hub.protocol.facts import IncidentKind, Purpose
from storage.images.viewings import ViewingKind, open_viewing
from storage.models.images import Evidence
from storage.models.incidents import Incident
from storage.seats.devices import add_device
from storage.seats.incidents import Before, Order, Wanted, incidents
from storage.seats.verdicts import all_viewed
from tests.record import NOW, company, person


async def reported(conn: AsyncConnection, tenant: int, member: int, *minutes: int) -> list[str]:
    """Incidents of one member, opened that many minutes after NOW."""
    device = (await add_device(conn, tenant, member, "PC", NOW)).id
    ids = [f"{member:04}{number:04}{minute:024}" for number, minute in enumerate(minutes)]
    for id, minute in zip(ids, minutes, strict=True):
        await opened(conn, tenant, member, device, id, NOW + timedelta(minutes=minute))
    return ids


async def opened(
    conn: AsyncConnection, tenant: int, member: int, device: int, id: str, at: datetime
) -> None:
    """An incident that goes on."""
    row = {
        "tenant_id": tenant,
        "id": id,
        "member_id": member,
        "device_id": device,
        "kind": "peeping",
        "opened_at": at,
        "seen_at": at,
        "ended_at": None,
        "count": 1,
        "late": False,
        "why": {"votes": 3, "of": 5},
        "recorded_at": at,
    }
    await conn.execute(insert(Incident).values(row))


async def test_pages_follow_each_other_without_a_gap_or_a_repetition(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato")
        await reported(conn, a.id, sato, 5, 1, 3, 3, 3, 2)
        scope = Scope(a.id, everybody=True)
        whole = await incidents(conn, scope, limit=100)

        pages, before = [], None
        while page := await incidents(conn, scope, limit=2, before=before):
            pages.append(page)
            before = Before(page[-1].opened_at, page[-1].id)

    minutes = [(row.opened_at - NOW) // timedelta(minutes=1) for row in whole]
    assert minutes == [5, 3, 3, 3, 2, 1]
    assert [row for page in pages for row in page] == whole
    assert whole[0].member_name == "satoさん"


async def test_incidents_outside_of_the_scope_are_not_there(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        sato = await person(conn, a.id, "sato", groups=[a.tokyo])
        mori = await person(conn, a.id, "mori", groups=[a.development])
        kato = await person(conn, b.id, "kato", groups=[b.sales])
        (of_sato,) = await reported(conn, a.id, sato, 1)
        (of_mori,) = await reported(conn, a.id, mori, 2)
        await reported(conn, b.id, kato, 3)

        async def ids(scope: Scope) -> list[str]:
            return [row.id for row in await incidents(conn, scope, limit=10)]

        assert await ids(Scope(a.id, everybody=True)) == [of_mori, of_sato]
        assert await ids(Scope(a.id, groups=frozenset({a.tokyo}))) == [of_sato]
        assert await ids(Scope(a.id, member=mori)) == [of_mori]
        assert await ids(Scope(a.id, member=kato, groups=frozenset({b.sales}))) == []


async def test_the_queue_is_by_gravity_then_age_and_its_pages_follow_each_other(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato")
        boss = await person(conn, a.id, "boss")
        ids = await reported(conn, a.id, sato, 5, 1, 3, 3)
        grave = update(Incident).where(Incident.id.in_((ids[0], ids[2])))
        await conn.execute(grave.values(kind=IncidentKind.IMPERSONATION))
        scope, queue = Scope(a.id, everybody=True), Wanted(order=Order.GRAVEST, viewer=boss)
        expected = [ids[2], ids[0], ids[1], ids[3]]

        whole = await incidents(conn, scope, 10, wanted=queue)
        pages, end = list[str](), None
        for _ in expected:
            [row] = await incidents(conn, scope, 1, end, queue)
            pages.append(row.id)
            end = Before(row.opened_at, row.id, row.rank)
        after = await incidents(conn, scope, 1, end, queue)

    assert [row.id for row in whole] == pages == expected
    assert after == []


async def test_whether_one_has_looked_is_told_of_whoever_asks(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato, boss = await person(conn, a.id, "sato"), await person(conn, a.id, "boss")
        seen, other = await reported(conn, a.id, sato, 1, 2)
        image = {
            "tenant_id": a.id, "id": "e" * 32, "member_id": sato, "device_id": 1, "kind": "camera",
            "incident_id": seen, "taken_at": NOW, "state": "absent", "recorded_at": NOW,
        }  # fmt: skip
        await conn.execute(insert(Evidence).values(image))
        look = (ViewingKind.EVIDENCE, Purpose.INCIDENT_REVIEW, NOW)
        await open_viewing(conn, a.id, boss, sato, *look, evidence="e" * 32)
        scope = Scope(a.id, everybody=True)

        async def viewed(viewer: int) -> dict[str, bool]:
            rows = await incidents(conn, scope, 10, wanted=Wanted(viewer=viewer))
            return {row.id: row.viewed for row in rows}

        assert await viewed(boss) == {seen: True, other: False}
        assert await viewed(sato) == {seen: False, other: False}
        assert await all_viewed(conn, a.id, boss, [seen])
        assert not await all_viewed(conn, a.id, boss, [seen, other])
        assert not await all_viewed(conn, a.id, sato, [seen])

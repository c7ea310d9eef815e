"""Tenants, groups, members, devices and sessions, and the directory that is made of them."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Action, Actor, Role, Scope, Sharing, Subject, among, may
from storage.errors import Ambiguous, Missing, Taken
from storage.people.directory import directory, directory_versions
from storage.people.groups import add_group, group_by_path
from storage.people.members import credentials, disable_member, members, set_password
from storage.people.sessions import LIFE, actor_of, alive, close_session, open_session
from storage.people.setup import LINK_LIFE, link_usable, open_link, use_link
from storage.people.tenants import create_tenant, only_tenant, tenant_by_system_id, tenants
from storage.seats.devices import add_device, device_of, devices, revoke_device
from tests.record import NOW, company, person

MOMENT = timedelta(microseconds=1)


async def test_a_tenant_is_found_by_its_system_id_as_people_type_it(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        made = await create_tenant(conn, "株式会社A", NOW)

        assert await tenants(conn) == [made]
        assert await only_tenant(conn) == made
        assert await tenant_by_system_id(conn, f" {made.system_id.lower()} ") == made
        assert await tenant_by_system_id(conn, "NOBODY") is None


async def test_among_several_tenants_none_is_the_only_one(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        assert await only_tenant(conn) is None
        await create_tenant(conn, "A", NOW)
        await create_tenant(conn, "B", NOW)

        assert await only_tenant(conn) is None


async def test_a_group_is_found_by_its_name_or_by_its_path(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        other = await add_group(conn, a.id, "東京", a.development)

        assert await group_by_path(conn, a.id, "営業") == a.sales
        assert await group_by_path(conn, a.id, "営業/東京") == a.tokyo
        assert await group_by_path(conn, a.id, "開発/東京") == other
        with pytest.raises(Ambiguous, match="whole path"):
            await group_by_path(conn, a.id, "東京")
        with pytest.raises(Missing):
            await group_by_path(conn, a.id, "大阪")


async def test_two_groups_of_one_name_side_by_side_are_refused(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)

        with pytest.raises(Taken):
            await add_group(conn, a.id, "営業")
        with pytest.raises(Taken):
            await add_group(conn, a.id, "東京", a.sales)


async def test_a_group_of_another_tenant_does_not_exist(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")

        with pytest.raises(Missing):
            await add_group(conn, a.id, "支店", b.sales)
        with pytest.raises(Missing):
            await person(conn, a.id, "sato", groups=[b.sales])


async def test_one_login_is_one_person_however_it_is_written(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        sato = await person(conn, a.id, "Ｓａｔｏ", password_hash="hash")

        with pytest.raises(Taken, match="sato"):
            await person(conn, a.id, "SATO")
        assert await person(conn, b.id, "sato") != sato
        found = await credentials(conn, a.id, " SATO ")
        assert found is not None
        assert found.member == sato


@pytest.mark.requirement("R1")
async def test_a_disabled_member_neither_signs_in_nor_reports(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato", password_hash="hash")
        token = await open_session(conn, a.id, sato, "browser", NOW)
        device = await add_device(conn, a.id, sato, "PC", NOW)

        await disable_member(conn, a.id, sato, NOW)
        checked_just_before = await open_session(conn, a.id, sato, "browser", NOW)

        assert await credentials(conn, a.id, "sato") is None
        assert await actor_of(conn, token, NOW) is None
        assert await actor_of(conn, checked_just_before, NOW) is None
        assert await device_of(conn, device.token) is None
        assert sato not in (await directory(conn, a.id)).members
        assert [row.disabled for row in await members(conn, Scope(a.id, everybody=True))] == [True]
        with pytest.raises(Missing):
            await add_device(conn, a.id, sato, "PC", NOW)


async def test_nobody_of_another_tenant_can_be_disabled(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        sato = await person(conn, a.id, "sato", password_hash="hash")

        with pytest.raises(Missing):
            await disable_member(conn, b.id, sato, NOW)
        assert await credentials(conn, a.id, "sato") is not None


async def test_a_session_tells_who_it_is_and_which_groups_they_supervise(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(
            conn, a.id, "sato", Role.SUPERVISOR, groups=[a.development], supervises=[a.sales]
        )
        token = await open_session(conn, a.id, sato, "browser", NOW)

        signed_in = await actor_of(conn, token, NOW)

    assert signed_in is not None
    alone = Actor(a.id, sato, Role.SUPERVISOR, frozenset({a.sales, a.tokyo}))
    assert signed_in.actor == among(alone, Sharing.GROUPS, frozenset({a.development}))
    assert (signed_in.login, signed_in.name) == ("sato", "satoさん")
    assert (signed_in.tenant_name, signed_in.system_id) == ("株式会社A", a.tenant.system_id)


async def test_groups_given_to_somebody_who_is_no_supervisor_count_for_nothing(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato", Role.WORKER, supervises=[a.sales])
        token = await open_session(conn, a.id, sato, "browser", NOW)

        signed_in = await actor_of(conn, token, NOW)
        book = await directory(conn, a.id)

    assert signed_in is not None
    assert signed_in.actor.supervises == frozenset()
    assert book.actor(sato) == signed_in.actor


async def test_a_session_ends_with_its_time_by_signing_out_and_with_the_password(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato", password_hash="hash")
        first = await open_session(conn, a.id, sato, "browser", NOW)
        second = await open_session(conn, a.id, sato, "terminal", NOW)
        signed_in = await actor_of(conn, first, NOW)
        assert signed_in is not None

        assert await actor_of(conn, first, NOW + LIFE["browser"] - MOMENT) is not None
        assert await actor_of(conn, first, NOW + LIFE["browser"]) is None
        await close_session(conn, signed_in.session, NOW)
        assert await actor_of(conn, first, NOW) is None
        assert await actor_of(conn, second, NOW) is not None
        await set_password(conn, a.id, sato, "another", NOW)
        assert await actor_of(conn, second, NOW) is None
        assert await actor_of(conn, "never given to anybody", NOW) is None


async def test_a_long_connection_can_ask_which_sessions_are_still_good(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato")
        ids = []
        for _ in range(2):
            token = await open_session(conn, a.id, sato, "browser", NOW)
            signed_in = await actor_of(conn, token, NOW)
            assert signed_in is not None
            ids.append(signed_in.session)
        await close_session(conn, ids[0], NOW)

        assert await alive(conn, ids, NOW) == {ids[1]}
        assert await alive(conn, ids, NOW + LIFE["browser"]) == frozenset()


async def test_a_device_token_is_told_once_and_can_be_taken_back(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        sato = await person(conn, a.id, "sato")
        made = await add_device(conn, a.id, sato, "PC", NOW)

        linked = await device_of(conn, made.token)
        assert linked is not None
        assert (linked.tenant, linked.member, linked.device) == (a.id, sato, made.id)
        assert linked.member_name == "satoさん"
        with pytest.raises(Missing):
            await revoke_device(conn, Scope(b.id, everybody=True), made.id, NOW)
        await revoke_device(conn, Scope(a.id, everybody=True), made.id, NOW)
        assert await device_of(conn, made.token) is None
        everybody = Scope(a.id, everybody=True)
        assert [(row.id, row.revoked) for row in await devices(conn, everybody)] == [
            (made.id, True)
        ]


async def test_no_token_is_stored_as_it_is(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        sato = await person(conn, a.id, "sato")
        session = await open_session(conn, a.id, sato, "browser", NOW)
        device = (await add_device(conn, a.id, sato, "PC", NOW)).token
        rows = [
            tuple(row)
            for table in ("sessions", "devices")
            for row in await conn.exec_driver_sql(f"SELECT * FROM {table}")
        ]

    assert len(rows) == 2
    assert not any(token in repr(rows) for token in (session, device))


async def test_the_directory_shows_active_people_their_groups_rights_and_devices(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        boss = await person(conn, a.id, "boss", Role.SUPERVISOR, supervises=[a.sales])
        sato = await person(conn, a.id, "sato", groups=[a.tokyo, a.development])
        await person(conn, b.id, "mori", Role.SUPERVISOR, groups=[b.sales], supervises=[b.sales])
        device = await add_device(conn, a.id, sato, "PC", NOW)

        book = await directory(conn, a.id)

    assert set(book.members) == {boss, sato}
    assert book.members[sato].groups == {a.tokyo, a.development}
    assert {group.id: group.parent for group in book.groups.values()} == {
        a.sales: None, a.tokyo: a.sales, a.development: None,
    }  # fmt: skip
    assert book.supervises == {boss: {a.sales, a.tokyo}}
    assert book.devices == {device.id: sato}
    actor = book.actor(boss)
    assert actor is not None
    assert may(actor, Action.SEE_SEAT, book.subject(sato))
    assert not may(actor, Action.SEE_SEAT, Subject(b.id, sato, frozenset({a.tokyo})))
    assert book.actor(device.id + 1000) is None


async def test_every_change_of_the_directory_is_counted(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        sato = await person(conn, a.id, "sato")
        before = await directory_versions(conn)
        device = await add_device(conn, a.id, sato, "PC", NOW)
        await revoke_device(conn, Scope(a.id, everybody=True), device.id, NOW)
        await add_group(conn, a.id, "大阪", a.sales)
        await set_password(conn, a.id, sato, "hash", NOW)
        await disable_member(conn, a.id, sato, NOW)

        after = await directory_versions(conn)
        assert (await directory(conn, a.id)).version == after[a.id]

    assert after == {a.id: before[a.id] + 5, b.id: before[b.id]}


async def test_changes_of_one_tenant_at_the_same_moment_are_all_counted(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        before = await directory(conn, a.id)

    async def add(name: str) -> None:
        async with record.begin() as conn:
            await add_group(conn, a.id, name)

    results = await asyncio.gather(
        *(add(f"g{number % 5}") for number in range(10)), return_exceptions=True
    )

    async with record.connect() as conn:
        book = await directory(conn, a.id)
    assert sum(isinstance(result, Taken) for result in results) == 5
    assert len(book.groups) == len(before.groups) + 5
    assert book.version == before.version + 5


async def test_members_are_listed_within_a_scope(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        await person(conn, a.id, "boss")
        await person(conn, a.id, "sato", groups=[a.tokyo])
        mori = await person(conn, a.id, "mori", groups=[a.development])
        await person(conn, b.id, "kato", groups=[b.sales])

        async def logins(scope: Scope) -> list[str]:
            return [row.login for row in await members(conn, scope)]

        assert await logins(Scope(a.id, everybody=True)) == ["boss", "mori", "sato"]
        assert await logins(Scope(a.id, groups=frozenset({a.sales, a.tokyo}))) == ["sato"]
        assert await logins(Scope(a.id, member=mori)) == ["mori"]
        assert await logins(Scope(a.id)) == []


async def test_a_set_up_link_works_once(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        token = await open_link(conn, NOW)
        assert token is not None

        assert await link_usable(conn, token, NOW)
        assert await use_link(conn, token, NOW)
        assert not await use_link(conn, token, NOW)
        assert not await link_usable(conn, token, NOW)


async def test_a_set_up_link_of_which_two_make_use_at_once_works_for_one(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        token = await open_link(conn, NOW)
        assert token is not None

    async def use(link: str) -> bool:
        async with record.begin() as conn:
            return await use_link(conn, link, NOW)

    assert sorted(await asyncio.gather(use(token), use(token))) == [False, True]


async def test_a_set_up_link_ends_with_its_time_the_next_link_and_the_first_tenant(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        first = await open_link(conn, NOW)
        second = await open_link(conn, NOW)
        assert first is not None
        assert second is not None

        assert not await link_usable(conn, first, NOW)
        assert not await link_usable(conn, second, NOW + LINK_LIFE)
        assert await link_usable(conn, second, NOW)
        await create_tenant(conn, "A", NOW)
        assert not await link_usable(conn, second, NOW)
        assert not await use_link(conn, second, NOW)
        assert await open_link(conn, NOW) is None
